internal import Forensics
internal import Persistence
internal import ToolKit

/// What a salvage came to, as text for a person.
enum SalvageText {
  /// Gaps and keys that are listed; there may be thousands.
  private static let rows = 12

  static func render(
    _ report: SalvageReport, _ verdict: RDBVerdict, lost: String?, _ terminal: Terminal
  ) -> String {
    let style = terminal.style
    var text = "\n  "
    guard let output = report.output else {
      text += style.red("Nothing came back") + ": no file was written\n"
      return text + gaps(report, terminal)
    }
    text += style.bold("Salvaged to \(Text.shown(output))") + "\n"
    text += Text.facts(facts(report, verdict), indent: 4, terminal)
    text += gaps(report, terminal)
    text += keys(report, verdict, terminal)
    if report.isComplete {
      text += "\n    " + style.green("Nothing is missing.") + "\n"
    } else if let lost {
      text += "\n    All gaps and keys: \(lost == "-" ? "standard output" : Text.shown(lost))\n"
    } else {
      text += "\n    All gaps and keys as JSON Lines: --lost FILE\n"
    }
    return text
  }

  private static func facts(
    _ report: SalvageReport, _ verdict: RDBVerdict
  ) -> [(label: String, body: String)] {
    var keys = "\(Text.grouped(report.keysRecovered)) recovered"
    if report.keysPartial > 0 { keys += ", \(Text.grouped(report.keysPartial)) in part" }
    if report.keysLost > 0 {
      keys += report.lossIsStated ? ", " : ", at least "
      keys += "\(Text.grouped(report.keysLost)) lost"
      if report.lossIsStated { keys += " by the numbers that the file states" }
    }
    if report.keysSuspect > 0 { keys += "; \(Text.grouped(report.keysSuspect)) in doubt" }
    let size = max(verdict.bytes, 1)
    let tenths = Int((Double(report.bytesKept) * 1000 / Double(size)).rounded(.down))
    var bytes = "\(Text.grouped(report.bytesKept)) of \(Text.grouped(verdict.bytes)) kept"
    bytes += " (\(tenths / 10).\(tenths % 10) %)"
    var facts = [("Keys", keys), ("Bytes", bytes)]
    if let repair = report.repair {
      facts.append(
        (
          "Repaired",
          repair.summary + (repair.isProof ? ". The checksum proves it" : ". The checksum fits")
        ))
    }
    if let range = report.carvedFrom {
      facts.append(
        (
          "Carved",
          "from byte \(Text.grouped(range.lowerBound)) to \(Text.grouped(range.upperBound - 1)); "
            + "offsets count from there"
        ))
    }
    return facts
  }

  private static func gaps(_ report: SalvageReport, _ terminal: Terminal) -> String {
    var text = ""
    for gap in report.gaps.prefix(rows) {
      var line =
        "Gap: bytes \(Text.grouped(gap.from)) to \(Text.grouped(gap.to - 1)), "
        + "\(Text.count(gap.to - gap.from, "byte")): \(gap.reason.rawValue)"
      if let confidence = gap.confidence {
        line += "; records go on behind it (\(word(for: confidence)))"
      }
      text += "\n" + Text.wrap(line, width: terminal.columns, indent: 4)
    }
    if report.gaps.count > rows {
      text += "\n    … and \(Text.count(UInt64(report.gaps.count - rows), "more gap"))"
    }
    return text.isEmpty ? "" : text + "\n"
  }

  /// How sure it is that records begin where a gap is said to end.
  private static func word(for confidence: Int) -> String {
    switch confidence {
    case 40...: "certain"
    case 24...: "sure"
    default: "likely"
    }
  }

  private static func keys(
    _ report: SalvageReport, _ verdict: RDBVerdict, _ terminal: Terminal
  ) -> String {
    var text = ""
    for key in report.lostKeys.prefix(rows) {
      var line = key.elementsKept == nil ? "Lost: " : "In part: "
      line += "database \(key.database), key \(Text.quoted(key.key.bytes, columns: 40)): "
      line += key.reason.rawValue
      if let kept = key.elementsKept { line += "; \(Text.count(kept, "element")) kept" }
      text += "\n" + Text.wrap(line, width: terminal.columns, indent: 4)
    }
    let known = UInt64(report.lostKeys.count) + report.omittedKeys
    if known > UInt64(rows) { text += "\n    … and \(Text.grouped(known - UInt64(rows))) more" }
    return text.isEmpty ? "" : text + "\n"
  }
}
