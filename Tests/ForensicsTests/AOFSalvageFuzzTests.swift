import Forensics
import Persistence
import TestSupport
import Testing

/// Logs with damage of every kind, and bytes that are no log: no input may trap or hang a salvage, and
/// what it keeps has to be a sound log that stays as it is when it is salvaged again.
@Suite(.timeLimit(.minutes(20))) struct AOFSalvageFuzzTests {
  private static let property: FuzzTests.Property = AOFSalvageProperties.violation

  /// A log in which everything occurs, of a few kilobytes.
  private static let small: [UInt8] = {
    let inner = CommandLog.commands(["SET", "a", "1"], ["MULTI"], ["DEL", "a"], ["EXEC"])
    return CommandLog.captured
      + CommandLog.commands(
        ["SELECT", "3"], ["SET", "log", Word(inner)], ["MULTI"], ["SELECT", "1"],
        ["HSET", "hash", "one", Word(inner), "two", "2"], ["EXEC"], ["JSON.SET", "doc", "$", "{}"],
        ["SET", "text", Word("*3\r\n$3\r\nSET\r\n$5\r\nhel")], ["FLUSHALL"],
        ["RPUSH", "list", "a", "b", "", "\r\n", "d"], ["XGROUP", "CREATE", "x", "g", "$"],
        ["EVAL", "return 1", "0"], ["SET", "binary", Word(SeededRandom.noise(200))])
      + Array("#TS:1795335999\r\n".utf8) + CommandLog.captured
  }()

  @Test func everyByte() async {
    let chunks = 8
    let result = await FuzzTests.firstViolation(of: Self.property, chunks: chunks) {
      chunk, check in
      var random = SeededRandom(seed: UInt64(chunk))
      for index in stride(from: chunk, to: Self.small.count, by: chunks) {
        let byte = Self.small[index]
        let flipped = byte ^ 1 << UInt8.random(in: 0...7, using: &random)
        let digit = UInt8.random(in: 0x30...0x39, using: &random)
        for change in Set([0x00, 0x0D, 0x2A, digit, flipped]).subtracting([byte]).sorted() {
          var bytes = Self.small
          bytes[index] = change
          check(bytes)
        }
      }
    }
    #expect(result.violation == nil)
    #expect(result.checked > 4000)
  }

  @Test func everyTruncationAndEveryHead() async {
    let result = await FuzzTests.firstViolation(of: Self.property, chunks: 2) { chunk, check in
      for count in Self.small.indices {
        check(Array(chunk == 0 ? Self.small.prefix(count) : Self.small.suffix(count)))
      }
    }
    #expect(result.violation == nil)
    #expect(result.checked > 2000)
  }

  /// Pieces of logs one behind the other, noise, and bytes of which most are those of framing.
  @Test func pieces() async {
    let words = [
      "*1|$5|MULTI|", "*1|$4|EXEC|", "*2|$6|SELECT|$1|4|", "*3|$3|SET|$1|a|$1|b|",
      "*2|$4|INCR|$1|a|",
      "*3|", "$3|SET|", "$1|a|", "|", "#TS:1795335911|", "#TS:", "$20|", "*2|$3|FOO|$1|a|", "*0|",
      "\n",
      "*3|$3|SET|$1|a|$27|*3|$3|SET|$1|a|$1|b|*3|$3|SE", "text", "*1|$7|DISCARD|",
    ].map(CommandLog.text)
    let result = await FuzzTests.firstViolation(of: Self.property, chunks: 20) { chunk, check in
      var random = SeededRandom(seed: 0xA0F_0000 + UInt64(chunk))
      for _ in 0..<300 {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...40, using: &random) {
          bytes += words[Int.random(in: 0..<words.count, using: &random)]
          if Int.random(in: 0..<10, using: &random) == 0 { bytes += random.bytes(20) }
        }
        check(bytes)
      }
    }
    #expect(result.violation == nil)
    #expect(result.checked == 6000)
  }

  // MARK: Bounds

  /// Counts the bytes that are read.
  private final class CountingAccess: RandomAccess {
    private let memory: MemoryAccess
    private let counted = Monitor(UInt64(0))

    init(_ bytes: [UInt8]) { memory = MemoryAccess(bytes) }

    var bytesRead: UInt64 { counted.withLock { $0 } }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
      let count = unsafe memory.read(at: offset, into: buffer)
      counted.withLock { $0 += UInt64(count) }
      return count
    }
  }

  private static let mebibyte = 1 << 20

  /// Bytes that make a search long.
  struct Adversary: CustomTestStringConvertible {
    var testDescription: String
    /// Bytes that may be read for each byte of the input.
    var factor: UInt64
    var bytes: @Sendable () -> [UInt8]

    init(_ name: String, _ factor: UInt64, _ bytes: @escaping @Sendable () -> [UInt8]) {
      testDescription = name
      self.factor = factor
      self.bytes = bytes
    }

    init(_ name: String, _ factor: UInt64, _ start: String = "", repeating text: String) {
      self.init(name, factor) {
        let piece = CommandLog.text(text)
        let count = 4 * mebibyte / piece.count
        return CommandLog.text(start) + (0..<count).flatMap { _ in piece }
      }
    }
  }

  /// What is read stays in proportion to the input: gaps of megabytes, places that look like commands and
  /// are none, commands that break off everywhere.
  @Test(arguments: [
    Adversary("zeros", 8) { [UInt8](repeating: 0, count: 4 * mebibyte) },
    Adversary("noise", 8) { SeededRandom.noise(4 * mebibyte) },
    Adversary("fragments", 8, repeating: "*3|$3|SET"),
    Adversary("torn commands", 200, repeating: "*3|$3|SET|$1|k|$9|val"),
    Adversary("commands of no name", 8, repeating: "*2|$3|FOO|$1|a|"),
    Adversary("lines", 8, repeating: "*3|"),
    Adversary("arguments", 8, repeating: "$3|SET|"),
    Adversary("sound commands with noise", 2000, repeating: "*3|$3|SET|$1|k|$1|v|*1|$1|"),
    Adversary("many arguments", 8, "*9999999|$3|DEL|", repeating: "$1|k|"),
  ])
  func theReadingIsLinear(_ adversary: Adversary) throws {
    let bytes = adversary.bytes()
    let content = CountingAccess(bytes)
    _ = try AOFSalvagePlanner(content, 0..<UInt64(bytes.count)).run()
    let half = CountingAccess(Array(bytes.prefix(bytes.count / 2)))
    _ = try AOFSalvagePlanner(half, 0..<UInt64(bytes.count / 2)).run()
    #expect(content.bytesRead <= adversary.factor * UInt64(bytes.count))
    #expect(content.bytesRead <= 3 * half.bytesRead + UInt64(Self.mebibyte))
  }
}
