internal import Persistence

/// Sums over keys.
package struct MemorySums: Sendable, Equatable, BitwiseCopyable {
  package var keys: UInt64 = 0
  /// Bytes that the allocator gives, see `KeyMemory`.
  package var bytes: UInt64 = 0
  /// Bytes as `MEMORY USAGE key SAMPLES 0` tells.
  package var usage: UInt64 = 0
  package var elements: UInt64 = 0
  /// Keys that have a lifetime.
  package var expires: UInt64 = 0
  /// Bytes of those.
  package var expiringBytes: UInt64 = 0
  /// The types among them: bit n stands for the type whose index is n.
  package var types: UInt8 = 0

  package init() {}

  /// Those of one key.
  init(_ key: MeasuredKey, _ memory: KeyMemory) {
    keys = 1
    bytes = memory.bytes
    usage = memory.usage
    elements = key.value.elements
    expires = key.expiresAt == nil ? 0 : 1
    expiringBytes = key.expiresAt == nil ? 0 : memory.bytes
    types = 1 << UInt8(key.value.layout.type.index)
  }

  package mutating func add(_ other: MemorySums) {
    keys &+= other.keys
    bytes &+= other.bytes
    usage &+= other.usage
    elements &+= other.elements
    expires &+= other.expires
    expiringBytes &+= other.expiringBytes
    types |= other.types
  }

  /// Writes or reads them.
  mutating func exchange(_ partial: inout PartialExchange) throws(PartialError) {
    try partial.number(&keys)
    try partial.number(&bytes)
    try partial.number(&usage)
    try partial.number(&elements)
    try partial.number(&expires)
    try partial.number(&expiringBytes)
    var types = UInt64(types)
    try partial.number(&types)
    guard types < 1 << UInt64(ValueType.allCases.count), expires <= keys, expiringBytes <= bytes
    else { throw .outOfRange }
    self.types = UInt8(types)
  }

  /// The names of the types among them.
  package var typeNames: [String] {
    ValueType.allCases.filter { types >> UInt8($0.index) & 1 == 1 }.map(\.rawValue)
  }
}
