/// A record at some place of a content, and how much speaks for it being one.
package struct WeighedRecord: Sendable {
  package var kind: RecordHead.Kind
  package var start: UInt64
  /// Behind its last byte; nil for one that is too large to be looked at as a whole.
  package var end: UInt64?
  /// See `RecordEvidence`.
  package var evidence: Int
  /// The part of it that stands before the value.
  package var headEvidence: Int
}

/// Looks for records at arbitrary places of a content, where framing no longer leads.
package struct RecordWeigher: ~Copyable {
  /// Bytes of a record that are looked at; of a longer one only these.
  private static let limit = 8 << 20
  /// Bytes that are looked at at first.
  private static let firstLook = 16 << 10

  package let size: UInt64
  private let content: any RandomAccess
  private let dialect: RDBDialect
  private let window: ContentWindow
  private var inspector = ValueInspector()
  /// Whether a record can begin with a byte.
  private var starts = InlineArray<256, Bool>(repeating: false)

  package init(_ content: any RandomAccess, size: UInt64, _ dialect: RDBDialect) {
    self.size = size
    self.content = content
    self.dialect = dialect
    window = ContentWindow(content, size: size)
    for byte in UInt8.min...UInt8.max {
      if case .layout(let layout, let since) = dialect.meaning(ofType: byte) {
        starts[Int(byte)] = since <= dialect.version && dialect.writes(layout)
      } else if case .opcode(_, let since) = dialect.meaning(ofOpcode: byte) {
        starts[Int(byte)] = since <= dialect.version
      }
    }
  }

  /// The first place of `range` at which a record may begin by its first bytes; nil without any.
  package func nextCandidate(in range: Range<UInt64>) throws(SourceError) -> UInt64? {
    var at = range.lowerBound
    while at < range.upperBound {
      let count = Int(min(range.upperBound - at, 256 << 10))
      try window.load(at: at, count: count + 1)
      let window = window
      let bytes = window.bytes(from: at)
      let last = bytes.byteCount - 1
      for offset in 0..<count {
        let byte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
        guard starts[Int(byte)] else { continue }
        // Of zeros, only the last one may be the type of a record with a key.
        if byte == 0, offset < last,
          unsafe bytes.unsafeLoad(fromUncheckedByteOffset: offset &+ 1, as: UInt8.self) == 0
        {
          continue
        }
        return at + UInt64(offset)
      }
      at += UInt64(count)
    }
    return nil
  }

  private enum Look {
    case record(WeighedRecord)
    /// So many bytes have to be in memory.
    case needs(Int)
    case none
  }

  /// The record that begins at `offset`; nil when none does that a server would have written.
  package mutating func weigh(at offset: UInt64) throws(SourceError) -> WeighedRecord? {
    var count = RecordWeigher.firstLook
    while true {
      try window.load(at: offset, count: count)
      switch look(at: offset) {
      case .record(let record): return record
      case .none: return nil
      case .needs(let more): count = max(more, 2 * count)
      }
    }
  }

  private mutating func look(at offset: UInt64) -> Look {
    let window = window
    let bytes = window.bytes(from: offset)
    let inputEnd = size - offset
    var parser = RecordParser(bytes, dialect, inputEnd: inputEnd)
    var head: RecordHead?
    do throws(FormatError) {
      let record = try parser.next()
      var facts = ValueFacts()
      if record.kind == .key {
        head = record
        try parser.skipValue(of: record)
        var cursor = ByteCursor(bytes, at: record.valueOffset)
        facts = try inspector.inspect(record.layout, &cursor)
      }
      let end = parser.cursor.offset
      guard
        let evidence = RecordEvidence.weigh(record, facts, upTo: end, in: bytes, dialect),
        record.kind != .selectDB || sizesFollow(end, bytes)
      else { return .none }
      return .record(
        WeighedRecord(
          kind: record.kind, start: offset, end: offset + UInt64(end), evidence: evidence,
          headEvidence: RecordEvidence.weighHead(record, in: bytes, dialect) ?? evidence))
    } catch {
      guard error.code == .truncated, let needed = error.expected, needed <= inputEnd,
        UInt64(bytes.byteCount) < inputEnd
      else { return .none }
      if needed <= UInt64(RecordWeigher.limit) { return .needs(Int(needed)) }
      // Too large to look at: what stands before its value has to do.
      guard let head, let evidence = RecordEvidence.weighHead(head, in: bytes, dialect) else {
        return .none
      }
      return .record(
        WeighedRecord(
          kind: .key, start: offset, end: head.layout.shape == .string ? offset + needed : nil,
          evidence: evidence, headEvidence: evidence))
    }
  }

  /// Whether RESIZEDB stands where it has to, behind SELECTDB; Redis and Valkey write it since 3.2.
  private func sizesFollow(_ end: Int, _ bytes: RawSpan) -> Bool {
    dialect.version < 7 || end >= bytes.byteCount || bytes.byte(at: end) == 251
  }

  /// The layout of the value whose key stands at `offset`, plausibly; nil when none does.
  package func layout(at offset: UInt64) throws(SourceError) -> ValueLayout? {
    try window.load(at: offset, count: RecordWeigher.firstLook)
    let window = window
    let bytes = window.bytes(from: offset)
    var parser = RecordParser(bytes, dialect, inputEnd: size - offset)
    guard let head = try? parser.next(),
      RecordEvidence.weighHead(head, in: bytes, dialect) != nil
    else { return nil }
    return head.layout
  }

  /// The string record without attributes that begins at `offset`; nil when none does.
  package mutating func plainString(at offset: UInt64) throws(SourceError) -> Range<UInt64>? {
    try window.load(at: offset, count: 1)
    let window = window
    let bytes = window.bytes(from: offset)
    guard bytes.byteCount > 0, bytes.byte(at: 0) == 0, let end = try weigh(at: offset)?.end else {
      return nil
    }
    return offset..<end
  }

  /// Fields that are looked at.
  private static let shownFields = 4

  /// Whether fields of a hash with lifetimes follow one another from `offset` on: a lifetime that is not
  /// 0, a name and a value, and then more such.
  package func looksLikeFields(at offset: UInt64) throws(SourceError) -> Bool {
    try window.load(at: offset, count: RecordWeigher.firstLook)
    let window = window
    var cursor = ByteCursor(window.bytes(from: offset))
    do throws(FormatError) {
      guard try cursor.readLength() > 0 else { return false }
      for field in 0..<RecordWeigher.shownFields {
        if field > 0 { _ = try cursor.readLength() }
        for _ in 0..<2 {
          let at = cursor.offset
          let string = try cursor.readString()
          guard RecordEvidence.isShortest(string, in: cursor.bytes, at: at) else { return false }
        }
      }
      return true
    } catch {
      return false
    }
  }

  /// Whether something begins at `offset` that stands before a value, plausibly; what the value is does
  /// not matter.
  package func headIsPlausible(at offset: UInt64) throws(SourceError) -> Bool {
    try window.load(at: offset, count: RecordWeigher.firstLook)
    let window = window
    let bytes = window.bytes(from: offset)
    var parser = RecordParser(bytes, dialect, inputEnd: size - offset)
    do throws(FormatError) {
      let head = try parser.next()
      guard head.kind == .key else {
        return RecordEvidence.weigh(
          head, ValueFacts(), upTo: parser.cursor.offset, in: bytes, dialect) != nil
      }
      guard let evidence = RecordEvidence.weighHead(head, in: bytes, dialect) else { return false }
      return evidence >= 8
    } catch {
      return false
    }
  }
}

extension RecordWeigher {
  /// Where the record at `offset` ends by its framing, whatever is in it; nil when that cannot be told.
  package func frameEnd(at offset: UInt64) throws(SourceError) -> UInt64? {
    let scanner = RecordScanner(
      content, offset..<size, dialect, database: 0, batchSize: RecordWeigher.firstLook)
    guard let item = try scanner.next() else { return nil }
    switch item {
    case .large(let record): return offset + record.count
    case .batch(let batch):
      var parser = RecordParser(batch.bytes, dialect, inputEnd: UInt64(batch.count))
      do throws(FormatError) {
        let head = try parser.next()
        if head.kind == .key { try parser.skipValue(of: head) }
        return offset + UInt64(parser.cursor.offset)
      } catch {
        return nil
      }
    }
  }
}
