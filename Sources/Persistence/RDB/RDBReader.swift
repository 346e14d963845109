internal import SystemPackage

/// Reads the keys of an RDB file one after another as typed values.
///
///     var reader = try RDBReader(path: "dump.rdb")
///     while let entry = try reader.next() {
///       switch entry.value {
///       case .string(let text): print(entry.key, text)
///       case .hash(let fields): print(entry.key, fields.count)
///       default: print(entry.key, entry.type)
///       }
///     }
///
/// The file may be compressed with gzip or LZ4; `-` is standard input. Memory is bounded by the largest
/// value, and by the aux fields and functions, which are kept. One thread at a time.
public struct RDBReader: ~Copyable {
  /// The letters before the version digits of the header.
  public var magic: RDBMagic { scanner.dialect.magic }
  /// The version in the header.
  public var version: Int { scanner.dialect.version }
  /// The aux fields read so far, in the order of the file.
  public private(set) var aux: [(name: ByteString, value: ByteString)] = []
  /// The code of the function libraries read so far.
  public private(set) var functions: [ByteString] = []

  private let scanner: RecordScanner
  private let recycle: @Sendable (RecordBatch) -> Void
  private var values = ValueDecoder()
  private var inspector = ValueInspector()
  private var batch: RecordBatch?
  private var offset = 0
  private var database: UInt64 = 0
  private var isFinished = false

  /// Opens a file and reads its header.
  ///
  /// Throws `source` when the file cannot be read and `format` when it is no RDB file that this library
  /// knows.
  public init(path: String) throws(RDBReadError) {
    do throws(ScanError) {
      let input: Input
      do throws(SourceError) {
        input = try Input(path: FilePath(path))
      } catch {
        throw .source(error)
      }
      scanner = try RecordScanner(input)
    } catch {
      switch error {
      case .source(let source): throw .source(source.description)
      case .format(let format): throw .format(format)
      }
    }
    recycle = scanner.recycler()
  }

  /// Reads what a scanner hands out that nobody else asks.
  init(_ scanner: RecordScanner) {
    self.scanner = scanner
    recycle = scanner.recycler()
  }

  /// The next key, or nil at the end of the file.
  ///
  /// Throws `value` for a damaged value that can be stepped over: the next call goes on behind it. After
  /// `format` (what follows cannot be found) and `source`, there is nothing more. The checksum is not
  /// compared; that is what a check does.
  public mutating func next() throws(RDBReadError) -> RDBEntry? {
    while true {
      if let batch {
        if let entry = try next(in: batch) { return entry }
        recycle(batch)
        self.batch = nil
      }
      guard !isFinished else { return nil }
      do throws(SourceError) {
        batch = try nextBatch()
      } catch {
        isFinished = true
        throw .source(error.description)
      }
      guard let batch else {
        isFinished = true
        if let error = scanner.ending.compressionError { throw .source(error.description) }
        if let error = scanner.ending.error { throw .format(error) }
        return nil
      }
      offset = batch.bodyStart
      database = batch.database
    }
  }

  /// The next records. One that is too large to be held twice is held once: its value is to be returned
  /// as a whole.
  private func nextBatch() throws(SourceError) -> RecordBatch? {
    switch try scanner.next() {
    case nil: return nil
    case .batch(let batch): return batch
    case .large(let record):
      do throws(LargeValueError) {
        return try record.readWhole()
      } catch {
        switch error {
        case .source(let error): throw error
        case .changed, .format: throw .changedWhileRead(at: record.fileOffset)
        }
      }
    }
  }

  private mutating func next(in batch: RecordBatch) throws(RDBReadError) -> RDBEntry? {
    let bytes = batch.bytes
    var parser = RecordParser(bytes, batch.dialect, inputEnd: UInt64(bytes.byteCount))
    parser.cursor.offset = offset
    while !parser.cursor.isAtEnd {
      var key: ByteString?
      do throws(FormatError) {
        let head = try parser.next()
        switch head.kind {
        case .key:
          key = try? values.copy(head.name, in: bytes)
          let entry = try read(head, &parser, batch)
          offset = parser.cursor.offset
          return entry
        case .selectDB: database = head.numbers.0
        case .aux:
          aux.append(
            (try values.copy(head.name, in: bytes), try values.copy(head.text, in: bytes)))
        case .function: functions.append(try values.copy(head.name, in: bytes))
        default: break
        }
        offset = parser.cursor.offset
      } catch {
        offset = parser.cursor.offset
        let moved = error.moved(by: batch.fileOffset)
        throw .value(moved, key: key, database: database)
      }
    }
    return nil
  }

  @_lifetime(parser: copy parser)
  private mutating func read(
    _ head: RecordHead, _ parser: inout RecordParser, _ batch: RecordBatch
  ) throws(FormatError) -> RDBEntry {
    let bytes = parser.cursor.bytes
    // The scanner has walked this value: its end is known before anything in it can fail.
    let facts = try inspector.skim(head.layout, &parser.cursor)
    let key = try values.copy(head.name, in: bytes)
    var cursor = ByteCursor(bytes, at: head.valueOffset)
    return RDBEntry(
      database: database, key: key, type: head.layout.type,
      encoding: batch.dialect.encoding(
        head.layout, facts, keyLength: head.name.length, hasExpiry: head.hasExpiry),
      expiresAt: head.hasExpiry ? head.expiresAt : nil,
      idle: head.hasIdle ? head.idle : nil,
      frequency: head.hasFrequency ? head.frequency : nil,
      offset: batch.fileOffset + UInt64(head.start),
      value: try values.decode(head.layout, &cursor))
  }
}

/// A key of an RDB file with everything that belongs to it.
public struct RDBEntry: Sendable, Equatable {
  /// The number of the database.
  public var database: UInt64
  /// The key.
  public var key: ByteString
  /// The type as `TYPE` names it.
  public var type: ValueType
  /// The encoding as `OBJECT ENCODING` names it on the server that wrote the file, once loaded.
  public var encoding: ObjectEncoding
  /// Unix time in milliseconds at which the key expires; nil for never.
  public var expiresAt: Int64?
  /// LRU idle time in seconds, where the file has it.
  public var idle: UInt64?
  /// LFU counter, 0-255, where the file has it.
  public var frequency: UInt8?
  /// Offset in bytes of the record in the (decompressed) file.
  public var offset: UInt64
  /// The value.
  public var value: RDBValue
}

extension RDBEntry {
  /// A key to be written; its encoding is left to the writer.
  public init(
    key: ByteString, value: RDBValue, database: UInt64 = 0, expiresAt: Int64? = nil,
    idle: UInt64? = nil, frequency: UInt8? = nil
  ) {
    let (type, encoding): (ValueType, ObjectEncoding) =
      switch value {
      case .string: (.string, .raw)
      case .list: (.list, .quicklist)
      case .set: (.set, .hashtable)
      case .hash: (.hash, .hashtable)
      case .sortedSet: (.zset, .skiplist)
      case .stream: (.stream, .stream)
      case .module: (.module, .module)
      }
    self.init(
      database: database, key: key, type: type, encoding: encoding, expiresAt: expiresAt,
      idle: idle, frequency: frequency, offset: 0, value: value)
  }
}

/// Why a file, or a value of it, could not be read.
public enum RDBReadError: Error, Equatable, Sendable {
  /// The file cannot be opened or read, or is compressed and damaged.
  case source(String)
  /// The file is no RDB file, or its framing is broken at an offset in the file.
  case format(FormatError)
  /// One value is damaged, at an offset in the file; the next ones can be read.
  case value(FormatError, key: ByteString?, database: UInt64)
}
