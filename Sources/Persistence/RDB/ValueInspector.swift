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
  private var decoder = StringDecoder()
  private var seen = SeenHashes()

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
      return try StreamInspector.inspect(layout, &cursor, &decoder)
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

  static func isInteger(_ string: StringReference, in bytes: RawSpan) -> Bool {
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

  private mutating func inspectPlainList(
    _ cursor: inout ByteCursor
  ) throws(FormatError) -> ValueFacts {
    let start = cursor.offset
    let count = try cursor.readLength()
    guard count > 0 else { throw .empty(at: start) }
    for _ in 0..<count {
      try Self.checkString(&cursor)
    }
    return ValueFacts(elements: count)
  }

  private mutating func inspectQuicklist(
    _ layout: ValueLayout, _ cursor: inout ByteCursor
  ) throws(FormatError) -> ValueFacts {
    let start = cursor.offset
    var facts = ValueFacts(elements: 0)
    facts.nodes = try cursor.readLength()
    guard facts.nodes > 0 else { throw .empty(at: start) }
    for _ in 0..<facts.nodes {
      let nodeStart = cursor.offset
      let container = layout == .listQuicklist2 ? try cursor.readLength() : 2
      let string = try cursor.readString()
      switch container {
      case 1:
        guard string.length > 0 else {
          throw FormatError(.badQuicklist, at: nodeStart, "a plain node holds no byte")
        }
        try StringDecoder.check(string, in: cursor.bytes)
        facts.hasPlainNode = true
        facts.elements &+= 1
        facts.length = string.length
      case 2:
        let blob = try decoder.decode(string, in: cursor.bytes)
        facts.length = UInt64(blob.byteCount)
        do throws(FormatError) {
          let elements =
            layout == .listQuicklist
            ? try BlobInspector.countZiplist(blob) : try BlobInspector.countListpack(blob)
          if elements == 0, facts.emptyNodeOffset < 0 { facts.emptyNodeOffset = string.offset }
          facts.elements &+= UInt64(elements)
        } catch {
          throw error.inside(string)
        }
      default:
        throw FormatError(
          .badQuicklist, at: nodeStart, "a node is neither plain (1) nor packed (2)",
          found: container)
      }
    }
    // A server drops an empty node silently, and a list that has no other.
    guard facts.elements > 0 else { throw .empty(at: facts.emptyNodeOffset) }
    return facts
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

  private mutating func inspectTable(
    _ layout: ValueLayout, _ cursor: inout ByteCursor
  ) throws(FormatError) -> ValueFacts {
    let start = cursor.offset
    if layout == .hashMetadata { try checkFieldExpiryHint(&cursor) }
    let hint = layout == .hashMetadata ? cursor.bytes.littleEndian(at: start, as: UInt64.self) : 0
    let countAt = cursor.offset
    let count = try cursor.readLength()
    guard count > 0 else { throw .empty(at: countAt) }
    let first = cursor.offset
    let passes = SeenHashes.passes(for: count)
    for pass in 0..<passes {
      cursor.offset = first
      seen.begin(count: count, pass: pass, of: passes)
      for index in 0..<count {
        let at = cursor.offset
        let hash = try hashElement(layout, &cursor, hint: hint)
        if !seen.insert(hash) {
          try confirmDuplicate(at: at, index, layout, from: first, in: cursor.bytes)
        }
      }
    }
    return ValueFacts(elements: count)
  }

  /// Checks one element, steps over it and returns the hash of its name.
  @_lifetime(cursor: copy cursor)
  @inline(__always)
  private mutating func hashElement(
    _ layout: ValueLayout, _ cursor: inout ByteCursor, hint: UInt64
  ) throws(FormatError) -> UInt64 {
    switch layout {
    case .set: return try hashString(&cursor)
    case .hash:
      let hash = try hashString(&cursor)
      try Self.checkString(&cursor)
      return hash
    case .zset2:
      let hash = try hashString(&cursor)
      let scoreAt = cursor.offset
      guard !Double(bitPattern: try cursor.readLittleEndian(UInt64.self)).isNaN else {
        throw FormatError(.badScore, at: scoreAt, "the score is not a number (NaN)")
      }
      return hash
    default:
      let at = cursor.offset
      let element = try TableElement.read(layout, &cursor)
      try element.check(layout, hint: hint, at: at, in: cursor.bytes)
      return try hash(element.name, in: cursor.bytes)
    }
  }

  /// Steps over a string and returns its hash, the same for every way of writing the same bytes.
  @_lifetime(cursor: copy cursor)
  @inline(__always)
  private mutating func hashString(_ cursor: inout ByteCursor) throws(FormatError) -> UInt64 {
    let start = cursor.offset
    let first = try cursor.readByte()
    if first < 0x40 {
      try cursor.skip(Int(first))
      return ElementHash.hash(cursor.bytes.extracting((start &+ 1)..<cursor.offset))
    }
    cursor.offset = start
    return try hash(cursor.readString(), in: cursor.bytes)
  }

  /// Steps over a string that needs no decoding, and checks it when it is compressed.
  @_lifetime(cursor: copy cursor)
  @inline(__always)
  private static func checkString(_ cursor: inout ByteCursor) throws(FormatError) {
    let start = cursor.offset
    let first = try cursor.readByte()
    if first < 0x40 { return try cursor.skip(Int(first)) }
    cursor.offset = start
    try StringDecoder.check(cursor.readString(), in: cursor.bytes)
  }

  private mutating func hash(
    _ string: StringReference, in bytes: RawSpan
  ) throws(FormatError) -> UInt64 {
    switch string.form {
    case .integer: return ByteHash.hash(string.integer, seed: ByteHash.seed)
    case .raw:
      return ElementHash.hash(
        bytes.extracting(string.offset..<(string.offset &+ string.count)))
    case .lzf: return ElementHash.hash(try decoder.decode(string, in: bytes))
    }
  }

  /// Compares an element with every earlier one; throws when one is equal.
  @inline(never)
  private mutating func confirmDuplicate(
    at offset: Int, _ index: UInt64, _ layout: ValueLayout, from first: Int, in bytes: RawSpan
  ) throws(FormatError) {
    var repeated = ByteCursor(bytes, at: offset)
    let text = try decoder.copy(TableElement.read(layout, &repeated).name, in: bytes)
    var cursor = ByteCursor(bytes, at: first)
    for _ in 0..<index {
      let earlier = try TableElement.read(layout, &cursor)
      if try decoder.copy(earlier.name, in: bytes) == text {
        throw FormatError(
          .duplicateElement, at: offset, "the same element stands in the collection twice")
      }
    }
  }

  /// The smallest field lifetime in front of a hash is a hint that servers ignore, but it has a range.
  @_lifetime(cursor: copy cursor)
  private func checkFieldExpiryHint(_ cursor: inout ByteCursor) throws(FormatError) {
    let at = cursor.offset
    let hint = try cursor.readLittleEndian(UInt64.self)
    guard hint <= FieldExpiry.largest + 1 else {
      throw FormatError(
        .badExpire, at: at, "the first field lifetime of the hash is out of range",
        expected: FieldExpiry.largest + 1, found: hint)
    }
  }

  private mutating func inspectModule(
    _ cursor: inout ByteCursor
  ) throws(FormatError) -> ValueFacts {
    var facts = ValueFacts()
    facts.moduleID = try cursor.readLength()
    while true {
      switch try cursor.readLength() {
      case 0: return facts
      case 3: try cursor.skip(4)
      case 4: try cursor.skip(8)
      case 5: try StringDecoder.check(cursor.readString(), in: cursor.bytes)
      default: _ = try cursor.readLength()
      }
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
