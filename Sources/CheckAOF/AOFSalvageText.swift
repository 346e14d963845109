internal import Forensics
internal import Persistence
internal import ToolKit

/// What a salvage came to, as text for a person.
enum AOFSalvageText {
  /// Gaps and commands that are listed; there may be thousands.
  private static let rows = 12

  static func render(_ report: AOFSalvageReport, _ terminal: Terminal) -> String {
    let style = terminal.style
    var text = "\n  "
    guard let output = report.output else {
      return text + style.red("Nothing came back") + ": no file was written\n"
    }
    text += style.bold("Salvaged to \(Text.shown(output))") + "\n"
    text += Text.facts(facts(report), indent: 4, terminal)
    text += lines(gaps(report), "gap", terminal)
    text += lines(leftOut(report), "command", terminal)
    text += lines(doubts(report), "doubt", terminal)
    for name in report.missing {
      text += "\n" + Text.wrap("Missing: \(Text.shown(name))", width: terminal.columns, indent: 4)
    }
    if !report.missing.isEmpty { text += "\n" }
    if report.isComplete {
      let also = report.bytesCut > 0 ? " else" : ""
      text += "\n    " + style.green("Nothing\(also) is missing.") + "\n"
    }
    if report.after == .damaged || report.after == .unreadable {
      text += "\n    " + style.red("A check of it finds errors still.") + "\n"
    }
    return text
  }

  private static func facts(_ report: AOFSalvageReport) -> [(label: String, body: String)] {
    var commands = "\(Text.grouped(report.commandsKept)) recovered"
    if report.commandsLeftOut > 0 {
      commands += ", \(Text.grouped(report.commandsLeftOut)) left out that could be read"
    }
    let tenths = Int(
      (Double(report.bytesKept) * 1000 / Double(max(report.bytes, 1))).rounded(.down))
    var facts = [
      (label: "Commands", body: commands),
      (
        label: "Bytes",
        body: "\(Text.grouped(report.bytesKept)) of \(Text.grouped(report.bytes)) kept "
          + "(\(tenths / 10).\(tenths % 10) %)"
      ),
    ]
    if report.bytesCut > 0 {
      facts.append(("Cut", "\(Text.count(report.bytesCut, "byte")) written after the time"))
    }
    for part in report.parts {
      guard let rdb = part.rdb else { continue }
      facts.append(
        ("Keys", "\(Text.grouped(rdb.keysRecovered)) recovered of the RDB in front of the commands")
      )
    }
    if let saved = report.skippedSavedAs {
      facts.append(("Left out", "saved as \(Text.shown(saved)), one piece after another"))
    }
    return facts
  }

  private static func place(_ part: AOFSalvageReport.Part) -> String {
    part.file.map { "\(Text.shown($0)), " } ?? ""
  }

  /// Lines of which the first ones are shown.
  private struct List {
    private(set) var lines: [String] = []
    private(set) var count = 0

    mutating func add<Item>(_ items: some Collection<Item>, _ line: (Item) -> String) {
      lines += items.prefix(max(0, rows - lines.count)).map(line)
      count += items.count
    }
  }

  private static func gaps(_ report: AOFSalvageReport) -> List {
    var list = List()
    for part in report.parts {
      func line(_ from: UInt64, _ to: UInt64, _ reason: String) -> String {
        "Gap: \(place(part))bytes \(Text.grouped(from)) to \(Text.grouped(to - 1)), "
          + "\(Text.count(to - from, "byte")): \(reason)"
      }
      list.add(part.rdb?.gaps ?? []) { line($0.from, $0.to, $0.reason.rawValue) }
      list.add(part.plan.gaps) { line($0.from, $0.to, $0.reason.rawValue) }
    }
    return list
  }

  private static func leftOut(_ report: AOFSalvageReport) -> List {
    var list = List()
    for part in report.parts {
      list.add(part.plan.omittedCommands) { command in
        let key = command.key.map { " of key \(Text.quoted($0.bytes, columns: 40))" } ?? ""
        return
          "Left out: \(place(part))\(Text.quoted(command.name.bytes, columns: 20))\(key) at byte "
          + "\(Text.grouped(command.offset)): \(command.reason.rawValue)"
      }
    }
    return list
  }

  private static func doubts(_ report: AOFSalvageReport) -> List {
    var list = List()
    for part in report.parts {
      list.add(part.plan.doubts) { doubt in
        let other = doubt.named.map { ", or in \($0)" } ?? ""
        return "In doubt: \(place(part))bytes \(Text.grouped(doubt.from)) to "
          + "\(Text.grouped(max(doubt.to, 1) - 1)) run in database \(doubt.database)\(other): a SELECT may "
          + "have been lost before them"
      }
    }
    return list
  }

  private static func lines(_ list: List, _ noun: String, _ terminal: Terminal) -> String {
    guard list.count > 0 else { return "" }
    var text = ""
    for line in list.lines {
      text += "\n" + Text.wrap(line, width: terminal.columns, indent: 4)
    }
    if list.count > list.lines.count {
      let more = UInt64(list.count - list.lines.count)
      text += "\n    … and \(Text.count(more, "more \(noun)"))"
    }
    return text + "\n"
  }
}
