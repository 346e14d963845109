internal import Forensics
internal import Persistence
internal import ToolKit

/// `--reverse`: records in, an RDB file out.
struct RecordImport {
  private let output: OutputOption
  private let progress: ProgressOption
  private var task = RDBImport()

  init(_ arguments: RDBDumpToJSON) {
    output = arguments.output
    progress = arguments.progress
    task.target = arguments.target
  }

  /// Writes the RDB file of the records in `file`, and says on standard error what it does not hold.
  func run(_ file: String) -> ExitStatus {
    let target = output.file
    do throws(OutputError) {
      let outcome = try progress.during(unit: "keys") { (show) throws(OutputError) in
        try task.run(
          file, to: { (bytes) throws(OutputError) in try target.write(bytes) }, progress: show)
      }
      if outcome.failure == nil { try target.commit() } else { target.cancel() }
      report(outcome, file, isCut: isStream && target.isOpen)
      return Self.status(outcome)
    } catch {
      target.cancel()
      let name = output.path ?? "standard output"
      try? StandardStream.errors.write("rdb-dump-to-json: \(Text.shown(name)): \(error)\n")
      return ExitStatus(error)
    }
  }

  private var isStream: Bool { output.path == nil || output.path == "-" }

  private static func status(_ outcome: RDBImport.Outcome) -> ExitStatus {
    switch outcome.failure {
    case nil: outcome.losses.isEmpty ? .ok : .partial
    case .cannotOpen: .cannotOpen
    case .cannotRead: .ioError
    case .notJSON, .unknownVersion: .notThisKind
    case .malformed: .damaged
    }
  }

  /// `isCut`: a part of a file that is not whole has gone to a stream.
  private func report(_ outcome: RDBImport.Outcome, _ file: String, isCut: Bool) {
    let name = "rdb-dump-to-json: \(Text.shown(file)): "
    var text = ""
    for loss in outcome.losses {
      text += name
      if let key = loss.key {
        text += "database \(key.database), key \(Text.quoted(key.name.bytes, columns: 120)): "
        if loss.loss.isWhole { text += "left out: " }
      }
      text += "\(loss.loss)\n"
    }
    if outcome.omitted > 0 {
      text += "\(name)\(Text.count(outcome.omitted, "more line")) of this kind\n"
    }
    switch outcome.failure {
    case nil:
      if outcome.isDefaultTarget {
        text +=
          "\(name)no record says what server the keys are from; the file is for "
          + "\(outcome.target), see --target\n"
      }
      if !outcome.losses.isEmpty {
        text += "\(name)\(Text.count(outcome.keys, "key")) written for \(outcome.target)"
        if outcome.leftOut > 0 { text += ", \(Text.count(outcome.leftOut, "key")) left out" }
        text += "\n"
      }
    case .cannotOpen(let error), .cannotRead(let error): text += "\(name)\(error)\n"
    case .notJSON(let error), .malformed(let error):
      let rest = isCut ? "what has been written is no whole file" : "nothing has been written"
      text += "\(name)\(error); \(rest)\n"
    case .unknownVersion(let magic, let version):
      text +=
        "\(name)the records are from a file of \(magic.rawValue) version \(version), which this build "
        + "cannot write; name a server by --target\n"
    }
    if !text.isEmpty { try? StandardStream.errors.write(text) }
  }
}
