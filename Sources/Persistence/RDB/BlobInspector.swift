/// Checks the blobs of compact encodings. Offsets of errors are offsets in the blob.
enum BlobInspector {
  /// Checks a blob that is a whole value and returns its elements (pairs of a hash or sorted set).
  static func inspect(
    _ layout: ValueLayout, _ blob: RawSpan, _ seen: inout SeenHashes
  ) throws(FormatError) -> Int {
    switch layout {
    case .listZiplist: return try countZiplist(blob)
    case .setIntset:
      let set = try Intset(blob)
      try set.checkOrder()
      return set.count
    case .hashZipmap: return try inspectZipmap(blob, &seen)
    case .setListpack:
      return try inspectDistinct(ListpackCursor.self, blob, &seen, stride: 1)
    case .hashZiplist: return try inspectDistinct(ZiplistCursor.self, blob, &seen, stride: 2)
    case .hashListpack: return try inspectDistinct(ListpackCursor.self, blob, &seen, stride: 2)
    case .hashListpackEx, .hashListpackExPreGA:
      return try inspectDistinct(ListpackCursor.self, blob, &seen, stride: 3)
    case .zsetZiplist: return try inspectSortedSet(ZiplistCursor.self, blob, &seen)
    case .zsetListpack: return try inspectSortedSet(ListpackCursor.self, blob, &seen)
    default: preconditionFailure("no compact encoding")
    }
  }

  static func countListpack(_ blob: RawSpan) throws(FormatError) -> Int {
    var cursor = try ListpackCursor(blob)
    while try cursor.next() != nil {}
    return cursor.position
  }

  static func countZiplist(_ blob: RawSpan) throws(FormatError) -> Int {
    var cursor = try ZiplistCursor(blob)
    while try cursor.next() != nil {}
    return cursor.position
  }

  /// How often a blob is walked for duplicates, at `minimum` bytes an element or pair.
  private static func passes(_ blob: RawSpan, minimum: Int) -> UInt64 {
    SeenHashes.passes(for: UInt64(blob.byteCount / minimum))
  }

  /// Checks a set (stride 1), a hash (2: field, value) or a hash with lifetimes (3: field, value, ttl).
  private static func inspectDistinct<Cursor: ElementCursor & ~Escapable>(
    _ type: Cursor.Type, _ blob: RawSpan, _ seen: inout SeenHashes, stride: Int
  ) throws(FormatError) -> Int {
    var count = 0
    let passes = passes(blob, minimum: 2 * stride)
    for pass in 0..<passes {
      count = 0
      var cursor = try Cursor(blob)
      seen.begin(count: UInt64(blob.byteCount / (3 * stride)), pass: pass, of: passes)
      var expiry: UInt64? = 1
      while true {
        let at = cursor.offset
        guard let element = try cursor.next() else { break }
        if !seen.insert(ElementHash.hash(element, in: blob)) {
          try confirmDuplicate(type, element, at: at, blob, stride: stride)
        }
        if stride > 1 {
          guard try cursor.next() != nil else {
            throw FormatError(Cursor.code, at: at, "a field without a value at the end of the hash")
          }
        }
        if stride > 2 { try checkFieldExpiry(&cursor, &expiry) }
        count &+= 1
      }
    }
    return count
  }

  /// Lifetimes ascend, and fields without one (0) come last.
  private static func checkFieldExpiry<Cursor: ElementCursor & ~Escapable>(
    _ cursor: inout Cursor, _ previous: inout UInt64?
  ) throws(FormatError) {
    let at = cursor.offset
    guard let element = try cursor.next() else {
      throw FormatError(.badListpack, at: at, "a field without a lifetime at the end of the hash")
    }
    guard element.isInteger, element.integer >= 0,
      UInt64(element.integer) <= FieldExpiry.largest
    else {
      throw FormatError(
        .badExpire, at: at, "the lifetime of a field is no time", expected: FieldExpiry.largest,
        found: element.isInteger ? UInt64(bitPattern: element.integer) : nil)
    }
    let expiry = UInt64(element.integer)
    if expiry == 0 {
      previous = nil
    } else {
      guard let last = previous, expiry >= last else {
        throw FormatError(.badListpack, at: at, "the fields of the hash are not in order of expiry")
      }
      previous = expiry
    }
  }

