internal import MemoryModel
internal import Persistence
internal import ToolKit

/// A report as text for a person, in 80 columns.
enum ReportText {
  static func render(
    _ report: MemoryEstimate, advises: Bool, _ terminal: Terminal
  ) -> String {
    let style = terminal.style
    let top = report.wishes.largestKeys
    var text = damage(report, terminal)
    text += headline(report, terminal)
    text += Text.facts(facts(report), indent: 2, terminal)
    guard report.tally.total.keys > 0 else { return text }
    text += section("Prefixes", prefixes(report, top, terminal), style)
    text += section("Encodings", encodings(report), style)
    if report.tally.databases.count > 1 {
      text += section("Databases", databases(report, top), style)
    }
    text += section("Largest keys", largest(report, terminal), style)
    if report.tally.total.expires > 0 {
      text += section("Memory that expiry gives back", expiry(report), style)
    }
    text += section("What if", whatIfs(report), style)
    text += AdviceText.render(
      report.advice, of: report.estimatedBytes, isLong: advises, terminal)
    return text
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

  // MARK: Tables

  private static func prefixes(
    _ report: MemoryEstimate, _ top: Int, _ terminal: Terminal
  ) -> Table {
    var table = Table([
      .right("bytes"), .right("share"), .right("keys"), .right("no TTL"), .left("prefix"),
      .left("type"),
    ])
    var rows: [(prefix: [UInt8], sums: MemorySums)] = []
    func collect(_ node: PrefixReport<GroupSums>.Node) {
      for child in node.children { collect(child) }
      guard !node.prefix.isEmpty else { return }
      // A prefix with hardly more in it than the one below it says nothing new.
      let largest = node.children.first?.total.sums.bytes ?? 0
      if largest * 10 < node.total.sums.bytes * 9 {
        rows.append((node.prefix, node.total.sums))
      }
    }
    collect(report.prefixes.root)
    let order = rows.sorted {
      $0.sums.bytes != $1.sums.bytes
        ? $0.sums.bytes > $1.sums.bytes : $0.prefix.lexicographicallyPrecedes($1.prefix)
    }
    for row in order.prefix(top) {
      let without = row.sums.keys - row.sums.expires
      table.add(
        Text.byteSize(row.sums.bytes), share(row.sums, report), Text.grouped(row.sums.keys),
        Text.grouped(without), Text.quoted(row.prefix, columns: 30),
        row.sums.typeNames.joined(separator: ","))
    }
    return table
  }

  private static func encodings(_ report: MemoryEstimate) -> Table {
    var table = Table([
      .right("bytes"), .right("share"), .right("keys"), .right("elements"), .left("type"),
      .left("encoding"),
    ])
    for row in report.byEncoding {
      table.add(
        Text.byteSize(row.sums.bytes), share(row.sums, report), Text.grouped(row.sums.keys),
        Text.grouped(row.sums.elements), row.type.rawValue, row.encoding.rawValue)
    }
    return table
  }

  private static func databases(_ report: MemoryEstimate, _ top: Int) -> Table {
    var table = Table([
      .right("bytes"), .right("share"), .right("keys"), .right("no TTL"), .right("db"),
    ])
    let order = report.tally.databases.sorted {
      ($1.value.sums.bytes, $0.key) < ($0.value.sums.bytes, $1.key)
    }
    for (number, database) in order.prefix(max(top, 1)) {
      table.add(
        Text.byteSize(database.sums.bytes), share(database.sums, report),
        Text.grouped(database.sums.keys),
        Text.grouped(database.sums.keys - database.sums.expires), "\(number)")
    }
    return table
  }

  private static func largest(_ report: MemoryEstimate, _ terminal: Terminal) -> Table {
    var table = Table([
      .right("bytes"), .right("elements"), .left("type"), .left("encoding"), .right("db"),
      .left("key"),
    ])
    for row in report.tally.largest.sorted {
      table.add(
        Text.byteSize(row.memory.bytes), Text.grouped(row.elements), row.type.rawValue,
        row.memory.encoding.rawValue, "\(row.database)", Text.quoted(row.name.bytes, columns: 34))
    }
    return table
  }

  private static func expiry(_ report: MemoryEstimate) -> Table {
    var table = Table([.right("bytes"), .right("keys"), .left("within")])
    let now = report.wishes.now
    let spans = report.tally.expiry.forecast(now: now)
    var sums = MemorySums()
    let hour = ExpiryTally.hour
    let limits: [(String, Int64)] = [
      ("1 hour", hour), ("1 day", 24 * hour), ("7 days", 168 * hour), ("30 days", 720 * hour),
    ]
    var rest = spans[...]
    for (name, limit) in limits {
      while let span = rest.first, let end = span.to, end <= now + limit + hour - 1 {
        sums.add(span.sums)
        rest.removeFirst()
      }
      guard sums.keys > 0 else { continue }
      table.add(Text.byteSize(sums.bytes), Text.grouped(sums.keys), name)
    }
    for span in rest { sums.add(span.sums) }
    table.add(Text.byteSize(sums.bytes), Text.grouped(sums.keys), "any time")
    return table
  }

  private static func whatIfs(_ report: MemoryEstimate) -> Table {
    var table = Table([
      .right("saves"), .right("keys changed"), .right("slow"), .left("setting"),
    ])
    for (name, whatIf) in zip(report.wishes.whatIfNames, report.tally.whatIfs) {
      let isLess = whatIf.bytes <= report.tally.total.bytes
      let difference =
        isLess ? report.tally.total.bytes - whatIf.bytes : whatIf.bytes - report.tally.total.bytes
      let values = name.split(separator: ",")
      table.add(
        (isLess ? "" : "-") + Text.byteSize(difference), Text.grouped(whatIf.keysChanged),
        Text.grouped(whatIf.slowKeys), String(values.first ?? ""))
      for value in values.dropFirst() { table.add("", "", "", String(value)) }
    }
    return table
  }

  private static func share(_ sums: MemorySums, _ report: MemoryEstimate) -> String {
    share(sums.bytes, of: report.tally.total.bytes)
  }

  static func share(_ part: UInt64, of whole: UInt64) -> String {
    percent(Double(part) / Double(max(whole, 1)))
  }

  private static func percent(_ share: Double) -> String {
    let tenths = Int64((share * 1000).rounded())
    return "\(tenths / 10).\(tenths % 10) %"
  }
}
