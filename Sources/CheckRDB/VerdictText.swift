internal import Forensics
internal import Persistence
internal import ToolKit

/// The verdict as text for a person.
enum VerdictText {
  static func render(_ verdict: RDBVerdict, _ terminal: Terminal) -> String {
    let style = terminal.style
    var text = style.bold(Text.shown(verdict.file)) + "  " + headline(verdict, style) + "\n"
    guard verdict.inputError == nil else {
      return text + "  " + (verdict.inputError?.description ?? "") + "\n"
    }
    if verdict.dialect != nil { text += facts(verdict, terminal) }
    text += FindingText.list(verdict.findings, tool: "check-rdb", terminal)
    return text
  }

  private static func headline(_ verdict: RDBVerdict, _ style: Style) -> String {
    let errors = Text.count(verdict.findings.errors, "error")
    let warnings = Text.count(verdict.findings.warnings, "warning")
    switch verdict.status {
    case .ok: return style.green("OK")
    case .warning: return style.yellow("OK, with \(warnings)")
    case .unreadable: return style.red("CANNOT BE READ")
    case .damaged:
      let kind = verdict.outcome == .notThisKind ? "NOT READABLE AS RDB" : "DAMAGED"
      let extra = verdict.findings.warnings > 0 ? ", \(warnings)" : ""
      return style.red("\(kind): \(errors)\(extra)")
    }
  }

  private static func facts(_ verdict: RDBVerdict, _ terminal: Terminal) -> String {
    var lines: [(label: String, body: String)] = []
    if let dialect = verdict.dialect {
      var format =
        "\(dialect.magic.rawValue) version \(dialect.version) (since \(dialect.release)), "
      format += "\(Text.byteSize(verdict.bytes))"
      if let compression = verdict.compression {
        format += " decompressed from \(compression.name)"
      }
      lines.append(("Format", format))
    }
    if let writer = writer(verdict) { lines.append(("Written", writer)) }
    if verdict.framedBytes < verdict.bytes {
      let percent = verdict.framedBytes * 100 / max(verdict.bytes, 1)
      lines.append(
        (
          "Readable",
          "\(Text.grouped(verdict.framedBytes)) of \(Text.grouped(verdict.bytes)) bytes "
            + "(\(percent) %), up to the first record that cannot be stepped over"
        ))
    }
    // A salvage does not look for the checksum behind a gap.
    if verdict.salvage == nil || verdict.checksumStatus != .absent {
      lines.append(("Checksum", checksum(verdict)))
    }
    if let sha256 = verdict.sha256 { lines.append(("SHA-256", sha256)) }
    lines.append(("Keys", keys(verdict)))
    let types = ValueType.allCases.filter { verdict.types[$0.index] > 0 }
      .map { "\($0.rawValue) \(Text.grouped(verdict.types[$0.index]))" }
    if !types.isEmpty { lines.append(("Types", types.joined(separator: ", "))) }
    let encodings = ObjectEncoding.allCases.filter { verdict.encodings[$0.index] > 0 }
      .map { "\($0.rawValue) \(Text.grouped(verdict.encodings[$0.index]))" }
    if !encodings.isEmpty { lines.append(("Encodings", encodings.joined(separator: ", "))) }
    if !verdict.functions.isEmpty {
      let names = verdict.functions.map { "\(Text.shown($0.name)) (\(Text.shown($0.engine)))" }
      lines.append(("Functions", names.joined(separator: ", ")))
    }
    if !verdict.modules.isEmpty {
      let names = verdict.modules.map {
        "\($0.id.name) version \($0.id.version), \(Text.count($0.keys, "key"))"
      }
      lines.append(
        ("Modules", names.joined(separator: "; ") + " (content known to the module only)"))
    }
    if !verdict.isDeep { lines.append(("Checked", "framing and checksum only (--shallow)")) }
    var text = Text.facts(lines, indent: 2, terminal)
    if verdict.databases.count > 1 { text += databases(verdict, terminal) }
    return text
  }

  private static func writer(_ verdict: RDBVerdict) -> String? {
    var parts: [String] = []
    if let version = verdict.auxValue("valkey-ver") {
      parts.append("by Valkey \(Text.shown(version.description))")
    }
    if let version = verdict.auxValue("redis-ver") {
      parts.append("by Redis \(Text.shown(version.description))")
    }
    if let time = verdict.auxValue("ctime"), let seconds = Int64(time.description),
      (0..<(1 << 40)).contains(seconds)
    {
      parts.append("on \(Text.isoMilliseconds(seconds * 1000))")
    }
    if let memory = verdict.auxValue("used-mem"), let bytes = UInt64(memory.description) {
      parts.append("with \(Text.byteSize(bytes)) in use")
    }
    return parts.isEmpty ? nil : parts.joined(separator: " ")
  }

  private static func checksum(_ verdict: RDBVerdict) -> String {
    switch verdict.checksumStatus {
    case .ok: "ok"
    case .mismatch: "WRONG"
    case .disabled: "none (the server was told not to write one)"
    case .absent:
      verdict.dialect?.hasChecksum == false ? "none (this version has none)" : "missing"
    }
  }

  private static func keys(_ verdict: RDBVerdict) -> String {
    let expires = verdict.databases.values.reduce(0) { $0 &+ $1.expires }
    let expired = verdict.databases.values.reduce(0) { $0 &+ $1.expired }
    var text = Text.grouped(verdict.keys)
    if verdict.databases.count > 1 {
      text += " in \(Text.count(UInt64(verdict.databases.count), "database"))"
    } else if let only = verdict.databases.keys.first {
      text += " in database \(only)"
    }
    if expires > 0 { text += ", \(Text.grouped(expires)) with expiry" }
    if expired > 0 { text += " (\(Text.grouped(expired)) expired by now)" }
    return text
  }

  /// Lines of the table of databases; a file may have thousands.
  private static let databaseRows = 16

  private static func databases(_ verdict: RDBVerdict, _ terminal: Terminal) -> String {
    var table = Table([
      .right("Database"), .right("Keys"), .right("With expiry"), .right("Expired"),
    ])
    let sorted = verdict.databases.sorted { $0.key < $1.key }
    for (number, database) in sorted.prefix(databaseRows) {
      table.add(
        "\(number)", Text.grouped(database.keys), Text.grouped(database.expires),
        Text.grouped(database.expired))
    }
    var text = "\n" + table.render(indent: 2, style: terminal.style)
    if sorted.count > databaseRows {
      text += "  … and \(sorted.count - databaseRows) more (all of them with --json)\n"
    }
    return text
  }
}
