package import SystemPackage

/// What an AOF, or a file of one, begins with.
package enum AOFFormat: String, CaseIterable, Sendable {
  /// A complete RDB, whatever follows it.
  case rdb
  /// Commands, or nothing at all.
  case commands = "aof"

  /// Bytes of a file that tell its format.
  static let signatureLength = 6

  /// The format by the first bytes of a file and never by its name, as loaders tell it.
  init(first: RawSpan) {
    let isRDB = first.droppingPrefix("REDIS") != nil || first.droppingPrefix("VALKEY") != nil
    self = isRDB ? .rdb : .commands
  }
}

/// A file of commands, or of an RDB and commands behind it, that is open for reading.
///
///     let file = try AOFFile(path)
///     if file.format == .rdb {
///       let preamble = try file.preamble()
///       while let item = try preamble.next() { … }
///     }
///     let commands = file.commands()
///     while let item = try commands?.next() { … }
///
/// Not `Sendable`, like the ``Input`` that it reads.
package final class AOFFile {
  /// The file; nil for bytes that lie elsewhere.
  package let input: Input?
  package let format: AOFFormat
  /// The same bytes for reading at offsets, where that is possible.
  package let content: (any RandomAccess)?

  private let whole: PrefixedSource
  private let size: () -> UInt64?
  /// Bytes of the file, decompressed, when known.
  package var inputSize: UInt64? { size() }
  private var scanner: RecordScanner?

  /// Opens a file and looks at its first bytes.
  ///
  /// `observer` is called with every piece of the file as it is stored; see ``Input``.
  package convenience init(
    _ path: FilePath, observer: ((RawSpan) -> Void)? = nil
  ) throws(SourceError) {
    try self.init(try Input(path: path, observer: observer))
  }

  /// A file that is open already, and has not been read from.
  package convenience init(_ input: Input) throws(SourceError) {
    try self.init(input, input, size: { input.decodedSize() }, content: input.randomAccess)
  }

  /// An AOF that lies elsewhere than in a file.
  ///
  /// - `size`: the bytes that the source will deliver in all, when known.
  /// - `content`: the same bytes to be read at offsets.
  package convenience init(
    _ source: any ByteSource, size: UInt64?, content: (any RandomAccess)?
  ) throws(SourceError) {
    try self.init(nil, source, size: { size }, content: content)
  }

  private init(
    _ input: Input?, _ source: any ByteSource, size: @escaping () -> UInt64?,
    content: (any RandomAccess)?
  ) throws(SourceError) {
    let first = try Self.signature(of: source)
    self.input = input
    self.size = size
    self.content = content
    format = AOFFormat(first: unsafe first.span.bytes)
    whole = PrefixedSource(first, source)
  }

  /// The first bytes; none of a compressed file that is damaged there, whose error the scanner meets again.
  private static func signature(of source: any ByteSource) throws(SourceError) -> [UInt8] {
    do throws(SourceError) {
      return try source.readFirst(AOFFormat.signatureLength)
    } catch {
      guard error.isOfCompression else { throw error }
      return []
    }
  }

  /// The RDB that the file begins with. Only once, and only when that is the format.
  ///
  /// `keeping` says which large values somebody is going to read.
  package func preamble(
    keeping: LargeValueKeeping = .all, largeRecord: Int = RecordScanner.largeRecord
  ) throws(ScanError) -> RecordScanner {
    precondition(format == .rdb && scanner == nil, "the preamble is read once")
    let scanner = try RecordScanner(
      whole, inputSize: size, content: content, keeping: keeping, leavesRest: true,
      largeRecord: largeRecord)
    self.scanner = scanner
    return scanner
  }

  /// The commands: those of the whole file, or those behind the preamble when its scanner has come to
  /// its end. Nil when that end was not found. Only once.
  ///
  /// `keepsLarge` says whether somebody is going to read large commands.
  package func commands(
    keepsLarge: Bool = true, batchSize: Int = CommandScanner.batchSize,
    largeCommand: Int = CommandScanner.largeCommand
  ) -> CommandScanner? {
    var source: any ByteSource = whole
    var offset: UInt64 = 0
    if format == .rdb {
      guard let scanner, let rest = scanner.rest else { return nil }
      source = rest
      offset = scanner.ending.fileSize
    }
    return CommandScanner(
      source, from: offset, inputSize: size, content: content, keepsLarge: keepsLarge,
      batchSize: batchSize, largeCommand: largeCommand)
  }
}
