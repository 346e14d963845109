internal import Persistence

extension PackedTable {
  /// Calls `body` with every key and value, in the order in which they were added, until it says false.
  /// False when it did.
  @discardableResult
  package func all<E: Error>(_ body: (RawSpan, RawSpan) throws(E) -> Bool) throws(E) -> Bool {
    let bytes = bytes
    var place = 0
    while let record = next(&place) {
      guard try body(bytes.extracting(record.key), bytes.extracting(record.value)) else {
        return false
      }
    }
    return true
  }

  /// Some record, each being as likely as any other; nil in an empty table.
  package func randomRecord() -> Record? {
    guard count > 0 else { return nil }
    while true {
      let index = Int.random(in: 0..<slots.count)
      if slots[index] != 0 { return record(inSlot: index) }
    }
  }

  /// So many different records, at most all of them.
  package func randomRecords(_ most: Int) -> [Record] {
    let wanted = min(most, count)
    var records: [Record] = []
    records.reserveCapacity(wanted)
    if wanted > count / 3 {
      var sample = Sample(of: wanted, among: count)
      var place = 0
      while !sample.isDone, let record = next(&place) {
        if sample.takesNext() { records.append(record) }
      }
      return records
    }
    var chosen: Set<Int> = []
    while records.count < wanted, let record = randomRecord() {
      if chosen.insert(record.start).inserted { records.append(record) }
    }
    return records
  }

  /// Tells a part of the table: calls `body` with records until there were `count`, and a few more.
  ///
  /// A scan begins with the cursor 0 and goes on with the one that it got, which is 0 at the end. It tells
  /// all that is there from its begin to its end, whatever is added or removed in between; some of it
  /// perhaps twice. A cursor is the beginning of the hashes that have not been told, 32 bits of it.
  package func scan(from cursor: UInt64, count: Int, _ body: (Record) -> Void) -> UInt64 {
    guard self.count > 0, cursor >> 32 == 0 else { return 0 }
    let mask = slots.count - 1
    // Bits of a hash that say in which slot a search begins.
    let bits = UInt64(slots.count.trailingZeroBitCount)
    var first = Int(truncatingIfNeeded: (cursor << 32) >> (64 - bits))
    var told = 0
    // Slots that are looked at, as in a server: no call takes much longer than it should.
    var left = min(count, slots.count) * 10
    while first < slots.count, told < count, left > 0 {
      var index = first
      while slots[index] != 0 {
        let record = record(inSlot: index)
        let home = home(Self.hash(bytes.extracting(record.key)))
        if home == first {
          body(record)
          told += 1
        }
        index = (index + 1) & mask
        if index == first { break }
      }
      first += 1
      left -= 1
    }
    return first == slots.count ? 0 : UInt64(first) << (32 - min(bits, 32))
  }
}
