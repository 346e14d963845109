import Forensics
import Persistence
import TestSupport
import Testing

/// What a salvage brings back of hundreds of damaged logs, in shares of what was not damaged.
/// `benchmarks salvage-aof` tells the same of thousands.
@Suite(.timeLimit(.minutes(20))) struct AOFLabFuzzTests {
  private static func tally(_ cases: [AOFLabCase]) throws -> SalvageTally<AOFLabOutcome> {
    var tally = SalvageTally<AOFLabOutcome>()
    for labCase in cases {
      let outcome = try labCase.judge()
      #expect(outcome.failure == nil, "\(labCase)")
      #expect(outcome.invented.isEmpty, "\(labCase)")
      tally.add(outcome)
    }
    return tally
  }

  private static func logs() throws -> [AOFLabFile] {
    try AOFLabFile.fixtures() + AOFLabLog.draw(12, seed: 21, large: 12)
  }

  @Test func afterDamageOfEveryKind() throws {
    let tally = try Self.tally(AOFLabCase.draw(510, of: Self.logs(), seed: 22))
    #expect(tally.cases == 510)
    #expect(tally.recoveredShare >= 0.999)
  }

  /// The damage that crashes leave.
  @Test func afterATornWrite() throws {
    let tally = try Self.tally(AOFLabCase.draw(100, of: Self.logs(), kinds: [.torn], seed: 23))
    #expect(tally.cases == 100)
    #expect(tally.recoveredShare >= 0.9995)
  }

  // MARK: The laboratory itself

  private static let pieces = [
    CommandLog.command(["SELECT", "1"]), CommandLog.command(["SET", "a", "1"]),
    CommandLog.command(["MULTI"]), CommandLog.command(["SET", "b", "2"]),
    CommandLog.command(["EXEC"]), CommandLog.command(["SET", "c", "3"]),
  ]

  private static func labCase(hitting range: Range<Int>, with bytes: [UInt8]) throws -> AOFLabCase {
    let file = try AOFLabFile("small", pieces.flatMap { $0 })
    var damage = Damage(.oneByte)
    damage.add(.init(range, bytes), to: file.bytes)
    return AOFLabCase(file: file, damage: damage, seed: 0)
  }

  @Test func whatALogHolds() throws {
    let file = try AOFLabFile("small", Self.pieces.flatMap { $0 })
    #expect(file.items.map(\.range.count) == Self.pieces.map(\.count))
    #expect(file.items.map(\.database) == [0, 1, 1, 1, 1, 1])
    #expect(file.items.map { $0.transaction != nil } == [false, false, true, true, true, false])
    // *2 $6 SELECT $1 1
    #expect(file.items[0].lengths == [1..<2, 5..<6, 17..<18])
  }

  @Test func anOutcome() throws {
    // The last byte of the value of b.
    let place = Self.pieces[0...3].joined().count - 3
    let labCase = try Self.labCase(hitting: place..<(place + 1), with: [0x78])
    let damaged = labCase.damage.applied(to: labCase.file.bytes)
    let outcome = try labCase.judge()
    // The changed value cannot be told from another one.
    #expect(outcome.undamaged == 3 && outcome.halfLost == 2 && outcome.hitButKept == 1)
    #expect(outcome.missed.isEmpty && outcome.invented.isEmpty && outcome.failure == nil)
    // A plan for nothing but the last command.
    let start = UInt64(Self.pieces[0...4].joined().count)
    let plan = try AOFSalvagePlanner(
      MemoryAccess(damaged), start..<UInt64(damaged.count)
    ).run()
    let poor = try labCase.judge(plan, of: damaged)
    // It comes back in another database, and nothing tells.
    #expect(poor.missed.count == 3 && poor.misplaced == 1)
  }

  @Test func anInventedCommand() throws {
    let inner = CommandLog.command(["SET", "x", "y"])
    let file = try AOFLabFile("nested", CommandLog.command(["SET", "log", Word(inner)]))
    let labCase = AOFLabCase(file: file, damage: Damage(.oneByte), seed: 0)
    let start = UInt64(file.bytes.count - inner.count - 2)
    let plan = try AOFSalvagePlanner(
      MemoryAccess(file.bytes), start..<(start + UInt64(inner.count))
    ).run()
    let outcome = try labCase.judge(plan, of: file.bytes)
    #expect(outcome.invented == [Int(start)..<Int(start) + inner.count])
    #expect(outcome.missed.count == 1)
  }

  @Test func whereBytesComeFrom() throws {
    let file = [UInt8](0..<100)
    var damage = Damage(.several)
    damage.add(.init(10..<20, []), to: file)
    damage.add(.init(40..<40, [1, 2, 3]), to: file)
    damage.add(.init(60..<62, [9, 9]), to: file)
    #expect(damage.origin(of: 0..<10) == .sound(0..<10))
    #expect(damage.origin(of: 9..<11) == .touched)
    #expect(damage.origin(of: 10..<20) == .sound(20..<30))
    #expect(damage.origin(of: 30..<33) == .brought)
    #expect(damage.origin(of: 29..<31) == .touched)
    #expect(damage.origin(of: 33..<53) == .sound(40..<60))
    #expect(damage.origin(of: 53..<55) == .brought)
    #expect(damage.origin(of: 54..<56) == .touched)
    #expect(damage.origin(of: 55..<93) == .sound(62..<100))
  }

  @Test(arguments: DamageKind.ofAOF) func damageOfItsKind(_ kind: DamageKind) throws {
    let files = try AOFLabFile.fixtures()
    let cases = AOFLabCase.draw(5, of: files, kinds: [kind], seed: 3)
    #expect(cases.count == 5)
    for (labCase, same) in zip(cases, AOFLabCase.draw(5, of: files, kinds: [kind], seed: 3)) {
      #expect(labCase.description == same.description)
      let sound = labCase.file.bytes
      let bytes = labCase.damage.applied(to: sound)
      #expect(bytes != sound, "\(labCase)")
      switch kind {
      case .lost, .torn: #expect(bytes.count < sound.count, "\(labCase)")
      case .foreign4K: #expect(bytes.count == sound.count, "\(labCase)")
      default: break
      }
    }
  }
}
