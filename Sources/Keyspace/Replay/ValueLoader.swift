internal import Persistence

/// Makes entries of a dataset from keys and values as they lie in an RDB.
///
/// Encodings that a dataset holds as a file does are taken over as they stand; elements that a file has one by one
/// go to their place without a stop. All else takes the way over ``RDBValue``.
struct ValueLoader: ~Copyable {
  private var keys = StringDecoder()
  private var decoder = StringDecoder()
  private var values = ValueDecoder()
  private var inspector = ValueInspector()
  private let limits = EncodingLimits()

  /// Reads the value at the cursor, and steps over it.
  ///
  /// - `name`: the key, in the cursor's buffer.
  ///
  /// Throws the first problem, with its offset in the cursor's buffer.
  @_lifetime(cursor: copy cursor)
  mutating func load(
    _ name: StringReference, _ layout: ValueLayout, _ cursor: inout ByteCursor
  ) throws(FormatError) -> Entry {
    let bytes = cursor.bytes
    guard name.length <= UInt64(Entry.largestKey) else {
      throw FormatError(
        .badString, at: name.offset, "a key is larger than a dataset here can hold",
        found: name.length)
    }
    let start = cursor.offset
    if layout == .string {
      return try Self.string(name, cursor.readString(), in: bytes, &keys, &decoder)
    }
    var own = ByteCursor(bytes, at: start)
    if let value = try? direct(layout, &own) {
      cursor.offset = own.offset
      return Entry.make(key: try keys.decode(name, in: bytes), value: value)
    }
    // Says what is wrong where something is, and looks at what the making does not need: order, duplicates,
    // counters.
    _ = try inspector.inspect(layout, &cursor)
    own.offset = start
    switch layout {
    case .stream, .stream2, .stream3:
      let value = try stream(layout, &own)
      return Entry.make(key: try keys.decode(name, in: bytes), value: value)
    default:
      let value = try values.decode(layout, &own)
      return Entry.make(key: try keys.decode(name, in: bytes), value)
    }
  }

  private static func string(
    _ name: StringReference, _ text: StringReference, in bytes: RawSpan,
    _ names: inout StringDecoder, _ texts: inout StringDecoder
  ) throws(FormatError) -> Entry {
    let text = try texts.decode(text, in: bytes)
    return Keyspace.entry(try names.decode(name, in: bytes), string: text)
  }

  /// A copy of a string.
  mutating func copy(
    _ string: StringReference, in bytes: RawSpan
  ) throws(FormatError) -> ByteString { try decoder.copy(string, in: bytes) }

  /// The value at the cursor, checked on the way as an inspection would; nil, or an error, where it takes the other
  /// way.
  @_lifetime(cursor: copy cursor)
  private mutating func direct(
    _ layout: ValueLayout, _ cursor: inout ByteCursor
  ) throws(FormatError) -> Value? {
    switch layout {
    case .hashListpack:
      let pack = EditableListpack(valid: try blob(layout, &cursor))
      guard pack.count <= 2 * limits.hashEntries, Self.fits(pack, limits.hashValue).isShort else {
        return nil
      }
      return .hash(HashValue(.listpack(pack)))
    case .setListpack:
      let pack = EditableListpack(valid: try blob(layout, &cursor))
      let (isShort, isNumbers) = Self.fits(pack, limits.setListpackValue)
      // Numbers become an intset.
      guard pack.count <= limits.setListpackEntries, isShort, !isNumbers else { return nil }
      return .set(.listpack(pack))
    case .setIntset:
      let set = EditableIntset(valid: try blob(layout, &cursor))
      return set.count <= limits.setIntsetEntries ? .set(.intset(set)) : nil
    case .zsetListpack: return sortedSet(EditableListpack(valid: try blob(layout, &cursor)))
    case .listQuicklist2: return try quicklist(&cursor)
    case .hash: return try hash(&cursor)
    case .set: return try set(&cursor)
    case .zset2: return try sortedSet(&cursor)
    default: return nil
    }
  }

  // MARK: Compact encodings

  /// A copy of the encoding at the cursor, which is valid.
  @_lifetime(cursor: copy cursor)
  private mutating func blob(
    _ layout: ValueLayout, _ cursor: inout ByteCursor
  ) throws(FormatError) -> [UInt8] {
    let bytes = try copy(cursor.readString(), in: cursor.bytes).bytes
    try inspector.inspect(unsafe bytes.span.bytes, as: layout)
    return bytes
  }

  /// Whether no element has more bytes than that, and whether all are integers.
  private static func fits(
    _ pack: EditableListpack, _ longest: Int
  ) -> (isShort: Bool, isNumbers: Bool) {
    var isNumbers = true
    var offset = EditableListpack.start
    while offset < pack.end {
      let (element, next) = pack.elementAndNext(at: offset)
      if !element.isInteger {
        isNumbers = false
        if element.count > longest { return (false, false) }
      }
      offset = next
    }
    return (true, isNumbers)
  }

