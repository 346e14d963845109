/// Writes values as JSON while decoding them.
///
/// A value is written as `open`, `elements` once or several times, and `close`, so that one that is too
/// large for a buffer can come in parts. Structure is checked as far as decoding needs it; what a check
/// looks at beyond that (order, duplicates, counters) is not.
struct ValueFormatter: ~Copyable {
  private var decoder = StringDecoder()
  /// Set when a field with a lifetime was written since the value was opened.
  private(set) var hasFieldExpiry = false
  /// The smallest lifetime of a hash's fields, which its other ones are counted from.
  private var expiryHint: UInt64 = 0

  /// Gives back the memory of an unusually large value.
  mutating func trim() { decoder.trim() }

  /// Begins a value: none of its fields is known to have a lifetime.
  mutating func forgetFieldExpiry() { hasFieldExpiry = false }

  /// Writes the value at the cursor and steps over it.
  @_lifetime(cursor: copy cursor)
  mutating func write(
    _ layout: ValueLayout, _ cursor: inout ByteCursor, to writer: inout JSONWriter
  ) throws(FormatError) {
    forgetFieldExpiry()
    switch layout {
    case .string: try write(cursor.readString(), in: cursor.bytes, to: &writer)
    case .stream, .stream2, .stream3:
      try StreamFormatter.write(layout, &cursor, &decoder, to: &writer)
    case .module2:
      let start = try Self.openModule(&cursor, to: &writer)
      while try cursor.skipOperand() {}
      writer.base64(cursor.bytes.extracting(start..<cursor.offset))
      writer.endObject()
    case .modulePreRelease:
      preconditionFailure("the scanner stops at a module without an end mark")
    default:
      Self.open(layout, to: &writer)
      let count = try readCount(layout, &cursor)
      try elements(layout, count, &cursor, to: &writer)
      Self.close(layout, to: &writer)
    }
  }

  /// Writes a string.
  @inline(__always)
  mutating func write(
    _ string: StringReference, in bytes: RawSpan, to writer: inout JSONWriter
  ) throws(FormatError) {
    switch string.form {
    case .raw:
      writer.string(bytes.extracting(string.offset..<(string.offset &+ string.count)))
    case .integer: writer.string(string.integer)
    case .lzf: writer.string(try decoder.decode(string, in: bytes))
    }
  }

  // MARK: Collections

  static func open(_ layout: ValueLayout, to writer: inout JSONWriter) {
    switch layout.type {
    case .list, .set: writer.beginArray()
    default: writer.beginObject()
    }
  }

  static func close(_ layout: ValueLayout, to writer: inout JSONWriter) {
    switch layout.type {
    case .list, .set: writer.endArray()
    default: writer.endObject()
    }
  }

  /// Reads what stands before the elements: how many there are; 1 for a value that is one blob.
  @_lifetime(cursor: copy cursor)
  mutating func readCount(
    _ layout: ValueLayout, _ cursor: inout ByteCursor
  ) throws(FormatError) -> UInt64 {
    switch layout {
    case .hashMetadata: expiryHint = try cursor.readLittleEndian(UInt64.self)
    case .hashListpackEx:
      try cursor.skip(8)
      return 1
    case .hashZipmap, .listZiplist, .setIntset, .zsetZiplist, .hashZiplist, .hashListpack,
      .zsetListpack, .setListpack, .hashListpackExPreGA:
      return 1
    default: break
    }
    return try cursor.readLength()
  }

  /// Writes `count` elements: nodes of a quicklist, members, pairs; or the one blob that is all.
  @_lifetime(cursor: copy cursor)
  mutating func elements(
    _ layout: ValueLayout, _ count: UInt64, _ cursor: inout ByteCursor,
    to writer: inout JSONWriter
  ) throws(FormatError) {
    let bytes = cursor.bytes
    for _ in 0..<count {
      switch layout {
      case .list, .set: try write(cursor.readString(), in: bytes, to: &writer)
      case .hash:
        try write(cursor.readString(), in: bytes, to: &writer)
        writer.endKey()
        try write(cursor.readString(), in: bytes, to: &writer)
      case .listQuicklist, .listQuicklist2: try node(layout, &cursor, to: &writer)
      case .zset, .zset2:
        let element = try TableElement.read(layout, &cursor)
        try write(element.name, in: bytes, to: &writer)
        writer.endKey()
        writer.double(try element.score(layout, in: bytes))
      case .hashMetadata, .hashMetadataPreGA, .valkeyHash2:
        let at = cursor.offset
        let element = try TableElement.read(layout, &cursor)
        if try element.expiresAt(layout, hint: expiryHint, at: at) != nil { hasFieldExpiry = true }
        try write(element.name, in: bytes, to: &writer)
        writer.endKey()
        try write(element.value, in: bytes, to: &writer)
      default:
        var expires = false
        try Self.blob(layout, cursor.readString(), bytes, &decoder, &expires, to: &writer)
        if expires { hasFieldExpiry = true }
      }
    }
  }

