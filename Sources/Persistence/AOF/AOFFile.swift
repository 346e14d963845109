package import SystemPackage

/// What an AOF, or a file of one, begins with.
package enum AOFFormat: String, Sendable {
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
  package let input: Input
  package let format: AOFFormat

  private let whole: PrefixedSource
  private var scanner: RecordScanner?

  /// Opens a file and looks at its first bytes.
  ///
  /// `observer` is called with every piece of the file as it is stored; see ``Input``.
  package init(
    _ path: FilePath, observer: ((RawSpan) -> Void)? = nil
  ) throws(SourceError) {
    input = try Input(path: path, observer: observer)
    let first = try Self.signature(of: input)
    format = AOFFormat(first: unsafe first.span.bytes)
    whole = PrefixedSource(first, input)
  }

  /// The first bytes; none of a compressed file that is damaged there, whose error the scanner meets again.
  private static func signature(of input: Input) throws(SourceError) -> [UInt8] {
    do throws(SourceError) {
      return try input.readFirst(AOFFormat.signatureLength)
    } catch {
      switch error {
      case .damagedCompression, .truncatedCompression: return []
      default: throw error
      }
    }
  }

  /// The RDB that the file begins with. Only once, and only when that is the format.
  ///
  /// `keeping` says which large values somebody is going to read.
  package func preamble(
    keeping: LargeValueKeeping = .all, largeRecord: Int = RecordScanner.largeRecord
  ) throws(ScanError) -> RecordScanner {
    precondition(format == .rdb && scanner == nil, "the preamble is read once")
    let input = input
    let scanner = try RecordScanner(
      whole, inputSize: { input.decodedSize() }, content: input.randomAccess, keeping: keeping,
      leavesRest: true, largeRecord: largeRecord)
    self.scanner = scanner
    return scanner
  }

  /// The commands: those of the whole file, or those behind the preamble when its scanner has come to
  /// its end. Nil when that end was not found. Only once.
  ///
  /// `keepsLarge` says whether somebody is going to read large commands.
  package func commands(
    keepsLarge: Bool = true, largeCommand: Int = CommandScanner.largeCommand
  ) -> CommandScanner? {
    let input = input
    var source: any ByteSource = whole
    var offset: UInt64 = 0
    if format == .rdb {
      guard let scanner, let rest = scanner.rest else { return nil }
      source = rest
      offset = scanner.ending.fileSize
    }
    return CommandScanner(
      source, from: offset, inputSize: { input.decodedSize() }, content: input.randomAccess,
      keepsLarge: keepsLarge, largeCommand: largeCommand)
  }
}
