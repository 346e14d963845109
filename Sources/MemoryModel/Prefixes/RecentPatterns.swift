import Persistence

/// The slots of patterns that came lately: keys of one kind come in great numbers, and a look here costs a
/// third of the way through the tree.
struct RecentPatterns: Sendable {
  private struct Entry: BitwiseCopyable {
    var hash: UInt64
    var ends: UInt64
    var slot: UInt32
    /// Entries of former ages are void.
    var age: UInt32
  }

  private var entries = Array(
    repeating: Entry(hash: 0, ends: 0, slot: 0, age: 0), count: RecentPatterns.capacity)
  private var texts = [UInt8](repeating: 0, count: RecentPatterns.capacity * KeyPattern.mostBytes)
  private var age: UInt32 = 1
  private var misses = 0
  private let seed = ByteHash.seed

  /// Entries, a power of two: with 128 bytes of text for each they stay in the second cache of a core.
  private static let capacity = 1024
  /// Bytes of memory.
  static var footprint: Int { capacity * (MemoryLayout<Entry>.stride + KeyPattern.mostBytes) }

  @inline(__always)
  func hash(_ pattern: borrowing KeyPattern) -> UInt64 {
    ByteHash.hash(pattern.bytes, seed: seed ^ pattern.ends)
  }

  @inline(__always)
  func slot(_ pattern: borrowing KeyPattern, _ hash: UInt64) -> UInt32? {
    let place = Int(truncatingIfNeeded: hash) & (Self.capacity &- 1)
    let entry = entries[place]
    guard entry.hash == hash, entry.ends == pattern.ends, entry.age == age else { return nil }
    let start = place &* KeyPattern.mostBytes
    let text = unsafe texts.span.bytes.extracting(start..<(start &+ pattern.count))
    return text.isEqual(to: pattern.bytes) ? entry.slot : nil
  }

  /// Notes every fourth pattern that was not there: where nearly none comes again, that costs less than to
  /// note them all, and those that come often are soon noted.
  mutating func note(_ pattern: borrowing KeyPattern, _ hash: UInt64, _ slot: UInt32) {
    misses &+= 1
    guard misses & 3 == 0 else { return }
    let place = Int(truncatingIfNeeded: hash) & (Self.capacity &- 1)
    entries[place] = Entry(hash: hash, ends: pattern.ends, slot: slot, age: age)
    let start = place &* KeyPattern.mostBytes
    let bytes = pattern.bytes
    for offset in 0..<bytes.byteCount { texts[start &+ offset] = bytes.byte(at: offset) }
  }

  mutating func removeAll() {
    age &+= 1
    // An entry of 2³² ages ago would be taken for one of now.
    if age == 0 { self = RecentPatterns() }
  }
}

extension RawSpan {
  /// Whether the bytes are those of a span of as many.
  @inline(__always)
  func isEqual(to other: RawSpan) -> Bool {
    var offset = 0
    while offset &+ 8 <= byteCount {
      guard
        littleEndian(at: offset, as: UInt64.self) == other.littleEndian(at: offset, as: UInt64.self)
      else { return false }
      offset &+= 8
    }
    while offset < byteCount {
      if byte(at: offset) != other.byte(at: offset) { return false }
      offset &+= 1
    }
    return true
  }
}
