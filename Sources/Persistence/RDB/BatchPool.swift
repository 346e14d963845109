/// Buffers that workers have finished with, and the turn of the one large batch.
final class BatchPool: Sendable {
  private struct State {
    var free: [RecordBatch] = []
    var isLargeTaken = false
  }

  private let monitor = Monitor(State())

  /// A buffer of at least `capacity` bytes.
  func take(capacity: Int, _ dialect: RDBDialect) -> RecordBatch {
    let found = monitor.withLock { state -> RecordBatch? in
      guard let last = state.free.last, last.capacity >= capacity else { return nil }
      return state.free.popLast()
    }
    return found ?? RecordBatch(capacity: capacity, dialect: dialect)
  }

  /// Takes a buffer back.
  func put(_ batch: RecordBatch) {
    monitor.withLock { state in
      if batch.hasLargeTurn {
        batch.hasLargeTurn = false
        state.isLargeTaken = false
      }
      if batch.capacity <= RecordScanner.largeBatch, state.free.count < 64 {
        state.free.append(batch)
      }
    }
    monitor.signalAll()
  }

  /// Waits until no other batch is large, and gives the turn to this one.
  func waitForLarge(_ batch: RecordBatch) {
    guard !batch.hasLargeTurn else { return }
    monitor.withLock(when: { !$0.isLargeTaken }) { $0.isLargeTaken = true }
    batch.hasLargeTurn = true
  }
}
