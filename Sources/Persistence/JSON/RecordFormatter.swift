/// Writes keys with their values as JSON records.
///
///     {"db":0,"key":"…","type":"hash","encoding":"listpack","expires_at":1700000000000,"idle":12,
///      "freq":3,"value":…}
///
/// A record is UTF-8 text unless one of its strings is none: then it says `"bytes":"latin1"`, and each
/// of its strings has one code point a byte. With base64 it says `"bytes":"base64"`. Elements stand in
/// the order of the file. A value is decoded as it is written; a damaged one leaves nothing behind.
package struct RecordFormatter: ~Copyable {
  package var writer: JSONWriter
  private let style: RecordStyle
  private var values = ValueFormatter()
  private var texts: RecordTexts

  package init(_ style: RecordStyle) {
    self.style = style
    writer = JSONWriter()
    texts = RecordTexts(style.layout)
  }

  /// What a record says beside its value.
  private struct Head {
    var record: RecordHead
    var database: UInt64
    var encoding: ObjectEncoding

    /// `bytes` is the buffer that the record's head was read from, with some of the value.
    init(
      _ record: RecordHead, _ dialect: RDBDialect, database: UInt64, in bytes: RawSpan
    ) throws(FormatError) {
      self.record = record
      self.database = database
      let facts = try ValueInspector.glance(record.layout, bytes, at: record.valueOffset)
      encoding = dialect.encoding(
        record.layout, facts, keyLength: record.name.length, hasExpiry: record.hasExpiry)
    }
  }

  /// Writes the record of the key whose value the cursor stands at, and steps over the value.
  ///
  /// `record` was read from the cursor's bytes. Throws the first thing that makes the value undecodable,
  /// with its offset in them; the writer is then as it was, the cursor somewhere inside the value.
  @_lifetime(cursor: copy cursor)
  package mutating func write(
    _ record: RecordHead, _ cursor: inout ByteCursor, _ dialect: RDBDialect, database: UInt64
  ) throws(FormatError) {
    let mark = writer.mark
    let head = try Head(record, dialect, database: database, in: cursor.bytes)
    do throws(FormatError) {
      writer.byteStyle = style.usesBase64 ? .base64 : .utf8
      try writeOnce(head, &cursor)
      if writer.hasInvalidUTF8 {
        writer.goBack(to: mark)
        cursor.offset = record.valueOffset
        writer.byteStyle = .latin1
        try writeOnce(head, &cursor)
      }
    } catch {
      writer.goBack(to: mark)
      throw error
    }
  }

  /// Finds out how the strings of a large record can be written, and whether they can: reads its value as
  /// a whole, and leaves no text.
  package mutating func prepare(
    _ record: LargeRecord
  ) throws(LargeValueError) -> JSONWriter.ByteStyle {
    defer { writer.removeAll() }
    let style: JSONWriter.ByteStyle = self.style.usesBase64 ? .base64 : .utf8
    try write(record, style) { _ in }
    return writer.hasInvalidUTF8 ? .latin1 : style
  }

  /// Writes a large record in a style that was found by `prepare`, and puts the text out in pieces.
  ///
  /// Throws `changed` when the value is no longer what was prepared; an unknown part has been put out.
  package mutating func write(
    _ record: LargeRecord, _ byteStyle: JSONWriter.ByteStyle, put: (RawSpan) -> Void
  ) throws(LargeValueError) {
    writer.byteStyle = byteStyle
    let beginning = record.beginning
    let bytes = unsafe beginning.span.bytes
    do throws(FormatError) {
      try begin(
        Head(record.head, record.dialect, database: record.database, in: bytes), bytes)
    } catch {
      throw .format(error)
    }
    if !style.keysOnly {
      if style.layout != .keyed { writer.key("value") }
      var reader = LargeValueReader(record)
      try values.write(record, &reader, to: &writer, put: put)
      if style.layout != .keyed, values.hasFieldExpiry {
        try values.writeFieldExpiry(record, &reader, to: &writer, put: put)
      }
    }
    end()
    put(writer.text)
    writer.removeText()
  }

  /// Gives back the memory of an unusually large value.
  package mutating func trim() { values.trim() }

  @_lifetime(cursor: copy cursor)
  private mutating func writeOnce(
    _ head: Head, _ cursor: inout ByteCursor
  ) throws(FormatError) {
    try begin(head, cursor.bytes)
    if style.keysOnly {
      var progress = SkipProgress()
      try cursor.skipValue(head.record.layout, inputEnd: .max, progress: &progress)
    } else {
      if style.layout != .keyed { writer.key("value") }
      try values.write(head.record.layout, &cursor, to: &writer)
      if style.layout != .keyed, values.hasFieldExpiry {
        cursor.offset = head.record.valueOffset
        try values.writeFieldExpiry(head.record.layout, &cursor, to: &writer)
      }
    }
    end()
  }

  /// Writes everything before the value.
  private mutating func begin(_ head: Head, _ bytes: RawSpan) throws(FormatError) {
    let record = head.record
    guard style.layout != .keyed else {
      writer.raw(",\n")
      try values.write(record.name, in: bytes, to: &writer)
      return writer.endKey()
    }
    texts.open(head.database, to: &writer)
    try values.write(record.name, in: bytes, to: &writer)
    texts.writeKind(record.layout.type, head.encoding, to: &writer)
    if record.hasExpiry {
      writer.key("expires_at")
      writer.integer(record.expiresAt)
    }
    if record.hasIdle {
      writer.key("idle")
      writer.integer(record.idle)
    }
    if record.hasFrequency {
      writer.key("freq")
      writer.integer(UInt64(record.frequency))
    }
  }

  /// Writes everything behind the value.
  private mutating func end() {
    if style.layout != .keyed { writer.endObject() }
    if style.layout == .lines { writer.newline() }
  }
}
