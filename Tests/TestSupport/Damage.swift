/// Kinds of damage that happen to files.
package enum DamageKind: String, CaseIterable, Sendable {
  case oneBit = "one-bit"
  case oneByte = "one-byte"
  case twoBits = "two-bits"
  case zeroed512 = "zeroed-512"
  case zeroed4K = "zeroed-4k"
  case swapped512 = "swapped-512"
  case swapped4K = "swapped-4k"
  case cutTail = "cut-tail"
  case lostHead = "lost-head"
  case doubled512 = "doubled-512"
  case doubled4K = "doubled-4k"
  case inserted
  case damagedLZF = "damaged-lzf"
  case damagedLength = "damaged-length"
  case swallowingLength = "swallowing-length"
  /// Bytes that are gone.
  case lost
  /// A write that broke off in the middle of a record, and others behind it.
  case torn
  /// A block of another place of the file.
  case foreign4K = "foreign-4k"
  case several

  /// Those that dumps are damaged with.
  package static let ofRDB = allCases.filter { ![.lost, .torn, .foreign4K].contains($0) }
  /// Those that append-only files are damaged with. A length that leads exactly to the end of a later
  /// command is none of them: it leaves a log in which nothing is wrong.
  package static let ofAOF = allCases.filter { ![.damagedLZF, .swallowingLength].contains($0) }
}

/// A sound file that is to be damaged.
package protocol DamageTarget: Sendable, CustomStringConvertible {
  /// The kinds of damage that such files are damaged with.
  static var kinds: [DamageKind] { get }
  var bytes: [UInt8] { get }
  /// Numbers that say how much follows.
  var lengths: [Range<Int>] { get }
  /// Whether these are text.
  var lengthsAreText: Bool { get }
  /// Compressed bytes.
  var compressed: [Range<Int>] { get }
  /// Where records begin.
  var starts: [Int] { get }
  /// A string that is said to reach to the end of a record further on: everything after that is in its
  /// place again. Nil when the file has none at the place that was drawn.
  func swallowingLength(_ random: inout SeededRandom) -> Damage.Edit?
}

/// A damage to a file: bytes that are replaced by others.
package struct Damage: Sendable {
  /// Bytes of the sound file, none for an insertion, and what stands in their place.
  package struct Edit: Sendable {
    package var range: Range<Int>
    package var bytes: [UInt8]

    package init(_ range: Range<Int>, _ bytes: [UInt8]) {
      self.range = range
      self.bytes = bytes
    }
  }

  package var kind: DamageKind
  /// In the order of the file. They do not overlap.
  package private(set) var edits: [Edit] = []

  package init(_ kind: DamageKind) { self.kind = kind }

  /// Adds an edit without the bytes at either end of it that do not change, unless it is in the way of
  /// another one. False when nothing was added.
  @discardableResult
  package mutating func add(_ edit: Edit, to file: [UInt8]) -> Bool {
    var edit = edit
    if edit.range.count == edit.bytes.count {
      let changed = edit.range.filter { file[$0] != edit.bytes[$0 - edit.range.lowerBound] }
      guard let first = changed.first, let last = changed.last else { return false }
      edit = Edit(
        first..<(last + 1),
        Array(edit.bytes[(first - edit.range.lowerBound)...(last - edit.range.lowerBound)]))
    }
    let isInTheWay = edits.contains { other in
      if !other.range.isEmpty, !edit.range.isEmpty { return other.range.overlaps(edit.range) }
      return other.range.lowerBound <= edit.range.upperBound
        && edit.range.lowerBound <= other.range.upperBound
    }
    guard !isInTheWay else { return false }
    edits.append(edit)
    edits.sort { $0.range.lowerBound < $1.range.lowerBound }
    return true
  }

  /// The damaged file.
  package func applied(to file: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    var at = 0
    for edit in edits {
      bytes += file[at..<edit.range.lowerBound]
      bytes += edit.bytes
      at = edit.range.upperBound
    }
    return bytes + file[at...]
  }

  /// Whether some of these bytes of the sound file were replaced, or others stand between them.
  package func hits(_ range: Range<Int>) -> Bool {
    edits.contains { edit in
      edit.range.isEmpty
        ? range.lowerBound < edit.range.lowerBound && edit.range.lowerBound < range.upperBound
        : edit.range.overlaps(range)
    }
  }

  /// Where bytes of the damaged file come from.
  package enum Origin: Equatable, Sendable {
    /// From these bytes of the sound file, unchanged.
    case sound(Range<Int>)
    /// Some of them were brought by the damage, or a piece between them is lost.
    case touched
    /// All of them were brought by the damage.
    case brought
  }

  /// Where a range of the damaged file, not an empty one, comes from.
  package func origin(of range: Range<Int>) -> Origin {
    // How much further on the same bytes stand in the sound file.
    var shift = 0
    for edit in edits {
      let start = edit.range.lowerBound - shift
      let end = start + edit.bytes.count
      if range.upperBound <= start { break }
      if range.lowerBound < end {
        return range.lowerBound >= start && range.upperBound <= end ? .brought : .touched
      }
      if range.lowerBound < start { return .touched }
      shift += edit.range.count - edit.bytes.count
    }
    return .sound((range.lowerBound + shift)..<(range.upperBound + shift))
  }

  /// Whether a key is in the file no more as it was: its record is hit, or the one that tells its
  /// database.
  package func hits(_ record: LabFile.Record) -> Bool {
    hits(record.range) || (record.selection.map(hits) ?? false)
  }
}
