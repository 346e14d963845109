/// Replies for a message.
package enum ReplyText {
  /// A reply with numbers in a form of their own: releases write fractions and large numbers in several.
  package static func withNumbers(_ reply: Reply) -> Reply {
    switch reply {
    case .bulk(let bytes) where bytes.count < 32:
      return Double(String(decoding: bytes, as: UTF8.self)).map { .bulk(Array("\($0)".utf8)) }
        ?? reply
    case .array(let replies): return .array(replies.map(withNumbers))
    default: return reply
    }
  }

  /// Where two replies differ first, and what both say there.
  package static func difference(_ found: Reply, _ expected: Reply, at path: String = "") -> String
  {
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
