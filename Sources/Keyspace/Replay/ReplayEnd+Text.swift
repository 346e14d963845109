internal import Persistence

extension ReplayEnd {
  /// A moment as a person writes it: a time in ISO 8601 or Unix seconds; `offset:N`, `offset:FILE:N`; `command:N`,
  /// `command:FILE:N`; `before:NAME`; `end`. Nil for anything else.
  package init?(_ text: String) {
    for (prefix, isOffset) in [("offset:", true), ("command:", false)] where text.hasPrefix(prefix)
    {
      let rest = text.dropFirst(prefix.count)
      let colon = rest.lastIndex(of: ":")
      let digits = colon.map { rest[rest.index(after: $0)...] } ?? rest
      guard let number = UInt64(digits) else { return nil }
      let file = colon.map { ByteString(String(rest[..<$0])) }
      self = isOffset ? .offset(number, file: file) : .command(number, file: file)
      return
    }
    if text == "end" {
      self = .never
    } else if text.hasPrefix("before:"), text.count > "before:".count {
      self = .before(String(text.dropFirst("before:".count)))
    } else if let moment = ISOTime.moment(text) {
      // Annotations tell whole seconds.
      self = .after(timestamp: moment / 1000)
    } else {
      return nil
    }
  }
}
