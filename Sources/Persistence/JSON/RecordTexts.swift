/// Text that is the same in many records, written once.
struct RecordTexts: ~Copyable {
  private let layout: RecordStyle.Layout
  private var scratch = JSONWriter()
  /// What stands before a key, for the database and style of the last record.
  private var opening: [UInt8] = []
  private var database: UInt64?
  private var byteStyle = JSONWriter.ByteStyle.utf8
  /// The members `type` and `encoding`, one combination after another, and where each of them begins.
  private var kinds: [UInt8] = []
  private var starts: [Int] = []

  init(_ layout: RecordStyle.Layout) {
    self.layout = layout
    for type in ValueType.allCases {
      for encoding in ObjectEncoding.allCases {
        starts.append(kinds.count)
        kinds += ",\"type\":\"\(type.rawValue)\",\"encoding\":\"\(encoding.rawValue)\"".utf8
      }
    }
    starts.append(kinds.count)
  }

  /// Writes a record up to its key.
  mutating func open(_ database: UInt64, to writer: inout JSONWriter) {
    if database != self.database || writer.byteStyle != byteStyle {
      self.database = database
      byteStyle = writer.byteStyle
      makeOpening(database)
    }
    writer.fragment(unsafe opening.span.bytes)
  }

  private mutating func makeOpening(_ database: UInt64) {
    if layout == .records { scratch.raw(",\n") }
    scratch.beginObject()
    scratch.key("db")
    scratch.integer(database)
    scratch.byteStyle = byteStyle
    scratch.byteStyleMember()
    scratch.key("key")
    opening = scratch.take()
  }

  /// Writes the members `type` and `encoding` behind a key.
  func writeKind(_ type: ValueType, _ encoding: ObjectEncoding, to writer: inout JSONWriter) {
    let index = type.index * ObjectEncoding.allCases.count + encoding.index
    let (start, end) = (starts[index], starts[index + 1])
    writer.fragment(unsafe kinds.span.bytes.extracting(start..<end))
  }
}
