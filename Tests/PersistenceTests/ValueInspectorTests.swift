import Persistence
import TestSupport
import Testing

/// Walks the framing of one value, as the scanner does, and then inspects it.
func inspect(
  _ header: String, _ type: UInt8, _ value: [UInt8]
) throws(FormatError) -> ValueFacts {
  let name = Array(header.utf8)
  let dialect = try RDBHeader.read(name.raw)
  guard case .layout(let layout, _) = dialect.meaning(ofType: type) else {
    throw FormatError(.badType, at: 0, "no layout")
  }
  var walk = ByteCursor(value.raw)
  var progress = SkipProgress()
  try walk.skipValue(layout, inputEnd: UInt64(value.count), progress: &progress)
  guard walk.isAtEnd else { throw FormatError(.trailingBytes, at: walk.offset, "left over") }
  var cursor = ByteCursor(value.raw)
  var inspector = ValueInspector()
  let facts = try inspector.inspect(layout, &cursor)
  guard cursor.isAtEnd else { throw FormatError(.trailingBytes, at: cursor.offset, "left over") }
  return facts
}

/// One rule of the formats, broken.
struct BrokenValue: Sendable, CustomStringConvertible {
  var description: String
  var type: UInt8
  var value: [UInt8]
  var fault: Fault
  var header = "REDIS0012"

  init(_ name: String, _ type: UInt8, _ text: String, _ code: FindingCode, at offset: Int) {
    self.init(name, type, hex(text), code, at: offset)
  }

  init(_ name: String, _ type: UInt8, _ value: [UInt8], _ code: FindingCode, at offset: Int) {
    description = name
    self.type = type
    self.value = value
    fault = Fault(code, offset)
  }

  /// A value that is one blob in a raw string of less than 64 bytes: offsets are one further in.
  init(
    _ name: String, _ type: UInt8, blob: [UInt8], _ code: FindingCode, at offset: Int,
    before: [UInt8] = []
  ) {
    self.init(
      name, type, before + Encode.string(blob), code,
      at: before.count + Encode.length(UInt64(blob.count)).count + offset)
  }

  var valkey: BrokenValue {
    var copy = self
    copy.header = "VALKEY080"
    return copy
  }
}

@Suite struct ValueInspectorTests {
  @Test(arguments: KnownDump.all)
  func known(_ dump: KnownDump) throws {
    let header = RDBFile(version: dump.version).header
    let facts = try inspect(header, dump.type, dump.value)
    #expect(facts.elements == dump.elements)
    let dialect = try RDBHeader.read(Array(header.utf8).raw)
    guard case .layout(let layout, _) = dialect.meaning(ofType: dump.type) else {
      Issue.record("no layout")
      return
    }
    let encoding = dialect.encoding(layout, facts, keyLength: 3, hasExpiry: false)
    #expect(encoding.rawValue == dump.encoding)
  }

  /// A shallow look tells the same facts of framing.
  @Test(arguments: KnownDump.all)
  func skimmed(_ dump: KnownDump) throws {
    let dialect = try #require(RDBDialect(magic: .redis, version: dump.version))
    guard case .layout(let layout, _) = dialect.meaning(ofType: dump.type) else {
      Issue.record("no layout")
      return
    }
    var cursor = ByteCursor(dump.value.raw)
    var inspector = ValueInspector()
    let facts = try inspector.skim(layout, &cursor)
    #expect(cursor.offset == dump.value.count)
    let encoding = dialect.encoding(layout, facts, keyLength: 3, hasExpiry: false)
    #expect(encoding.rawValue == dump.encoding)
  }

  @Test func valkeyHash() throws {
    let value = hex("02 02 66 31 02 76 31 FF×8 02 66 32 02 76 32 00 D8 C3 2C BB 03 00 00")
    #expect(try inspect("VALKEY080", 22, value).elements == 2)
  }

