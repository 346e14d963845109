import Forensics
import Foundation
import TestSupport
import Testing

/// Every file that once broke the checker, and some that are made to.
@Suite struct CrasherTests {
  @Test func everyCrasher() throws {
    let folder = Fixtures.folder.appendingPathComponent("crashers")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    let files = names.filter { $0.hasSuffix(".rdb") }
    #expect(!files.isEmpty)
    for name in files {
      let bytes = Array(try Data(contentsOf: folder.appendingPathComponent(name)))
      for random in 0..<8 as Range<UInt64> {
        let random = random &* 0x0101_0101
        #expect(CheckProperties.violation(bytes, random: random) == nil, "\(name)")
        #expect(SalvageProperties.violation(bytes, random: random) == nil, "\(name)")
        #expect(AOFProperties.violation(bytes, random: random) == nil, "\(name)")
        #expect(AOFSalvageProperties.violation(bytes, random: random) == nil, "\(name)")
      }
      #expect(CheckProperties.verdict(bytes).outcome != .sound, "\(name)")
    }
  }
}
