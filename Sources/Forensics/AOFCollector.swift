internal import Persistence

/// Puts together what the inspections of the batches of one file say, in the order of the file.
struct AOFCollector {
  private(set) var part: AOFPart

  private let databases: UInt64
  private var highestDatabase: SelectedDatabase?
  /// Up to where the file is whole by what has been added, once that is known.
  private var validUpTo: UInt64?

  init(_ part: AOFPart, databases: UInt64) {
    self.part = part
    self.databases = databases
  }

  mutating func add(_ report: CommandReport) {
    part.commands += report.commands
    part.transactions += report.transactions
    part.firstTimestamp = part.firstTimestamp ?? report.firstTimestamp
    part.lastTimestamp = report.lastTimestamp ?? part.lastTimestamp
    part.laterFrom = part.laterFrom ?? report.laterFrom
    if let selected = report.highestDatabase, selected.database > highestDatabase?.database ?? 0 {
      highestDatabase = selected
    }
    for problem in report.problems {
      part.findings.add(Finding(problem))
      if problem.kind.isError { validUpTo = validUpTo ?? problem.validUpTo }
    }
    part.findings.addOmitted(errors: report.omittedErrors, warnings: report.omittedWarnings)
  }

  /// Adds what only the end of the file tells; `state` is what holds there.
  mutating func finish(_ ending: CommandEnding, _ state: LogState) {
    part.ending = ending
    part.bytes = ending.fileSize
    part.openTransactionAt = state.transactionStart
    if let error = ending.error { addFramingError(error, ending, state) }
    if let error = ending.compressionError {
      part.findings.add(Finding(.error, .badCompression, at: ending.fileSize, error.description))
    }
    if let start = state.transactionStart {
      part.findings.add(
        Finding(
          .error, .openTransaction, at: start, database: state.database,
          "a transaction without an end: its EXEC does not come, and a server drops the commands "
            + "behind this MULTI"))
    }
    addDatabase()
    // A damaged preamble is no place to cut at.
    part.validUpTo = part.findings.errors == 0 ? part.bytes : validUpTo ?? ending.validUpTo
    if part.preamble?.status == .damaged { part.validUpTo = 0 }
  }

  private mutating func addDatabase() {
    guard let highest = highestDatabase, highest.database >= databases else { return }
    part.findings.add(
      Finding(
        .warning, .dbOutOfRange, at: highest.offset, command: highest.number,
        database: highest.database,
        "database \(highest.database) needs a server with `databases \(highest.database + 1)`; one "
          + "with \(databases) stays in the database before and runs there what is meant for this one"
      ))
  }

  private mutating func addFramingError(
    _ error: FormatError, _ ending: CommandEnding, _ state: LogState
  ) {
    let rest = ending.fileSize - ending.lastEnd
    var code = error.code
    var message: String
    if ending.restIsZero {
      code = .trailingBytes
      message = "zero bytes from here to the end of the file, \(rest) of them"
    } else if code == .truncated {
      message = "the file ends inside this command, at byte \(ending.fileSize)"
    } else {
      message = error.description
      let at = UInt64(error.offset)
      if at != ending.lastEnd { message += " (found at byte \(at))" }
      message += "; nothing from here on could be checked: \(rest) bytes"
    }
    if let name = ending.brokenArguments.first {
      message += ". It begins as \(name.shown)"
      if let first = ending.brokenArguments.dropFirst().first { message += " \(first.shown)" }
    }
    part.findings.add(
      Finding(
        .error, code, at: ending.lastEnd, record: ending.lastEnd, command: part.commands + 1,
        database: state.database, message))
  }
}

extension Finding {
  init(_ problem: CommandProblem) {
    // Of two MULTIs it is the first that has no EXEC.
    let isNested = problem.kind == .nestedMulti
    self.init(
      problem.kind.isError ? .error : .warning, problem.code,
      at: isNested ? problem.validUpTo : problem.offset, record: problem.offset,
      command: isNested ? nil : problem.number, database: problem.database, problem.message)
  }
}

extension CommandProblem {
  fileprivate var code: FindingCode {
    switch kind {
    case .unknown, .ofModule: .unknownCommand
    case .arity: .wrongArity
    case .unlogged: .unexpectedCommand
    case .nestedMulti: .nestedTransaction
    case .execWithoutMulti: .execWithoutMulti
    case .database: .dbOutOfRange
    case .oddNumber: .badFraming
    case .timestamp, .timestampBefore: .badTimestamp
    }
  }

  fileprivate var message: String {
    switch kind {
    case .unknown: "no server has a command \(words)"
    case .ofModule:
      "\(name.shown) is a command of a module: a server without it does not load the file"
    case .arity: "\(words) with \(count(argumentCount - 1)); it takes \(taken)"
    case .unlogged: "\(name.shown) changes nothing: no server writes it to an AOF by itself"
    case .nestedMulti:
      "a transaction without an end: another MULTI comes before its EXEC, at byte \(offset)"
    case .execWithoutMulti: "\(name.shown) without a MULTI before it"
    case .database:
      "SELECT of \(first?.shown ?? "nothing"), which is no database: a server stays in \(database)"
    case .oddNumber: "a number, or the end of a line, as no server writes it"
    case .timestamp: "an annotation #\(name.shown) without a time"
    case .timestampBefore:
      "an annotation #\(name.shown) that is earlier than the one before it, \(expected ?? 0)"
    }
  }

  /// The command, and its subcommand where it has them.
  private var words: String {
    guard let first, kind == .unknown || argumentCount == 2 else { return name.shown }
    return "\(name.shown) \(first.shown)"
  }

  private var taken: String {
    guard let arity = expected else { return "another number" }
    return arity < 0 ? "\(-arity - 1) or more" : "\(arity - 1)"
  }

  private func count(_ number: Int) -> String {
    number == 1 ? "1 argument" : "\(number) arguments"
  }
}

extension ByteString {
  /// The bytes in a message: as they are, or in quotes where they are no plain word.
  var shown: String {
    let isWord = !bytes.isEmpty && bytes.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 }
    return isWord ? String(decoding: bytes, as: UTF8.self) : QuotedWords.quoted(self).description
  }
}
