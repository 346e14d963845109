internal import Persistence

/// A command as far as its framing goes.
struct BrokenCommand {
  var start: UInt64
  /// Arguments that it announces; nil when that line is broken.
  var count: UInt64?
  /// Its name; nil when that is not framed, or long.
  var name: ByteString?
  /// Arguments that are framed.
  var framed: UInt64 = 0
  /// The last of them.
  var last: FramedArgument?
  /// The longest of them.
  var longest: FramedArgument?
  /// Where the framing breaks: at the line of an argument's length, or at the start.
  var place: UInt64
  /// Where the broken argument would end by its length, if that can be read.
  var claimedEnd: UInt64 = 0
}

/// What the damaged length of an argument may have been.
///
/// A digit that is another one, is lost, or is too many leaves few lengths that are possible. One of them is
/// right if CRLF stands where the argument would end, and the other arguments of the command, and another
/// command, follow.
extension CommandResynchronizer {
  /// Where a broken command may end.
  struct PossibleEnd {
    var place: UInt64
    /// Whether so few of all lengths are possible that this is no accident.
    var isCertain: Bool
  }

  /// The least length that is near a given one by no accident.
  private static let certainLength: UInt64 = 1000
  /// Bytes of a name that are read.
  private static let longestName: UInt64 = 64
  /// Arguments behind the broken one that are followed.
  static let mostArguments: UInt64 = 1 << 10
  /// Bytes of a line with a length: `$`, ten digits, CRLF, and a byte too many.
  private static let line = 14

  /// Follows a command to where its framing breaks.
  func brokenCommand(at start: UInt64) throws(SourceError) -> BrokenCommand {
    var broken = BrokenCommand(start: start, place: start)
    guard let (count, line) = try weigher.number(UInt8(ascii: "*"), at: start), count > 0 else {
      return broken
    }
    broken.count = count
    broken.place = line
    while broken.framed < count, let argument = try weigher.argument(at: broken.place) {
      if broken.framed == 0, argument.count <= Self.longestName {
        broken.name = ByteString(
          try weigher.bytes(at: argument.start, count: Int(argument.count)))
      }
      broken.framed += 1
      broken.last = argument
      if argument.count > broken.longest?.count ?? 0 { broken.longest = argument }
      broken.place = argument.end
    }
    if let (length, start) = try weigher.number(UInt8(ascii: "$"), at: broken.place) {
      broken.claimedEnd = start + length
    }
    return broken
  }

  /// Where the broken command may end, by every length that its broken argument, or the one before, may
  /// have had. In ascending order.
  func possibleEnds(of broken: BrokenCommand) throws(SourceError) -> [PossibleEnd] {
    guard let count = broken.count, broken.framed < count else { return [] }
    var ends: [UInt64: Bool] = [:]
    let left = count - broken.framed - 1
    for (start, length) in try possibleLengths(at: broken.place) {
      if let end = try end(start, length, left) { ends[end] = length >= Self.certainLength }
    }
    if let last = broken.last {
      for (start, length) in try possibleLengths(at: last.header) where length != last.count {
        if let end = try end(start, length, left + 1), ends[end] == nil { ends[end] = false }
      }
    }
    return ends.map { PossibleEnd(place: $0.key, isCertain: $0.value) }
      .sorted { $0.place < $1.place }
  }

  /// Where a command ends that has so many arguments behind one of a length; nil when they are not there,
  /// or nothing follows them that may.
  private func end(
    _ start: UInt64, _ length: UInt64, _ left: UInt64
  ) throws(SourceError) -> UInt64? {
    guard left <= Self.mostArguments, start <= weigher.end, length <= weigher.end - start,
      try weigher.isLineEnd(at: start + length)
    else { return nil }
    var at = start + length + 2
    for _ in 0..<left {
      guard let argument = try weigher.argument(at: at) else { return nil }
      at = argument.end
    }
    if at == weigher.end { return at }
    return try weigher.weigh(at: at) == nil ? nil : at
  }

  /// Lengths that may have stood at a place, with the offset of the argument's first byte.
  private func possibleLengths(
    at place: UInt64
  ) throws(SourceError) -> [(start: UInt64, length: UInt64)] {
    let line = try weigher.bytes(at: place, count: Self.line)
    guard let (digits, behind) = Self.remains(of: line) else { return [] }
    return Self.numbers(near: digits).map { (place + UInt64(behind), $0) }
  }

  /// What is left of a length's digits, and how many bytes its line has, of which one of CR and LF may be
  /// another byte.
  private static func remains(of line: [UInt8]) -> (digits: [UInt8], behind: Int)? {
    var end: Int
    let behind: Int
    if let feed = line.firstIndex(of: 10), feed >= 2 {
      end = feed - 1
      behind = feed + 1
    } else if let back = line.firstIndex(of: 13), back >= 1, back + 2 <= line.count {
      end = back
      behind = back + 2
    } else {
      return nil
    }
    end = max(end, 1)
    // The `$` may be another byte, or lost.
    let first = line[0] &- 0x30 <= 9 ? 0 : 1
    return (Array(line[first..<max(first, end)]), behind)
  }

  /// Numbers of which a text may be what is left: one place of it is another digit, was lost, or was
  /// added. What is no digit is another one, or was added.
  private static func numbers(near digits: [UInt8]) -> Set<UInt64> {
    var texts: [[UInt8]] = [digits]
    for place in digits.indices where digits[place] &- 0x30 > 9 {
      texts = texts.flatMap { text in
        (0...9 as ClosedRange<UInt8>).map { digit in
          var copy = text
          copy[place] = 0x30 + digit
          return copy
        }
      }
      // More than two bytes that are no digits leave nothing to go by.
      if texts.count > 100 { return [] }
    }
    var numbers: Set<UInt64> = []
    func add(_ text: [UInt8]) {
      guard text.count <= 10, text.count == 1 || text.first != 0x30,
        let number = NumberText.unsigned(unsafe text.span.bytes)
      else { return }
      numbers.insert(number)
    }
    for text in texts {
      add(text)
      guard texts.count == 1 else { continue }
      for place in 0...text.count {
        for digit in 0...9 as ClosedRange<UInt8> {
          var longer = text
          longer.insert(0x30 + digit, at: place)
          add(longer)
          guard place < text.count else { continue }
          var other = text
          other[place] = 0x30 + digit
          add(other)
        }
        guard place < text.count else { continue }
        var shorter = text
        shorter.remove(at: place)
        add(shorter)
      }
    }
    for place in digits.indices where digits[place] &- 0x30 > 9 {
      var shorter = digits
      shorter.remove(at: place)
      add(shorter)
    }
    return numbers
  }
}
