/// Which keys, and which fields of them, belong to a sample: those whose ``StableHash`` is not above a
/// bound.
package struct SampleBounds: BitwiseCopyable, Sendable, Equatable {
  /// For the hashes of keys, their databases aside.
  package var keys = UInt64.max
  /// For the hashes of fields within their keys.
  package var fields = UInt64.max

  /// The bounds of a sample of everything.
  package init() {}

  /// The share of all hashes that are not above a bound.
  package static func share(_ bound: UInt64) -> Double { (Double(bound) + 1) / 0x1p64 }
}
