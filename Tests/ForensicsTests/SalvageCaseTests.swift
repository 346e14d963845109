import Forensics
import Persistence
import TestSupport
import Testing

/// Small damaged files of which one can say what has to come back.
@Suite struct SalvageCaseTests {
  /// Salvages a file of which no checksum tells anything, and makes sure that all holds that has to.
  private static func salvage(
    _ file: [UInt8], keepsPartialValues: Bool = false
  ) throws -> (keys: [LabKey: LabValue], verdict: RDBVerdict) {
    var salvage = RDBSalvage()
    salvage.usesChecksum = false
    salvage.keepsPartialValues = keepsPartialValues
    #expect(try SalvageProperties.violation(file, salvage, jobs: 2) == nil)
    let (output, verdict) = try SalvageProperties.salvage(file, salvage)
    return (output.isEmpty ? [:] : try LabFile.keys(in: output), verdict)
  }

  private static func names(_ keys: [LabKey: LabValue]) -> [String] {
    keys.keys.map(\.description).sorted()
  }

  private static func text(_ index: Int) -> String { "the value of the key number \(index)" }

  /// A hash of which the last pair is broken.
  private static var brokenHash: [UInt8] {
    var listpack = RDBBuilder.listpack(["field", "value", "other", "thing"])
    // What an entry begins with.
    listpack[6 + 3 * 7] = 0xF7
    return RDBBuilder.string(listpack)
  }

  @Test(arguments: [true, false]) func onlyAPartOfAValue(isSelected: Bool) throws {
    var file = RDBBuilder("REDIS0010")
    if isSelected { file.selectDB(0) }
    file.key(16, "hash")
    file.append(Self.brokenHash)
    let (keys, verdict) = try Self.salvage(file.finished(), keepsPartialValues: true)
    #expect(Self.names(keys) == ["0:hash"])
    #expect(verdict.salvage?.keysPartial == 1)
    #expect(verdict.outcome == .damaged)
    #expect(try Self.salvage(file.finished()).keys.isEmpty)
  }

  /// Type 15, a stream, came with version 9.
  @Test func noPartOfAValueThatTheVersionDoesNotHave() throws {
    let stream = try #require(KnownDump.all.first { $0.type == 15 })
    var file = RDBBuilder("REDIS0008")
    file.pair("before", Self.text(0))
    file.key(15, "stream")
    file.append(stream.value)
    file.pair("after", Self.text(1))
    let (keys, _) = try Self.salvage(file.finished(), keepsPartialValues: true)
    #expect(Self.names(keys) == ["0:after", "0:before"])
  }

  /// The length of the number swallows the beginning of a key.
  @Test func selectDBThatSwallowsAKey() throws {
    var file = RDBBuilder("REDIS0010")
    file.append(0xFE, 0x80)
    for index in 0..<3 { file.pair("key:\(index)", Self.text(index)) }
    let (keys, _) = try Self.salvage(file.finished())
    #expect(Self.names(keys) == ["0:key:0", "0:key:1", "0:key:2"])
  }

  @Test func selectDBThatNoServerHas() throws {
    var file = RDBBuilder("REDIS0010")
    file.selectDB(0)
    file.resizeDB(1, 0)
    file.pair("before", Self.text(0))
    file.append(hex("FE 81 00000000FFFFFFFF"))
    file.resizeDB(2, 0)
    file.pair("a", Self.text(1))
    file.pair("b", Self.text(2))
    let (keys, verdict) = try Self.salvage(file.finished())
    // Behind the RESIZEDB is another database; which one is a guess.
    #expect(Self.names(keys) == ["0:before", "1:a", "1:b"])
    #expect(verdict.findings.findings.contains { $0.code == .dbOutOfRange })
    let suspects = verdict.findings.findings.filter { $0.code == .suspectValue }.map(\.key)
    #expect(Set(suspects).isSuperset(of: ["a", "b"]))
  }

  @Test func resizeDBBehindAGap() throws {
    var file = RDBBuilder("REDIS0010")
    file.selectDB(0)
    file.resizeDB(2, 0)
    file.pair("a", Self.text(0))
    file.pair("b", Self.text(1))
    file.append(0xFE, 0x90)
    file.resizeDB(4, 0)
    for index in 2..<5 { file.pair("c:\(index)", Self.text(index)) }
    let (keys, verdict) = try Self.salvage(file.finished())
    #expect(Self.names(keys) == ["0:a", "0:b", "1:c:2", "1:c:3", "1:c:4"])
    #expect(verdict.salvage?.keysLost == 1)
    #expect(verdict.salvage?.lossIsStated == true)
  }

  /// Zeros in database 0, and another database in the same batch.
  @Test func databaseBehindZeros() throws {
    var file = RDBBuilder("REDIS0009")
    file.selectDB(0)
    file.pair("a", Self.text(0))
    file.append([UInt8](repeating: 0, count: 60))
    file.pair("b", Self.text(1))
    file.pair("c", Self.text(2))
    file.selectDB(5)
    file.resizeDB(1, 0)
    file.pair("d", Self.text(3))
    let (keys, _) = try Self.salvage(file.finished())
    #expect(Self.names(keys) == ["0:a", "0:b", "0:c", "5:d"])
  }

