// Values that are too large to hold, section by section, by the same means as small ones.
extension ValueFormatter {
  /// Text that is kept before it is put out.
  private static let kept = 256 << 10

  private static func putOut(
    _ writer: inout JSONWriter, atLeast size: Int = kept, _ put: (RawSpan) -> Void
  ) {
    guard writer.count >= size else { return }
    put(writer.text)
    writer.removeText()
  }

  /// Writes the value of a large record. Text is put out on the way; some of it is still in the writer
  /// at the end.
  mutating func write(
    _ record: LargeRecord, _ reader: inout LargeValueReader, to writer: inout JSONWriter,
    put: (RawSpan) -> Void
  ) throws(LargeValueError) {
    let layout = record.head.layout
    forgetFieldExpiry()
    switch layout.shape {
    case .string where layout == .string:
      writer.beginString()
      try reader.forEachPiece { (piece) throws(LargeValueError) in
        writer.append(piece)
        Self.putOut(&writer, put)
      }
      writer.endString()
    case .string:
      try reader.whole()
      try Self.at(reader.offset) { () throws(FormatError) in
        var cursor = ByteCursor(reader.bytes)
        try write(layout, &cursor, to: &writer)
      }
    case .operands: try writeModule(&reader, to: &writer, put: put)
    case .elements where layout.isStream:
      try writeStream(layout, &reader, to: &writer, put: put)
    case .endless: preconditionFailure("the scanner stops at a module without an end mark")
    case .elements:
      Self.open(layout, to: &writer)
      try forEachElement(layout, &reader, &writer, put) {
        (values, cursor, writer) throws(FormatError) in
        try values.elements(layout, 1, &cursor, to: &writer)
      }
      Self.close(layout, to: &writer)
    }
  }

  /// Writes the member `field_expires_at` of a large hash.
  mutating func writeFieldExpiry(
    _ record: LargeRecord, _ reader: inout LargeValueReader, to writer: inout JSONWriter,
    put: (RawSpan) -> Void
  ) throws(LargeValueError) {
    let layout = record.head.layout
    if layout.shape == .string {
      try reader.whole()
      return try Self.at(reader.offset) { () throws(FormatError) in
        var cursor = ByteCursor(reader.bytes)
        try writeFieldExpiry(layout, &cursor, to: &writer)
      }
    }
    reader.rewind()
    writer.key("field_expires_at")
    writer.beginObject()
    try forEachElement(layout, &reader, &writer, put) {
      (values, cursor, writer) throws(FormatError) in
      try values.fieldExpiries(layout, 1, &cursor, to: &writer)
    }
    writer.endObject()
  }

  private typealias ElementWriter = (
    inout ValueFormatter, inout ByteCursor, inout JSONWriter
  ) throws(FormatError) -> Void

  /// Calls `body` with the cursor at each element.
  private mutating func forEachElement(
    _ layout: ValueLayout, _ reader: inout LargeValueReader, _ writer: inout JSONWriter,
    _ put: (RawSpan) -> Void, _ body: ElementWriter
  ) throws(LargeValueError) {
    while let section = try reader.next() {
      try Self.at(reader.offset) { () throws(FormatError) in
        var cursor = ByteCursor(reader.bytes)
        guard case .elements(let count) = section else {
          _ = try readCount(layout, &cursor)
          return
        }
        for _ in 0..<count {
          try body(&self, &cursor, &writer)
          Self.putOut(&writer, put)
        }
      }
    }
  }

  /// Operands are put out as they stand in the file, so that where they are cut does not matter.
  private mutating func writeModule(
    _ reader: inout LargeValueReader, to writer: inout JSONWriter, put: (RawSpan) -> Void
  ) throws(LargeValueError) {
    let style = writer.byteStyle
    while let section = try reader.next() {
      try Self.at(reader.offset) { () throws(FormatError) in
        guard section == .head else { return writer.append(reader.bytes) }
        var cursor = ByteCursor(reader.bytes)
        _ = try Self.openModule(&cursor, to: &writer)
        writer.byteStyle = .base64
        writer.beginString()
      }
      Self.putOut(&writer, put)
    }
    writer.endString()
    writer.byteStyle = style
    writer.endObject()
  }

  /// A first walk reads what stands behind the nodes, a second one writes them.
  private mutating func writeStream(
    _ layout: ValueLayout, _ reader: inout LargeValueReader, to writer: inout JSONWriter,
    put: (RawSpan) -> Void
  ) throws(LargeValueError) {
    var summary: StreamSummary?
    var firstLive: StreamID?
    while let section = try reader.next() {
      try Self.at(reader.offset) { () throws(FormatError) in
        var cursor = ByteCursor(reader.bytes)
        switch section {
        case .head: break
        case .elements(let count):
          guard layout == .stream, firstLive == nil else { return }
          firstLive = try firstLiveID(count, &cursor)
        case .tail: summary = try StreamSummary(layout, &cursor, firstLive: firstLive)
        }
      }
    }
    guard let summary else { throw .changed }
    StreamFormatter.begin(summary, to: &writer)
    reader.rewind()
    while let section = try reader.next() {
      try Self.at(reader.offset) { () throws(FormatError) in
        var cursor = ByteCursor(reader.bytes)
        switch section {
        case .head: break
        case .elements(let count):
          for _ in 0..<count {
            try writeNode(&cursor, to: &writer)
            Self.putOut(&writer, put)
          }
        case .tail:
          _ = try StreamSummary(layout, &cursor, firstLive: firstLive)
          try writeGroups(layout, summary, &cursor, to: &writer)
        }
      }
    }
  }

  /// Errors of a section that begins at `offset`, as seen from the start of the record.
  private static func at(
    _ offset: UInt64, _ body: () throws(FormatError) -> Void
  ) throws(LargeValueError) {
    do throws(FormatError) {
      try body()
    } catch {
      throw .format(error.moved(by: offset))
    }
  }
}
