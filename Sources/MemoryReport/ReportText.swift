internal import MemoryModel
internal import Persistence
internal import ToolKit

/// A report as text for a person, in 80 columns.
enum ReportText {
  /// - `groups`: what is told, and nothing else; empty for what a person wants to know first.
  static func render(
    _ report: MemoryEstimate, by groups: [Grouping], advises: Bool, _ terminal: Terminal
  ) -> String {
    let style = terminal.style
    var text = damage(report, terminal)
    text += headline(report, terminal)
    text += Text.facts(facts(report), indent: 2, terminal)
    guard report.tally.total.keys > 0 else { return text }
    if groups.isEmpty {
      text += section("Prefixes", prefixes(report), style)
      text += section("Encodings", encodings(report), style)
      if report.tally.databases.count > 1 {
        text += section("Databases", databases(report), style)
      }
      text += section("Largest keys", largest(report), style)
      if report.tally.total.expires > 0 {
        text += section("Memory that expiry gives back", expiry(report), style)
      }
    }
    for group in groups { text += section(group.title, table(report, group), style) }
    text += section("What if", whatIfs(report), style)
    if groups.isEmpty || advises {
      text += AdviceText.render(
        report.advice, of: report.estimatedBytes, isLong: advises, terminal)
    }
    return text
  }

  private static func table(_ report: MemoryEstimate, _ group: Grouping) -> Table {
    switch group {
    case .prefix: prefixes(report)
    case .type: types(report)
    case .encoding: encodings(report)
    case .db: databases(report)
    case .expiry: forecast(report)
    case .slot: slots(report)
    }
  }

  private static func section(_ title: String, _ table: Table, _ style: Style) -> String {
    table.isEmpty ? "" : "\n\(style.bold(title))\n\(table.render(indent: 2, style: style))"
  }

  // MARK: The head

  /// Bytes of a server from which on a comparison with the estimate tells something: without any key it uses
  /// one to three million.
  private static let telling: UInt64 = 64 << 20

  private static func damage(_ report: MemoryEstimate, _ terminal: Terminal) -> String {
    var text = ""
    for file in report.files {
      guard let error = file.error.map({ Text.shown($0) }) else { continue }
      let keys = Text.count(file.keys, "key")
      let what =
        switch file.status {
        case .unreadable: "cannot be read: \(error)"
        case .damaged: "is damaged: \(error). What follows covers \(keys) that could be read"
        case .ok, .warning: "is not covered whole: \(error). What follows covers \(keys)"
        }
      text += Text.wrap(
        terminal.style.red("\(Text.shown(file.path)) \(what)"), width: terminal.columns, indent: 0)
      text += "\n"
    }
    return text.isEmpty ? "" : text + "\n"
  }

  private static func headline(_ report: MemoryEstimate, _ terminal: Terminal) -> String {
    let names = report.files.map { Text.shown($0.path) }
    let name = names.count == 1 ? names[0] : "\(names.count) files"
    let sums =
      "\(Text.byteSize(report.estimatedBytes)) in \(Text.count(report.tally.total.keys, "key"))"
    let fits = Text.displayWidth(name) + 2 + Text.displayWidth(sums) <= terminal.columns
    return terminal.style.bold(name + (fits ? "  " : "\n  ") + sums) + "\n"
  }

  private static func facts(_ report: MemoryEstimate) -> [(label: String, body: String)] {
    let server = report.server ?? .standard
    var facts = [
      (
        label: "Model",
        body: "\(server.name), \(report.allocator.name)"
          + (server.isVerified ? "" : " (not compared with a server of that release)")
      )
    ]
    let tables = Text.byteSize(report.tables)
    facts.append(
      (
        "Of it",
        "keys and values \(Text.byteSize(report.tally.total.bytes)), tables of keys \(tables)"
      ))
    let room = report.tally.streamRoom
    if room * 100 >= report.estimatedBytes, room > 0 {
      facts.append(
        (
          "Streams",
          "\(Text.byteSize(room)) more in a server that writes to them: room behind the last entries "
            + "of each, which is gone when it loads them"
        ))
    }
    if let used = report.usedMemory, used > 0 {
      let files = report.files.count == 1 ? "the file" : "the files"
      var text = "\(Text.byteSize(used)) by the server that wrote \(files), "
      if used < telling {
        text += "most of which may be its own and its buffers"
      } else {
        let ratio = Double(report.estimatedBytes) / Double(used)
        text += "its own and its buffers included; the estimate is \(percent(ratio)) of it"
      }
      facts.append(("Used", text))
    }
    let tally = report.tally
    let never = tally.expiry.never
    facts.append(
      (
        "Expiry",
        "\(Text.grouped(never.keys)) keys never (\(Text.byteSize(never.bytes)))"
          + (tally.expiry.expired.keys > 0
            ? ", \(Text.grouped(tally.expiry.expired.keys)) have expired and are still there "
              + "(\(Text.byteSize(tally.expiry.expired.bytes)))" : "")
      ))
    return facts
  }
}