  @Test func emptyStringsAreElements() throws {
    #expect(try inspect("REDIS0012", 1, hex("02 00 00")).elements == 2)
    #expect(try inspect("REDIS0012", 2, hex("01 00")).elements == 1)
    #expect(try inspect("REDIS0012", 4, hex("01 00 00")).elements == 1)
    #expect(try inspect("REDIS0012", 16, Encode.string(Encode.listpack(["", ""]))).elements == 1)
  }

  /// 1 and 01 are different members; so are 1 and "1 ".
  @Test func nearlyEqualMembers() throws {
    let members: [CompactEntry] = [1, "01", "1 ", "+1", "-1", "", "0", "-0", "00"]
    let blob = Encode.listpack(members)
    #expect(try inspect("REDIS0012", 20, Encode.string(blob)).elements == 9)
    let table = hex("04 C0 01 02 30 31 02 2B 31 02 2D 31")
    #expect(try inspect("REDIS0012", 2, table).elements == 4)
  }

  // MARK: Empty collections

  static let empty: [BrokenValue] = [
    .init("list", 1, "00", .emptyCollection, at: 0),
    .init("set", 2, "00", .emptyCollection, at: 0),
    .init("sorted set of text scores", 3, "00", .emptyCollection, at: 0),
    .init("hash", 4, "00", .emptyCollection, at: 0),
    .init("sorted set", 5, "00", .emptyCollection, at: 0),
    .init("quicklist of ziplists", 14, "00", .emptyCollection, at: 0),
    .init("quicklist", 18, "00", .emptyCollection, at: 0),
    .init("hash with lifetimes", 24, "00×8 00", .emptyCollection, at: 8),
    .init("zipmap", 9, blob: hex("00 FF"), .emptyCollection, at: 0),
    .init("ziplist list", 10, blob: Encode.ziplist([]), .emptyCollection, at: 0),
    .init("intset", 11, blob: Encode.intset(width: 2, []), .badIntset, at: 4),
    .init("ziplist sorted set", 12, blob: Encode.ziplist([]), .emptyCollection, at: 0),
    .init("ziplist hash", 13, blob: Encode.ziplist([]), .emptyCollection, at: 0),
    .init("listpack hash", 16, blob: Encode.listpack([]), .emptyCollection, at: 0),
    .init("listpack sorted set", 17, blob: Encode.listpack([]), .emptyCollection, at: 0),
    .init("listpack set", 20, blob: Encode.listpack([]), .emptyCollection, at: 0),
    .init(
      "listpack hash with lifetimes", 25, blob: Encode.listpack([]), .emptyCollection, at: 0,
      before: hex("00×8")),
    .init(
      "node of a quicklist", 18, hex("01 02") + Encode.string(Encode.listpack([])),
      .emptyCollection, at: 3),
    .init(
      "node of a quicklist of ziplists", 14, hex("01") + Encode.string(Encode.ziplist([])),
      .emptyCollection, at: 2),
  ]

  // MARK: Duplicates