  private static func confirmDuplicate<Cursor: ElementCursor & ~Escapable>(
    _ type: Cursor.Type, _ element: Element, at offset: Int, _ blob: RawSpan, stride: Int
  ) throws(FormatError) {
    let text = element.bytes(in: blob)
    var cursor = try Cursor(blob)
    while cursor.offset < offset, let earlier = try cursor.next() {
      if earlier.bytes(in: blob) == text {
        throw FormatError(
          .duplicateElement, at: offset, "the same element stands in the collection twice")
      }
      for _ in 1..<Swift.max(stride, 1) { _ = try cursor.next() }
    }
  }

  /// Pairs of member and score, ascending by score and then by member.
  private static func inspectSortedSet<Cursor: ElementCursor & ~Escapable>(
    _ type: Cursor.Type, _ blob: RawSpan, _ seen: inout SeenHashes
  ) throws(FormatError) -> Int {
    var count = 0
    let passes = passes(blob, minimum: 4)
    for pass in 0..<passes {
      seen.begin(count: UInt64(blob.byteCount / 6), pass: pass, of: passes)
      count = try walkSortedSet(type, blob, &seen)
    }
    return count
  }

  private static func walkSortedSet<Cursor: ElementCursor & ~Escapable>(
    _ type: Cursor.Type, _ blob: RawSpan, _ seen: inout SeenHashes
  ) throws(FormatError) -> Int {
    var cursor = try Cursor(blob)
    var count = 0
    var previousScore = -Double.infinity
    var previous: Element?
    while true {
      let at = cursor.offset
      guard let (member, score, scoreAt) = try cursor.nextScored(in: blob) else { break }
      if !seen.insert(ElementHash.hash(member, in: blob)) {
        try confirmDuplicate(type, member, at: at, blob, stride: 2)
      }
      if score <= previousScore, let previous {
        guard score == previousScore, compare(previous, member, blob) < 0 else {
          throw FormatError(.badScore, at: scoreAt, "the sorted set is not in order of score")
        }
      }
      previousScore = score
      previous = member
      count &+= 1
    }
    return count
  }

  private static func compare(_ a: Element, _ b: Element, _ blob: RawSpan) -> Int {
    if !a.isInteger, !b.isInteger {
      return blob.extracting(a.offset..<(a.offset &+ a.count))
        .compare(to: blob.extracting(b.offset..<(b.offset &+ b.count)))
    }
    let (x, y) = (a.bytes(in: blob), b.bytes(in: blob))
    return x == y ? 0 : (x < y ? -1 : 1)
  }

  private static func inspectZipmap(
    _ blob: RawSpan, _ seen: inout SeenHashes
  ) throws(FormatError) -> Int {
    var count = 0
    let passes = passes(blob, minimum: 3)
    for pass in 0..<passes {
      var cursor = try ZipmapCursor(blob)
      seen.begin(count: UInt64(blob.byteCount / 6), pass: pass, of: passes)
      while true {
        let at = cursor.offset
        guard let pair = try cursor.next() else { break }
        if !seen.insert(ElementHash.hash(pair.field, in: blob)) {
          try confirmDuplicateField(pair.field, at: at, blob)
        }
      }
      count = cursor.position
    }
    return count
  }

  private static func confirmDuplicateField(
    _ field: Element, at offset: Int, _ blob: RawSpan
  ) throws(FormatError) {
    let text = field.bytes(in: blob)
    var cursor = try ZipmapCursor(blob)
    while cursor.offset < offset, let earlier = try cursor.next() {
      if earlier.field.bytes(in: blob) == text {
        throw FormatError(.duplicateElement, at: offset, "the same field stands in the hash twice")
      }
    }
  }
}