  /// Servers give the expiry to the next key there is.
  @Test(arguments: ["FF", "FE 00", "FA 01 61 01 62"]) func expiryWithoutAKey(_ next: String) throws
  {
    var file = RDBBuilder("REDIS0010")
    file.selectDB(0)
    file.resizeDB(3, 0)
    file.pair("a", Self.text(0))
    file.append(hex("FC 00D8C32CBB030000") + hex(next))
    file.pair("b", Self.text(1))
    file.pair("c", Self.text(2))
    let (keys, verdict) = try Self.salvage(file.finished())
    #expect(Self.names(keys) == ["0:a", "0:b", "0:c"])
    #expect(keys.values.allSatisfy { $0.expiresAt == nil })
    #expect(verdict.findings.findings.contains { $0.code == .badOpcode })
  }

  // MARK: What stands twice

  @Test func keysThatComeOftenerThanTheLedgerKnows() throws {
    var file = RDBBuilder("REDIS0010")
    file.selectDB(0)
    for index in 0..<40 {
      file.pair("a", Self.text(index))
      file.pair("b", Self.text(index))
    }
    let (keys, verdict) = try Self.salvage(file.finished())
    #expect(Self.names(keys) == ["0:a", "0:b"])
    let values = keys.values.map(\.value)
    #expect(values.allSatisfy { $0 == .string(ByteString(Self.text(0))) })
    #expect(verdict.salvage?.keysRecovered == 2)
  }

  /// Empty keys with an empty string whose length takes two bytes.
  @Test func keyThatFollowsItself() throws {
    var file = RDBBuilder("REDIS0010")
    file.selectDB(0)
    file.pair("a", Self.text(0))
    for _ in 0..<30 { file.append(0, 0, 0x40, 0) }
    file.pair("b", Self.text(1))
    file.pair("c", Self.text(2))
    let (keys, verdict) = try Self.salvage(file.finished())
    #expect(Set(Self.names(keys)).isSuperset(of: ["0:a", "0:b", "0:c"]))
    #expect(keys.count <= 4)
    #expect(verdict.findings.findings.contains { $0.code == .duplicateKey })
  }

  @Test func libraryThatStandsTwice() throws {
    var file = RDBBuilder("REDIS0010")
    for name in ["one", "two", "one"] {
      file.append(0xF5)
      file.string("#!lua name=\(name)\nredis.register_function('\(name)', function() end)")
    }
    file.selectDB(0)
    file.pair("a", Self.text(0))
    let (keys, verdict) = try Self.salvage(file.finished())
    #expect(Self.names(keys) == ["0:a"])
    #expect(verdict.functions.map(\.name) == ["one", "two"])
    #expect(verdict.salvage?.gaps.count == 1)
  }

  // MARK: What is no record

  /// A piece of a broken ziplist reads as the value of a module of number 2: no server would have it.
  @Test func valueOfNoModule() throws {
    var file = RDBBuilder("REDIS0009")
    file.selectDB(0)
    file.resizeDB(3, 0)
    file.pair("before", Self.text(0))
    file.key(12, "board:1")
    file.string(
      hex(
        """
        320000002700000008000007 "omicron" 09FE140304 "beta" 06C0A0010405 "delta" 07C01B0204 05 \
        "alpha" 07C0770200
        """))
    file.pair("after", Self.text(1))
    let (keys, _) = try Self.salvage(file.finished())
    #expect(Self.names(keys) == ["0:after", "0:before"])
  }

  /// More warnings than are kept of a batch do not hide a broken record.
  @Test func damageBehindManyWarnings() throws {
    var file = RDBBuilder("REDIS0010")
    file.selectDB(0)
    for index in 0..<1100 {
      // It expires before 1970.
      file.append(hex("FC FFFFFFFFFFFFFFFF"))
      file.pair("key:\(index)", "value")
    }
    file.key(16, "hash")
    file.append(Self.brokenHash)
    file.pair("after", Self.text(0))
    let (keys, _) = try Self.salvage(file.finished())
    #expect(keys.count == 1101)
    #expect(keys[LabKey(database: 0, name: "hash")] == nil)
  }

  // MARK: Two damages

  /// A second damage in the gap of the first, and right behind the place where records go on. A record
  /// that stands alone between two damages may not weigh enough to be believed; no other one is lost.
  @Test(arguments: [0x00, 0xEE, 0xFF] as [UInt8], [1, 3])
  func secondDamageInOrBehindTheGap(byte: UInt8, count: Int) throws {
    var builder = RDBBuilder("REDIS0010")
    builder.selectDB(0)
    builder.resizeDB(16, 0)
    for index in 0..<16 { builder.pair("key:\(index)", Self.text(index)) }
    let file = try LabFile("text", builder.finished()).withoutChecksum()
    let records = file.records.filter { $0.key != nil }
    for first in 2..<6 {
      for second in first..<(first + 4) {
        for place in [0, 1, 4, 7, 20] {
          var damage = Damage(.several)
          for (record, offset) in [(first, 1), (second, place)] {
            let start = records[record].range.lowerBound + offset
            damage.add(
              .init(start..<(start + count), [UInt8](repeating: byte, count: count)), to: file.bytes
            )
          }
          let labCase = LabCase(file: file, damage: damage, seed: 0)
          let outcome = try labCase.judge { damaged in
            #expect(try SalvageProperties.violation(damaged, RDBSalvage(), jobs: 1) == nil)
            return try LabSalvage.real(damaged)
          }
          #expect(outcome.failure == nil, "\(labCase)")
          let alone = LabKey(database: 0, name: ByteString("key:\(first + 1)"))
          #expect(outcome.missed.allSatisfy { second == first + 2 && $0 == alone }, "\(labCase)")
          #expect(outcome.undamaged >= 14)
        }
      }
    }
  }
}
