/// Buffers that workers have finished with.
final class BatchPool: Sendable {
  private let free = Monitor([RecordBatch]())

  /// Bytes of a buffer that is kept, at most.
  private static let largest = RecordScanner.largeRecord

  /// A buffer of at least `capacity` bytes.
  func take(capacity: Int, _ dialect: RDBDialect) -> RecordBatch {
    let found = free.withLock { free -> RecordBatch? in
      guard let last = free.last, last.capacity >= capacity else { return nil }
      return free.popLast()
    }
    return found ?? RecordBatch(capacity: capacity, dialect: dialect)
  }

  /// Takes a buffer back.
  func put(_ batch: RecordBatch) {
    guard batch.capacity <= BatchPool.largest else { return }
    free.withLock { free in
      if free.count < 64 { free.append(batch) }
    }
  }
}
