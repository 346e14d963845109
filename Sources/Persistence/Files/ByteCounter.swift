import Synchronization

/// How many bytes have been read so far: written by the thread that reads, read by any, such as the
/// one that draws a progress bar.
package final class ByteCounter: Sendable {
  private let total = Atomic<UInt64>(0)

  package init() {}

  /// The bytes counted so far. It orders nothing else between the threads.
  package var value: UInt64 { total.load(ordering: .relaxed) }

  func add(_ count: Int) { total.wrappingAdd(UInt64(count), ordering: .relaxed) }
}
