/// What is left of collections that are stored element by element: the elements up to where the framing
/// breaks, without those that are bad in themselves.
///
/// A damaged length is not noticed where it stands. What is read behind it may pass for elements for a
/// while, until the framing breaks, or the elements end where no record begins. Then the last elements are
/// doubted that do not look like those before them.
enum TableRemains {
  /// Doubted are so many of the last elements, or as many as stand before them.
  private static let shortTail = 16
  /// Bits of evidence (`RecordEvidence`) for a key in the place of an element.
  private static let strongHead = 8

  @_lifetime(cursor: copy cursor)
  static func read(
    _ layout: ValueLayout, _ cursor: inout ByteCursor, _ dialect: RDBDialect
  ) -> ValueRemains? {
    var hint: UInt64 = 0
    if layout == .hashMetadata {
      guard let read = try? cursor.readLittleEndian(UInt64.self) else { return nil }
      hint = read
    }
    guard let count = try? cursor.readLength() else { return nil }
    let first = cursor.offset
    var (places, binary) = walk(layout, &cursor, upTo: count)
    var claimed: UInt64? = count
    if count > UInt64(cursor.bytes.byteCount - first) / layout.smallestElement { claimed = nil }
    let isEnd = cursor.isAtEnd || recordBegins(at: cursor.offset, cursor.bytes, dialect)
    if !isEnd || UInt64(places.count) < count {
      if let next = firstRecord(among: places, cursor.bytes, dialect) {
        // The count is too large: the next record was read as elements.
        places.removeSubrange(next...)
        claimed = nil
      } else if !isEnd, let binary, binary > 0, places.count - binary <= max(binary, shortTail) {
        places.removeSubrange(binary...)
      } else if isEnd, !cursor.isAtEnd {
        claimed = nil
      }
    }
    var remains = decode(layout, places, cursor.bytes, hint: hint)
    remains.claimed = claimed
    return remains
  }

  // MARK: Where the elements are

  /// Steps over elements as servers write them, and returns their offsets, and which is the first that has
  /// control characters in it. The cursor is then behind the last one.
  @_lifetime(cursor: copy cursor)
  private static func walk(
    _ layout: ValueLayout, _ cursor: inout ByteCursor, upTo count: UInt64
  ) -> (places: [Int], binary: Int?) {
    var places: [Int] = []
    var binary: Int?
    var wasEmpty = false
    while UInt64(places.count) < count {
      let start = cursor.offset
      guard let element = try? element(layout, &cursor),
        isWritten(element, layout, at: start, in: cursor.bytes)
      else {
        cursor.offset = start
        break
      }
      // No name is there twice: these are zeros, and whether a field or a value follows, nobody knows.
      if layout != .list, element.name.length == 0, let last = places.last, wasEmpty {
        places.removeLast()
        cursor.offset = last
        break
      }
      wasEmpty = element.name.length == 0
      if binary == nil, !isText(element.name, cursor.bytes) || !isText(element.value, cursor.bytes)
      {
        binary = places.count
      }
      places.append(start)
    }
    return (places, binary)
  }

  @_lifetime(cursor: copy cursor)
  private static func element(
    _ layout: ValueLayout, _ cursor: inout ByteCursor
  ) throws(FormatError) -> TableElement {
    layout == .list
      ? TableElement(name: try cursor.readString()) : try TableElement.read(layout, &cursor)
  }

  /// Whether the strings have the forms that a server gives them.
  private static func isWritten(
    _ element: TableElement, _ layout: ValueLayout, at offset: Int, in bytes: RawSpan
  ) -> Bool {
    var cursor = ByteCursor(bytes, at: offset)
    if layout == .hashMetadata || layout == .hashMetadataPreGA { _ = try? cursor.readLength() }
    guard RecordEvidence.isShortest(element.name, in: bytes, at: cursor.offset) else {
      return false
    }
    switch layout {
    case .hash, .hashMetadata, .hashMetadataPreGA, .valkeyHash2:
      return RecordEvidence.isShortest(
        element.value, in: bytes, at: element.name.offset + element.name.count)
    default: return true
    }
  }

  private static func isText(_ string: StringReference, _ bytes: RawSpan) -> Bool {
    guard string.form == .raw else { return true }
    for offset in string.offset..<(string.offset + string.count) {
      let byte = bytes.byte(at: offset)
      if byte < 0x20 || byte == 0x7F { return false }
    }
    return true
  }

  /// Whether an opcode, or a key that a server would write, stands at an offset.
  private static func recordBegins(at offset: Int, _ bytes: RawSpan, _ dialect: RDBDialect) -> Bool
  {
    guard let head = head(at: offset, bytes, dialect) else { return false }
    return head.kind != .key || RecordEvidence.weighHead(head, in: bytes, dialect) != nil
  }

  /// Which element, but for the first, looks like a record: a key whose name, in plain text, is evidence
  /// enough, a value, and another record behind it.
  private static func firstRecord(
    among places: [Int], _ bytes: RawSpan, _ dialect: RDBDialect
  ) -> Int? {
    // A value takes its time, so that few are walked.
    var walks = 16
    for index in places.indices.dropFirst() {
      guard let head = head(at: places[index], bytes, dialect), head.kind == .key,
        head.name.form == .raw,
        let evidence = RecordEvidence.weighHead(head, in: bytes, dialect), evidence >= strongHead
      else { continue }
      guard walks > 0 else { return nil }
      walks -= 1
      var parser = RecordParser(bytes, dialect, inputEnd: .max)
      parser.cursor.offset = head.valueOffset
      guard (try? parser.skipValue(of: head)) != nil else { continue }
      let end = parser.cursor.offset
      if parser.cursor.isAtEnd || recordBegins(at: end, bytes, dialect) { return index }
    }
    return nil
  }

  private static func head(
    at offset: Int, _ bytes: RawSpan, _ dialect: RDBDialect
  ) -> RecordHead? {
    var parser = RecordParser(bytes, dialect, inputEnd: .max)
    parser.cursor.offset = offset
    return try? parser.next()
  }

  // MARK: What they are

  private static func decode(
    _ layout: ValueLayout, _ places: [Int], _ bytes: RawSpan, hint: UInt64
  ) -> ValueRemains {
    var decoder = StringDecoder()
    var distinct = Set<ByteString>()
    var names: [ByteString] = []
    var scored: [RDBScoredMember] = []
    var fields: [RDBField] = []
    for place in places {
      var cursor = ByteCursor(bytes, at: place)
      guard let element = try? element(layout, &cursor),
        let name = try? decoder.copy(element.name, in: bytes)
      else { continue }
      switch layout {
      case .list: names.append(name)
      case .set: if distinct.insert(name).inserted { names.append(name) }
      case .zset, .zset2:
        guard let score = try? element.score(layout, in: bytes), !score.isNaN,
          distinct.insert(name).inserted
        else { continue }
        scored.append(RDBScoredMember(member: name, score: score))
      default:
        guard let value = try? decoder.copy(element.value, in: bytes) else { continue }
        var field = RDBField(name: name, value: value)
        do throws(FormatError) {
          field.expiresAt = try element.expiresAt(layout, hint: hint, at: place)
        } catch {
          continue
        }
        if distinct.insert(name).inserted { fields.append(field) }
      }
    }
    switch layout {
    case .list: return ValueRemains(value: .list(names), elements: names.count)
    case .set: return ValueRemains(value: .set(names), elements: names.count)
    case .zset, .zset2: return ValueRemains(value: .sortedSet(scored), elements: scored.count)
    default: return ValueRemains(value: .hash(fields), elements: fields.count)
    }
  }
}
