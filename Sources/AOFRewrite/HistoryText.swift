internal import Keyspace
internal import Persistence
internal import ToolKit

/// Writes what touched a key, one event after another.
enum HistoryText {
  static func write(_ event: HistoryEvent, asJSON: Bool) {
    if asJSON {
      StandardStream.output.writeLineOrExit { RewriteJSON.write(event, to: &$0) }
    } else {
      StandardStream.output.writeOrExit(text(event))
    }
  }

  /// Three lines: where and when, the command, and what became of the key.
  private static func text(_ event: HistoryEvent) -> String {
    var place = "byte \(event.offset), command \(event.number)"
    if event.isInTransaction { place += ", in a transaction" }
    if let seconds = event.timestamp { place = "\(Text.iso(unixSeconds: seconds))  \(place)" }
    var words = event.command.map { Text.quoted($0.bytes, columns: 26) }
    if event.argumentCount > words.count { words.append("… \(event.argumentCount) arguments") }
    let command = Text.wrap(words.joined(separator: " "), width: 80, indent: 2)
    let key = "database \(event.database), key \(Text.quoted(event.key.bytes, columns: 50))"
    let change =
      event.isUnchanged ? "unchanged" : "\(state(event.before)) -> \(state(event.after))"
    return "\(Text.shown(event.file)): \(place)\n\(command)\n"
      + Text.wrap("\(key): \(change)", width: 80, indent: 2) + "\n"
  }

  private static func state(_ state: HistoryEvent.State?) -> String {
    guard let state else { return "none" }
    let unit = state.type == .string ? "bytes" : "elements"
    var text = "\(state.type.rawValue) of \(Text.grouped(state.size)) \(unit)"
    if let expiry = state.expiresAt { text += " until \(Text.isoMilliseconds(expiry))" }
    return state.digest.map { text + " (\($0.description.prefix(8)))" } ?? text
  }
}
