internal import SystemPackage

/// Reads an append-only file one command after another.
///
///     var reader = try AOFReader(path: "appendonlydir")
///     while let item = try reader.next() {
///       switch item {
///       case .key(let entry): print(entry.key, "stands in the RDB that the log begins with")
///       case .command(let command): print(command.offset, command.database, command.arguments[0])
///       }
///     }
///
/// The path is a file, a manifest, the folder of one, or the folder that a server works in; `-` is standard
/// input. Files may be compressed with gzip or LZ4. The files of a manifest are read in the order in which
/// a server loads them. Memory is bounded by the largest command or value. One thread at a time.
public struct AOFReader: ~Copyable {
  /// The path of the file that is being read.
  public var file: String { current < parts.count ? parts[current].path.string : "" }

  private let parts: [AOFLayout.Part]
  private var current = 0
  private var open: AOFFile?
  private var keys: RDBReader?
  private var commands: CommandScanner?
  private var batch: CommandBatch?
  private var offset = 0
  private var number: UInt64 = 0
  private var state = LogState()
  private var arguments = ArgumentTable()
  private var isFinished = false

  /// Finds the files and looks into the manifest, if there is one.
  ///
  /// Throws `source`, `manifest`, or `missingFile`: a log from whose middle a file is gone is not read.
  public init(path: String) throws(AOFReadError) {
    let layout: AOFLayout
    do throws(AOFLayoutError) {
      layout = try AOFLayout.find(FilePath(path))
    } catch {
      throw .source(error.description)
    }
    if let problem = layout.problems.first { throw .manifest(problem.error, line: problem.line) }
    if let missing = layout.missing.first { throw .missingFile(missing.path.string) }
    parts = layout.parts
  }

  /// The next key of an RDB or the next command, or nil at the end.
  ///
  /// Throws `rdb` with `value` for a damaged value of an RDB that can be stepped over: the next call goes
  /// on behind it. After every other error there is nothing more. Commands are not judged: one that no
  /// server knows is returned as any other.
  public mutating func next() throws(AOFReadError) -> AOFItem? {
    while !isFinished {
      do throws(AOFReadError) {
        if let item = try nextInFile() { return item }
      } catch {
        if case .rdb(.value) = error { throw error }
        isFinished = true
        throw error
      }
      open = nil
      commands = nil
      current += 1
      isFinished = current >= parts.count
    }
    return nil
  }

  private mutating func nextInFile() throws(AOFReadError) -> AOFItem? {
    if open == nil { try openFile() }
    do throws(RDBReadError) {
      if let entry = try keys?.next() { return .key(entry) }
    } catch {
      throw .rdb(error)
    }
    keys = nil
    if commands == nil {
      commands = open?.commands()
      state = LogState()
    }
    guard let commands else { return nil }
    while true {
      if let batch {
        if let command = try nextCommand(in: batch) { return .command(command) }
        commands.recycler()(batch)
        self.batch = nil
      }
      do throws(LargeValueError) {
        batch = try nextBatch(commands)
      } catch {
        switch error {
        case .source(let error): throw .source(error.description)
        case .changed, .format: throw .source("the file changed while it was read")
        }
      }
      guard let batch else {
        if let error = commands.ending.compressionError { throw .source(error.description) }
        if let error = commands.ending.error { throw .format(error) }
        return nil
      }
      offset = 0
      number = batch.firstNumber
      state = batch.state
    }
  }

  private mutating func openFile() throws(AOFReadError) {
    do throws(ScanError) {
      let file: AOFFile
      do throws(SourceError) {
        file = try AOFFile(parts[current].path)
      } catch {
        throw .source(error)
      }
      if file.format == .rdb { keys = RDBReader(try file.preamble()) }
      open = file
    } catch {
      switch error {
      case .source(let source): throw .source(source.description)
      case .format(let format): throw .rdb(.format(format))
      }
    }
  }

  private func nextBatch(_ scanner: CommandScanner) throws(LargeValueError) -> CommandBatch? {
    let item: ScannedCommands?
    do throws(SourceError) {
      item = try scanner.next()
    } catch {
      throw .source(error)
    }
    switch item {
    case nil: return nil
    case .batch(let batch): return batch
    case .large(let command): return try command.readWhole()
    }
  }

  private mutating func nextCommand(
    in batch: CommandBatch
  ) throws(AOFReadError) -> AOFCommand? {
    let bytes = batch.bytes
    var parser = CommandParser(bytes, at: offset, inputEnd: UInt64(bytes.byteCount))
    while !parser.cursor.isAtEnd {
      let head: CommandHead
      do throws(FormatError) {
        head = try parser.next(&arguments)
      } catch {
        throw .format(error.moved(by: batch.fileOffset))
      }
      let before = state
      state.follow(head, in: bytes, at: batch.fileOffset)
      offset = head.end
      guard head.kind == .command else { continue }
      defer { number += 1 }
      return AOFCommand(
        arguments: arguments.copy(from: bytes), offset: batch.fileOffset + UInt64(head.start),
        number: number, database: before.database, timestamp: before.timestamp)
    }
    return nil
  }
}

/// What an append-only file holds.
public enum AOFItem: Sendable, Equatable {
  /// A key of the RDB that a file begins with.
  case key(RDBEntry)
  /// A command.
  case command(AOFCommand)
}

/// A command of an append-only file.
public struct AOFCommand: Sendable, Equatable {
  /// The arguments, the name first, as they were logged.
  public var arguments: [ByteString]
  /// Offset in bytes of the command in its (decompressed) file.
  public var offset: UInt64
  /// The number of the command in its file, from 1.
  public var number: UInt64
  /// The database that the command runs in; of a SELECT, the one before it.
  public var database: UInt64
  /// The last `#TS:` annotation before the command, in Unix seconds; nil where there is none.
  public var timestamp: Int64?
}

/// Why an append-only file could not be read.
public enum AOFReadError: Error, Equatable, Sendable {
  /// A file cannot be found, opened or read, or is compressed and damaged.
  case source(String)
  /// A line of the manifest cannot be used; the error's offset is in bytes of the manifest.
  case manifest(FormatError, line: Int)
  /// A file that the manifest lists is not there.
  case missingFile(String)
  /// The RDB that a file begins with is damaged; the errors' offsets are in bytes of the file.
  case rdb(RDBReadError)
  /// A file holds something else than commands at an offset in bytes of the file.
  case format(FormatError)
}
