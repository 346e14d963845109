package import Persistence

/// What a salvage did with every byte of its input.
package struct SalvageReport: Sendable {
  /// Bytes of the input that are not in the output.
  package struct Gap: Sendable, Equatable {
    package var from: UInt64
    /// Behind the last byte.
    package var to: UInt64
    package var reason: FindingCode
  }

  package var keysRecovered: UInt64 = 0
  package var keysLost: UInt64 = 0
  package var gaps: [Gap] = []

  package init() {}
}
