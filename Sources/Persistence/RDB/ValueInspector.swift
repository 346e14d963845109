/// What the inspection of a value learned.
package struct ValueFacts: BitwiseCopyable, Sendable {
  /// Elements of a collection (pairs of a hash or sorted set, entries of a stream); 1 for a string.
  package var elements: UInt64 = 1
  /// Nodes of a quicklist or a stream.
  package var nodes: UInt64 = 0
  /// Bytes of a string's text, or of the only blob of a one-node list.
  package var length: UInt64 = 0
  /// The string is the canonical text of a 64-bit integer.
  package var isInteger = false
  /// Offset of the first node of a list that has no element; -1 without any.
  package var emptyNodeOffset = -1
  /// A list has a node that holds one plain element.
  package var hasPlainNode = false
  /// The id of a module value.
  package var moduleID: UInt64 = 0
}

/// Checks values down to the last byte: every LZF payload, every entry of every compact encoding,
/// order and duplicates, scores, field lifetimes, streams.
///
/// One inspector belongs to one thread. It keeps two buffers between calls and nothing else.
package struct ValueInspector: ~Copyable {
  var decoder = StringDecoder()
  var seen = SeenHashes()

  package init() {}

  /// Checks the value at the cursor and steps over it.
  ///
  /// The cursor's framing must be sound (a scanner has walked it). Throws the first problem, with its
  /// offset in the cursor's buffer; the cursor is then somewhere inside the value.
  @_lifetime(cursor: copy cursor)
  package mutating func inspect(
    _ layout: ValueLayout, _ cursor: inout ByteCursor
  ) throws(FormatError) -> ValueFacts {
    let bytes = cursor.bytes
    switch layout {
    case .string: return try inspectString(&cursor)
    case .list: return try inspectPlainList(&cursor)
    case .listQuicklist, .listQuicklist2: return try inspectQuicklist(layout, &cursor)
    case .set, .zset, .zset2, .hash, .hashMetadataPreGA, .hashMetadata, .valkeyHash2:
      return try inspectTable(layout, &cursor)
    case .hashZipmap, .listZiplist, .setIntset, .zsetZiplist, .hashZiplist, .hashListpack,
      .zsetListpack, .setListpack, .hashListpackExPreGA:
      let blob = try cursor.readString()
      return try Self.inspectBlob(layout, blob, bytes, &decoder, &seen)
    case .hashListpackEx:
      try checkFieldExpiryHint(&cursor)
      let blob = try cursor.readString()
      return try Self.inspectBlob(layout, blob, bytes, &decoder, &seen)
    case .stream, .stream2, .stream3:
      return try inspectStream(layout, &cursor)
    case .module2: return try inspectModule(&cursor)
    case .modulePreRelease:
      preconditionFailure("the scanner stops at a module without an end mark")
    }
  }

  /// Reads the facts of the value at the cursor that its framing tells, and steps over it.
  @_lifetime(cursor: copy cursor)
  package mutating func skim(
    _ layout: ValueLayout, _ cursor: inout ByteCursor
  ) throws(FormatError) -> ValueFacts {
    var facts = ValueFacts()
    let start = cursor.offset
    switch layout {
    case .string:
      let string = try cursor.readString()
      facts.length = string.length
      facts.isInteger = Self.isInteger(string, in: cursor.bytes)
      return facts
    case .listQuicklist2:
      facts.nodes = try cursor.readLength()
      if facts.nodes == 1 {
        facts.hasPlainNode = try cursor.readLength() == 1
        facts.length = try cursor.readString().length
        return facts
      }
      cursor.offset = start
    case .module2:
      facts.moduleID = try cursor.readLength()
      cursor.offset = start
    default: break
    }
    var progress = SkipProgress()
    try cursor.skipValue(layout, inputEnd: .max, progress: &progress)
    return facts
  }

  /// The facts that the first 64 bytes of a value tell, or all of a shorter one.
  static func glance(
    _ layout: ValueLayout, _ bytes: RawSpan, at start: Int
  ) throws(FormatError) -> ValueFacts {
    var cursor = ByteCursor(bytes, at: start)
    var facts = ValueFacts()
    switch layout {
    case .string: try glance(&cursor, &facts)
    case .listQuicklist2:
      facts.nodes = try cursor.readLength()
      if facts.nodes == 1 {
        facts.hasPlainNode = try cursor.readLength() == 1
        try glance(&cursor, &facts)
        facts.isInteger = false
      }
    case .module2: facts.moduleID = try cursor.readLength()
    default: break
    }
    return facts
  }

  /// Reads what the beginning of a string tells.
  @_lifetime(cursor: copy cursor)
  private static func glance(
    _ cursor: inout ByteCursor, _ facts: inout ValueFacts
  ) throws(FormatError) {
    let start = cursor.offset
    let head = try cursor.readStringHead()
    facts.length = head.length
    guard head.form == .integer || head.form == .raw && head.payload <= 20 else { return }
    cursor.offset = start
    let string = try cursor.readString()
    facts.length = string.length
    facts.isInteger = isInteger(string, in: cursor.bytes)
  }

  private static func isInteger(_ string: StringReference, in bytes: RawSpan) -> Bool {
    switch string.form {
    case .integer: true
    case .raw where string.count <= 20:
      NumberText.canonicalInteger(
        bytes.extracting(string.offset..<(string.offset &+ string.count))) != nil
    default: false
    }
  }

  /// The hash of a key: equal keys of one database have equal hashes, equal keys of different
  /// databases never do. See `KeyHash`.
  package mutating func keyHash(
    _ key: StringReference, in bytes: RawSpan, database: UInt64
  ) throws(FormatError) -> UInt64 {
    if key.form == .raw {
      return KeyHash.hash(
        bytes.extracting(key.offset..<(key.offset &+ key.count)), database: database)
    }
    return KeyHash.hash(try decoder.decode(key, in: bytes), database: database)
  }

  /// A copy of a string.
  package mutating func copy(
    _ string: StringReference, in bytes: RawSpan
  ) throws(FormatError) -> ByteString {
    try decoder.copy(string, in: bytes)
  }

  /// Gives back the memory of an unusually large value.
  package mutating func trim() {
    decoder.trim()
    seen.trim()
  }

  private mutating func inspectString(
    _ cursor: inout ByteCursor
  ) throws(FormatError) -> ValueFacts {
    let string = try cursor.readString()
    if string.form == .lzf { try StringDecoder.check(string, in: cursor.bytes) }
    var facts = ValueFacts()
    facts.length = string.length
    facts.isInteger = Self.isInteger(string, in: cursor.bytes)
    return facts
  }

  /// Checks a compact encoding that is a whole value, and is not compressed any more. Throws the first problem, with
  /// its offset in the blob.
  package mutating func inspect(
    _ blob: RawSpan, as layout: ValueLayout
  ) throws(FormatError) {
    guard try BlobInspector.inspect(layout, blob, &seen) > 0 else { throw .empty(at: 0) }
  }

  /// Checks a listpack that is a node of a list, and counts its elements. Throws as ``inspect(_:as:)`` does.
  package static func countListpack(_ blob: RawSpan) throws(FormatError) -> Int {
    try BlobInspector.countListpack(blob)
  }

  private static func inspectBlob(
    _ layout: ValueLayout, _ string: StringReference, _ bytes: RawSpan,
    _ decoder: inout StringDecoder, _ seen: inout SeenHashes
  ) throws(FormatError) -> ValueFacts {
    let blob = try decoder.decode(string, in: bytes)
    do throws(FormatError) {
      let count = try BlobInspector.inspect(layout, blob, &seen)
      guard count > 0 else { throw .empty(at: 0) }
      return ValueFacts(elements: UInt64(count))
    } catch {
      throw error.inside(string)
    }
  }
}

/// Lifetimes of hash fields, in Unix milliseconds.
package enum FieldExpiry {
  /// The largest value a server accepts (2⁴⁸ − 1). Source: EB_EXPIRE_TIME_MAX of Redis 7.4.
  package static let largest: UInt64 = 0x0000_FFFF_FFFF_FFFF
}

extension FormatError {
  @inline(never)
  static func empty(at offset: Int) -> FormatError {
    FormatError(.emptyCollection, at: offset, "the collection has no element")
  }
}