  static let duplicates: [BrokenValue] = [
    .init("set", 2, "02 01 61 01 61", .duplicateElement, at: 3),
    .init("number and its text in a set", 2, "02 C0 01 01 31", .duplicateElement, at: 3),
    .init("two widths of a number", 2, "02 C0 05 C1 05 00", .duplicateElement, at: 3),
    .init(
      "compressed and not", 2, [2, 40] + hex("6162×20 C3 0A 28 02 61 62 61 E0 1A 01 01 61 62"),
      .duplicateElement, at: 42),
    .init("empty members", 2, "02 00 00", .duplicateElement, at: 2),
    .init("hash", 4, "02 01 66 01 76 01 66 01 77", .duplicateElement, at: 5),
    .init("sorted set of text scores", 3, "02 01 61 01 31 01 61 01 32", .duplicateElement, at: 5),
    .init("sorted set", 5, hex("02 01 61") + hex("00×8 01 61 00×8"), .duplicateElement, at: 11),
    .init(
      "hash with lifetimes", 24, "00×8 02 00 01 66 01 76 00 01 66 01 77", .duplicateElement,
      at: 14),
    .init(
      "early hash with lifetimes", 22, "02 00 01 66 01 76 00 01 66 01 77", .duplicateElement,
      at: 6),
    BrokenValue(
      "hash of Valkey", 22, hex("02 01 66 01 76 FF×8 01 66 01 77 FF×8"), .duplicateElement, at: 13
    ).valkey,
    .init("zipmap", 9, blob: hex("02 01 66 01 00 76 01 66 01 00 77 FF"), .duplicateElement, at: 6),
    .init("intset", 11, blob: Encode.intset(width: 2, [1, 1]), .duplicateElement, at: 10),
    .init(
      "ziplist hash", 13, blob: Encode.ziplist(hex4("01 66", "01 76", "01 66", "01 77")),
      .duplicateElement, at: 16),
    .init(
      "ziplist sorted set", 12, blob: Encode.ziplist(hex4("01 61", "F2", "01 61", "F3")),
      .duplicateElement, at: 15),
    .init(
      "number and its text in a ziplist", 13,
      blob: Encode.ziplist(hex4("01 31", "01 76", "F2", "01 77")), .duplicateElement, at: 16),
    .init("listpack hash", 16, blob: Encode.listpack(["f", 1, "f", 2]), .duplicateElement, at: 11),
    .init(
      "number and its text in a listpack", 16, blob: Encode.listpack(["1", 1, 1, 2]),
      .duplicateElement, at: 11),
    .init(
      "listpack sorted set", 17, blob: Encode.listpack(["a", 1, "a", 2]), .duplicateElement,
      at: 11),
    .init("listpack set", 20, blob: Encode.listpack(["a", "b", "a"]), .duplicateElement, at: 12),
    .init(
      "number and its text in a set", 20, blob: Encode.listpack([300, "300"]),
      .duplicateElement, at: 9),
    .init(
      "listpack hash with lifetimes", 25, blob: Encode.listpack(["f", 1, 0, "f", 2, 0]),
      .duplicateElement, at: 13, before: hex("00×8")),
  ]

  private static func hex4(_ texts: String...) -> [[UInt8]] { texts.map { hex($0) } }

  // MARK: Scores

  private static let nan = Encode.littleEndian(Double.nan.bitPattern, 8)

  static let scores: [BrokenValue] = [
    .init("NaN of type 3", 3, "01 01 61 FD", .badScore, at: 3),
    .init("text of type 3 is no number", 3, "01 01 61 01 78", .badScore, at: 3),
    .init("text of type 3 is empty", 3, "01 01 61 00", .badScore, at: 3),
    .init("text of type 3 says nan", 3, "01 01 61 03 6E 61 6E", .badScore, at: 3),
    .init("number of type 3 goes on", 3, "01 01 61 03 31 2E 78", .badScore, at: 3),
    .init("NaN of type 5", 5, hex("01 01 61") + nan, .badScore, at: 3),
    .init("negative NaN of type 5", 5, hex("01 01 61 00 00 00 00 00 00 F8 FF"), .badScore, at: 3),
    .init("nan in a listpack", 17, blob: Encode.listpack(["a", "nan"]), .badScore, at: 9),
    .init("text in a listpack", 17, blob: Encode.listpack(["a", "xyz"]), .badScore, at: 9),
    .init("empty in a listpack", 17, blob: Encode.listpack(["a", ""]), .badScore, at: 9),
    .init(
      "nan in a ziplist", 12, blob: Encode.ziplist(hex4("01 61", "03 6E 61 6E")), .badScore,
      at: 13),
    .init("descending", 17, blob: Encode.listpack(["a", 2, "b", 1]), .badScore, at: 14),
    .init("descending text", 17, blob: Encode.listpack(["a", 2, "b", "1.5"]), .badScore, at: 14),
    .init(
      "descending in a ziplist", 12, blob: Encode.ziplist(hex4("01 61", "F3", "01 62", "F2")),
      .badScore, at: 18),
    .init(
      "members descend at one score", 17, blob: Encode.listpack(["b", 1, "a", 1]), .badScore,
      at: 14),
    .init("longer member first", 17, blob: Encode.listpack(["aa", 1, "a", 1]), .badScore, at: 15),
    .init(
      "numbers are ordered as text", 17, blob: Encode.listpack([9, 1, 10, 1]), .badScore, at: 12),
    .init(
      "inf before a number", 17, blob: Encode.listpack(["a", "inf", "b", 1]), .badScore, at: 17),
  ]

