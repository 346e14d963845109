internal import Persistence

/// A reply of the keyspace, read back.
enum ReplyNode: Equatable {
  case bytes(ByteString)
  /// Elements of an array or a set; of a map, keys and values in turn.
  case array([ReplyNode])
  case null

  /// A reply in RESP 2 or 3 that holds bulk strings, integers, arrays, sets, maps and nulls; what is not one is
  /// null.
  init(_ reply: RawSpan) {
    var offset = 0
    self = Self.read(reply, &offset)
  }

  var bytes: ByteString? {
    if case .bytes(let bytes) = self { bytes } else { nil }
  }

  var elements: [ReplyNode] {
    if case .array(let nodes) = self { nodes } else { [] }
  }

  private static func read(_ reply: RawSpan, _ offset: inout Int) -> ReplyNode {
    guard offset < reply.byteCount else { return .null }
    let kind = reply.byte(at: offset)
    let start = offset + 1
    while offset < reply.byteCount, reply.byte(at: offset) != 13 { offset += 1 }
    let line = reply.extracting(start..<max(offset, start))
    offset += 2
    let number = NumberText.canonicalInteger(line).map { Int($0) } ?? -1
    switch kind {
    case UInt8(ascii: "$"):
      guard number >= 0, offset + number <= reply.byteCount else { return .null }
      defer { offset += number + 2 }
      return .bytes(ByteString(reply.extracting(offset..<(offset + number))))
    case UInt8(ascii: "*"), UInt8(ascii: "~"): return array(number, reply, &offset)
    case UInt8(ascii: "%"): return array(2 * number, reply, &offset)
    case UInt8(ascii: ":"), UInt8(ascii: "+"), UInt8(ascii: ","): return .bytes(ByteString(line))
    default: return .null
    }
  }

  private static func array(
    _ count: Int, _ reply: RawSpan, _ offset: inout Int
  ) -> ReplyNode {
    guard count >= 0 else { return .null }
    var nodes: [ReplyNode] = []
    for _ in 0..<count { nodes.append(read(reply, &offset)) }
    return .array(nodes)
  }
}
