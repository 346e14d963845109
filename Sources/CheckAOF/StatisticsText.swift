internal import Forensics
internal import Persistence
internal import ToolKit

/// The statistics of an AOF as text for a person.
enum StatisticsText {
  /// Lines of a table; there may be hundreds.
  private static let rows = 12

  static func render(_ statistics: AOFStatistics, _ terminal: Terminal) -> String {
    let style = terminal.style
    var text = "\n  " + style.bold("Statistics") + "\n"
    text += Text.facts(facts(statistics), indent: 2, terminal)
    text += names(statistics, style)
    text += items("Key", statistics.hottestKeys, hasDatabase: true, terminal)
    text += items("Prefix", statistics.hottestPrefixes, hasDatabase: false, terminal)
    text += scripts(statistics, style)
    return text
  }

  private static func facts(_ statistics: AOFStatistics) -> [(label: String, body: String)] {
    var lines: [(label: String, body: String)] = []
    let keys = statistics.distinctKeys
    var written = Text.grouped(UInt64(keys.value.rounded())) + " different keys were written"
    if keys.standardError > 0 {
      written = "about \(written) (give or take \(Text.grouped(UInt64(keys.standardError * 2))))"
    }
    lines.append(("Keys", written))
    if let largest = statistics.largest {
      var body = "\(Text.byteSize(largest.bytes)), in the command at byte "
      body += Text.grouped(largest.offset)
      if let key = largest.key {
        body += ", database \(largest.database), key \(Text.quoted(key.bytes, columns: 40))"
      }
      lines.append(("Largest", "argument of " + body))
    }
    let transactions = statistics.transactions
    if transactions.count > 0 {
      lines.append(
        (
          "MULTI",
          "\(Text.count(transactions.count, "transaction")) of "
            + "\(Text.count(transactions.commands, "command")), the largest of "
            + Text.grouped(transactions.largest)
        ))
    }
    let timeline = statistics.timeline
    if let peak = timeline.peak {
      lines.append(
        (
          "Writes",
          "\(oneDecimal(timeline.mean)) a second; most in that of \(Text.iso(unixSeconds: peak.second)): "
            + Text.grouped(peak.writes)
        ))
    }
    let rewrite = statistics.rewrite
    if rewrite.bytes > 0 {
      let margin = Int((rewrite.margin * 100).rounded(.up))
      lines.append(
        (
          "Rewrite",
          "would leave about \(Text.byteSize(rewrite.bytesAfter)) of \(Text.byteSize(rewrite.bytes)), "
            + "\(percent(rewrite.share)) less (give or take \(margin) points)"
        ))
    }
    return lines
  }

  private static func names(_ statistics: AOFStatistics, _ style: Style) -> String {
    guard !statistics.names.isEmpty else { return "" }
    var table = Table([.left("Command"), .right("Count"), .right("Bytes"), .right("of all")])
    for name in statistics.names.prefix(rows) {
      table.add(
        Text.shown(name.name), Text.grouped(name.count), Text.grouped(name.bytes),
        percent(Double(name.bytes) / Double(max(1, statistics.bytes))))
    }
    let more = statistics.names.count - rows
    return "\n" + table.render(indent: 2, style: style)
      + (more > 0 ? "  … and \(more) more (all of them with --json)\n" : "")
  }

  private static func items(
    _ title: String, _ items: [FrequentItems.Item], hasDatabase: Bool, _ terminal: Terminal
  ) -> String {
    guard !items.isEmpty else { return "" }
    let databases = Set(items.map(\.database))
    let showsDatabase = hasDatabase && databases.count > 1
    var table = Table(
      [.right("Writes"), .right("Bytes")] + (showsDatabase ? [.right("db")] : [])
        + [.left(title)])
    for item in items.prefix(rows) {
      let count = Text.grouped(item.atLeast)
      let string = item.string.bytes.isEmpty && !hasDatabase ? [] : item.string.bytes
      var cells = [
        item.atMost > item.atLeast ? "\(count) to \(Text.grouped(item.atMost))" : count,
        Text.grouped(item.bytes),
      ]
      if showsDatabase { cells.append("\(item.database)") }
      cells.append(
        string.isEmpty && !hasDatabase ? "(none)" : Text.quoted(string, columns: 36))
      table.add(cells)
    }
    return "\n" + table.render(indent: 2, style: terminal.style)
  }

  private static func scripts(_ statistics: AOFStatistics, _ style: Style) -> String {
    var text = ""
    if !statistics.scripts.isEmpty {
      var table = Table([.left("Script (SHA1)"), .right("Calls"), .left("It begins")])
      for script in statistics.scripts.prefix(rows) {
        table.add(
          Text.shown(script.sha1), Text.grouped(script.calls),
          script.beginning.map { Text.quoted($0.bytes, columns: 22) } ?? "")
      }
      text += "\n" + table.render(indent: 2, style: style)
    }
    if !statistics.functions.isEmpty {
      var table = Table([.left("Function"), .right("Calls")])
      for function in statistics.functions.prefix(rows) {
        table.add(Text.quoted(function.name.bytes, columns: 40), Text.grouped(function.calls))
      }
      text += "\n" + table.render(indent: 2, style: style)
    }
    return text
  }

  private static func percent(_ share: Double) -> String { oneDecimal(share * 100) + " %" }

  private static func oneDecimal(_ number: Double) -> String {
    let tenths = UInt64(max(0, min(number * 10, 1e15)).rounded())
    return "\(Text.grouped(tenths / 10)).\(tenths % 10)"
  }
}
