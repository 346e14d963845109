/// Long strings that several keys hold: sums by a hash of their bytes, in bounded memory.
///
/// When there are too many different strings, only those are followed whose hashes begin with a zero bit, then
/// with two and so on, and stand for the others. Which ones these are depends on the set of strings alone.
package struct DuplicateValues: Sendable, Equatable {
  /// Bytes of a string from which on it is looked at.
  package static let least: UInt64 = 1024
  /// Different strings that are followed.
  private static let most = 32_768

  private struct Value: Equatable {
    var count: UInt64
    /// Bytes that each takes.
    var bytes: UInt64
  }

  private var values: [UInt64: Value] = [:]
  /// Zero bits that hashes begin with.
  private var zeros: UInt64 = 0

  package init() {}

  mutating func add(_ hash: UInt64, bytes: UInt64) {
    add(hash, Value(count: 1, bytes: bytes))
  }

  package mutating func merge(_ other: DuplicateValues) {
    while zeros < other.zeros { thin() }
    for (hash, value) in other.values { add(hash, value) }
  }

  private mutating func add(_ hash: UInt64, _ value: Value) {
    guard hash.leadingZeroBitCount >= zeros else { return }
    var sum = values[hash] ?? Value(count: 0, bytes: 0)
    sum.count &+= value.count
    sum.bytes = max(sum.bytes, value.bytes)
    values[hash] = sum
    while values.count > Self.most, zeros < 63 { thin() }
  }

  private mutating func thin() {
    zeros += 1
    values = values.filter { $0.key.leadingZeroBitCount >= zeros }
  }

  /// Writes or reads them.
  mutating func exchange(_ partial: inout PartialExchange) throws(PartialError) {
    try partial.word(&zeros)
    guard zeros < 64 else { throw .outOfRange }
    var rows = values.sorted { $0.key < $1.key }.map { (hash: $0.key, value: $0.value) }
    try partial.list(&rows, (hash: 0, value: Value(count: 0, bytes: 0))) {
      (partial, row) throws(PartialError) in
      try partial.word(&row.hash)
      try partial.number(&row.value.count)
      try partial.number(&row.value.bytes)
    }
    guard partial.isReading else { return }
    values = [:]
    for row in rows { add(row.hash, row.value) }
  }

  /// Keys that hold what another one holds, too, and the bytes of their values.
  var saving: (keys: UInt64, bytes: UInt64) {
    var (keys, bytes): (UInt64, UInt64) = (0, 0)
    for value in values.values where value.count > 1 {
      keys &+= value.count - 1
      bytes &+= (value.count - 1) &* value.bytes
    }
    // With so many strings left out, nothing could be said.
    return zeros < 16 ? (keys << zeros, bytes << zeros) : (keys, bytes)
  }
}
