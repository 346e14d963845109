/// Decodes values into memory of their own.
///
/// Structure is checked as far as decoding needs it; what `ValueInspector` checks beyond that (order,
/// duplicates, counters) is not looked at.
package struct ValueDecoder: ~Copyable {
  private var decoder = StringDecoder()

  package init() {}

  /// Decodes the value at the cursor and steps over it. Throws the first problem, with its offset in
  /// the cursor's buffer.
  @_lifetime(cursor: copy cursor)
  package mutating func decode(
    _ layout: ValueLayout, _ cursor: inout ByteCursor
  ) throws(FormatError) -> RDBValue {
    let bytes = cursor.bytes
    switch layout {
    case .string: return .string(try decoder.copy(cursor.readString(), in: bytes))
    case .list:
      let count = try cursor.readLength()
      var elements: [ByteString] = []
      for _ in 0..<count { elements.append(try decoder.copy(cursor.readString(), in: bytes)) }
      return .list(elements)
    case .listQuicklist, .listQuicklist2: return .list(try quicklist(layout, &cursor))
    case .set, .zset, .zset2, .hash, .hashMetadataPreGA, .hashMetadata, .valkeyHash2:
      return try table(layout, &cursor)
    case .hashListpackEx:
      try cursor.skip(8)
      return try blob(.hashListpackEx, cursor.readString(), bytes)
    case .hashZipmap, .listZiplist, .setIntset, .zsetZiplist, .hashZiplist, .hashListpack,
      .zsetListpack, .setListpack, .hashListpackExPreGA:
      return try blob(layout, cursor.readString(), bytes)
    case .stream, .stream2, .stream3:
      return .stream(try StreamValueDecoder.decode(layout, &cursor, &decoder))
    case .module2:
      let id = ModuleID(try cursor.readLength())
      return .module(try module(id, &cursor))
    case .modulePreRelease:
      throw FormatError(.unknownModule, at: cursor.offset, "a module value without an end mark")
    }
  }

  /// A copy of a string.
  package mutating func copy(
    _ string: StringReference, in bytes: RawSpan
  ) throws(FormatError) -> ByteString {
    try decoder.copy(string, in: bytes)
  }

  /// Decodes the stream at the cursor without its entries, and steps over it. Throws as ``decode(_:_:)`` does.
  ///
  /// - `body`: gets the listpack of each node, which lives until it returns, and the key; tells the first entry that
  ///   is not deleted, as soon as there has been one.
  @_lifetime(cursor: copy cursor)
  package mutating func stream(
    _ layout: ValueLayout, _ cursor: inout ByteCursor,
    forEachNode body: (RawSpan, StreamID) -> StreamID?
  ) throws(FormatError) -> RDBStream {
    try StreamValueDecoder.decode(layout, &cursor, &decoder, forEachNode: body)
  }

  private mutating func quicklist(
    _ layout: ValueLayout, _ cursor: inout ByteCursor
  ) throws(FormatError) -> [ByteString] {
    var elements: [ByteString] = []
    let nodes = try cursor.readLength()
    for _ in 0..<nodes {
      let at = cursor.offset
      let container = layout == .listQuicklist2 ? try cursor.readLength() : 2
      let string = try cursor.readString()
      switch container {
      case 1: elements.append(try decoder.copy(string, in: cursor.bytes))
      case 2:
        let blob = try decoder.decode(string, in: cursor.bytes)
        do throws(FormatError) {
          elements +=
            layout == .listQuicklist
            ? try Self.elements(ZiplistCursor.self, blob)
            : try Self.elements(ListpackCursor.self, blob)
        } catch {
          throw error.inside(string)
        }
      default:
        throw FormatError(
          .badQuicklist, at: at, "a node is neither plain (1) nor packed (2)", found: container)
      }
    }
    return elements
  }

  private static func elements<Cursor: ElementCursor & ~Escapable>(
    _ type: Cursor.Type, _ blob: RawSpan
  ) throws(FormatError) -> [ByteString] {
    var cursor = try Cursor(blob)
    var elements: [ByteString] = []
    while let element = try cursor.next() { elements.append(element.bytes(in: blob)) }
    return elements
  }

  private mutating func table(
    _ layout: ValueLayout, _ cursor: inout ByteCursor
  ) throws(FormatError) -> RDBValue {
    let bytes = cursor.bytes
    var hint: UInt64 = 0
    if layout == .hashMetadata { hint = try cursor.readLittleEndian(UInt64.self) }
    let count = try cursor.readLength()
    var members: [ByteString] = []
    var scored: [RDBScoredMember] = []
    var fields: [RDBField] = []
    for _ in 0..<count {
      let at = cursor.offset
      let element = try TableElement.read(layout, &cursor)
      let name = try decoder.copy(element.name, in: bytes)
      switch layout {
      case .set: members.append(name)
      case .zset, .zset2:
        scored.append(
          RDBScoredMember(member: name, score: try element.score(layout, in: bytes)))
      default:
        fields.append(
          RDBField(
            name: name, value: try decoder.copy(element.value, in: bytes),
            expiresAt: try element.expiresAt(layout, hint: hint, at: at)))
      }
    }
    switch layout {
    case .set: return .set(members)
    case .zset, .zset2: return .sortedSet(scored)
    default: return .hash(fields)
    }
  }

  private mutating func blob(
    _ layout: ValueLayout, _ string: StringReference, _ bytes: RawSpan
  ) throws(FormatError) -> RDBValue {
    let blob = try decoder.decode(string, in: bytes)
    do throws(FormatError) {
      return try Self.value(layout, blob)
    } catch {
      throw error.inside(string)
    }
  }

  private static func value(
    _ layout: ValueLayout, _ blob: RawSpan
  ) throws(FormatError) -> RDBValue {
    switch layout {
    case .listZiplist: return .list(try elements(ZiplistCursor.self, blob))
    case .setListpack: return .set(try elements(ListpackCursor.self, blob))
    case .setIntset:
      let set = try Intset(blob)
      var members: [ByteString] = []
      for index in 0..<set.count { members.append(ByteString(NumberText.bytes(set[index]))) }
      return .set(members)
    case .hashZipmap:
      var cursor = try ZipmapCursor(blob)
      var fields: [RDBField] = []
      while let pair = try cursor.next() {
        fields.append(
          RDBField(name: pair.field.bytes(in: blob), value: pair.value.bytes(in: blob)))
      }
      return .hash(fields)
    case .hashZiplist: return .hash(try fields(ZiplistCursor.self, blob, withExpiry: false))
    case .hashListpack: return .hash(try fields(ListpackCursor.self, blob, withExpiry: false))
    case .hashListpackEx, .hashListpackExPreGA:
      return .hash(try fields(ListpackCursor.self, blob, withExpiry: true))
    case .zsetZiplist: return .sortedSet(try scoredMembers(ZiplistCursor.self, blob))
    case .zsetListpack: return .sortedSet(try scoredMembers(ListpackCursor.self, blob))
    default: preconditionFailure("no compact encoding")
    }
  }

  private static func fields<Cursor: ElementCursor & ~Escapable>(
    _ type: Cursor.Type, _ blob: RawSpan, withExpiry: Bool
  ) throws(FormatError) -> [RDBField] {
    var cursor = try Cursor(blob)
    var fields: [RDBField] = []
    while let (name, value) = try cursor.nextField() {
      var field = RDBField(name: name.bytes(in: blob), value: value.bytes(in: blob))
      if withExpiry { field.expiresAt = try cursor.nextExpiry() }
      fields.append(field)
    }
    return fields
  }

  private static func scoredMembers<Cursor: ElementCursor & ~Escapable>(
    _ type: Cursor.Type, _ blob: RawSpan
  ) throws(FormatError) -> [RDBScoredMember] {
    var cursor = try Cursor(blob)
    var members: [RDBScoredMember] = []
    while let (member, score, _) = try cursor.nextScored(in: blob) {
      members.append(RDBScoredMember(member: member.bytes(in: blob), score: score))
    }
    return members
  }

  /// Decodes the operands at the cursor, up to and including their end mark.
  @_lifetime(cursor: copy cursor)
  package mutating func module(
    _ id: ModuleID, _ cursor: inout ByteCursor
  ) throws(FormatError) -> RDBModuleValue {
    let start = cursor.offset
    var operands: [RDBModuleValue.Operand] = []
    while true {
      let at = cursor.offset
      switch try cursor.readLength() {
      case 0:
        let raw = ByteString(cursor.bytes.extracting(start..<cursor.offset))
        return RDBModuleValue(name: id.name, version: id.version, operands: operands, raw: raw)
      case 1: operands.append(.signed(try cursor.readLength()))
      case 2: operands.append(.unsigned(try cursor.readLength()))
      case 3:
        operands.append(.float(Float(bitPattern: try cursor.readLittleEndian(UInt32.self))))
      case 4:
        operands.append(.double(Double(bitPattern: try cursor.readLittleEndian(UInt64.self))))
      case 5:
        operands.append(.string(try decoder.copy(cursor.readString(), in: cursor.bytes)))
      case let opcode:
        throw FormatError(.badModule, at: at, "unknown module opcode", found: opcode)
      }
    }
  }
}
