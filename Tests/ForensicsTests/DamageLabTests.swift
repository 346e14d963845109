import Forensics
import Persistence
import TestSupport
import Testing

/// The laboratory itself: what it damages, and that it sees what a salvage does well and badly.
@Suite struct DamageLabTests {
  /// Key `a` in database 0, an aux field before it, `b` and `c` in database 3. Offsets: header 0,
  /// aux 9, database 17, a 19, database 27, b 29, c 36, end 44.
  private static let small = RDBFile("REDIS0010").adding(hex("FA 03 \"one\" 02 \"yy\""))
    .adding(hex("FE 00")).adding(0, "a", hex("04 \"1234\"")).adding(hex("FE 03"))
    .adding(0, "b", hex("03 \"123\"")).adding(0, "c", hex("04 \"5678\"")).bytes

  private static func file() throws -> LabFile { try LabFile("small", small) }

  private static func key(_ database: UInt64, _ name: ByteString) -> LabKey {
    LabKey(database: database, name: name)
  }

  private static func labCase(_ edits: [Damage.Edit]) throws -> LabCase {
    var damage = Damage(.oneByte)
    for edit in edits { damage.add(edit, to: small) }
    #expect(damage.edits.count == edits.count)
    return LabCase(file: try file(), damage: damage, seed: 0)
  }

