package import Forensics
package import Persistence

extension RDBVerdict {
  /// The exit code of a tool that has read one file.
  package var exitStatus: ExitStatus {
    if let salvage, salvage.output != nil {
      return salvage.isComplete && checksumStatus != .mismatch ? .ok : .partial
    }
    return switch outcome {
    case .sound: .ok
    case .damaged: .damaged
    case .notThisKind: .notThisKind
    case .cannotOpen: .cannotOpen
    case .inputError: .ioError
    }
  }
}

extension AOFVerdict {
  /// The exit code of a tool that has checked one AOF.
  package var exitStatus: ExitStatus {
    if let salvage, salvage.output != nil, inputError == nil {
      return salvage.isComplete ? .ok : .partial
    }
    return switch outcome {
    case .sound: .ok
    case .damaged: .damaged
    case .notThisKind: .notThisKind
    case .cannotOpen: .cannotOpen
    case .inputError: .ioError
    }
  }
}

extension Text {
  /// A finding on one line:
  /// `error bad-lzf at byte 60002 (0xea62), database 0, key "user:1": what is wrong`.
  package static func line(_ finding: Finding) -> String {
    var text = "\(finding.severity.rawValue) \(finding.code.rawValue) at byte "
    text += "\(finding.offset) (0x\(String(finding.offset, radix: 16)))"
    if let database = finding.database { text += ", database \(database)" }
    if let key = finding.key { text += ", key \(quoted(key.bytes, columns: 120))" }
    return text + ": \(finding.message)"
  }

  /// A text from outside as it is, unless it could play tricks on a terminal.
  package static func shown(_ text: String) -> String {
    let quoted = quoted(Array(text.utf8))
    return quoted == "\"\(text)\"" ? text : quoted
  }
}

extension ProgressBar {
  /// Draws how far a run over a file has come. `last` is what was shown before, nil at first.
  package func show(_ state: ScanProgress, after last: inout ScanProgress?) {
    // A salvage may begin again.
    if let before = last, state.bytes < before.bytes || state.count < before.count { last = nil }
    if last == nil { restart(total: state.total) }
    update(bytes: state.bytes - (last?.bytes ?? 0), count: state.count - (last?.count ?? 0))
    last = state
  }
}

extension RDBVerdict {
  /// What is wrong with the file, a line for each finding, each with `name` before it; empty when nothing is.
  package func lines(after name: String) -> String {
    var text = ""
    if let inputError { text += "\(name)\(inputError)\n" }
    for finding in findings.findings { text += "\(name)\(Text.line(finding))\n" }
    if findings.omitted > 0 {
      text += "\(name)\(Text.count(findings.omitted, "more finding"))\n"
    }
    return text
  }
}
