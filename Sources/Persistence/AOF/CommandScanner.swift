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

  let input: any ByteSource
  /// The bytes of the file once more, to be read at offsets.
  let content: (any RandomAccess)?
  let keepsLarge: Bool
  let largeCommand: Int
  let batchSize: Int
  /// Whether what follows a broken command is read to the end of the input.
  private let readsRest: Bool
  /// Bytes that the whole file has, as far as known at this moment.
  private let inputSize: () -> UInt64?
  private let pool: BatchPool<CommandBatch>
  /// What is being read into: commands that are to be handed out, or a part of a large one.
  private(set) var current: CommandBatch
  /// Bytes read into the current batch.
  var filled = 0
  private(set) var isAtEnd = false
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
    precondition(batchSize > 0 && largeCommand >= CommandScanner.smallestLarge)
    input = source
    self.inputSize = inputSize
    self.content = content
    self.keepsLarge = keepsLarge
    self.batchSize = batchSize
    self.largeCommand = largeCommand
    readsRest = true
    pool = BatchPool(largest: CommandScanner.largeCommand)
    current = CommandBatch(capacity: batchSize * 2)
    current.fileOffset = offset
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
    precondition(batchSize > 0 && largeCommand >= CommandScanner.smallestLarge)
    input = ContentSource(content, range)
    inputSize = { range.upperBound }
    self.content = content
    keepsLarge = true
    self.batchSize = batchSize
    self.largeCommand = largeCommand
    readsRest = false
    self.state = state
    self.commands = commands
    pool = BatchPool(largest: CommandScanner.largeCommand)
    current = CommandBatch(capacity: batchSize * 2)
    current.fileOffset = range.lowerBound
  }

  /// The next batch or large command, or nil when there is none: `ending` then tells how the file ended.
  ///
  /// Throws only what makes it impossible to go on at all (an input error, or no room for a large command
  /// that has to be kept); whatever is wrong with the bytes is told by `ending`.
  package func next() throws(SourceError) -> ScannedCommands? {
    while !isFinished {
      try fill(to: filled < batchSize ? batchSize : current.capacity)
      if filled == 0, isAtEnd {
        finish(at: current.fileOffset)
        break
      }
      current.state = state
      current.firstNumber = commands + 1
      switch walk(current) {
      case .whole(let end):
        return .batch(handOver(end))
      case .needMore:
        enlarge()
      case .large:
        if let command = try readLarge() { return .large(command) }
      case .failed(let end, let error):
        let batch = handOver(end)
        let base = batch.fileOffset
        try fail(error, from: base, command: base + UInt64(end))
        if end > 0 { return .batch(batch) }
      }
    }
    return nil
  }

  /// Gives a batch back for reuse.
  package func recycler() -> @Sendable (CommandBatch) -> Void {
    let pool = pool
    return { pool.put($0) }
  }

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

  /// Bytes from the start of the current batch to the end of the input; `.max` when unknown.
  var inputEnd: UInt64 {
    if isAtEnd { return UInt64(filled) }
    let start = current.fileOffset
    guard let size = inputSize() else { return .max }
    return max(size > start ? size - start : 0, UInt64(filled))
  }

  /// Whether an error means that more of the input has to be read.
  func isShortOfInput(_ error: FormatError, _ inputEnd: UInt64) -> Bool {
    guard error.code == .truncated, let needed = error.expected else { return false }
    return needed <= inputEnd && !isAtEnd
  }

  private func walk(_ batch: CommandBatch) -> Outcome {
    let bytes = unsafe batch.filled(filled).bytes
    let inputEnd = self.inputEnd
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
      guard isShortOfInput(error, inputEnd), let needed = error.expected else {
        return .failed(end: end, error)
      }
      if end > 0 { return .whole(end: end) }
      return needed > UInt64(largeCommand) ? .large : .needMore
    }
  }

  // MARK: Buffers

  /// Reads until the batch has so many bytes, or the input ends.
  func fill(to target: Int) throws(SourceError) {
    while filled < target, !isAtEnd {
      let space = unsafe UnsafeMutableRawBufferPointer(rebasing: current.buffer[filled..<target])
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

  /// Makes room for more of a command that fills the buffer. The room doubles, whatever the command
  /// claims: a claim must be paid in bytes.
  func enlarge() {
    guard filled == current.capacity else { return }
    current.enlarge(to: 2 * current.capacity)
  }

  /// Takes the whole commands out as a batch and moves what is left into the next buffer.
  private func handOver(_ end: Int) -> CommandBatch {
    let batch = current
    batch.count = end
    startBatch(after: end)
    return batch
  }

  /// Moves what follows `end` into the next buffer.
  func startBatch(after end: Int) {
    let left = filled - end
    let capacity = max(batchSize * 2, left)
    let next = pool.take(capacity: capacity) ?? CommandBatch(capacity: capacity)
    next.take(from: current, after: end, of: filled)
    filled = left
    current = next
  }

  /// Counts a large command.
  func passLarge() { commands += 1 }

  // MARK: The end of the file

  private func finish(at offset: UInt64) {
    isFinished = true
    ending.fileSize = offset
    ending.lastEnd = offset
    ending.validUpTo = state.transactionStart ?? offset
  }

  /// After a framing error in the command at `command`, with offsets from `base` on. What has been read
  /// from there on, or is left of the input, is counted and thrown away.
  func fail(
    _ error: FormatError, from base: UInt64, command: UInt64
  ) throws(SourceError) {
    finish(at: command)
    var moved = error.moved(by: base)
    if error.code == .truncated, let needed = error.expected {
      let (sum, overflow) = needed.addingReportingOverflow(base)
      moved.expected = overflow ? .max : sum
    }
    ending.error = moved
    if current.fileOffset == command { ending.brokenArguments = readBroken() }
    if command == 0, current.fileOffset == 0 {
      current.enlarge(to: Self.lookedAt)
      try fill(to: Self.lookedAt)
      ending.looksForeign = !readHasArguments
    }
    ending.fileSize = current.fileOffset + UInt64(filled)
    guard readsRest else { return }
    ending.restIsZero = readIsZero
    while !isAtEnd {
      filled = 0
      try fill(to: current.capacity)
      ending.fileSize += UInt64(filled)
      if !readIsZero { ending.restIsZero = false }
    }
  }

  /// The first arguments of a broken command at the start of the current batch.
  private func readBroken() -> [ByteString] {
    var parser = CommandParser(unsafe current.filled(filled).bytes, inputEnd: UInt64(filled))
    return parser.readWholeArguments(most: 2).map { $0.beginning(CommandProblem.shown) }
  }

  /// Bytes of a file whose first command is broken that are looked at.
  private static var lookedAt: Int { 4096 }

  /// Whether a line that begins as that of an argument is among what has been read.
  private var readHasArguments: Bool {
    let bytes = unsafe current.filled(min(filled, Self.lookedAt)).bytes
    return bytes.byteCount >= 3
      && (0...(bytes.byteCount - 3)).contains { offset in
        bytes.byte(at: offset) == 0x0D && bytes.byte(at: offset + 1) == 0x0A
          && bytes.byte(at: offset + 2) == UInt8(ascii: "$")
      }
  }

  private var readIsZero: Bool { unsafe current.filled(filled).allSatisfy { $0 == 0 } }
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
