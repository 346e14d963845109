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
      while let pair = try cursor.next() { write(pair.field, pair.value, blob, to: &writer) }
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
    while let (name, value) = try cursor.nextField() {
      write(name, value, blob, to: &writer)
    }
  }

  /// Writes fields and values, and notices lifetimes.
  private static func expiringPairs(
    _ blob: RawSpan, _ hasFieldExpiry: inout Bool, to writer: inout JSONWriter
  ) throws(FormatError) {
    var cursor = try ListpackCursor(blob)
    while let (name, value) = try cursor.nextField() {
      if try cursor.nextExpiry() != nil { hasFieldExpiry = true }
      write(name, value, blob, to: &writer)
    }
  }

  /// Writes the lifetimes of those fields that have one.
  static func fieldExpiries(_ blob: RawSpan, to writer: inout JSONWriter) throws(FormatError) {
    var cursor = try ListpackCursor(blob)
    while let field = try cursor.nextField() {
      guard let expiry = try cursor.nextExpiry() else { continue }
      write(field.name, blob, to: &writer)
      writer.endKey()
      writer.integer(expiry)
    }
  }

  @inline(__always)
  private static func write(
    _ name: Element, _ value: Element, _ blob: RawSpan, to writer: inout JSONWriter
  ) {
    write(name, blob, to: &writer)
    writer.endKey()
    write(value, blob, to: &writer)
  }

  private static func scoredMembers<Cursor: ElementCursor & ~Escapable>(
    _ type: Cursor.Type, _ blob: RawSpan, to writer: inout JSONWriter
  ) throws(FormatError) {
    var cursor = try Cursor(blob)
    while let (member, score, _) = try cursor.nextScored(in: blob) {
      write(member, blob, to: &writer)
      writer.endKey()
      writer.double(score)
    }
  }
}
