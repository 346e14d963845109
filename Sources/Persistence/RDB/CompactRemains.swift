/// What is left of values in a compact encoding: of the string that holds it as much as is there, and of
/// that the entries that are sound.
enum CompactRemains {
  /// How often bytes behind a string are looked at, in a value of many strings.
  static let searches = 16

  @_lifetime(cursor: copy cursor)
  static func read(_ layout: ValueLayout, _ cursor: inout ByteCursor) -> ValueRemains? {
    // The smallest lifetime in front of the blob is a hint.
    if layout == .hashListpackEx, (try? cursor.skip(8)) == nil { return nil }
    var remains: ValueRemains?
    var searches = 1
    _ = readBlob(&cursor, &searches) { rest, claimed in
      remains = value(layout, rest, claimed: claimed)
      return claimed
    }
    return remains
  }

  /// Finds the string at the cursor and hands its bytes to `body`, which returns how many of them belong to
  /// it; steps over those. False, without a step, when no string begins there.
  ///
  /// `body` also gets the length that the string claims to have. The bytes of a raw string may be cut before
  /// that. They go on behind it when a listpack or ziplist says so in its header, since either length may be
  /// damaged: `searches` times in a value, so that no bytes are read again and again. The bytes of a
  /// compressed string are what its sound tokens make.
  @_lifetime(cursor: copy cursor)
  static func readBlob(
    _ cursor: inout ByteCursor, _ searches: inout Int, _ body: (RawSpan, Int) -> Int
  ) -> Bool {
    let start = cursor.offset
    guard let head = try? cursor.readStringHead(), head.form != .integer else {
      cursor.offset = start
      return false
    }
    let payload = cursor.offset
    let rest = cursor.bytes.extracting(payload..<cursor.bytes.byteCount)
    let claimed = Int(clamping: head.length)
    if head.form == .raw {
      var there = min(claimed, rest.byteCount)
      if rest.byteCount >= 4, searches > 0 {
        let total = Int(rest.littleEndian(at: 0, as: UInt32.self))
        if total > there, total <= rest.byteCount {
          there = total
          searches -= 1
        }
      }
      cursor.offset = payload + min(body(rest.extracting(0..<there), claimed), there)
    } else {
      let count = min(Int(clamping: head.payload), rest.byteCount)
      let blob = LZF.prefix(rest.extracting(0..<count))
      _ = body(unsafe blob.span.bytes, claimed)
      cursor.offset = payload + count
    }
    return true
  }

  private static func value(
    _ layout: ValueLayout, _ rest: RawSpan, claimed: Int
  ) -> ValueRemains? {
    switch layout {
    case .setIntset:
      let (members, stated) = Intset.remains(of: rest, claimed: claimed)
      let texts = members.map { ByteString(NumberText.bytes($0)) }
      return ValueRemains(value: .set(texts), elements: texts.count, claimed: stated)
    case .hashZipmap: return zipmap(rest, claimed: claimed)
    case .listZiplist, .zsetZiplist, .hashZiplist:
      return collection(layout, EntryRuns(ziplist: rest, claimed: claimed), rest)
    default: return collection(layout, EntryRuns(listpack: rest, claimed: claimed), rest)
    }
  }

  private static func collection(
    _ layout: ValueLayout, _ runs: EntryRuns, _ rest: RawSpan
  ) -> ValueRemains {
    var remains: ValueRemains
    var stride = 1
    switch layout.type {
    case .list:
      let elements = runs.groups(of: 1).map { $0.bytes(in: rest) }
      remains = ValueRemains(value: .list(elements), elements: elements.count)
    case .set:
      var names = Set<ByteString>()
      let members = runs.groups(of: 1).map { $0.bytes(in: rest) }.filter {
        names.insert($0).inserted
      }
      remains = ValueRemains(value: .set(members), elements: members.count)
    case .zset:
      stride = 2
      let members = scoredMembers(runs.groups(of: 2), rest)
      remains = ValueRemains(value: .sortedSet(members), elements: members.count)
    default:
      stride = layout == .hashListpackEx || layout == .hashListpackExPreGA ? 3 : 2
      let fields = fields(runs.groups(of: stride), stride: stride, rest)
      remains = ValueRemains(value: .hash(fields), elements: fields.count)
    }
    if let stated = runs.stated, stated.isMultiple(of: stride) {
      remains.claimed = UInt64(stated / stride)
    }
    return remains
  }

  private static func scoredMembers(_ entries: [Element], _ rest: RawSpan) -> [RDBScoredMember] {
    var members: [RDBScoredMember] = []
    var names = Set<ByteString>()
    for index in stride(from: 0, to: entries.count, by: 2) {
      guard let score = try? entries[index + 1].score(at: 0, in: rest) else { continue }
      let member = entries[index].bytes(in: rest)
      if names.insert(member).inserted {
        members.append(RDBScoredMember(member: member, score: score))
      }
    }
    return members
  }

  private static func fields(
    _ entries: [Element], stride size: Int, _ rest: RawSpan
  ) -> [RDBField] {
    var fields: [RDBField] = []
    var names = Set<ByteString>()
    for index in stride(from: 0, to: entries.count, by: size) {
      var field = RDBField(
        name: entries[index].bytes(in: rest), value: entries[index + 1].bytes(in: rest))
      if size == 3 {
        let expiry = entries[index + 2]
        guard expiry.isInteger, expiry.integer >= 0, expiry.integer <= FieldExpiry.largest else {
          continue
        }
        field.expiresAt = expiry.integer == 0 ? nil : UInt64(expiry.integer)
      }
      if names.insert(field.name).inserted { fields.append(field) }
    }
    return fields
  }

  /// The pairs from the front: nothing in a zipmap leads back from its end.
  private static func zipmap(_ rest: RawSpan, claimed: Int) -> ValueRemains? {
    guard rest.byteCount > 1, claimed > 1 else { return nil }
    let isCut = claimed > rest.byteCount
    let end = isCut ? rest.byteCount : claimed - 1
    var cursor = ZipmapCursor(damaged: rest.extracting(0..<end))
    var fields: [RDBField] = []
    var names = Set<ByteString>()
    while let pair = try? cursor.next() {
      let field = RDBField(
        name: pair.field.bytes(in: rest), value: pair.value.bytes(in: rest))
      if names.insert(field.name).inserted { fields.append(field) }
    }
    // 254 and more stand for "not known".
    let count = rest.byte(at: 0)
    return ValueRemains(
      value: .hash(fields), elements: fields.count, claimed: count < 254 ? UInt64(count) : nil)
  }
}