  @Test func orderedSortedSets() throws {
    let good: [[CompactEntry]] = [
      ["a", "-inf", "b", -1, "c", 0, "d", "0.5", "e", "inf"], ["a", 1, "aa", 1, "b", 1],
      [10, 1, 9, 1, "a", 1], ["b", 0, "a", "0.10000000000000001"], ["a", "1e+21", "b", "1e+22"],
      ["a", "-0", "b", 0],
    ]
    for entries in good {
      let value = Encode.string(Encode.listpack(entries))
      #expect(try inspect("REDIS0012", 17, value).elements == UInt64(entries.count / 2))
    }
  }

  // MARK: Structure

  static let structure: [BrokenValue] = [
    .init("plain node without a byte", 18, "01 01 00", .badQuicklist, at: 1),
    .init(
      "node of kind 0", 18, hex("01 00") + Encode.string(Encode.listpack(["a"])),
      .badQuicklist, at: 1),
    .init(
      "node of kind 3", 18, hex("02 01 01 61 03") + Encode.string(Encode.listpack(["a"])),
      .badQuicklist, at: 4),
    .init("damaged node", 18, "01 02 07 07 00 00 00 01 00 FF", .badListpack, at: 7),
    .init("damaged ziplist node", 14, "01 0B 0B 00 00 00 0B 00 00 00 00 00 FF", .badZiplist, at: 6),
    .init("odd hash", 16, blob: Encode.listpack(["f", 1, "g"]), .badListpack, at: 11),
    .init("odd sorted set", 17, blob: Encode.listpack(["f", 1, "g"]), .badListpack, at: 11),
    .init(
      "odd ziplist hash", 13, blob: Encode.ziplist(hex4("01 66", "01 76", "01 67")),
      .badZiplist, at: 16),
    .init(
      "odd ziplist sorted set", 12, blob: Encode.ziplist(hex4("01 66", "F1", "01 67")),
      .badZiplist, at: 15),
    .init(
      "field without a lifetime", 25, blob: Encode.listpack(["f", 1]), .badListpack, at: 11,
      before: hex("00×8")),
    .init(
      "field without a value", 25, blob: Encode.listpack(["f", 1, 0, "g"]), .badListpack,
      at: 13, before: hex("00×8")),
    .init(
      "early field without a lifetime", 23, blob: Encode.listpack(["f", 1]), .badListpack,
      at: 11),
    .init(
      "lifetime is text", 25, blob: Encode.listpack(["f", 1, "x"]), .badExpire, at: 11,
      before: hex("00×8")),
    .init(
      "lifetime is negative", 25, blob: Encode.listpack(["f", 1, -1]), .badExpire, at: 11,
      before: hex("00×8")),
    .init(
      "lifetime of 2^48", 25, blob: Encode.listpack(["f", 1, 281_474_976_710_656]),
      .badExpire, at: 11, before: hex("00×8")),
    .init(
      "lifetimes descend", 25, blob: Encode.listpack(["f", 1, 20, "g", 2, 10]), .badListpack,
      at: 18, before: hex("00×8")),
    .init(
      "lifetime after none", 25, blob: Encode.listpack(["f", 1, 0, "g", 2, 10]), .badListpack,
      at: 18, before: hex("00×8")),
    .init(
      "smallest lifetime out of range", 25, blob: Encode.listpack(["f", 1, 0]), .badExpire,
      at: -9, before: hex("01 00 00 00 00 00 01 00")),
    .init(
      "smallest lifetime of a table out of range", 24, "FF×8 01 00 01 66 01 76", .badExpire,
      at: 0),
    .init(
      "lifetime of a table out of range", 24,
      hex("FF FF FF FF FF FF 00 00 01 02 01 66 01 76"), .badExpire, at: 9),
    .init(
      "lifetime of a table wraps", 24, hex("02 00×7 01 81 FF×8 01 66 01 76"), .badExpire, at: 9),
    .init(
      "early lifetime out of range", 22, "01 81 00 01 00 00 00 00 00 00 01 66 01 76",
      .badExpire, at: 1),
    BrokenValue(
      "lifetime of Valkey out of range", 22, "01 01 66 01 76 00 00 00 00 00 00 01 00", .badExpire,
      at: 1
    ).valkey,
    BrokenValue(
      "negative lifetime of Valkey", 22, "01 01 66 01 76 FE FF FF FF FF FF FF FF", .badExpire, at: 1
    ).valkey,
    .init("compressed string", 0, "C3 04 05 00 61 20 01", .badLZF, at: 5),
    .init("compressed element of a list", 1, "02 01 61 C3 04 05 00 61 20 01", .badLZF, at: 8),
    .init("compressed member", 2, "01 C3 04 05 00 61 20 01", .badLZF, at: 6),
    .init("compressed value of a hash", 4, "01 01 66 C3 04 05 00 61 20 01", .badLZF, at: 8),
    .init("compressed plain node", 18, "01 01 C3 04 05 00 61 20 01", .badLZF, at: 7),
    .init("compressed blob", 16, "C3 04 05 00 61 20 01", .badLZF, at: 5),
    .init("compressed to nothing", 0, "C3 02 00 00 61", .badLZF, at: 3),
    .init("compressed module string", 7, "05 05 C3 04 05 00 61 20 01 00", .badLZF, at: 7),
    .init("a blob that is a number", 16, "C0 05", .badListpack, at: 1),
    .init(
      "intset of width 3", 11, blob: hex("03 00 00 00 01 00 00 00 01 00 00"), .badIntset, at: 0),
    .init("intset descends", 11, blob: Encode.intset(width: 4, [2, 1]), .badIntset, at: 12),
    .init("zipmap cut", 9, blob: hex("01 01 66 05 00 76 FF"), .badZipmap, at: 3),
    .init("unknown operand of a module", 7, "05 06 00", .badModule, at: 1),
  ]

