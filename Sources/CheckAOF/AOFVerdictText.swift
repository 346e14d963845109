internal import Forensics
internal import Persistence
internal import SystemPackage
internal import ToolKit

/// The verdict as text for a person.
enum AOFVerdictText {
  /// Files of an AOF that are listed; there may be thousands.
  private static let partRows = 40

  static func render(_ verdict: AOFVerdict, _ terminal: Terminal) -> String {
    let style = terminal.style
    var text = style.bold(Text.shown(verdict.file)) + "  " + headline(verdict, style) + "\n"
    guard verdict.inputError == nil else {
      return text + Text.wrap(verdict.inputError ?? "", width: terminal.columns, indent: 2) + "\n"
    }
    if !verdict.parts.isEmpty {
      text += Text.facts(facts(verdict), indent: 2, terminal)
    }
    if verdict.kind == .multiPart { text += parts(verdict, terminal) }
    text += FindingText.list(verdict.findings, tool: "check-aof", terminal)
    return text
  }

  private static func headline(_ verdict: AOFVerdict, _ style: Style) -> String {
    let errors = Text.count(verdict.errors, "error")
    let warnings = Text.count(verdict.warnings, "warning")
    switch verdict.status {
    case .ok: return style.green("OK")
    case .warning: return style.yellow("OK, with \(warnings)")
    case .unreadable: return style.red("CANNOT BE READ")
    case .damaged:
      let kind = verdict.outcome == .notThisKind ? "NOT AN APPEND-ONLY FILE" : "DAMAGED"
      return style.red("\(kind): \(errors)\(verdict.warnings > 0 ? ", \(warnings)" : "")")
    }
  }

  private static func facts(_ verdict: AOFVerdict) -> [(label: String, body: String)] {
    var lines = [(label: "Format", body: format(verdict))]
    if let part = verdict.lastDamaged, part.validUpTo < part.bytes {
      let percent = part.validUpTo * 100 / max(part.bytes, 1)
      let of = verdict.kind == .multiPart ? " of \(Text.shown(part.name))" : ""
      lines.append(
        (
          "Whole",
          "\(Text.grouped(part.validUpTo)) of \(Text.grouped(part.bytes)) bytes (\(percent) %)\(of)"
        ))
    }
    if let listed = verdict.listedIn {
      lines.append(
        (
          "Part of",
          "\(Text.shown(listed.string)); check that to check all of its files, which belong together"
        ))
    }
    var commands = Text.grouped(verdict.commands)
    if verdict.transactions > 0 {
      commands += ", \(Text.count(verdict.transactions, "transaction"))"
    }
    lines.append(("Commands", commands))
    let keys = verdict.loaded.compactMap(\.preamble).reduce(0) { $0 + $1.keys }
    if verdict.loaded.contains(where: { $0.preamble != nil }) {
      lines.append(("Keys", "\(Text.grouped(keys)) in the RDB that the log begins with"))
    }
    if let first = verdict.firstTimestamp, let last = verdict.lastTimestamp {
      lines.append(("Times", "\(Text.iso(unixSeconds: first)) to \(Text.iso(unixSeconds: last))"))
    }
    return lines
  }

  private static func format(_ verdict: AOFVerdict) -> String {
    var text: String
    switch verdict.kind {
    case .plain: text = "commands in one file, "
    case .preamble: text = "one file, an RDB and commands behind it, "
    case .multiPart: text = "\(Text.count(UInt64(verdict.loaded.count), "file")) and a manifest, "
    }
    text += Text.byteSize(verdict.bytes)
    if let compression = verdict.parts.first?.compression {
      text += " decompressed from \(compression.name)"
    }
    return text
  }

  private static func parts(_ verdict: AOFVerdict, _ terminal: Terminal) -> String {
    guard !verdict.parts.isEmpty else { return "" }
    var table = Table([
      .left("File"), .left("Type"), .right("Bytes"), .right("Commands"), .left("Status"),
    ])
    for part in verdict.parts.prefix(partRows) {
      let status = part.isMissing ? "missing" : part.status.rawValue
      let commands = part.preamble.map { "\(Text.grouped($0.keys)) keys" }
      table.add(
        Text.shown(part.name), part.role?.name ?? "", Text.grouped(part.bytes),
        part.commands > 0 || commands == nil ? Text.grouped(part.commands) : commands ?? "",
        status)
    }
    var text = "\n" + table.render(indent: 2, style: terminal.style)
    if verdict.parts.count > partRows {
      text += "  … and \(verdict.parts.count - partRows) more (all of them with --json)\n"
    }
    return text
  }
}
