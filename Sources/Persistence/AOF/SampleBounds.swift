internal import Synchronization

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

/// Tells those who gather a sample which part of it is still wanted.
///
/// Bounds only ever fall, and whoever keeps the sample looks at each hash again: it does not matter when
/// the others learn of it.
package final class SharedSampleBounds: Sendable {
  private let keys = Atomic(UInt64.max)
  private let fields = Atomic(UInt64.max)

  package init() {}

  /// The bounds as they were not long ago.
  package var current: SampleBounds {
    get {
      var bounds = SampleBounds()
      bounds.keys = keys.load(ordering: .relaxed)
      bounds.fields = fields.load(ordering: .relaxed)
      return bounds
    }
    set {
      keys.store(newValue.keys, ordering: .relaxed)
      fields.store(newValue.fields, ordering: .relaxed)
    }
  }
}
