internal import Persistence

/// When fields of a hash expire, in Unix milliseconds: only of those that ever do.
struct FieldLifetimes: Sendable {
  /// A field, and its time in eight bytes, the lowest first.
  private var table = PackedTable(hasValues: true)
  /// No field expires before this.
  private(set) var earliest = Int64.max

  var isEmpty: Bool { table.count == 0 }
  var count: Int { table.count }

  /// When a field expires; nil for never.
  subscript(field: RawSpan) -> Int64? {
    table.find(field).map { time(of: $0) }
  }

  private func time(of record: PackedTable.Record) -> Int64 {
    table.bytes.littleEndian(at: record.value.lowerBound, as: Int64.self)
  }

  mutating func set(_ field: RawSpan, _ time: Int64) {
    unsafe withUnsafeBytes(of: time.littleEndian) { word in
      _ = table.set(field, unsafe word.bytes)
    }
    earliest = min(earliest, time)
  }

  @discardableResult
  mutating func remove(_ field: RawSpan) -> Bool { table.remove(field) }

  /// Removes the lifetimes that are over, and tells the fields. Looks at all of them.
  mutating func removeExpired(at now: Int64) -> [ByteString] {
    var over: [ByteString] = []
    var place = 0
    earliest = .max
    while let record = table.next(&place) {
      let time = time(of: record)
      if time < now {
        over.append(ByteString(table.bytes.extracting(record.key)))
      } else {
        earliest = min(earliest, time)
      }
    }
    for field in over { table.remove(unsafe field.bytes.span.bytes) }
    return over
  }
}