  @Test func whatAFileHolds() throws {
    let file = try Self.file()
    #expect(file.isChecked)
    #expect(
      file.records.map(\.range) == [9..<17, 17..<19, 19..<27, 27..<29, 29..<36, 36..<44])
    #expect(
      file.records.map(\.key) == [
        nil, nil, Self.key(0, "a"), nil, Self.key(3, "b"), Self.key(3, "c"),
      ])
    #expect(
      file.records.map(\.lengths) == [
        [], [], [20..<21, 22..<23], [], [30..<31, 32..<33], [37..<38, 39..<40],
      ])
    #expect(file.records[4].lastLength == 32..<33)
    #expect(file.records[2].selection == nil)
    #expect(file.records[5].selection == 27..<29)
    #expect(Set(file.truth.keys) == [Self.key(0, "a"), Self.key(3, "b"), Self.key(3, "c")])
    #expect(file.truth[Self.key(3, "b")]?.value == .string("123"))
    let unchecked = file.withoutChecksum()
    #expect(unchecked.bytes == Self.small.dropLast(8) + [UInt8](repeating: 0, count: 8))
    #expect(!unchecked.isChecked)
  }

  /// Which keys an edit hits, by their letters.
  @Test(arguments: [
    (19..<20, 1, "a"), (18..<19, 1, ""), (26..<30, 4, "abc"), (28..<29, 1, "bc"),
    (35..<37, 0, "bc"),
    (36..<36, 9, ""), (37..<37, 1, "c"), (44..<45, 1, ""), (0..<9, 0, ""), (25..<53, 0, "abc"),
  ])
  func whatIsHit(range: Range<Int>, count: Int, keys: String) throws {
    let labCase = try Self.labCase([.init(range, [UInt8](repeating: 0xEE, count: count))])
    let hit = labCase.file.records.filter { labCase.damage.hits($0) }.compactMap(\.key?.name.utf8)
    #expect(hit.joined() == keys)
  }

  @Test func editsAreMadeInTheSoundFile() {
    var damage = Damage(.several)
    let file = Array(0..<10 as Range<UInt8>)
    let edits: [Damage.Edit] = [
      .init(4..<6, [4, 9]), .init(2..<2, [7, 7]), .init(1..<3, [0, 0]), .init(5..<9, []),
      .init(8..<9, [8]), .init(6..<10, []),
    ]
    #expect(edits.map { damage.add($0, to: file) } == [true, true, false, false, false, true])
    #expect(damage.edits.map(\.range) == [2..<2, 5..<6, 6..<10])
    #expect(damage.applied(to: file) == [0, 1, 7, 7, 2, 3, 4, 9])
  }

  @Test func aSalvageThatKnowsTheSoundFile() throws {
    let labCase = try Self.labCase([.init(30..<31, [0])])
    let outcome = try labCase.judge { damaged in
      #expect(damaged.count == Self.small.count && damaged[30] == 0)
      return LabSalvage(output: Self.small)
    }
    #expect(outcome.undamaged == 2)
    #expect(outcome.missed.isEmpty && outcome.wrong.isEmpty)
    #expect(outcome.hitButRight == 1)
    #expect(outcome.isRestored && outcome.failure == nil)
  }

  @Test func aSalvageThatStopsAtTheDamage() throws {
    let labCase = try Self.labCase([.init(29..<30, [0xEE])])
    let outcome = try labCase.judge { damaged in
      let body = Array(damaged[..<29]) + [0xFF]
      return LabSalvage(output: body + ReferenceCRC64.stored(body))
    }
    #expect(outcome.undamaged == 2)
    #expect(outcome.missed == [Self.key(3, "c")])
    #expect(outcome.hitButRight == 0)
    #expect(outcome.wrong.isEmpty && !outcome.isRestored && outcome.failure == nil)
    var tally = SalvageTally<LabOutcome>()
    tally.add(outcome)
    tally.add(tally)
    #expect(tally.cases == 2 && tally.undamaged == 4 && tally.missed == 2)
    #expect(tally[.restored] == 0 && tally[.hitButRight] == 0 && tally[.wrong] == 0)
    #expect(tally.recoveredShare == 0.5)
  }

  /// Another value, a key that never was, a key in another database, another expiry.
  @Test(arguments: [
    ("FE 00 00 01 \"a\" 04 \"1235\"", 0 as UInt64, "a" as ByteString),
    ("FE 03 00 01 \"x\" 01 \"y\"", 3, "x"),
    ("FE 02 00 01 \"b\" 03 \"123\"", 2, "b"),
    ("FC 00 00 00 00 00 01 00 00 00 01 \"a\" 04 \"1234\"", 0, "a"),
    ("FE 00 02 01 \"a\" 01 04 \"1234\"", 0, "a"),
  ])
  func aWrongValue(record: String, database: UInt64, name: ByteString) throws {
    let labCase = try Self.labCase([.init(30..<31, [0])])
    let output = RDBFile("REDIS0010").adding(hex(record)).bytes
    let key = Self.key(database, name)
    func wrong(_ findings: [Finding]) throws -> [LabKey] {
      try labCase.judge { _ in LabSalvage(output: output, findings: findings) }.wrong
    }
    #expect(try wrong([]) == [key])
    func finding(_ code: FindingCode, _ database: UInt64?, _ name: ByteString?) -> Finding {
      Finding(.error, code, at: 0, database: database, key: name, "a test")
    }
    #expect(try wrong([finding(.suspectValue, database, name)]).isEmpty)
    #expect(try wrong([finding(.badLZF, database, name)]).isEmpty)
    #expect(try wrong([finding(.suspectValue, database + 1, name)]) == [key])
    #expect(try wrong([finding(.suspectValue, database, "other")]) == [key])
    #expect(try wrong([finding(.badLength, nil, nil)]) == [key])
    #expect(try wrong([finding(.truncated, database, name)]) == [key])
  }

  @Test(arguments: [[], hex("\"no~file\""), Array(small.dropLast(3)), small + [1]] as [[UInt8]])
  func anOutputThatIsNoFile(output: [UInt8]) throws {
    let labCase = try Self.labCase([.init(30..<31, [0])])
    let outcome = try labCase.judge { _ in LabSalvage(output: output) }
    #expect(outcome.failure != nil)
    #expect(outcome.missed.count == 2)
    #expect(!outcome.isRestored)
  }

  @Test func nothingIsLeft() throws {
    let labCase = try Self.labCase([.init(10..<53, [])])
    #expect(try labCase.judge { _ in LabSalvage(output: []) }.failure == nil)
    #expect(try labCase.judge { _ in LabSalvage(output: [1]) }.failure != nil)
  }

  @Test func realFiles() throws {
    let files = try LabFile.fixtures()
    #expect(files.count > 40)
    #expect(files.filter(\.isChecked).count > 35)
    #expect(files.contains { $0.description == "bookshop" })
    for file in files {
      #expect(file.records.compactMap(\.key).count == file.truth.count, "\(file)")
      let starts = file.records.map(\.range.lowerBound)
      let ends = file.records.map(\.range.upperBound)
      #expect(Array(starts.dropFirst()) == Array(ends.dropLast()), "\(file)")
      let labCase = LabCase(file: file, damage: Damage(.oneBit), seed: 0)
      let outcome = try labCase.judge { LabSalvage(output: $0) }
      #expect(outcome.isRestored && outcome.failure == nil, "\(file)")
      #expect(outcome.undamaged == file.truth.count && outcome.missed.isEmpty, "\(file)")
    }
  }

  @Test(arguments: DamageKind.ofRDB)
  func damageOfItsKind(_ kind: DamageKind) throws {
    let files = try LabFile.fixtures()
    let cases = LabCase.draw(10, of: files, kinds: [kind], seed: 3)
    #expect(cases.count == 10)
    for (labCase, same) in zip(cases, LabCase.draw(10, of: files, kinds: [kind], seed: 3)) {
      #expect(labCase.description == same.description)
      let sound = labCase.file.bytes
      let bytes = labCase.damage.applied(to: sound)
      #expect(bytes == same.damage.applied(to: sound))
      #expect(bytes != sound, "\(labCase)")
      let edits = labCase.damage.edits
      let first = try #require(edits.first)
      func isWithin(_ places: [Range<Int>]) -> Bool {
        places.contains {
          $0.lowerBound <= first.range.lowerBound && first.range.upperBound <= $0.upperBound
        }
      }
      switch kind {
      case .oneBit: #expect(edits.count == 1 && first.range.count == 1)
      case .oneByte: #expect(edits.count == 1 && first.bytes.count == 1)
      case .twoBits: #expect(edits.count == 2)
      case .zeroed512, .zeroed4K:
        let size = kind == .zeroed512 ? 512 : 4096
        #expect(first.range.lowerBound / size == (first.range.upperBound - 1) / size)
        #expect(first.bytes.allSatisfy { $0 == 0 })
      case .swapped512, .swapped4K:
        try #require(edits.count == 2)
        #expect(edits[0].bytes == Array(sound[edits[1].range]))
        #expect(edits[1].bytes == Array(sound[edits[0].range]))
      case .cutTail: #expect(bytes == Array(sound.prefix(bytes.count)))
      case .lostHead: #expect(bytes == Array(sound.suffix(bytes.count)))
      case .doubled512: #expect(bytes.count == sound.count + 512)
      case .doubled4K: #expect(bytes.count == sound.count + 4096)
      case .inserted: #expect((1...5000).contains(bytes.count - sound.count))
      case .damagedLZF: #expect(isWithin(labCase.file.records.flatMap(\.compressed)))
      case .damagedLength: #expect(isWithin(labCase.file.records.flatMap(\.lengths)))
      case .swallowingLength:
        // Framed to the end, with some keys inside the value of another one.
        let verdict = CheckProperties.verdict(bytes, isDeep: false)
        #expect(verdict.framedBytes == UInt64(bytes.count), "\(labCase)")
        #expect(verdict.keys < UInt64(labCase.file.truth.count), "\(labCase)")
      case .lost, .torn, .foreign4K: Issue.record("no damage of dumps")
      case .several: #expect((2...5).contains(edits.count))
      }
    }
  }
}
