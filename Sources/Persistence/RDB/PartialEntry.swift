/// What is left of a key whose value is damaged.
///
///     if let left = PartialEntry.read(record, dialect, database: 0) {
///       print("\(left.elements) of \(left.claimed ?? 0)")
///     }
///
/// The value is one that a server loads: not empty, without duplicates (the first one is kept), with sound
/// scores and lifetimes. What its elements say is as true as the bytes that they stand in: an element
/// whose text was altered, and nothing else, cannot be told from a sound one.
package struct PartialEntry: Sendable {
  /// The key with its attributes, and with the good elements only; its offset and encoding are of no
  /// account.
  package var entry: RDBEntry
  /// Elements (pairs, entries of a stream) that are in it.
  package var elements: UInt64
  /// Offset in the bytes of the key's string.
  package var keyOffset: UInt64
  /// Elements that the value claims to have had; nil where it does not say so, or not plausibly.
  package var claimed: UInt64?

  /// Reads the key at the start of `bytes`, which may go on behind the end of its record: where the
  /// framing is broken, nobody knows the end.
  ///
  /// Nil when there is no key, when no element of the value is left, and for strings and modules, of which
  /// a part is of no use. Memory is bounded by the bytes that are there, and by 88 times those that are
  /// compressed.
  package static func read(
    _ bytes: RawSpan, _ dialect: RDBDialect, database: UInt64
  ) -> PartialEntry? {
    var parser = RecordParser(bytes, dialect, inputEnd: .max)
    var decoder = StringDecoder()
    guard let head = try? parser.next(), head.kind == .key, !head.isNewerThanFile,
      let key = try? decoder.copy(head.name, in: bytes),
      let remains = ValueRemains.read(head.layout, bytes, at: head.valueOffset, dialect),
      remains.elements > 0
    else { return nil }
    let entry = RDBEntry(
      key: key, value: remains.value, database: database,
      expiresAt: head.hasExpiry ? head.expiresAt : nil, idle: head.hasIdle ? head.idle : nil,
      frequency: head.hasFrequency ? head.frequency : nil)
    let elements = UInt64(remains.elements)
    return PartialEntry(
      entry: entry, elements: elements, keyOffset: UInt64(head.nameOffset),
      claimed: remains.claimed.flatMap { $0 >= elements ? $0 : nil })
  }
}

/// What is left of a damaged value.
struct ValueRemains {
  var value: RDBValue
  /// Elements of a collection (pairs of a hash or sorted set, entries of a stream).
  var elements: Int
  /// Elements that it claims to have had; nil when not known.
  var claimed: UInt64?

  /// Reads the value at an offset; nil when there is nothing to read, or a part of it is of no use.
  static func read(
    _ layout: ValueLayout, _ bytes: RawSpan, at offset: Int, _ dialect: RDBDialect
  ) -> ValueRemains? {
    var cursor = ByteCursor(bytes, at: offset)
    switch layout {
    case .string, .module2, .modulePreRelease: return nil
    case .list, .set, .zset, .zset2, .hash, .hashMetadataPreGA, .hashMetadata, .valkeyHash2:
      return TableRemains.read(layout, &cursor, dialect)
    case .listQuicklist, .listQuicklist2: return QuicklistRemains.read(layout, &cursor)
    case .stream, .stream2, .stream3: return StreamRemains.read(layout, &cursor)
    case .hashZipmap, .listZiplist, .setIntset, .zsetZiplist, .hashZiplist, .hashListpack,
      .zsetListpack, .setListpack, .hashListpackExPreGA, .hashListpackEx:
      return CompactRemains.read(layout, &cursor)
    }
  }
}
