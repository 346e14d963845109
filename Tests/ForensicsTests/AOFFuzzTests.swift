import Forensics
import Foundation
import Persistence
import TestSupport
import Testing

/// AOFs with damage of every kind: no input may trap or hang, and every verdict has to make sense.
@Suite(.timeLimit(.minutes(20))) struct AOFFuzzTests {
  /// A log that holds every construct, as commands and annotations one by one.
  private static let pieces: [[UInt8]] = [
    CommandLog.text("#TS:1795335911|"), CommandLog.command(["SELECT", "0"]),
    CommandLog.command(["SET", "a", "1", "PXAT", "1795335911421"]),
    CommandLog.command(["set", Word([0, 13, 10, 36, 42, 255]), ""]),
    CommandLog.command(["MULTI"]), CommandLog.command(["RPUSH", "list", "x", "y"]),
    CommandLog.text("#TS:1795335912|"), CommandLog.command(["DEL", "a"]),
    CommandLog.command(["EXEC"]),
    CommandLog.command(["SET", "log", Word(CommandLog.commands(["SET", "b", "2"], ["DEL", "b"]))]),
    CommandLog.text("#hello|"),
    CommandLog.command(["XGROUP", "CREATE", "s", "g", "0", "MKSTREAM"]),
    CommandLog.command(["SELECT", "15"]), CommandLog.command(["JSON.SET", "doc", "$", "{}"]),
    CommandLog.command(["HSET", "hash", "field", Word([UInt8](repeating: 120, count: 130))]),
    CommandLog.command(["EVALSHA", "6b1bf486c81ceb7edf3c093f4c48582e38c0e791", "0"]),
  ]

  private static let log = pieces.flatMap { $0 }

  /// An RDB and commands behind it.
  private static let preamble = KnownFile.all[0] + log

  /// Logs of real servers, up to 16 KiB.
  private static let real: [[UInt8]] = {
    let folder = Fixtures.folder.appendingPathComponent("aof")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".aof") }.sorted().compactMap { name in
      let data = try? Data(contentsOf: folder.appendingPathComponent(name))
      return data.flatMap { (1...16384).contains($0.count) ? Array($0) : nil }
    }
  }()

  @Test func theSeedsAreSound() {
    for seed in [Self.log, Self.preamble] + Self.real {
      let verdict = AOFProperties.verdict(seed)
      #expect(verdict.errors == 0)
      #expect(AOFProperties.violation(seed, random: 0) == nil)
    }
    #expect(Self.real.count >= 3)
  }

  /// Cut off anywhere, the log is whole up to the end of the last command, or to the open MULTI.
  @Test func everyPrefix() {
    var ends: [Int] = [0]
    for piece in Self.pieces { ends.append((ends.last ?? 0) + piece.count) }
    // The numbers of the MULTI and the EXEC among the pieces.
    let (multi, exec) = (4, 8)
    for count in 0...Self.log.count {
      let whole = ends.lastIndex { $0 <= count } ?? 0
      let isOpen = whole > multi && whole <= exec
      let expected = isOpen ? ends[multi] : ends[whole]
      let verdict = AOFProperties.verdict(Array(Self.log.prefix(count)))
      let isWhole = expected == count
      #expect(verdict.validUpTo == UInt64(expected), "the first \(count) bytes")
      #expect((verdict.outcome == .sound) == isWhole, "the first \(count) bytes")
      let violation = AOFProperties.violation(
        Array(Self.log.prefix(count)), random: UInt64(count) &* 0x9E37_79B9)
      #expect(violation == nil, "the first \(count) bytes")
    }
  }

  @Test func everyPrefixWithAPreamble() {
    let size = KnownFile.all[0].count
    for count in 1..<Self.preamble.count {
      let cut = Array(Self.preamble.prefix(count))
      let violation = AOFProperties.violation(cut, random: UInt64(count) &* 0x9E37_79B9)
      #expect(violation == nil, "the first \(count) bytes")
      if count < size {
        #expect(AOFProperties.verdict(cut).errors > 0, "the first \(count) bytes")
      }
    }
  }

  @Test func everyByte() async {
    let seeds = [Self.log, Self.preamble]
    let result = await FuzzTests.firstViolation(of: AOFProperties.violation, chunks: 2) {
      chunk, check in
      for (index, byte) in seeds[chunk].enumerated() {
        for change in [0x00, 0xFF, 0x2A, 0x24, 0x0D, 0x0A] + (0..<8).map({ byte ^ 1 << $0 })
        where change != byte {
          var bytes = seeds[chunk]
          bytes[index] = change
          check(bytes)
        }
      }
    }
    #expect(result.violation == nil)
    #expect(result.checked > 10_000)
  }

  @Test func randomMutants() async {
    let result = await FuzzTests.firstViolationOfMutants(
      of: AOFProperties.violation, [Self.log, Self.preamble] + Self.real, seed: 0xA0F, chunks: 100,
      each: 400)
    #expect(result.violation == nil)
    #expect(result.checked == 100 * 400)
  }

  /// Numbers that no file can hold, in little time and without asking for their memory.
  @Test(arguments: [
    "*-5|", "*0|", "*2147483648|", "*99999999999999999999|", "*3|$99999999999|",
    "*3|$3|SET|$18446744073709551615|", "*1|$-1|", "*2147483647|$3|SET|$1|a|", "*1|$536870913|",
  ])
  func claims(_ text: String) {
    let log = Self.log + CommandLog.text(text)
    let verdict = AOFProperties.verdict(log)
    #expect(verdict.outcome == .damaged)
    #expect(verdict.validUpTo == UInt64(Self.log.count))
    #expect(AOFProperties.violation(log, random: 0) == nil)
  }
}
