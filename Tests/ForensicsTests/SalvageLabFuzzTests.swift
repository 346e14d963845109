import Forensics
import TestSupport
import Testing

/// What a salvage brings back of hundreds of damaged files, in shares of what was not damaged.
/// `benchmarks salvage` tells the same of thousands.
@Suite(.timeLimit(.minutes(20))) struct SalvageLabFuzzTests {
  private static func tally(_ cases: [LabCase]) throws -> SalvageTally<LabOutcome> {
    var tally = SalvageTally<LabOutcome>()
    for labCase in cases {
      let outcome = try labCase.judge { try LabSalvage.real($0) }
      #expect(outcome.failure == nil, "\(labCase)")
      // Of more than one damage, nothing tells what it did to a text.
      if labCase.file.isChecked, labCase.damage.kind != .several {
        #expect(outcome.wrong.isEmpty, "\(labCase)")
      }
      tally.add(outcome)
    }
    return tally
  }

  @Test func afterOneZeroedBlock() throws {
    let files = try LabFile.fixtures().filter(\.isChecked)
    let tally = try Self.tally(LabCase.draw(200, of: files, kinds: [.zeroed4K], seed: 11))
    #expect(tally.cases == 200)
    #expect(tally.recoveredShare >= 0.999)
  }

  /// Without a checksum, blocks that were swapped cannot be put back: less comes back.
  @Test(arguments: [(isChecked: true, share: 0.995), (isChecked: false, share: 0.98)])
  func afterDamageOfEveryKind(isChecked: Bool, share: Double) throws {
    let files = try LabFile.fixtures().map { isChecked ? $0 : $0.withoutChecksum() }
    let cases = LabCase.draw(400, of: files.filter { $0.isChecked == isChecked }, seed: 12)
    let tally = try Self.tally(cases)
    #expect(tally.cases == 400)
    #expect(tally.recoveredShare >= share)
  }

  /// Damage that the checksum explains is undone to the last byte.
  @Test func whatTheChecksumExplains() throws {
    let kinds: [DamageKind] = [
      .oneBit, .oneByte, .twoBits, .swapped512, .swapped4K, .doubled512, .doubled4K, .inserted,
    ]
    let files = try LabFile.fixtures().filter(\.isChecked)
    for labCase in LabCase.draw(160, of: files, kinds: kinds, seed: 13) {
      let outcome = try labCase.judge {
        let result = try LabSalvage.real($0)
        #expect(result.output == labCase.file.bytes, "\(labCase)")
        return result
      }
      #expect(outcome.isRestored, "\(labCase)")
    }
  }
}
