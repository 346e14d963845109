import Persistence
import TestSupport

/// What a parser tells about a command or an annotation.
struct ParsedCommand: Equatable, Sendable {
  var start: Int
  var end: Int
  /// Nil for an annotation.
  var arguments: [ByteString]?
  var timestamp: Int64?
  var isBadTimestamp = false
  var isOdd = false
}

/// All commands and annotations of a file, and the error that ends it, if one does.
func parseCommands(_ bytes: [UInt8]) -> (commands: [ParsedCommand], error: FormatError?) {
  let span = bytes.raw
  var parser = CommandParser(span, inputEnd: UInt64(bytes.count))
  var table = ArgumentTable()
  var commands: [ParsedCommand] = []
  do throws(FormatError) {
    while !parser.cursor.isAtEnd {
      let head = try parser.next(&table)
      let isCommand = head.kind == .command
      if isCommand { precondition(head.argumentCount == table.count) }
      commands.append(
        ParsedCommand(
          start: head.start, end: head.end, arguments: isCommand ? table.copy(from: span) : nil,
          timestamp: head.timestamp, isBadTimestamp: head.isBadTimestamp, isOdd: head.isOdd))
    }
    return (commands, nil)
  } catch {
    return (commands, error)
  }
}

/// What a scan tells, however the file was cut into batches.
struct CommandScan: Equatable {
  var commands: [ParsedCommand] = []
  var numbers: [UInt64] = []
  var databases: [UInt64] = []
  var timestamps: [Int64?] = []
  var large = 0
  var isContiguous = true
  var error: Fault?
  var lastEnd: UInt64 = 0
  var validUpTo: UInt64 = 0
  var fileSize: UInt64 = 0
  var restIsZero = false

  /// Scans to the end. Large commands count as the others do.
  init(_ scanner: CommandScanner, from offset: UInt64 = 0) throws {
    let recycle = scanner.recycler()
    var end = offset
    while let item = try scanner.next() {
      let batch: CommandBatch
      switch item {
      case .batch(let got): batch = got
      case .large(let command):
        large += 1
        batch = try command.readWhole()
        let parsed = parseCommands(Array(batch)).commands
        let arguments = parsed.first?.arguments ?? []
        precondition(parsed.count == 1 && command.argumentCount == arguments.count)
        precondition(
          Array(arguments.prefix(command.firstArguments.count)) == command.firstArguments)
        precondition(command.count == UInt64(batch.count) && command.isOdd == parsed[0].isOdd)
      }
      if batch.fileOffset != end { isContiguous = false }
      end = batch.fileOffset + UInt64(batch.count)
      try add(batch)
      recycle(batch)
    }
    error = scanner.ending.error.map { Fault($0) }
    lastEnd = scanner.ending.lastEnd
    validUpTo = scanner.ending.validUpTo
    fileSize = scanner.ending.fileSize
    restIsZero = scanner.ending.restIsZero
    if end != lastEnd { isContiguous = false }
  }

  private mutating func add(_ batch: CommandBatch) throws {
    let bytes = Array(batch)
    var state = batch.state
    var number = batch.firstNumber
    var parser = CommandParser(bytes.raw, inputEnd: UInt64(bytes.count))
    for parsed in parseCommands(bytes).commands {
      var moved = parsed
      moved.start += Int(batch.fileOffset)
      moved.end += Int(batch.fileOffset)
      commands.append(moved)
      if parsed.arguments != nil {
        numbers.append(number)
        databases.append(state.database)
        timestamps.append(state.timestamp)
        number += 1
      }
      state.follow(try parser.skip(), in: bytes.raw, at: batch.fileOffset)
    }
    precondition(number == batch.firstNumber + UInt64(batch.commands))
  }
}

extension [UInt8] {
  /// The bytes of a batch.
  init(_ batch: CommandBatch) {
    self = unsafe batch.bytes.withUnsafeBytes { unsafe Array($0) }
  }
}
