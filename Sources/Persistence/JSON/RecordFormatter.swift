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

  /// `drain` gets the text in pieces when given; without one the writer keeps it.
  package init(_ style: RecordStyle, drain: ((RawSpan) -> Void)? = nil) {
    self.style = style
    writer = JSONWriter(drain: drain)
  }

  /// What a record says beside its value.
  package struct Head {
    package var record: RecordHead
    package var database: UInt64
    package var encoding: ObjectEncoding
  }

  /// Writes the record of the key whose value the cursor stands at, and steps over the value.
  ///
  /// `bytes` is the buffer that the head was read from. Throws the first thing that makes the value
  /// undecodable, with its offset in the buffer; the writer is then as it was, the cursor somewhere
  /// inside the value.
  @_lifetime(cursor: copy cursor)
  package mutating func write(
    _ record: RecordHead, _ cursor: inout ByteCursor, _ dialect: RDBDialect, database: UInt64
  ) throws(FormatError) {
    let mark = writer.mark
    let facts = try ValueFormatter.encodingFacts(record.layout, cursor)
    let head = Head(
      record: record, database: database,
      encoding: dialect.encoding(
        record.layout, facts, keyLength: record.name.length, hasExpiry: record.hasExpiry))
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
    if style.layout == .records { writer.raw(",\n") }
    writer.beginObject()
    writer.key("db")
    writer.integer(head.database)
    switch writer.byteStyle {
    case .utf8: break
    case .latin1:
      writer.key("bytes")
      writer.string("latin1")
    case .base64:
      writer.key("bytes")
      writer.string("base64")
    }
    writer.key("key")
    try values.write(record.name, in: bytes, to: &writer)
    writer.key("type")
    writer.string(record.layout.type.jsonName)
    writer.key("encoding")
    writer.string(head.encoding.jsonName)
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

extension ValueType {
  /// The name without a `String`.
  fileprivate var jsonName: StaticString {
    switch self {
    case .string: "string"
    case .list: "list"
    case .set: "set"
    case .zset: "zset"
    case .hash: "hash"
    case .stream: "stream"
    case .module: "module"
    }
  }
}

extension ObjectEncoding {
  /// The name without a `String`.
  fileprivate var jsonName: StaticString {
    switch self {
    case .raw: "raw"
    case .int: "int"
    case .embstr: "embstr"
    case .linkedlist: "linkedlist"
    case .ziplist: "ziplist"
    case .quicklist: "quicklist"
    case .listpack: "listpack"
    case .listpackex: "listpackex"
    case .hashtable: "hashtable"
    case .intset: "intset"
    case .zipmap: "zipmap"
    case .skiplist: "skiplist"
    case .stream: "stream"
    case .module: "module"
    }
  }
}
