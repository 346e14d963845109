/// Writes the entries of compact encodings as elements of the open array or object. Offsets of errors
/// are offsets in the blob.
enum BlobFormatter {
  /// Writes a blob that is a whole value. Sets `hasFieldExpiry` when a field has a lifetime.
  static func write(
    _ layout: ValueLayout, _ blob: RawSpan, _ hasFieldExpiry: inout Bool,
    to writer: inout JSONWriter
  ) throws(FormatError) {
    switch layout {
    case .listZiplist: try sequence(ZiplistCursor.self, blob, to: &writer)
    case .setListpack: try sequence(ListpackCursor.self, blob, to: &writer)
    case .setIntset:
      let set = try Intset(blob)
      for index in 0..<set.count { writer.string(set[index]) }
    case .hashZipmap:
      var cursor = try ZipmapCursor(blob)
      while let pair = try cursor.next() {
        write(pair.field, blob, to: &writer)
        writer.endKey()
        write(pair.value, blob, to: &writer)
      }
    case .hashZiplist: try pairs(ZiplistCursor.self, blob, to: &writer)
    case .hashListpack: try pairs(ListpackCursor.self, blob, to: &writer)
    case .hashListpackEx, .hashListpackExPreGA:
      try expiringPairs(blob, &hasFieldExpiry, to: &writer)
    case .zsetZiplist: try scoredMembers(ZiplistCursor.self, blob, to: &writer)
    case .zsetListpack: try scoredMembers(ListpackCursor.self, blob, to: &writer)
    default: preconditionFailure("no compact encoding")
    }
  }

  /// Writes an entry.
  @inline(__always)
  static func write(_ element: Element, _ blob: RawSpan, to writer: inout JSONWriter) {
    if element.isInteger {
      writer.string(element.integer)
    } else {
      writer.string(blob.extracting(element.offset..<(element.offset &+ element.count)))
    }
  }

  /// Writes all entries one after another.
  static func sequence<Cursor: ElementCursor & ~Escapable>(
    _ type: Cursor.Type, _ blob: RawSpan, to writer: inout JSONWriter
  ) throws(FormatError) {
    var cursor = try Cursor(blob)
    while let element = try cursor.next() { write(element, blob, to: &writer) }
  }

  /// Writes fields and values.
  private static func pairs<Cursor: ElementCursor & ~Escapable>(
    _ type: Cursor.Type, _ blob: RawSpan, to writer: inout JSONWriter
  ) throws(FormatError) {
    var cursor = try Cursor(blob)
    while true {
      let at = cursor.offset
      guard let field = try cursor.next() else { return }
      guard let value = try cursor.next() else {
        throw FormatError(Cursor.code, at: at, "a field without a value at the end of the hash")
      }
      write(field, blob, to: &writer)
      writer.endKey()
      write(value, blob, to: &writer)
    }
  }

  /// Writes fields and values, and notices lifetimes.
  private static func expiringPairs(
    _ blob: RawSpan, _ hasFieldExpiry: inout Bool, to writer: inout JSONWriter
  ) throws(FormatError) {
    var cursor = try ListpackCursor(blob)
    while let field = try nextField(&cursor) {
      if field.expiresAt > 0 { hasFieldExpiry = true }
      write(field.name, blob, to: &writer)
      writer.endKey()
      write(field.value, blob, to: &writer)
    }
  }

  /// Writes the lifetimes of those fields that have one.
  static func fieldExpiries(_ blob: RawSpan, to writer: inout JSONWriter) throws(FormatError) {
    var cursor = try ListpackCursor(blob)
    while let field = try nextField(&cursor) {
      guard field.expiresAt > 0 else { continue }
      write(field.name, blob, to: &writer)
      writer.endKey()
      writer.integer(field.expiresAt)
    }
  }

  private struct ExpiringField {
    var name: Element
    var value: Element
    /// Unix time in milliseconds; 0 for never.
    var expiresAt: Int64
  }

  @_lifetime(cursor: copy cursor)
  private static func nextField(
    _ cursor: inout ListpackCursor
  ) throws(FormatError) -> ExpiringField? {
    let at = cursor.offset
    guard let name = try cursor.next() else { return nil }
    guard let value = try cursor.next() else {
      throw FormatError(.badListpack, at: at, "a field without a value at the end of the hash")
    }
    let expiryAt = cursor.offset
    guard let expiry = try cursor.next(), expiry.isInteger, expiry.integer >= 0 else {
      throw FormatError(.badExpire, at: expiryAt, "the lifetime of a field is no time")
    }
    return ExpiringField(name: name, value: value, expiresAt: expiry.integer)
  }

  private static func scoredMembers<Cursor: ElementCursor & ~Escapable>(
    _ type: Cursor.Type, _ blob: RawSpan, to writer: inout JSONWriter
  ) throws(FormatError) {
    var cursor = try Cursor(blob)
    while true {
      let at = cursor.offset
      guard let member = try cursor.next() else { return }
      let scoreAt = cursor.offset
      guard let score = try cursor.next() else {
        throw FormatError(Cursor.code, at: at, "a member without a score at the end")
      }
      write(member, blob, to: &writer)
      writer.endKey()
      writer.double(try BlobInspector.score(score, at: scoreAt, blob))
    }
  }
}
