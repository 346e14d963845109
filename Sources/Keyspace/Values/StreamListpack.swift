package import Persistence

/// A node of a stream: a listpack of entries, in the bytes in which a server holds and writes it.
///
///     master entry = live · deleted · num_fields · field × num_fields · 0
///     entry        = flags · ms_delta · seq_delta · [num_fields · (field · value)…] or [value …]
///                    · lp_count
///
/// The fields of the master entry are those of the node's first entry, and ``key`` is its ID. `flags`: 1
/// deleted, 2 the fields are those of the master entry, and their names are left out. An ID is the key plus
/// the deltas, each part modulo 2⁶⁴. `lp_count` is the number of elements of the entry before it. Source:
/// t_stream.c of Redis 7.0.
package struct StreamListpack: Sendable {
  /// The ID of the entry that the node was made for.
  package let key: StreamID
  /// The listpack, valid and without gaps in what it says of itself.
  package private(set) var pack: EditableListpack

  /// An entry of a node.
  package struct Entry: BitwiseCopyable {
    package var id: StreamID
    /// Offset of the flags.
    package var offset: Int
    /// Offset of what stands behind the ID and the number of fields.
    var fields: Int
    var fieldCount: Int
    package var isDeleted: Bool
    var hasMasterFields: Bool
  }

  private static let deletedFlag: Int64 = 1
  private static let masterFieldsFlag: Int64 = 2

  /// Takes over a node that has been found to be valid.
  package init(key: StreamID, valid pack: EditableListpack) {
    self.key = key
    self.pack = pack
  }

  /// A node without entries, with a master entry of the fields of the one that is added next.
  ///
  /// - `fields`: names and values in turn are the arguments from this one on.
  /// - `room`: bytes that it is to hold, as an estimate.
  package init(key: StreamID, _ arguments: Arguments, fields: Int, reserving room: Int) {
    self.key = key
    pack = EditableListpack(reserving: room)
    pack.append(0)
    pack.append(0)
    pack.append(Int64((arguments.count - fields) / 2))
    for index in stride(from: fields, to: arguments.count, by: 2) { pack.append(arguments[index]) }
    pack.append(0)
  }

  /// Bytes of the listpack.
  package var size: Int { pack.size }

  // MARK: Reading

  /// The number of entries that are not deleted.
  package var live: Int64 { pack.element(at: EditableListpack.start).integer }
  /// The number of entries that are marked as deleted.
  package var deleted: Int64 {
    pack.element(at: pack.next(after: EditableListpack.start)).integer
  }

  /// Where things are in a node.
  package struct Layout: BitwiseCopyable {
    /// The number of fields of the master entry, and the offset of the first one.
    var fieldCount: Int
    var fields: Int
    /// The offset of the first entry; the end of the listpack in a node without any.
    var start: Int
  }

  package var layout: Layout {
    let (number, fields) = pack.elementAndNext(
      at: pack.skip(2, from: EditableListpack.start))
    let count = Int(number.integer)
    return Layout(fieldCount: count, fields: fields, start: pack.skip(count + 1, from: fields))
  }

  /// The first entry, deleted or not; nil in a node without any.
  package func first(_ layout: Layout) -> Entry? {
    layout.start < pack.end ? entry(at: layout.start, layout) : nil
  }

  /// The last entry, deleted or not; nil in a node without any.
  package func last(_ layout: Layout) -> Entry? {
    layout.start < pack.end ? entry(endingAt: pack.end, layout) : nil
  }

  /// The entry behind another one.
  package func next(after entry: Entry, _ layout: Layout) -> Entry? {
    let elements = entry.hasMasterFields ? entry.fieldCount : 2 &* entry.fieldCount
    let offset = pack.skip(elements &+ 1, from: entry.fields)
    return offset < pack.end ? self.entry(at: offset, layout) : nil
  }

  /// The entry before another one.
  package func previous(before entry: Entry, _ layout: Layout) -> Entry? {
    entry.offset > layout.start ? self.entry(endingAt: entry.offset, layout) : nil
  }

  private func entry(at offset: Int, _ layout: Layout) -> Entry {
    let (flags, millisecondsAt) = pack.elementAndNext(at: offset)
    let (milliseconds, sequenceAt) = pack.elementAndNext(at: millisecondsAt)
    let (sequence, fieldsAt) = pack.elementAndNext(at: sequenceAt)
    var entry = Entry(
      id: StreamID(
        key.milliseconds &+ UInt64(bitPattern: milliseconds.integer),
        key.sequence &+ UInt64(bitPattern: sequence.integer)),
      offset: offset, fields: fieldsAt, fieldCount: layout.fieldCount,
      isDeleted: flags.integer & Self.deletedFlag != 0,
      hasMasterFields: flags.integer & Self.masterFieldsFlag != 0)
    if !entry.hasMasterFields {
      let (count, fieldsAt) = pack.elementAndNext(at: fieldsAt)
      entry.fieldCount = Int(count.integer)
      entry.fields = fieldsAt
    }
    return entry
  }

  /// The entry that ends before an offset: its last element says how many are before it.
  private func entry(endingAt end: Int, _ layout: Layout) -> Entry {
    var offset = pack.previous(before: end) ?? EditableListpack.start
    for _ in 0..<pack.element(at: offset).integer {
      offset = pack.previous(before: offset) ?? EditableListpack.start
    }
    return entry(at: offset, layout)
  }

  /// Calls `body` with each field and its value, and the bytes in which strings lie.
  package func forEachField(of entry: Entry, _ body: (Element, Element, RawSpan) -> Void) {
    let span = unsafe pack.bytes.span.bytes
    var name = entry.hasMasterFields ? layout.fields : entry.fields
    var value = entry.fields
    for _ in 0..<entry.fieldCount {
      let (field, behind) = pack.elementAndNext(at: name)
      if !entry.hasMasterFields { value = behind }
      let (content, next) = pack.elementAndNext(at: value)
      body(field, content, span)
      name = entry.hasMasterFields ? behind : next
      value = next
    }
  }

  // MARK: Changing

  /// Adds an entry, whose ID is above all others.
  ///
  /// - `fields`: names and values in turn are the arguments from this one on.
  package mutating func append(_ id: StreamID, _ arguments: Arguments, fields: Int) {
    pack.replace(at: EditableListpack.start, with: live &+ 1)
    let isLikeMaster = hasMasterFields(arguments, fields)
    let count = (arguments.count &- fields) / 2
    pack.append(isLikeMaster ? Self.masterFieldsFlag : 0)
    pack.append(Int64(bitPattern: id.milliseconds &- key.milliseconds))
    pack.append(Int64(bitPattern: id.sequence &- key.sequence))
    if !isLikeMaster { pack.append(Int64(count)) }
    var index = fields
    while index < arguments.count {
      if !isLikeMaster { pack.append(arguments[index]) }
      pack.append(arguments[index &+ 1])
      index &+= 2
    }
    pack.append(Int64(isLikeMaster ? count &+ 3 : 2 &* count &+ 4))
  }

  private func hasMasterFields(_ arguments: Arguments, _ fields: Int) -> Bool {
    let (count, first) = pack.elementAndNext(at: pack.skip(2, from: EditableListpack.start))
    guard count.integer == (arguments.count &- fields) / 2 else { return false }
    let span = unsafe pack.bytes.span.bytes
    var offset = first
    for index in stride(from: fields, to: arguments.count, by: 2) {
      let (name, next) = pack.elementAndNext(at: offset)
      guard name.withBytes(in: span, { $0.isEqual(to: arguments[index]) }) else { return false }
      offset = next
    }
    return true
  }

  /// Marks an entry as deleted that is not. ``count(deleted:)`` has to follow.
  package mutating func mark(_ entry: Entry) {
    // Flags are one byte whatever they are, so that nothing moves.
    pack.replace(
      at: entry.offset,
      with: Self.deletedFlag | (entry.hasMasterFields ? Self.masterFieldsFlag : 0))
  }

  /// Counts entries that have been marked as deleted.
  package mutating func count(deleted marked: Int64) {
    let start = EditableListpack.start
    pack.replace(at: start, with: live - marked)
    pack.replace(at: pack.next(after: start), with: deleted + marked)
  }

  /// Gives back memory that is kept for more entries.
  package mutating func seal() {
    guard pack.bytes.capacity - pack.size > pack.size / 16 + 16 else { return }
    pack = pack.part(EditableListpack.start..<pack.end, count: pack.count)
  }
}
