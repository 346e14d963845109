import Persistence
import Synchronization
import TestSupport
import Testing

@Suite struct LZFCompressorTests {
  /// The compressed bytes; empty when they do not fit into `room`.
  private func compress(_ input: [UInt8], room: Int? = nil, keepingBack: Int = 0) -> [UInt8] {
    var compressor = LZFCompressor()
    compressor.reserve = keepingBack
    return Self.compress(input, room: room, with: &compressor)
  }

  private static func compress(
    _ input: [UInt8], room: Int? = nil, with compressor: inout LZFCompressor
  ) -> [UInt8] {
    var output = [UInt8](repeating: 0xEE, count: room ?? input.count + input.count / 32 + 4)
    let count = unsafe output.withUnsafeMutableBytes {
      unsafe compressor.compress(input.raw, into: $0)
    }
    return Array(output.prefix(count))
  }

  private func decompress(_ input: [UInt8], _ count: Int) throws -> [UInt8] {
    var output = [UInt8](repeating: 0, count: count)
    try unsafe output.withUnsafeMutableBytes { try unsafe LZF.decompress(input.raw, into: $0) }
    return output
  }

  /// Payloads of Redis 7.0.15 (FORMATS E4, E5).
  @Test func isWhatTheServerWrites() {
    #expect(compress([UInt8](repeating: 97, count: 100)) == hex("01 61 61 E0 57 00 01 61 61"))
    let pairs = (0..<20).flatMap { _ in Array("ab".utf8) }
    #expect(compress(pairs) == hex("02 61 62 61 E0 1A 01 01 61 62"))
  }

  /// A string of `2.8.24-census.rdb`, whose last bytes could be a match.
  @Test func olderServersTakeNoMatchAtTheEnd() throws {
    let payload = hex(
      """
      06 7468657461206240040264656cc00a0c657073696c6f6e206b61707061a0050472686f207a40270375707369
      """)
    let text = try decompress(payload, 0x37)
    #expect(compress(text, keepingBack: 2) == payload)
    #expect(compress(text).count < payload.count)
    #expect(try decompress(compress(text), text.count) == text)
  }

  @Test func shortInput() {
    for count in 0...3 { #expect(compress([UInt8](repeating: 1, count: count)).isEmpty) }
  }

  /// What is written is the input, from whatever the compressor saw before.
  @Test(arguments: [0, 2]) func comesBack(_ keepingBack: Int) throws {
    var random = SeededRandom(seed: 41)
    var compressor = LZFCompressor()
    compressor.reserve = keepingBack
    for round in 0..<600 {
      let count = 4 + Int(random.next() % (round % 50 == 0 ? 70_000 : 600))
      let letters = 1 + random.next() % [1, 2, 4, 30, 255][round % 5]
      let input = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next() % letters) }
      let output = Self.compress(input, with: &compressor)
      #expect(try decompress(output, count) == input)
      // What it writes does not depend on what it saw before.
      #expect(compress(input, keepingBack: keepingBack) == output)
    }
  }

  /// With less room than that nothing is written past it, and none is claimed to have been.
  @Test func keepsToItsRoom() {
    var random = SeededRandom(seed: 42)
    for _ in 0..<200 {
      let input = random.bytes(4 + Int(random.next() % 90)).map { $0 & 7 }
      let whole = compress(input)
      for room in 0..<(whole.count + 8) {
        var compressor = LZFCompressor()
        var output = [UInt8](repeating: 0xEE, count: room + 4)
        let count = unsafe output.withUnsafeMutableBytes {
          unsafe compressor.compress(
            input.raw, into: UnsafeMutableRawBufferPointer(rebasing: $0[0..<room]))
        }
        #expect(output.suffix(4) == [0xEE, 0xEE, 0xEE, 0xEE])
        #expect(count == 0 || (count <= room && Array(output.prefix(count)) == whole))
        // The last three bytes are asked for whether they will be needed or not.
        if room >= whole.count + 4 { #expect(count == whole.count) }
      }
    }
  }

  /// Way is made behind every 16 KiB of input, and not at its end; what is written stays the same.
  @Test(arguments: [(16 << 10, 0), (50_000, 3), (1 << 20, 63)])
  func makesWay(_ count: Int, _ ways: Int) throws {
    var random = SeededRandom(seed: 43)
    let input = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    let calls = Atomic(0)
    var output = [UInt8](repeating: 0, count: count + count / 32 + 4)
    var compressor = LZFCompressor()
    let made = unsafe output.withUnsafeMutableBytes {
      unsafe compressor.compress(
        input.raw, into: $0,
        makingWay: { calls.wrappingAdd(1, ordering: .relaxed) })
    }
    // Random bytes hardly have matches, which may reach a little over a border.
    #expect(calls.load(ordering: .relaxed) == ways)
    #expect(Array(output.prefix(made)) == compress(input))
    #expect(try decompress(Array(output.prefix(made)), count) == input)
  }

  @Test func serversCompressFrom21BytesOn() {
    #expect(LZFCompressor.limit(20) == nil)
    #expect(LZFCompressor.limit(21) == 17)
  }
}
