package import Forensics
package import Persistence

/// Findings as text for a person.
package enum FindingText {
  /// All findings that are kept, and for each code what can be done.
  ///
  /// `tool`: the name of the tool whose `--explain` tells more.
  package static func list(
    _ list: FindingList, tool: String, _ terminal: Terminal
  ) -> String {
    let style = terminal.style
    var text = ""
    for finding in list.findings {
      let severity =
        finding.severity == .error ? style.red("error") : style.yellow("warning")
      let head = "\n  \(severity) \(style.bold(finding.codeText)) "
      // The width that counts is that of the text without the emphasis.
      let column = "  \(finding.severity.rawValue) \(finding.codeText) ".count
      text += head + place(finding, from: column, terminal.columns) + "\n"
      text += Text.wrap(finding.message, width: terminal.columns, indent: 4) + "\n"
    }
    if list.omitted > 0 { text += "\n  … and \(Text.grouped(list.omitted)) more\n" }
    var codes: [String: FindingCode] = [:]
    var names: [String] = []
    for finding in list.findings where codes[finding.codeText] == nil {
      codes[finding.codeText] = finding.code
      names.append(finding.codeText)
    }
    guard !codes.isEmpty else { return text }
    text += "\n  " + style.bold("What to do") + "\n"
    for name in names {
      guard let code = codes[name] else { continue }
      text += Text.wrap(
        "\(name): \(code.explanation.advice)", width: terminal.columns, indent: 4)
      text += "\n"
    }
    return text
      + Text.wrap("More on each: \(tool) --explain CODE", width: terminal.columns, indent: 4) + "\n"
  }

  /// What a finding code means; `name` is what it is called.
  package static func explanation(
    _ code: FindingCode, as name: String, _ terminal: Terminal
  ) -> String {
    let explanation = code.explanation
    let style = terminal.style
    var text = "\(style.bold(name)): \(explanation.title)\n"
    for (name, body) in [
      ("Meaning", explanation.meaning), ("Causes", explanation.causes),
      ("What to do", explanation.advice),
    ] {
      text += "\n" + style.bold(name) + "\n"
      text += Text.wrap(body, width: terminal.columns, indent: 2) + "\n"
    }
    return text
  }

  /// Where a finding is, from a column on; what does not fit goes to lines of its own.
  private static func place(_ finding: Finding, from column: Int, _ columns: Int) -> String {
    var parts: [String] = []
    if let line = finding.line {
      parts.append("at line \(line)")
    } else if !finding.isAboutWholeFile {
      parts.append("at byte \(finding.offset) (0x\(String(finding.offset, radix: 16)))")
    }
    if let file = finding.file { parts.append("of \(Text.shown(file))") }
    if let command = finding.command { parts.append("command \(Text.grouped(command))") }
    if let database = finding.database { parts.append("database \(database)") }
    if let key = finding.key { parts.append("key \(Text.quoted(key.bytes, columns: 40))") }
    var text = ""
    var used = column
    for (index, part) in parts.enumerated() {
      let separator = index == 0 ? "" : part.hasPrefix("of ") ? " " : ", "
      let width = separator.count + Text.displayWidth(part)
      if index > 0, used + width + 1 > columns {
        text += (separator == ", " ? "," : "") + "\n    " + part
        used = 4 + Text.displayWidth(part)
      } else {
        text += separator + part
        used += width
      }
    }
    return text
  }
}

extension Finding {
  /// Whether no place in the file says more than its name does.
  fileprivate var isAboutWholeFile: Bool {
    code == .manifestMissingFile || code == .manifestOrphanFile
  }
}
