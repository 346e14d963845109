/// Checks values that are stored element by element, in steps that a value in memory takes one after
/// another and a large one section by section: the head, some elements, what follows them.
extension ValueInspector {
  /// Reads what stands before the elements: their number, and the smallest lifetime in some hashes.
  @_lifetime(cursor: copy cursor)
  @inline(__always)
  func readElementsHead(
    _ layout: ValueLayout, _ cursor: inout ByteCursor
  ) throws(FormatError) -> (count: UInt64, hint: UInt64) {
    var hint: UInt64 = 0
    if layout == .hashMetadata { hint = try checkFieldExpiryHint(&cursor) }
    let at = cursor.offset
    let count = try cursor.readLength()
    // A stream may have no node, and a module value says nothing of its size.
    guard count > 0 || layout.isStream else { throw .empty(at: at) }
    return (count, hint)
  }

  /// The smallest field lifetime in front of a hash is a hint that servers ignore, but it has a range.
  @_lifetime(cursor: copy cursor)
  @discardableResult
  func checkFieldExpiryHint(_ cursor: inout ByteCursor) throws(FormatError) -> UInt64 {
    let at = cursor.offset
    let hint = try cursor.readLittleEndian(UInt64.self)
    guard hint <= FieldExpiry.largest + 1 else {
      throw FormatError(
        .badExpire, at: at, "the first field lifetime of the hash is out of range",
        expected: FieldExpiry.largest + 1, found: hint)
    }
    return hint
  }

  // MARK: Lists

  @_lifetime(cursor: copy cursor)
  mutating func inspectPlainList(_ cursor: inout ByteCursor) throws(FormatError) -> ValueFacts {
    let count = try readElementsHead(.list, &cursor).count
    try Self.checkStrings(count, &cursor)
    return ValueFacts(elements: count)
  }

  /// Checks strings that need no decoding, and steps over them.
  @_lifetime(cursor: copy cursor)
  static func checkStrings(
    _ count: UInt64, _ cursor: inout ByteCursor
  ) throws(FormatError) {
    for _ in 0..<count { try checkString(&cursor) }
  }

  @_lifetime(cursor: copy cursor)
  mutating func inspectQuicklist(
    _ layout: ValueLayout, _ cursor: inout ByteCursor
  ) throws(FormatError) -> ValueFacts {
    var facts = ValueFacts(elements: 0)
    facts.nodes = try readElementsHead(layout, &cursor).count
    try inspectNodes(facts.nodes, layout, &cursor, base: 0, &facts)
    try Self.checkNotEmpty(facts)
    return facts
  }

  /// A server drops an empty node silently, and a list that has no other.
  static func checkNotEmpty(_ quicklist: ValueFacts) throws(FormatError) {
    guard quicklist.elements > 0 else { throw .empty(at: quicklist.emptyNodeOffset) }
  }

  /// Checks nodes of a quicklist and adds to `facts`, whose offsets count from `base` before the
  /// cursor's buffer.
  @_lifetime(cursor: copy cursor)
  mutating func inspectNodes(
    _ count: UInt64, _ layout: ValueLayout, _ cursor: inout ByteCursor, base: Int,
    _ facts: inout ValueFacts
  ) throws(FormatError) {
    for _ in 0..<count {
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
          if elements == 0, facts.emptyNodeOffset < 0 {
            facts.emptyNodeOffset = base + string.offset
          }
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
  }

  // MARK: Hashes, sets, sorted sets

  @_lifetime(cursor: copy cursor)
  mutating func inspectTable(
    _ layout: ValueLayout, _ cursor: inout ByteCursor
  ) throws(FormatError) -> ValueFacts {
    let (count, hint) = try readElementsHead(layout, &cursor)
    let first = cursor.offset
    let passes = SeenHashes.passes(for: count)
    for pass in 0..<passes {
      cursor.offset = first
      seen.begin(count: count, pass: pass, of: passes)
      var left = count
      while let suspect = try collectElements(layout, &cursor, hint: hint, &left) {
        let text = try copyName(layout, at: suspect, in: cursor.bytes)
        var earlier = ByteCursor(cursor.bytes, at: first)
        if try finds(text, layout, &earlier, upTo: suspect) { throw .duplicate(at: suspect) }
      }
    }
    return ValueFacts(elements: count)
  }

  /// Checks `left` elements, counting it down, and collects their names; nil when all are done. Stops
  /// behind one whose name may have come before, and returns its offset.
  @_lifetime(cursor: copy cursor)
  @inline(__always)
  mutating func collectElements(
    _ layout: ValueLayout, _ cursor: inout ByteCursor, hint: UInt64, _ left: inout UInt64
  ) throws(FormatError) -> Int? {
    while left > 0 {
      let at = cursor.offset
      let hash = try hashElement(layout, &cursor, hint: hint)
      left &-= 1
      if !seen.insert(hash) { return at }
    }
    return nil
  }

  /// The name of the element at an offset.
  @inline(never)
  mutating func copyName(
    _ layout: ValueLayout, at offset: Int, in bytes: RawSpan
  ) throws(FormatError) -> ByteString {
    var cursor = ByteCursor(bytes, at: offset)
    return try decoder.copy(TableElement.read(layout, &cursor).name, in: bytes)
  }

  /// Steps over elements up to an offset; true when it has come by one of that name.
  @_lifetime(cursor: copy cursor)
  @inline(never)
  mutating func finds(
    _ name: ByteString, _ layout: ValueLayout, _ cursor: inout ByteCursor, upTo end: Int
  ) throws(FormatError) -> Bool {
    while cursor.offset < end {
      let element = try TableElement.read(layout, &cursor)
      if try decoder.copy(element.name, in: cursor.bytes) == name { return true }
    }
    return false
  }

  /// Checks one element, steps over it and returns the hash of its name.
  @_lifetime(cursor: copy cursor)
  @inline(__always)
  mutating func hashElement(
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

  // MARK: Streams and modules

  @_lifetime(cursor: copy cursor)
  mutating func inspectStream(
    _ layout: ValueLayout, _ cursor: inout ByteCursor
  ) throws(FormatError) -> ValueFacts {
    var stream = StreamInspector(nodes: try readElementsHead(layout, &cursor).count)
    try stream.inspectNodes(stream.nodes, &cursor, &decoder)
    try stream.inspectTail(layout, &cursor, &decoder)
    return stream.facts
  }

  @_lifetime(cursor: copy cursor)
  mutating func inspectModule(_ cursor: inout ByteCursor) throws(FormatError) -> ValueFacts {
    var facts = ValueFacts()
    facts.moduleID = try cursor.readLength()
    while try Self.checkOperand(&cursor) {}
    return facts
  }

  /// Checks an operand and steps over it; false behind the end mark.
  @_lifetime(cursor: copy cursor)
  static func checkOperand(_ cursor: inout ByteCursor) throws(FormatError) -> Bool {
    let start = cursor.offset
    guard try cursor.readLength() == 5 else {
      cursor.offset = start
      return try cursor.skipOperand()
    }
    try StringDecoder.check(cursor.readString(), in: cursor.bytes)
    return true
  }
}

extension FormatError {
  @inline(never)
  static func duplicate(at offset: Int) -> FormatError {
    FormatError(
      .duplicateElement, at: offset, "the same element stands in the collection twice")
  }
}
