internal import Persistence

// Effects of commands on lists, sets, sorted sets and hashes: of those that wait, that take from the first key that
// is there, and that choose at random.
extension Keyspace {
  static let collectionEffects: [(String, EffectHandler)] = [
    ("spop", { (_, a, reply) in spopEffect(a, reply) }),
    ("lmpop", { (_, a, reply) in popEffect(a, from: 1, reply, ("LEFT", "LPOP", "RPOP")) }),
    ("blmpop", { (_, a, reply) in popEffect(a, from: 2, reply, ("LEFT", "LPOP", "RPOP")) }),
    ("zmpop", { (_, a, reply) in popEffect(a, from: 1, reply, ("MIN", "ZPOPMIN", "ZPOPMAX")) }),
    ("bzmpop", { (_, a, reply) in popEffect(a, from: 2, reply, ("MIN", "ZPOPMIN", "ZPOPMAX")) }),
    ("blpop", { (_, _, reply) in popEffect(reply, "LPOP") }),
    ("brpop", { (_, _, reply) in popEffect(reply, "RPOP") }),
    ("bzpopmin", { (_, _, reply) in popEffect(reply, "ZPOPMIN") }),
    ("bzpopmax", { (_, _, reply) in popEffect(reply, "ZPOPMAX") }),
    ("brpoplpush", { (_, a, _) in .commands([["RPOPLPUSH", a.word(1), a.word(2)]]) }),
    ("blmove", { (_, a, _) in .commands([["LMOVE"] + (1...4).map { a.word($0) }]) }),
    ("hincrbyfloat", { (k, a, _) in k.fieldIncrementEffect(a) }),
  ]

  private static func spopEffect(_ arguments: Arguments, _ reply: RawSpan) -> LogEffect {
    let members: [ByteString] =
      switch ReplyNode(reply) {
      case .bytes(let member): [member]
      case .array(let nodes): nodes.compactMap(\.bytes)
      default: []
      }
    return .commands(members.isEmpty ? [] : [["SREM", arguments.word(1)] + members])
  }

  /// One element was taken from the key that the reply tells first.
  private static func popEffect(_ reply: RawSpan, _ command: ByteString) -> LogEffect {
    guard case .array(let nodes) = ReplyNode(reply), let key = nodes.first?.bytes else {
      return .verbatim
    }
    return .commands([[command, key]])
  }

  /// Some elements were taken from the key that the reply tells first.
  ///
  /// - `countAt`: the argument that is the number of keys.
  /// - `ends`: the word for the first end, and the commands for both.
  private static func popEffect(
    _ arguments: Arguments, from countAt: Int, _ reply: RawSpan,
    _ ends: (word: StaticString, first: ByteString, last: ByteString)
  ) -> LogEffect {
    guard case .array(let nodes) = ReplyNode(reply), nodes.count == 2, let key = nodes[0].bytes,
      case .array(let elements) = nodes[1],
      let keys = NumberText.unsigned(arguments[countAt])
    else { return .verbatim }
    let isFirst = arguments.isWord(ends.word, at: countAt + 1 + Int(clamping: keys))
    return .commands([
      [isFirst ? ends.first : ends.last, key, ByteString(decimal: elements.count)]
    ])
  }

  private func fieldIncrementEffect(_ arguments: Arguments) -> LogEffect {
    var value: ByteString?
    var expiry: Int64?
    if case .hash(let hash) = storedEntry(arguments[1])?.value {
      hash.content.withValue(of: arguments[2]) { value = ByteString($0) }
      expiry = hash.expiry(of: arguments[2])
    }
    guard let value else { return .verbatim }
    let (key, field) = (arguments.word(1), arguments.word(2))
    let setting: [ByteString] = ["HSET", key, field, value]
    // HSET takes the lifetime away, which an increment leaves.
    guard let expiry else { return .commands([setting]) }
    return .commands([
      setting, ["HPEXPIREAT", key, ByteString(decimal: expiry), "FIELDS", "1", field],
    ])
  }
}