  private func sortedSet(_ pack: EditableListpack) -> Value? {
    var builder = SortedSetBuilder(
      limits: limits, count: pack.count / 2, keepsNegativeZeros: true)
    let blob = unsafe pack.bytes.span.bytes
    var offset = EditableListpack.start
    while offset < pack.end {
      let (member, middle) = pack.elementAndNext(at: offset)
      let (number, next) = pack.elementAndNext(at: middle)
      let score =
        number.isInteger ? Double(number.integer) : number.withBytes(in: blob, NumberText.double)
      guard let score else { return nil }
      member.withBytes(in: blob) { builder.append($0, score) }
      offset = next
    }
    return .sortedSet(builder.finish())
  }

  /// A list with the nodes that it has in the file; empty ones are left out, as a server does.
  @_lifetime(cursor: copy cursor)
  private mutating func quicklist(_ cursor: inout ByteCursor) throws(FormatError) -> Value? {
    var list = Quicklist()
    for _ in 0..<(try cursor.readLength()) {
      let container = try cursor.readLength()
      let bytes = try copy(cursor.readString(), in: cursor.bytes).bytes
      switch container {
      case 1 where !bytes.isEmpty: list.append(ListNode(plain: bytes))
      case 2:
        let count = try ValueInspector.countListpack(unsafe bytes.span.bytes)
        if count > 0 { list.append(ListNode(EditableListpack(valid: bytes), count: count)) }
      default: return nil
      }
    }
    guard list.count > 0 else { return nil }
    guard list.nodes.count == 1, let node = list.nodes.first, !node.isPlain,
      node.size <= limits.listNodeSize
    else { return .list(.quicklist(Box(list))) }
    return .list(.listpack(node.pack))
  }

  /// A stream with the nodes that it has in the file.
  @_lifetime(cursor: copy cursor)
  private mutating func stream(
    _ layout: ValueLayout, _ cursor: inout ByteCursor
  ) throws(FormatError) -> Value {
    var stream = StreamValue()
    let facts = try values.stream(layout, &cursor) { blob, key in
      let pack = EditableListpack(valid: unsafe blob.withUnsafeBytes { unsafe Array($0) })
      stream.append(StreamListpack(key: key, valid: pack))
      return stream.length > 0 ? stream.firstID : nil
    }
    stream.addFacts(of: facts)
    return .stream(Box(stream))
  }

  // MARK: Element by element

  @_lifetime(cursor: copy cursor)
  private mutating func hash(_ cursor: inout ByteCursor) throws(FormatError) -> Value? {
    let count = try cursor.readLength()
    // Nothing is reserved on the word of a number.
    var fields = HashFields(limits: limits)
    if count > UInt64(limits.hashEntries) { fields.convert() }
    for _ in 0..<count {
      let (name, value) = (try cursor.readString(), try cursor.readString())
      let isNew = try Self.set(
        name, value, in: cursor.bytes, of: &fields, limits, &keys, &decoder)
      guard isNew else { return nil }
    }
    return count > 0 ? .hash(HashValue(fields)) : nil
  }

  private static func set(
    _ name: StringReference, _ value: StringReference, in bytes: RawSpan,
    of fields: inout HashFields, _ limits: EncodingLimits,
    _ names: inout StringDecoder, _ values: inout StringDecoder
  ) throws(FormatError) -> Bool {
    let value = try values.decode(value, in: bytes)
    return fields.set(try names.decode(name, in: bytes), value, limits)
  }

  /// Nil for a small one, whose encoding depends on all of its members.
  @_lifetime(cursor: copy cursor)
  private mutating func set(_ cursor: inout ByteCursor) throws(FormatError) -> Value? {
    let count = try cursor.readLength()
    guard count > UInt64(max(limits.setListpackEntries, limits.setIntsetEntries)) else {
      return nil
    }
    var table = PackedTable(hasValues: false)
    for _ in 0..<count {
      guard table.set(try decoder.decode(cursor.readString(), in: cursor.bytes)) else {
        return nil
      }
    }
    return .set(.table(Box(table)))
  }

  @_lifetime(cursor: copy cursor)
  private mutating func sortedSet(_ cursor: inout ByteCursor) throws(FormatError) -> Value? {
    let count = Int(clamping: try cursor.readLength())
    var builder = SortedSetBuilder(limits: limits, count: count, keepsNegativeZeros: true)
    for _ in 0..<count {
      let member = try decoder.decode(cursor.readString(), in: cursor.bytes)
      let score = Double(bitPattern: try cursor.readLittleEndian(UInt64.self))
      guard !score.isNaN else { return nil }
      builder.append(member, score)
    }
    let value = builder.finish()
    // Fewer where one comes twice.
    return count > 0 && value.count == count ? .sortedSet(value) : nil
  }
}