  private static func blob(
    _ layout: ValueLayout, _ string: StringReference, _ bytes: RawSpan,
    _ decoder: inout StringDecoder, _ expires: inout Bool, to writer: inout JSONWriter
  ) throws(FormatError) {
    let blob = try decoder.decode(string, in: bytes)
    do throws(FormatError) {
      try BlobFormatter.write(layout, blob, &expires, to: &writer)
    } catch {
      throw error.inside(string)
    }
  }

  @_lifetime(cursor: copy cursor)
  private mutating func node(
    _ layout: ValueLayout, _ cursor: inout ByteCursor, to writer: inout JSONWriter
  ) throws(FormatError) {
    let at = cursor.offset
    let container = layout == .listQuicklist2 ? try cursor.readLength() : 2
    let string = try cursor.readString()
    switch container {
    case 1: try write(string, in: cursor.bytes, to: &writer)
    case 2:
      let blob = try decoder.decode(string, in: cursor.bytes)
      do throws(FormatError) {
        if layout == .listQuicklist {
          try BlobFormatter.sequence(ZiplistCursor.self, blob, to: &writer)
        } else {
          try BlobFormatter.sequence(ListpackCursor.self, blob, to: &writer)
        }
      } catch {
        throw error.inside(string)
      }
    default:
      throw FormatError(
        .badQuicklist, at: at, "a node is neither plain (1) nor packed (2)", found: container)
    }
  }

  // MARK: Lifetimes of fields

  /// Writes the member `field_expires_at` for the hash at the cursor, and steps over the hash.
  @_lifetime(cursor: copy cursor)
  mutating func writeFieldExpiry(
    _ layout: ValueLayout, _ cursor: inout ByteCursor, to writer: inout JSONWriter
  ) throws(FormatError) {
    writer.key("field_expires_at")
    writer.beginObject()
    let count = try readCount(layout, &cursor)
    try fieldExpiries(layout, count, &cursor, to: &writer)
    writer.endObject()
  }

  /// Writes the lifetimes of `count` elements of a hash.
  @_lifetime(cursor: copy cursor)
  mutating func fieldExpiries(
    _ layout: ValueLayout, _ count: UInt64, _ cursor: inout ByteCursor,
    to writer: inout JSONWriter
  ) throws(FormatError) {
    for _ in 0..<count {
      switch layout {
      case .hashListpackEx, .hashListpackExPreGA:
        let string = try cursor.readString()
        let blob = try decoder.decode(string, in: cursor.bytes)
        try BlobFormatter.fieldExpiries(blob, to: &writer)
      default:
        let at = cursor.offset
        let element = try TableElement.read(layout, &cursor)
        if let expiry = try element.expiresAt(layout, hint: expiryHint, at: at) {
          try write(element.name, in: cursor.bytes, to: &writer)
          writer.endKey()
          writer.integer(expiry)
        }
      }
    }
  }

  // MARK: Streams

  @_lifetime(cursor: copy cursor)
  mutating func firstLiveID(
    _ nodes: UInt64, _ cursor: inout ByteCursor
  ) throws(FormatError) -> StreamID? {
    try StreamFormatter.firstLiveID(nodes, &cursor, &decoder)
  }

  @_lifetime(cursor: copy cursor)
  mutating func writeNode(
    _ cursor: inout ByteCursor, to writer: inout JSONWriter
  ) throws(FormatError) {
    try StreamFormatter.writeNodes(1, &cursor, &decoder, to: &writer)
  }

  @_lifetime(cursor: copy cursor)
  mutating func writeGroups(
    _ layout: ValueLayout, _ summary: StreamSummary, _ cursor: inout ByteCursor,
    to writer: inout JSONWriter
  ) throws(FormatError) {
    try StreamFormatter.end(layout, summary, &cursor, &decoder, to: &writer)
  }

  // MARK: Modules

  /// Writes what stands before the operands of a module's value, and returns where they begin.
  @_lifetime(cursor: copy cursor)
  static func openModule(
    _ cursor: inout ByteCursor, to writer: inout JSONWriter
  ) throws(FormatError) -> Int {
    let id = ModuleID(try cursor.readLength())
    writer.beginObject()
    writer.members(of: id)
    writer.key("base64")
    return cursor.offset
  }
}
