internal import Persistence

/// The large form of hashes and sets: byte strings, each with a value or none, in two blocks of memory.
///
/// The records lie one behind the other in an arena, in the order in which they were added:
///
///     varint (key length << 1 | dead) · varint value length, in a table with values · key · value
///
/// A varint holds seven bits in each byte, the lowest first. The index is a hash table with open
/// addressing; a slot is zero or the record's place + 1 in its low 40 bits, and 24 bits of the key's hash
/// above, which save most looks at the arena. Where a search begins is said by the hash's highest bits, so
/// that the order of the slots is nearly that of the hashes: this is what ``scan(from:count:_:)`` lives on.
///
/// Removed records stay, marked as dead, until they are half of the arena.
package struct PackedTable: Sendable {
  /// A record of a table, for as long as that is not changed.
  package struct Record: BitwiseCopyable, Sendable {
    /// Where the record begins.
    package fileprivate(set) var start: Int
    fileprivate(set) var keyStart: Int
    fileprivate(set) var keyCount: Int
    fileprivate(set) var valueCount: Int
    fileprivate(set) var isDead: Bool

    /// The bytes of the key.
    package var key: Range<Int> { keyStart..<(keyStart &+ keyCount) }
    /// The bytes of the value.
    package var value: Range<Int> { (keyStart &+ keyCount)..<end }
    /// Where the record behind this one begins.
    var end: Int { keyStart &+ keyCount &+ valueCount }
    fileprivate var size: Int { end &- start }
  }

  /// Whether keys have values.
  let hasValues: Bool
  /// Keys that are there.
  package private(set) var count = 0
  package private(set) var arena: [UInt8] = []
  /// A power of two of slots, of which at most three in four are taken; none in an empty table.
  package private(set) var slots: [UInt64] = []
  /// Bytes of dead records.
  private var deadBytes = 0

  package init(hasValues: Bool) { self.hasValues = hasValues }

  /// An empty table with room for so many keys, and bytes of keys and values.
  package init(hasValues: Bool, keys: Int, bytes: Int) {
    self.hasValues = hasValues
    arena.reserveCapacity(bytes + keys * (hasValues ? 2 : 1))
    slots = [UInt64](repeating: 0, count: Self.slotCount(for: keys))
  }

  /// The bytes that records tell the places of.
  package var bytes: RawSpan {
    @_lifetime(borrow self)
    @inline(__always)
    get { unsafe arena.span.bytes }
  }

  // MARK: Finding

  /// The record of a key; nil when it is not there.
  @inline(__always)
  package func find(_ key: RawSpan) -> Record? {
    slot(of: key, hash: Self.hash(key)).map { record(inSlot: $0) }
  }

  package func contains(_ key: RawSpan) -> Bool { slot(of: key, hash: Self.hash(key)) != nil }

  private static let placeMask: UInt64 = 1 << 40 - 1

  @inline(__always)
  static func hash(_ key: RawSpan) -> UInt64 { ByteHash.hash(key, seed: ByteHash.seed) }

  /// The slot where a search for a hash begins. Only with slots.
  @inline(__always)
  func home(_ hash: UInt64) -> Int {
    // The highest bits, as many as a slot's number has: at least two.
    Int(truncatingIfNeeded: hash >> UInt64(slots.count.leadingZeroBitCount &+ 1))
  }

  private func slot(of key: RawSpan, hash: UInt64) -> Int? {
    guard count > 0 else { return nil }
    let slots = slots.span
    let arena = bytes
    let mask = slots.count &- 1
    let tag = hash << 40
    var index = home(hash)
    while true {
      let slot = slots[index]
      if slot == 0 { return nil }
      if slot & ~Self.placeMask == tag {
        let record = Self.read(arena, at: Self.place(slot), hasValues)
        if record.keyCount == key.byteCount, arena.isEqual(at: record.keyStart, key) {
          return index
        }
      }
      index = (index &+ 1) & mask
    }
  }

  @inline(__always)
  private static func place(_ slot: UInt64) -> Int {
    Int(truncatingIfNeeded: slot & placeMask) &- 1
  }

  /// The record that a slot which is not zero names.
  func record(inSlot index: Int) -> Record {
    Self.read(bytes, at: Self.place(slots[index]), hasValues)
  }

  @inline(__always)
  private static func read(_ arena: RawSpan, at start: Int, _ hasValues: Bool) -> Record {
    var at = start
    let head = readVarint(arena, &at)
    let valueCount = hasValues ? readVarint(arena, &at) : 0
    return Record(
      start: start, keyStart: at, keyCount: head >> 1, valueCount: valueCount,
      isDead: head & 1 == 1)
  }

  @inline(__always)
  private static func readVarint(_ arena: RawSpan, _ at: inout Int) -> Int {
    let first = arena.byte(at: at)
    at &+= 1
    return first < 0x80 ? Int(first) : readLongVarint(Int(first & 0x7F), arena, &at)
  }

  private static func readLongVarint(_ low: Int, _ arena: RawSpan, _ at: inout Int) -> Int {
    var value = low
    var shift = 7
    while true {
      let byte = arena.byte(at: at)
      at &+= 1
      value |= Int(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift &+= 7
    }
  }

  /// The first record at a place or behind it that is not dead, the place of a record or the end. The
  /// place moves behind it.
  @inline(__always)
  func next(_ place: inout Int) -> Record? {
    let arena = bytes
    while place < arena.byteCount {
      let record = Self.read(arena, at: place, hasValues)
      place = record.end
      if !record.isDead { return record }
    }
    return nil
  }

  // MARK: Changing

  /// Gives a key a value, or none in a table without; true when the key is new.
  @discardableResult
  package mutating func set(_ key: RawSpan, _ value: RawSpan = RawSpan()) -> Bool {
    let hash = Self.hash(key)
    guard let index = slot(of: key, hash: hash) else {
      if 4 &* (count &+ 1) > 3 &* slots.count { rebuild(for: count &+ 1) }
      let place = append(key, value)
      insert(place, hash)
      count &+= 1
      return true
    }
    guard hasValues else { return false }
    let old = record(inSlot: index)
    if old.valueCount == value.byteCount {
      overwrite(old.value, with: value)
      return false
    }
    let place = append(key, value)
    slots[index] = slots[index] & ~Self.placeMask | UInt64(truncatingIfNeeded: place &+ 1)
    kill(old)
    compactIfNeeded()
    return false
  }

  /// Removes a key; false when it is not there.
  @discardableResult
  package mutating func remove(_ key: RawSpan) -> Bool {
    guard let index = slot(of: key, hash: Self.hash(key)) else { return false }
    kill(record(inSlot: index))
    empty(slot: index)
    count &-= 1
    compactIfNeeded()
    return true
  }

  /// Marks a record as dead.
  private mutating func kill(_ record: Record) {
    arena[record.start] |= 1
    deadBytes &+= record.size
  }

  /// Empties a slot, and moves what follows so that no search ends too early.
  private mutating func empty(slot: Int) {
    let mask = slots.count &- 1
    var hole = slot
    var index = slot
    while true {
      index = (index &+ 1) & mask
      guard slots[index] != 0 else { break }
      let wanted = home(Self.hash(bytes.extracting(record(inSlot: index).key)))
      // Between the hole and here, in a circle: it stays.
      if (index &- wanted) & mask < (index &- hole) & mask { continue }
      slots[hole] = slots[index]
      hole = index
    }
    slots[hole] = 0
  }

  private mutating func insert(_ place: Int, _ hash: UInt64) {
    let mask = slots.count &- 1
    var index = home(hash)
    while slots[index] != 0 { index = (index &+ 1) & mask }
    slots[index] = hash << 40 | UInt64(truncatingIfNeeded: place &+ 1)
  }

  /// Adds a record to the arena and tells where it lies.
  private mutating func append(_ key: RawSpan, _ value: RawSpan) -> Int {
    let place = arena.count
    let head = key.byteCount << 1
    let keyOffset =
      Self.varintSize(head) &+ (hasValues ? Self.varintSize(value.byteCount) : 0)
    let valueOffset = keyOffset &+ key.byteCount
    let size = valueOffset &+ value.byteCount
    if arena.capacity &- place < size {
      // A quarter more than needed: doubling would leave large tables half empty.
      let needed = place &+ size
      arena.reserveCapacity(max(64, needed &+ needed / 4))
    }
    arena.append(addingCapacity: size) { output in
      unsafe output.withUnsafeMutableBufferPointer { buffer, initialized in
        let record = UnsafeMutableRawBufferPointer(buffer)
        var offset = 0
        unsafe Self.writeVarint(head, to: record, &offset)
        if hasValues { unsafe Self.writeVarint(value.byteCount, to: record, &offset) }
        unsafe key.withUnsafeBytes {
          unsafe UnsafeMutableRawBufferPointer(rebasing: record[keyOffset..<valueOffset])
            .copyMemory(from: $0)
        }
        unsafe value.withUnsafeBytes {
          unsafe UnsafeMutableRawBufferPointer(rebasing: record[valueOffset..<size])
            .copyMemory(from: $0)
        }
        initialized = size
      }
    }
    precondition(arena.count < Self.placeMask, "more than a table can hold")
    return place
  }

  @inline(__always)
  private static func varintSize(_ value: Int) -> Int {
    value < 0x80 ? 1 : (70 &- value.leadingZeroBitCount) / 7
  }

  @inline(__always)
  private static func writeVarint(
    _ value: Int, to record: UnsafeMutableRawBufferPointer, _ offset: inout Int
  ) {
    var rest = value
    while rest >= 0x80 {
      unsafe record[offset] = UInt8(truncatingIfNeeded: rest) | 0x80
      offset &+= 1
      rest >>= 7
    }
    unsafe record[offset] = UInt8(truncatingIfNeeded: rest)
    offset &+= 1
  }

  private mutating func overwrite(_ range: Range<Int>, with value: RawSpan) {
    unsafe arena.withUnsafeMutableBytes { target in
      unsafe value.withUnsafeBytes { source in
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[range]).copyMemory(from: source)
      }
    }
  }

  // MARK: Room

  /// The number of slots for so many keys.
  private static func slotCount(for keys: Int) -> Int {
    var slots = 4
    while 4 &* keys > 3 &* slots { slots &*= 2 }
    return slots
  }

  /// Makes room for so many more keys, and bytes of keys and values.
  mutating func reserve(keys: Int, bytes: Int) {
    let needed = arena.count + bytes + keys * (hasValues ? 2 : 1)
    if arena.capacity < needed { arena.reserveCapacity(needed) }
    if Self.slotCount(for: count + keys) > slots.count { rebuild(for: count + keys) }
  }

  /// Gives memory back when more than half of the arena is dead, or hardly a slot is taken.
  private mutating func compactIfNeeded() {
    if 2 &* deadBytes > arena.count || (slots.count > 16 && 8 &* count < slots.count) {
      rebuild(for: count)
    }
  }

  /// Removes dead records, if they are many, and makes an index for so many keys.
  @inline(never)
  private mutating func rebuild(for keys: Int) {
    if 4 &* deadBytes > arena.count { compact() }
    slots = [UInt64](repeating: 0, count: Self.slotCount(for: keys))
    var place = 0
    while let record = next(&place) {
      insert(record.start, Self.hash(bytes.extracting(record.key)))
    }
  }

  private mutating func compact() {
    var live: [UInt8] = []
    live.reserveCapacity(arena.count &- deadBytes)
    var place = 0
    while let record = next(&place) { live += arena[record.start..<record.end] }
    arena = live
    deadBytes = 0
  }
}
