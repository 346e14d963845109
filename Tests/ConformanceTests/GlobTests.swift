import Persistence
import TestSupport
import Testing

/// Globs are what the server says they are.
@Suite struct GlobConformanceTests {
  private static let alphabet = Array("aabbc*?[]^-\\*[".utf8) + [0x00, 0x80, 0xFF]
  private static let keyAlphabet = Array("aaabbbc*?[]^-\\".utf8) + [0x00, 0x80, 0xFF]

  /// Every pattern against every key, by `KEYS`.
  @Test func answersAsTheServerDoes() throws {
    var random = SeededRandom(seed: 20_260)
    func word(_ alphabet: [UInt8], upTo length: Int) -> [UInt8] {
      (0..<Int.random(in: 0...length, using: &random)).map { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
      }
    }
    var keys = Set([[]] as [[UInt8]])
    for byte in UInt8.min...UInt8.max { keys.insert([byte]) }
    while keys.count < 700 { keys.insert(word(Self.keyAlphabet, upTo: 6)) }
    var patterns = Set([[], [0x2A], [0x2A, 0x2A], [0x5B, 0x5E], [0x5B]] as [[UInt8]])
    while patterns.count < 4000 { patterns.insert(word(Self.alphabet, upTo: 9)) }
    // Ranges and classes are rare among random words.
    while patterns.count < 6000 {
      patterns.insert(word(Self.alphabet, upTo: 1) + [0x5B] + word(Self.alphabet, upTo: 7))
    }

    let server = try OracleServer(.redis7)
    try server.pipeline(keys.map { ["SET", Word($0), ""] })
    let ordered = patterns.sorted { $0.lexicographicallyPrecedes($1) }
    let replies = try server.pipeline(ordered.map { ["KEYS", Word($0)] })
    #expect(replies.count == ordered.count)
    var matches = 0
    var disagreements: [String] = []
    for (pattern, reply) in zip(ordered, replies) {
      let expected = Set(try #require(reply.array).compactMap(\.bytes))
      let glob = Glob(pattern.raw)
      for key in keys {
        let answer = glob.matches(key.raw)
        if answer { matches += 1 }
        if answer != expected.contains(key) {
          disagreements.append("\(ByteString(pattern)) \(ByteString(key)): we say \(answer)")
        }
      }
    }
    #expect(disagreements.prefix(20).joined(separator: "\n") == "")
    #expect(matches > 50_000)
  }
}
