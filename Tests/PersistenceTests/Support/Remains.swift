import Persistence
import TestSupport

/// What is left of the value of a key `k`. `after`: bytes behind the record.
func remains(
  _ type: UInt8, _ value: [UInt8], header: String = "REDIS0012", after: [UInt8] = []
) throws -> PartialEntry? {
  let dialect = try RDBHeader.read(Array(header.utf8).raw)
  return remains([type, 1, UInt8(ascii: "k")] + value + after, dialect)
}

/// What is left of a record.
func remains(_ record: [UInt8], _ dialect: RDBDialect) -> PartialEntry? {
  PartialEntry.read(record.raw, dialect, database: 3)
}

/// The elements as text: pairs as `field=value`, with `@` and a lifetime, entries of a stream as their IDs.
func texts(_ left: PartialEntry?) -> [String]? {
  guard let left else { return nil }
  switch left.entry.value {
  case .list(let elements), .set(let elements): return elements.map(\.description)
  case .hash(let fields):
    return fields.map { field in
      "\(field.name)=\(field.value)" + (field.expiresAt.map { "@\($0)" } ?? "")
    }
  case .sortedSet(let members): return members.map { "\($0.member)=\($0.score)" }
  case .stream(let stream): return stream.entries.map(\.id.description)
  case .string, .module: return ["no collection"]
  }
}

extension [UInt8] {
  /// The bytes with some of them replaced.
  func hit(at offset: Int, _ bytes: UInt8...) -> [UInt8] {
    var copy = self
    copy.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
    return copy
  }
}

/// `a`, `b`, `c` …
func letters(_ count: Int) -> [CompactEntry] {
  (0..<count).map { .text([UInt8(ascii: "a") + UInt8($0)]) }
}

func letters(_ text: String) -> [String] { text.map(String.init) }
