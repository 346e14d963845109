/// Cuts an AOF into batches of whole commands by walking their framing.
///
/// Not safe for use by several threads at once; workers take turns (`OrderedPipeline`). A batch is handed
/// back with `recycler`, from any thread.
package final class CommandScanner {
  /// Bytes of commands that a batch aims at: what fits in a core's second-level cache.
  package static let batchSize = 512 << 10
  /// A command of more bytes is not held in memory, but handed out as a `LargeCommand`.
  package static let largeCommand = 4 << 20
  /// The least that may count as large: annotations, and commands that change what holds (SELECT, MULTI),
  /// are always smaller.
  package static let smallestLarge = 1024

  /// Set when `next()` has returned nil.
  package private(set) var ending = CommandEnding()
  /// What holds behind what has been handed out.
  package private(set) var state = LogState()
  /// Commands that have been handed out.
  package private(set) var commands: UInt64 = 0

  /// Offset in the file of what comes next.
  package var position: UInt64 { reader.current.fileOffset }

  /// The bytes of the file once more, to be read at offsets.
  let content: (any RandomAccess)?
  let keepsLarge: Bool
  let largeCommand: Int
  /// Whether what follows a broken command is read to the end of the input.
  private let readsRest: Bool
  /// What is being read: commands that are to be handed out, or a part of a large one.
  var reader: BatchReader<CommandBatch>
  private var isFinished = false

  /// Begins at a command.
  ///
  /// - `offset`: how many bytes of the file stand before what the source delivers: those of a preamble.
  /// - `inputSize`: tells how many bytes the whole file has, when that is known.
  /// - `content`: the whole file for reading at offsets. Without it, large commands are kept in temporary
  ///   files for as long as their `LargeCommand` is, if `keepsLarge`: somebody is going to read them.
  /// - `batchSize`: bytes of commands that a batch aims at.
  /// - `largeCommand`: bytes above which a command is large, at least `smallestLarge`.
  package init(
    _ source: any ByteSource, from offset: UInt64 = 0, inputSize: @escaping () -> UInt64?,
    content: (any RandomAccess)? = nil, keepsLarge: Bool = true,
    batchSize: Int = CommandScanner.batchSize, largeCommand: Int = CommandScanner.largeCommand
  ) {
    precondition(largeCommand >= CommandScanner.smallestLarge)
    reader = Self.reader(source, from: offset, inputSize, batchSize)
    self.content = content
    self.keepsLarge = keepsLarge
    self.largeCommand = largeCommand
    readsRest = true
  }

  /// Goes on in the middle of a file, at a command.
  ///
  /// - `content`: the whole file.
  /// - `range`: where to begin, and where the input ends for this scan: `ending` does not tell what
  ///   follows a broken command.
  /// - `state`: what holds there, and `commands` how many stand before.
  package init(
    _ content: any RandomAccess, _ range: Range<UInt64>, state: LogState = LogState(),
    commands: UInt64 = 0, batchSize: Int = CommandScanner.batchSize,
    largeCommand: Int = CommandScanner.largeCommand
  ) {
    precondition(largeCommand >= CommandScanner.smallestLarge)
    reader = Self.reader(
      ContentSource(content, range), from: range.lowerBound, { range.upperBound }, batchSize)
    self.content = content
    keepsLarge = true
    self.largeCommand = largeCommand
    readsRest = false
    self.state = state
    self.commands = commands
  }

  private static func reader(
    _ input: any ByteSource, from offset: UInt64, _ inputSize: @escaping () -> UInt64?,
    _ batchSize: Int
  ) -> BatchReader<CommandBatch> {
    BatchReader(
      input, from: offset, inputSize: inputSize, batchSize: batchSize, largestKept: largeCommand
    ) { CommandBatch(capacity: $0) }
  }

  /// The next batch or large command, or nil when there is none: `ending` then tells how the file ended.
  ///
  /// Throws only what makes it impossible to go on at all (an input error, or no room for a large command
  /// that has to be kept); whatever is wrong with the bytes is told by `ending`.
  package func next() throws(SourceError) -> ScannedCommands? {
    while !isFinished {
      try reader.fill()
      let batch = reader.current
      if reader.filled == 0, reader.isAtEnd {
        finish(at: batch.fileOffset)
        break
      }
      batch.state = state
      batch.firstNumber = commands + 1
      switch walk(batch) {
      case .whole(let end):
        return .batch(reader.handOver(end))
      case .needMore:
        reader.enlarge()
      case .large:
        if let command = try readLarge() { return .large(command) }
      case .failed(let end, let error):
        let batch = reader.handOver(end)
        let base = batch.fileOffset
        try fail(error, from: base, command: base + UInt64(end))
        if end > 0 { return .batch(batch) }
      }
    }
    return nil
  }

  /// Gives a batch back for reuse.
  package func recycler() -> @Sendable (CommandBatch) -> Void { reader.recycler() }

  // MARK: Walking

  private enum Outcome {
    /// Whole commands up to `end`; the next one begins there, or goes on behind the buffer.
    case whole(end: Int)
    /// The first command goes on behind the buffer.
    case needMore
    /// The first command is large.
    case large
    case failed(end: Int, FormatError)
  }

  private func walk(_ batch: CommandBatch) -> Outcome {
    let bytes = unsafe reader.held.bytes
    let inputEnd = reader.inputEnd
    let start = batch.fileOffset
    var parser = CommandParser(bytes, inputEnd: inputEnd)
    var state = self.state
    var commands = 0
    defer {
      self.state = state
      batch.commands = commands
      self.commands += UInt64(commands)
    }
    var end = 0
    do throws(FormatError) {
      while !parser.cursor.isAtEnd {
        let head = try parser.skip()
        guard head.end &- end <= largeCommand else { return end > 0 ? .whole(end: end) : .large }
        state.follow(head, in: bytes, at: start)
        if head.kind == .command { commands &+= 1 }
        end = head.end
      }
      return .whole(end: end)
    } catch {
      guard reader.isShortOfInput(error, inputEnd), let needed = error.expected else {
        return .failed(end: end, error)
      }
      if end > 0 { return .whole(end: end) }
      return needed > UInt64(largeCommand) ? .large : .needMore
    }
  }

  /// Counts a large command.
  func passLarge() { commands += 1 }

  // MARK: The end of the file

  private func finish(at offset: UInt64) {
    isFinished = true
    ending.fileSize = offset
    ending.lastEnd = offset
    ending.validUpTo = state.transactionStart ?? offset
    ending.compressionError = reader.compressionError
  }

  /// After a framing error in the command at `command`, with offsets from `base` on. What has been read
  /// from there on, or is left of the input, is counted and thrown away.
  func fail(
    _ error: FormatError, from base: UInt64, command: UInt64
  ) throws(SourceError) {
    finish(at: command)
    ending.error = error.inFile(from: base)
    if reader.current.fileOffset == command { ending.brokenArguments = readBroken() }
    if command == 0, reader.current.fileOffset == 0 {
      try reader.fill(to: Self.lookedAt)
      ending.looksForeign = !heldHasArguments
    }
    if readsRest {
      ending.restIsZero = heldIsZero
      while !reader.isAtEnd {
        try reader.refill()
        if !heldIsZero { ending.restIsZero = false }
      }
    }
    ending.fileSize = reader.heldEnd
    ending.compressionError = reader.compressionError
  }

  /// The first arguments of a broken command at the start of the current batch.
  private func readBroken() -> [ByteString] {
    let bytes = unsafe reader.held.bytes
    var parser = CommandParser(bytes, inputEnd: UInt64(bytes.byteCount))
    return parser.readWholeArguments(most: 2).map { $0.beginning(CommandProblem.shown) }
  }

  /// Bytes of a file whose first command is broken that are looked at.
  private static var lookedAt: Int { 4096 }

  /// Whether a line that begins as that of an argument is among what has been read.
  private var heldHasArguments: Bool {
    let bytes = unsafe reader.held.bytes.extracting(first: Self.lookedAt)
    return bytes.byteCount >= 3
      && (0...(bytes.byteCount - 3)).contains { offset in
        bytes.byte(at: offset) == 0x0D && bytes.byte(at: offset + 1) == 0x0A
          && bytes.byte(at: offset + 2) == UInt8(ascii: "$")
      }
  }

  private var heldIsZero: Bool { unsafe reader.held.allSatisfy { $0 == 0 } }
}

/// How the scan of an AOF ended.
package struct CommandEnding: Sendable {
  /// A framing error, with its offset in the file; nil when the file ends behind a whole command.
  package var error: FormatError?
  /// What can be read of the broken command: its name and the argument behind it, of each 64 bytes at most.
  package var brokenArguments: [ByteString] = []
  /// Offset behind the last whole command or annotation: where the broken one begins, if one is.
  package var lastEnd: UInt64 = 0
  /// The same, or the offset of the MULTI that is still open there: up to here a server runs what the file
  /// says.
  package var validUpTo: UInt64 = 0
  /// Whether all bytes from the broken command on are zero.
  package var restIsZero = false
  /// Whether a file whose first command is broken has nothing in its first bytes that looks like commands.
  package var looksForeign = false
  /// A compressed input that broke off or is damaged; the commands before it have been scanned.
  package var compressionError: SourceError?
  /// Bytes of the whole (decompressed) file.
  package var fileSize: UInt64 = 0
}
