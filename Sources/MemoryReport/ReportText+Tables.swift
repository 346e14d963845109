internal import MemoryModel
internal import Persistence
internal import ToolKit

/// The tables of a report.
extension ReportText {
  static func prefixes(_ report: MemoryEstimate) -> Table {
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
    for row in order.prefix(report.wishes.largestKeys) {
      let without = row.sums.keys - row.sums.expires
      table.add(
        Text.byteSize(row.sums.bytes), share(row.sums, report), Text.grouped(row.sums.keys),
        Text.grouped(without), Text.quoted(row.prefix, columns: 30),
        row.sums.typeNames.joined(separator: ","))
    }
    return table
  }

  static func encodings(_ report: MemoryEstimate) -> Table {
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

  static func types(_ report: MemoryEstimate) -> Table {
    var table = Table([
      .right("bytes"), .right("share"), .right("keys"), .right("elements"), .left("type"),
    ])
    for row in report.byType {
      table.add(
        Text.byteSize(row.sums.bytes), share(row.sums, report), Text.grouped(row.sums.keys),
        Text.grouped(row.sums.elements), row.type.rawValue)
    }
    return table
  }

  static func databases(_ report: MemoryEstimate) -> Table {
    numbered("db", report.tally.databases.map { ($0.key, $0.value.sums) }, report)
  }

  static func slots(_ report: MemoryEstimate) -> Table {
    let slots = report.tally.slots.enumerated().map { (UInt64($0.offset), $0.element) }
    return numbered("slot", slots.filter { $0.1.keys > 0 }, report)
  }

  /// The largest of groups that have numbers.
  private static func numbered(
    _ title: String, _ groups: [(UInt64, MemorySums)], _ report: MemoryEstimate
  ) -> Table {
    var table = Table([
      .right("bytes"), .right("share"), .right("keys"), .right("no TTL"), .right(title),
    ])
    let order = groups.sorted { ($1.1.bytes, $0.0) < ($0.1.bytes, $1.0) }
    for (number, sums) in order.prefix(max(report.wishes.largestKeys, 1)) {
      table.add(
        Text.byteSize(sums.bytes), share(sums, report), Text.grouped(sums.keys),
        Text.grouped(sums.keys - sums.expires), "\(number)")
    }
    return table
  }

  static func largest(_ report: MemoryEstimate) -> Table {
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

  static func expiry(_ report: MemoryEstimate) -> Table {
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

  /// What is freed hour by hour, day by day, and later.
  static func forecast(_ report: MemoryEstimate) -> Table {
    var table = Table([.right("bytes"), .right("share"), .right("keys"), .left("expires")])
    func add(_ sums: MemorySums, _ when: String) {
      guard sums.keys > 0 else { return }
      table.add(Text.byteSize(sums.bytes), share(sums, report), Text.grouped(sums.keys), when)
    }
    add(report.tally.expiry.expired, "has expired and is still there")
    for span in report.tally.expiry.forecast(now: report.wishes.now) {
      let from = Text.isoMilliseconds(span.from)
      switch span.kind {
      case .hour: add(span.sums, "\(from.prefix(10)) \(from.dropFirst(11).prefix(5)), for an hour")
      case .day: add(span.sums, "\(from.prefix(10))")
      case .later: add(span.sums, "from \(from.prefix(10)) on")
      }
    }
    add(report.tally.expiry.never, "never")
    return table
  }

  static func whatIfs(_ report: MemoryEstimate) -> Table {
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

  static func percent(_ share: Double) -> String {
    let tenths = Int64((share * 1000).rounded())
    return "\(tenths / 10).\(tenths % 10) %"
  }
}
