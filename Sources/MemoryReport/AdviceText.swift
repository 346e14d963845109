internal import MemoryModel
internal import Persistence
internal import ToolKit

/// Advice as text for a person.
enum AdviceText {
  /// A line for each; `isLong`: with what to do, what it costs and where it is.
  static func render(
    _ advice: [Advice], of bytes: UInt64, isLong: Bool, _ terminal: Terminal
  ) -> String {
    guard !advice.isEmpty else { return "" }
    let style = terminal.style
    var text = "\n\(style.bold("What would save memory"))"
    text += isLong ? "\n" : style.dim("  (--advise tells how)") + "\n"
    guard isLong else {
      var table = Table([.right("saves"), .right("share"), .right("keys"), .left()])
      for item in advice {
        table.add(
          item.savedBytes > 0 ? Text.byteSize(item.savedBytes) : "",
          item.savedBytes > 0 ? ReportText.share(item.savedBytes, of: bytes) : "",
          Text.grouped(item.keys), cut(item.title, terminal.columns - 36))
      }
      return text + table.render(indent: 2, style: style)
    }
    for (index, item) in advice.enumerated() {
      if index > 0 { text += "\n" }
      let saves =
        item.savedBytes > 0
        ? ": \(Text.byteSize(item.savedBytes)), \(ReportText.share(item.savedBytes, of: bytes))"
        : ""
      text += Text.wrap("\(item.title)\(saves)", width: terminal.columns, indent: 2) + "\n"
      text += Text.facts(facts(item), indent: 4, terminal)
      for command in item.commands { text += "              \(command)\n" }
    }
    return text
  }

  private static func facts(_ item: Advice) -> [(label: String, body: String)] {
    var facts = [(label: "Code", body: "\(item.code.rawValue), \(Text.count(item.keys, "key"))")]
    if !item.prefixes.isEmpty {
      let names = item.prefixes.map { Text.quoted($0.bytes, columns: 50) }
      facts.append(("Where", names.joined(separator: " ")))
    }
    facts.append(("Cost", item.cost))
    facts.append(("How", item.how))
    return facts
  }

  private static func cut(_ text: String, _ columns: Int) -> String {
    text.count <= columns ? text : text.prefix(max(columns - 1, 8)) + "…"
  }
}
