// The sparse form. A server merges runs only near a change, so that the bytes depend on the order of the
// changes: what is done here, and where it ends, is what a server does. Source: hyperloglog.c of Redis 7.0.
extension HyperLogLog {
  /// Registers of the same value, one behind the other.
  struct Run {
    var value: UInt8
    /// How many registers.
    var count: Int
    /// Bytes that the run takes.
    var size: Int
  }

  enum SparseChange {
    case unchanged
    case changed
    /// The dense form is needed. Nothing has been changed.
    case tooLarge
  }

  /// The highest register of the sparse form.
  private static let highest: UInt8 = 32
  /// The most registers of a run of another value than zero.
  private static let longest = 4

  /// The run at a place; nil at the end, and where one is cut short.
  func run(at place: Int) -> Run? {
    guard place < bytes.count else { return nil }
    let byte = bytes[place]
    if byte & 0x80 != 0 {
      return Run(value: byte >> 2 & 31 + 1, count: Int(byte & 3) + 1, size: 1)
    }
    if byte & 0x40 == 0 { return Run(value: 0, count: Int(byte & 63) + 1, size: 1) }
    guard place + 1 < bytes.count else { return nil }
    return Run(value: 0, count: Int(byte & 63) << 8 + Int(bytes[place + 1]) + 1, size: 2)
  }

  /// The bytes of so many registers of a value; none for no registers.
  private static func encode(_ value: UInt8, _ count: Int) -> [UInt8] {
    if count == 0 { return [] }
    let length = count - 1
    if value > 0 { return [0x80 | (value - 1) << 2 | UInt8(length)] }
    if length < 64 { return [UInt8(length)] }
    return [0x40 | UInt8(length >> 8), UInt8(truncatingIfNeeded: length)]
  }

  /// Has a register be at least so high. Throws for corrupted registers.
  mutating func raiseSparse(
    _ register: Int, to value: UInt8, limit: Int
  ) throws(CommandError) -> SparseChange {
    guard value <= Self.highest else { return .tooLarge }
    var place = Self.headerSize
    var previous: Int?
    var first = 0
    var found: Run?
    while let run = run(at: place) {
      if register < first + run.count {
        found = run
        break
      }
      previous = place
      place += run.size
      first += run.count
    }
    guard let old = found else { throw Self.corrupted }
    if old.value >= value { return .unchanged }
    // What was one run becomes up to three.
    let before = register - first
    let behind = old.count - before - 1
    let new =
      Self.encode(old.value, before) + Self.encode(value, 1) + Self.encode(old.value, behind)
    if new.count > old.size, bytes.count + new.count - old.size > limit { return .tooLarge }
    bytes.replaceSubrange(place..<(place + old.size), with: new)
    mergeRuns(from: previous ?? Self.headerSize)
    invalidateCache()
    return .changed
  }

  /// Joins neighbours of the same value, in five runs from a place on.
  private mutating func mergeRuns(from start: Int) {
    var place = start
    var left = 5
    while left > 0, let run = run(at: place) {
      left -= 1
      if run.value > 0, let next = self.run(at: place + 1), next.value == run.value,
        run.count + next.count <= Self.longest
      {
        bytes.replaceSubrange(
          place..<(place + 2), with: Self.encode(run.value, run.count + next.count))
        continue
      }
      place += run.size
    }
  }
}
