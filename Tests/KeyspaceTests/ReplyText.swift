import TestSupport

/// Replies for a message.
enum ReplyText {
  /// Where two replies differ first, and what both say there.
  static func difference(_ found: Reply, _ expected: Reply, at path: String = "") -> String {
    if case .array(let a) = found, case .array(let b) = expected, a.count == b.count,
      let index = a.indices.first(where: { a[$0] != b[$0] })
    {
      return difference(a[index], b[index], at: "\(path)[\(index)]")
    }
    let place = path.isEmpty ? "" : "at \(path) of the reply, "
    return "\(place)server:\n  \(text(expected))\nkeyspace:\n  \(text(found))"
  }

  private static func text(_ reply: Reply) -> String {
    switch reply {
    case .bulk(let bytes): return ByteText(bytes).description
    case .array(let replies):
      let shown = replies.prefix(40).map(text).joined(separator: ", ")
      return "[\(shown)\(replies.count > 40 ? ", … (\(replies.count))" : "")]"
    default: return "\(reply)"
    }
  }
}
