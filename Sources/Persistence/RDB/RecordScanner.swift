internal import Glibc

/// Cuts a file into batches of whole records by walking their framing.
///
/// Not safe for use by several threads at once; workers take turns (`OrderedPipeline`). A batch is handed
/// back with `recycle`, from any thread.
package final class RecordScanner {
  /// Bytes of records that a batch aims at: what fits in a core's second-level cache.
  package static let batchSize = 512 << 10
  /// A batch above this size is large: only one of these is in use at a time, so that memory is bounded
  /// by the largest value and not by a multiple of it.
  static let largeBatch = 4 << 20
  /// The largest step by which a batch grows.
  static let growth = 8 << 20

  package let dialect: RDBDialect
  /// Set when `next()` has returned nil.
  package private(set) var ending = ScanEnding()

  private let input: any ByteSource
  private let batchSize: Int
  /// Bytes that the whole input has, as far as known at this moment.
  private let inputSize: () -> UInt64?
  private let pool = BatchPool()
  private var current: RecordBatch
  /// Bytes read into the current batch.
  private var filled = 0
  private var isAtEnd = false
  private var isFinished = false
  private var database: UInt64 = 0
  /// Offset in the file of the last whole record.
  private var lastRecord: UInt64?
  /// How far the record at the end of the buffer has been walked.
  private var progress = SkipProgress()

  /// Opens an RDB file and reads its header.
  package convenience init(_ input: Input) throws(ScanError) {
    try self.init(input, inputSize: { input.decodedSize() })
  }

  /// Reads the header from a source. `inputSize` tells how many bytes it will deliver in all, when that
  /// is known.
  package init(
    _ source: any ByteSource, inputSize: @escaping () -> UInt64?,
    batchSize: Int = RecordScanner.batchSize
  ) throws(ScanError) {
    precondition(batchSize >= RDBDialect.headerLength, "a batch holds a header")
    input = source
    self.batchSize = batchSize
    self.inputSize = inputSize
    // The dialect is only known after the header has been read into the first batch.
    guard let placeholder = RDBDialect(magic: .redis, version: 1) else {
      preconditionFailure("version 1 is in the table")
    }
    let first = RecordBatch(capacity: batchSize * 2, dialect: placeholder)
    var count = 0
    while count < RDBDialect.headerLength {
      do throws(SourceError) {
        let got = try unsafe source.read(
          into: UnsafeMutableRawBufferPointer(rebasing: first.buffer[count...]))
        guard got > 0 else {
          isAtEnd = true
          break
        }
        count += got
      } catch {
        throw .source(error)
      }
    }
    do throws(FormatError) {
      dialect = try unsafe RDBHeader.read(first.filled(count).bytes)
    } catch {
      throw .format(error)
    }
    first.dialect = dialect
    first.bodyStart = RDBDialect.headerLength
    current = first
    filled = count
  }

  /// The next batch, or nil when there is none: `ending` then tells how the file ended.
  ///
  /// Throws only what makes it impossible to go on reading at all (an input error); whatever is wrong
  /// with the bytes is told by `ending`.
  package func next() throws(SourceError) -> RecordBatch? {
    while !isFinished {
      try fill()
      let batch = current
      let start = batch.bodyStart
      batch.database = database
      let outcome = walk(batch, from: start)
      switch outcome {
      case .needMore(let end, let needed):
        guard end > start else {
          enlarge(for: needed)
          continue
        }
        return handOver(end)
      case .eof(let end):
        try readEnd(after: end)
        return handOver(end)
      case .failed(let end, let error, let record, let before):
        ending.recordBefore = before.map { batch.fileOffset + UInt64($0) } ?? lastRecord
        try readRest(after: end, error, record)
        return handOver(end)
      }
    }
    return nil
  }

  /// Gives a batch back for reuse.
  package func recycler() -> @Sendable (RecordBatch) -> Void {
    let pool = pool
    return { pool.put($0) }
  }

  // MARK: Walking

  private enum Outcome {
    /// Whole records up to `end`; the next one goes on to `needed` bytes at least.
    case needMore(end: Int, needed: UInt64)
    case eof(end: Int)
    case failed(end: Int, FormatError, RecordHead?, before: Int?)
  }

  private func walk(_ batch: RecordBatch, from start: Int) -> Outcome {
    let size = inputSize().map { $0 > batch.fileOffset ? $0 - batch.fileOffset : 0 }
    var inputEnd = size ?? .max
    if isAtEnd { inputEnd = UInt64(filled) } else { inputEnd = max(inputEnd, UInt64(filled)) }
    let bytes = unsafe batch.filled(filled).bytes
    var parser = RecordParser(bytes, dialect, inputEnd: inputEnd)
    parser.cursor.offset = start
    // Locals: a property of a class costs a dynamic check at every access.
    var progress = self.progress
    self.progress = SkipProgress()
    var end = start
    var before: Int?
    while true {
      var head: RecordHead?
      do throws(FormatError) {
        let record = try parser.next()
        if record.kind == .key {
          head = record
          try parser.skipValue(of: record, progress: &progress)
        } else if record.kind == .selectDB {
          database = record.numbers.0
        } else if record.kind == .eof {
          return .eof(end: parser.cursor.offset)
        }
        before = record.start
        end = parser.cursor.offset
      } catch {
        if error.code == .truncated, let needed = error.expected, needed <= inputEnd, !isAtEnd {
          if end == start { self.progress = progress }
          if let before { lastRecord = batch.fileOffset + UInt64(before) }
          return .needMore(end: end, needed: needed)
        }
        return .failed(end: end, error, head, before: before)
      }
    }
  }

  // MARK: Buffers

  /// Reads until the batch has its size, or is full when it has that already, or the input ends.
  private func fill() throws(SourceError) {
    let size = batchSize
    let target = filled < size ? size : current.capacity
    while filled < target, !isAtEnd {
      let space = unsafe UnsafeMutableRawBufferPointer(rebasing: current.buffer[filled...])
      let got: Int
      do throws(SourceError) {
        got = try unsafe input.read(into: space)
      } catch {
        switch error {
        case .damagedCompression, .truncatedCompression:
          // What came before it is as good as a file that ends here.
          ending.compressionError = error
          isAtEnd = true
          return
        default: throw error
        }
      }
      if got == 0 { isAtEnd = true }
      filled += got
    }
  }

  /// Makes room for a record that is larger than the buffer. The room grows in steps, whatever the
  /// record claims: a claim must be paid in bytes.
  ///
  /// Where the walk goes on from where it stopped, or has one long string before it, steps are small,
  /// so that little of what follows the record is read with it. Else each step has the record walked
  /// anew, and steps grow with it.
  private func enlarge(for needed: UInt64) {
    let capacity = current.capacity
    guard filled == capacity else { return }
    let isOneString = needed > UInt64(capacity + RecordScanner.growth)
    let isResumed = progress.elements > 0
    let step =
      isOneString || isResumed ? RecordScanner.growth : max(RecordScanner.growth, capacity / 2)
    let wanted = capacity + min(capacity, step)
    if wanted > RecordScanner.largeBatch { pool.waitForLarge(current) }
    current.enlarge(to: wanted)
  }

  /// Takes the whole records out as a batch and moves what is left into the next buffer.
  private func handOver(_ end: Int) -> RecordBatch {
    let batch = current
    batch.count = end
    progress = SkipProgress()
    if !isFinished {
      let left = filled - end
      let next = pool.take(capacity: max(batchSize * 2, left), dialect)
      unsafe next.buffer.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: batch.filled(filled)[end...]))
      next.fileOffset = batch.fileOffset + UInt64(end)
      next.bodyStart = 0
      filled = left
      current = next
    }
    return batch
  }

  // MARK: The end of the file

  /// Reads the checksum after the EOF opcode, and looks at what follows it.
  private func readEnd(after end: Int) throws(SourceError) {
    isFinished = true
    let start = current.fileOffset + UInt64(end)
    ending.eofOffset = start - 1
    let rest = try summarizeRest(after: end)
    ending.fileSize = start + rest.count
    ending.trailingOffset = start
    ending.trailingCount = rest.count
    if dialect.hasChecksum {
      ending.checksumOffset = start
      if rest.count >= 8 { ending.storedChecksum = rest.firstEight }
      ending.trailingOffset = start + min(rest.count, 8)
      ending.trailingCount = rest.count - min(rest.count, 8)
      ending.trailingFirst = rest.ninth
      ending.trailingIsZero = rest.isZeroAfterEight
    } else {
      ending.trailingFirst = UInt8(truncatingIfNeeded: rest.firstEight)
      ending.trailingIsZero = rest.firstEight == 0 && rest.isZeroAfterEight
    }
    // An EOF opcode that came about by damage: behind it the file goes on to its real end.
    if ending.trailingCount > 0, dialect.hasChecksum {
      ending.endLooksWhole = rest.byteBefore == 0xFF && rest.count >= 17
      ending.tailChecksum = rest.checksum
      ending.tailCount = rest.count - 8
      ending.lastEight = rest.lastEight
    }
  }

  private func summarizeRest(after end: Int) throws(SourceError) -> TailReader.Summary {
    var tail = TailReader(input, ending.compressionError == nil)
    unsafe tail.add(UnsafeRawBufferPointer(rebasing: current.filled(filled)[end...]))
    let rest = try tail.summarize()
    ending.compressionError = ending.compressionError ?? tail.compressionError
    return rest
  }

  /// After a framing error: the checksum of the rest, and whether the file's end is there.
  private func readRest(
    after end: Int, _ error: FormatError, _ record: RecordHead?
  ) throws(SourceError) {
    isFinished = true
    let base = current.fileOffset
    var moved = error
    moved.offset = Int(base) + error.offset
    ending.errorRecord = base + UInt64(end)
    ending.errorDatabase = database
    if let record {
      var decoder = StringDecoder()
      ending.errorKey = try? decoder.copy(record.name, in: unsafe current.filled(filled).bytes)
    }
    let rest = try summarizeRest(after: end)
    ending.fileSize = base + UInt64(end) + rest.count
    if dialect.hasChecksum, rest.count >= 8 {
      ending.tailChecksum = rest.checksum
      ending.tailCount = rest.count - 8
      ending.storedChecksum = rest.lastEight
      ending.checksumOffset = ending.fileSize - 8
      ending.endLooksWhole = rest.byteBefore == 0xFF
    } else if !dialect.hasChecksum {
      ending.endLooksWhole = rest.count >= 8 && rest.lastEight >> 56 == 0xFF
    }
    // A length that reaches beyond the end of a file whose end is there is a wrong length.
    if moved.code == .truncated, ending.endLooksWhole {
      moved.code = .badLength
      moved.what =
        FormatError(.badLength, at: 0, "a length reaches beyond the end of the file").what
    }
    ending.error = moved
  }
}

/// Why a file could not be scanned at all.
package enum ScanError: Error, Equatable, Sendable {
  case source(SourceError)
  case format(FormatError)
}
