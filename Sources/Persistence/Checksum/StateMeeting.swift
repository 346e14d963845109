/// States of CRC64 that can be walked through again and again: a copy begins anew.
protocol StateSequence {
  /// How many there are.
  var count: Int { get }
  /// The next one. May be asked `count` times.
  mutating func next() -> UInt64
}

/// A place in one sequence of states and one in another where the states are equal.
struct StateMeeting: Equatable {
  var first: Int
  var second: Int
}

/// Finds equal states in two sequences, too many to be held at once, in at most 32 MiB.
enum StateMeetings {
  /// Places of the hash table, at most.
  private static let capacity = 1 << 22

  /// The meetings that `accepts` lets pass, ordered by the place in the first sequence. Of equal
  /// states in the first sequence, only the first one counts. Nil when there are more than `limit`.
  ///
  /// States are compared by 50 bits of a hash: what is found is to be confirmed. Walks both sequences
  /// once for each two million states in the first.
  static func find<First: StateSequence, Second: StateSequence>(
    _ first: First, _ second: Second, limit: Int, accepts: (StateMeeting) -> Bool
  ) -> [StateMeeting]? {
    var table = StateTable(places: min(max(first.count * 2, 16), capacity))
    // A power of two, so that a hash tells its pass.
    let passMask = UInt64(
      max(1, (first.count * 2 + table.places - 1) / table.places).nextPowerOfTwo - 1)
    let seed = ByteHash.seed
    var found: [StateMeeting] = []
    for pass in 0...passMask {
      table.clear()
      var states = first
      for index in 0..<first.count {
        let hash = StateTable.hash(states.next(), seed)
        guard hash & passMask == pass else { continue }
        guard table.insert(hash, index) else { return nil }
      }
      var others = second
      for index in 0..<second.count {
        let hash = StateTable.hash(others.next(), seed)
        guard hash & passMask == pass, let place = table.index(of: hash) else { continue }
        let meeting = StateMeeting(first: place, second: index)
        guard accepts(meeting) else { continue }
        guard found.count < limit else { return nil }
        found.append(meeting)
      }
    }
    return found.sorted { ($0.first, $0.second) < ($1.first, $1.second) }
  }
}

/// A hash table from states to their places in a sequence, with open addressing.
private struct StateTable {
  let places: Int
  /// The upper half of the hash, and the place in the sequence and 1; 0 for an empty place. One word,
  /// because each access to a table of this size waits for memory.
  private var words: [UInt64]
  private var filled = 0

  init(places wanted: Int) {
    places = wanted.nextPowerOfTwo
    words = [UInt64](repeating: 0, count: places)
  }

  /// Seeded: nobody can make a file whose states all fall into one place.
  @inline(__always)
  static func hash(_ state: UInt64, _ seed: UInt64) -> UInt64 {
    ByteHash.hash(Int64(bitPattern: state), seed: seed)
  }

  mutating func clear() {
    guard filled > 0 else { return }
    filled = 0
    for index in 0..<places { words[index] = 0 }
  }

  /// False when the table is too full.
  @inline(__always)
  mutating func insert(_ hash: UInt64, _ index: Int) -> Bool {
    var place = Int(truncatingIfNeeded: hash >> 8) & (places &- 1)
    while words[place] != 0 {
      if words[place] >> 32 == hash >> 32 { return true }
      place = (place &+ 1) & (places &- 1)
    }
    guard filled < places / 8 * 7 else { return false }
    filled &+= 1
    words[place] = hash & ~0xFFFF_FFFF | UInt64(index &+ 1)
    return true
  }

  @inline(__always)
  func index(of hash: UInt64) -> Int? {
    var place = Int(truncatingIfNeeded: hash >> 8) & (places &- 1)
    while words[place] != 0 {
      if words[place] >> 32 == hash >> 32 { return Int(words[place] & 0xFFFF_FFFF) &- 1 }
      place = (place &+ 1) & (places &- 1)
    }
    return nil
  }
}

extension Int {
  /// The least power of two that is not below this number, which is at least 1.
  fileprivate var nextPowerOfTwo: Int {
    1 << (Int.bitWidth - (self - 1).leadingZeroBitCount)
  }
}