  @Test(arguments: empty + duplicates + scores + structure)
  func broken(_ example: BrokenValue) {
    let found = fault { () throws(FormatError) in
      try inspect(example.header, example.type, example.value)
    }
    #expect(found == example.fault)
  }

  /// Every blob of a known dump, cut by a byte in its string, or with its last byte gone wrong.
  @Test(arguments: KnownDump.all.filter { (9...25).contains($0.type) && $0.elements > 0 })
  func spoiledBlobs(_ dump: KnownDump) {
    var spoiled = 0
    let header = RDBFile(version: dump.version).header
    for index in dump.value.indices {
      var value = dump.value
      value[index] ^= 0xFF
      if fault({ () throws(FormatError) in try inspect(header, dump.type, value) }) != nil {
        spoiled += 1
      }
    }
    #expect(spoiled > dump.value.count / 8)
  }

  /// Larger than a table of hashes holds at once: walked several times, found all the same.
  @Test func duplicateInALargeSet() throws {
    let count = SeenHashes.capacity * 2 + 10
    var value = Encode.length(UInt64(count))
    for number in 0..<(count - 1) { value += [0xC2] + Encode.littleEndian(UInt64(number), 4) }
    let sound = value + hex("02 61 61")
    #expect(try inspect("REDIS0012", 2, sound).elements == UInt64(count))
    let broken = value + hex("C2 07 00 00 00")
    #expect(
      fault { () throws(FormatError) in try inspect("REDIS0012", 2, broken) }
        == Fault(.duplicateElement, value.count))
  }
}
