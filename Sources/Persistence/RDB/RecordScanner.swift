/// Cuts a file into batches of whole records by walking their framing.
///
/// Not safe for use by several threads at once; workers take turns (`OrderedPipeline`). A batch is handed
/// back with `recycler`, from any thread.
package final class RecordScanner {
  /// Bytes of records that a batch aims at: what fits in a core's second-level cache.
  package static let batchSize = 512 << 10
  /// A key record of more bytes is not held in memory, but handed out as a `LargeRecord`.
  package static let largeRecord = 4 << 20

  package let dialect: RDBDialect
  /// Set when `next()` has returned nil.
  package private(set) var ending = ScanEnding()

  /// The bytes of the source once more, to be read at offsets.
  let content: (any RandomAccess)?
  let keeping: LargeValueKeeping
  let largeRecord: Int
  /// Whether what follows a broken record is read to the end of the input.
  private let readsRest: Bool
  /// Whether what follows the checksum is left to others.
  private let leavesRest: Bool
  /// What follows the checksum, when that was to be left and the RDB has come to its end. `ending` has
  /// its offset as the size of the file, and tells nothing about it.
  package private(set) var rest: (any ByteSource)?
  /// What is being read: records that are to be handed out, or a part of a large one.
  var reader: BatchReader<RecordBatch>
  /// Where the records of the current batch begin: behind the header in the first.
  private var bodyStart = 0
  private var isFinished = false
  private(set) var database: UInt64 = 0
  /// Offset in the file of the last whole record.
  var lastRecord: UInt64?

  /// Opens an RDB file and reads its header. `keeping` says which large values somebody is going to
  /// read.
  package convenience init(
    _ input: Input, keeping: LargeValueKeeping = .all,
    largeRecord: Int = RecordScanner.largeRecord
  ) throws(ScanError) {
    try self.init(
      input, inputSize: { input.decodedSize() }, content: input.randomAccess, keeping: keeping,
      largeRecord: largeRecord)
  }

  /// Reads the header from a source.
  ///
  /// - `inputSize`: tells how many bytes the source will deliver in all, when that is known.
  /// - `content`: the same bytes for reading at offsets. Without it, large values are kept in temporary
  ///   files, as `keeping` says, for as long as their record is.
  /// - `leavesRest`: whether something else follows the RDB, as in an AOF with a preamble: see `rest`.
  /// - `batchSize`: bytes of records that a batch aims at, at least those of a header.
  /// - `largeRecord`: bytes above which a key record is large.
  package init(
    _ source: any ByteSource, inputSize: @escaping () -> UInt64?,
    content: (any RandomAccess)? = nil, keeping: LargeValueKeeping = .all, leavesRest: Bool = false,
    batchSize: Int = RecordScanner.batchSize, largeRecord: Int = RecordScanner.largeRecord
  ) throws(ScanError) {
    precondition(batchSize >= RDBDialect.headerLength, "a batch holds a header")
    let header = try Self.header(of: source)
    do throws(FormatError) {
      dialect = try RDBHeader.read(unsafe header.span.bytes)
    } catch {
      throw .format(error)
    }
    bodyStart = header.count
    reader = Self.reader(PrefixedSource(header, source), from: 0, inputSize, batchSize, dialect)
    self.content = content
    self.keeping = keeping
    self.largeRecord = largeRecord
    readsRest = true
    self.leavesRest = leavesRest
  }

  /// The first bytes of a file; fewer than those of a header where it ends.
  private static func header(of source: any ByteSource) throws(ScanError) -> [UInt8] {
    do throws(SourceError) {
      let header = try source.readFirst(RDBDialect.headerLength)
      // An error that came behind some bytes comes again.
      if header.count < RDBDialect.headerLength { _ = try source.readFirst(1) }
      return header
    } catch {
      throw .source(error)
    }
  }

  /// Goes on in the middle of a file, at a record.
  ///
  /// - `content`: the whole file.
  /// - `range`: where to begin, and where the input ends for this scan: `ending` tells of neither what
  ///   lies behind the end nor what follows a broken record.
  /// - `database`: the one that is selected there.
  package init(
    _ content: any RandomAccess, _ range: Range<UInt64>, _ dialect: RDBDialect, database: UInt64,
    batchSize: Int = RecordScanner.batchSize, largeRecord: Int = RecordScanner.largeRecord
  ) {
    reader = Self.reader(
      ContentSource(content, range), from: range.lowerBound, { range.upperBound }, batchSize,
      dialect)
    self.content = content
    keeping = .all
    self.largeRecord = largeRecord
    readsRest = false
    leavesRest = false
    self.dialect = dialect
    self.database = database
  }

  private static func reader(
    _ input: any ByteSource, from offset: UInt64, _ inputSize: @escaping () -> UInt64?,
    _ batchSize: Int, _ dialect: RDBDialect
  ) -> BatchReader<RecordBatch> {
    BatchReader(
      input, from: offset, inputSize: inputSize, batchSize: batchSize, largestKept: largeRecord
    ) { RecordBatch(capacity: $0, dialect: dialect) }
  }

  /// The next batch or large record, or nil when there is none: `ending` then tells how the file ended.
  ///
  /// Throws only what makes it impossible to go on at all (an input error, or no room for a large value
  /// that has to be kept); whatever is wrong with the bytes is told by `ending`.
  package func next() throws(SourceError) -> ScannedItem? {
    while !isFinished {
      try reader.fill()
      let batch = reader.current
      batch.database = database
      batch.bodyStart = bodyStart
      switch walk(batch) {
      case .needMore(let end):
        guard end > batch.bodyStart else {
          reader.enlarge()
          continue
        }
        return .batch(handOver(end))
      case .large(let end, let head):
        guard end == 0 else { return .batch(handOver(end)) }
        if let record = try readLarge(head) { return .large(record) }
      case .eof(let end):
        try readEnd(after: end)
        return .batch(handOver(end))
      case .failed(let end, let error, let record):
        let key = record.flatMap { copyKey(of: $0) }
        try readRest(from: batch.fileOffset + UInt64(end), key: key, error) {
          () throws(SourceError) in try summarizeRest(after: end)
        }
        return .batch(handOver(end))
      }
    }
    return nil
  }

  /// Gives a batch back for reuse.
  package func recycler() -> @Sendable (RecordBatch) -> Void { reader.recycler() }

  // MARK: Walking

  private enum Outcome {
    /// Whole records up to `end`; the next one goes on behind the buffer.
    case needMore(end: Int)
    /// Whole records up to `end`, where a large one begins.
    case large(end: Int, RecordHead)
    case eof(end: Int)
    case failed(end: Int, FormatError, RecordHead?)
  }

  private func walk(_ batch: RecordBatch) -> Outcome {
    let bytes = unsafe reader.held.bytes
    let inputEnd = reader.inputEnd
    let largeRecord = self.largeRecord
    var parser = RecordParser(bytes, dialect, inputEnd: inputEnd)
    parser.cursor.offset = batch.bodyStart
    var end = batch.bodyStart
    var before: Int?
    defer { if let before { lastRecord = batch.fileOffset + UInt64(before) } }
    while true {
      var head: RecordHead?
      do throws(FormatError) {
        let record = try parser.next()
        if record.kind == .key {
          head = record
          try parser.skipValue(of: record)
          if parser.cursor.offset &- end > largeRecord { return .large(end: end, record) }
        } else if record.kind == .selectDB {
          database = record.numbers.0
        } else if record.kind == .eof {
          return .eof(end: parser.cursor.offset)
        }
        before = record.start
        end = parser.cursor.offset
      } catch {
        guard reader.isShortOfInput(error, inputEnd), let needed = error.expected else {
          return .failed(end: end, error, head)
        }
        if let head, needed - UInt64(end) > UInt64(largeRecord) { return .large(end: end, head) }
        return .needMore(end: end)
      }
    }
  }

  /// The key of a record in the current batch, when it can be decoded.
  private func copyKey(of record: RecordHead) -> ByteString? {
    var decoder = StringDecoder()
    return try? decoder.copy(record.name, in: unsafe reader.held.bytes)
  }

  /// Takes the whole records out as a batch.
  private func handOver(_ end: Int) -> RecordBatch {
    bodyStart = 0
    guard !isFinished else { return reader.handOverLast(end) }
    return reader.handOver(end)
  }

  // MARK: The end of the file

  /// Reads the checksum after the EOF opcode, and looks at what follows it.
  private func readEnd(after end: Int) throws(SourceError) {
    isFinished = true
    let start = reader.current.fileOffset + UInt64(end)
    ending.eofOffset = start - 1
    if leavesRest { return try leaveRest(after: end) }
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

  /// Reads the checksum after the EOF opcode and no further than has been read already.
  private func leaveRest(after end: Int) throws(SourceError) {
    let start = reader.current.fileOffset + UInt64(end)
    var behind = end
    if dialect.hasChecksum {
      ending.checksumOffset = start
      try reader.fill(to: end + 8)
      behind = min(end + 8, reader.filled)
      if behind == end + 8 {
        ending.storedChecksum = unsafe reader.held.bytes.littleEndian(at: end, as: UInt64.self)
      }
    }
    ending.fileSize = reader.current.fileOffset + UInt64(behind)
    ending.trailingOffset = ending.fileSize
    // The source fails again for whoever reads the rest.
    if behind < end + 8 { ending.compressionError = reader.compressionError }
    rest = PrefixedSource(unsafe Array(reader.held[behind...]), reader.input)
  }

  func summarizeRest(after end: Int) throws(SourceError) -> TailReader.Summary {
    ending.compressionError = reader.compressionError
    guard readsRest else { return TailReader.Summary() }
    var tail = TailReader(reader.input, ending.compressionError == nil)
    unsafe tail.add(UnsafeRawBufferPointer(rebasing: reader.held[end...]))
    let rest = try tail.summarize()
    ending.compressionError = ending.compressionError ?? tail.compressionError
    return rest
  }

  /// After a framing error in the record at `start`: the checksum of the rest, which is what stands from
  /// there on, and whether the file's end is there.
  func readRest(
    from start: UInt64, key: ByteString?, _ error: FormatError,
    _ summarize: () throws(SourceError) -> TailReader.Summary
  ) throws(SourceError) {
    isFinished = true
    var moved = error.inFile(from: reader.current.fileOffset)
    ending.recordBefore = lastRecord
    ending.errorRecord = start
    ending.errorDatabase = database
    ending.errorKey = key
    let rest = try summarize()
    ending.fileSize = start + rest.count
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
