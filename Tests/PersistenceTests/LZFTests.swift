import Persistence
import TestSupport
import Testing

@Suite struct LZFTests {
  // MARK: Known answers

  /// Strings that redis-server 7.0.15 compressed (`FORMATS.md`, E4 and E5).
  @Test(arguments: [
    ([0x01, 0x61, 0x61, 0xE0, 0x57, 0x00, 0x01, 0x61, 0x61], String(repeating: "a", count: 100)),
    (
      [0x02, 0x61, 0x62, 0x61, 0xE0, 0x1A, 0x01, 0x01, 0x61, 0x62],
      String(repeating: "ab", count: 20)
    ),
  ])
  func knownAnswer(input: [UInt8], text: String) throws {
    let output = Array(text.utf8)
    try LZF.check(input.raw, outputLength: UInt64(output.count))
    #expect(try decompress(input, length: output.count) == output)
  }

  @Test(arguments: [
    // A literal cut after its control byte, and inside.
    ([], 1, 0), ([0x00], 1, 0), ([0x02, 0x61, 0x62], 3, 0),
    // A match without its low byte; a long one without its length, or without its low byte.
    ([0x00, 0x61, 0x20], 4, 2), ([0x00, 0x61, 0xE0], 10, 2), ([0x00, 0x61, 0xE0, 0x00], 10, 2),
    // Before the start: a match first of all, and one byte too far back.
    ([0x20, 0x00], 3, 0), ([0x00, 0x61, 0x20, 0x01], 4, 2),
    // More output than claimed by a literal and by a match, and less.
    ([0x01, 0x61, 0x62], 1, 0), ([0x00, 0x61, 0x20, 0x00], 3, 2), ([0x00, 0x61, 0x20, 0x00], 5, 4),
    // Claims that no input of this length can meet.
    ([0x00, 0x61], 0, 0), ([0x00, 0x61], 177, 0),
  ])
  func refused(input: [UInt8], length: Int, offset: Int) {
    let fromCheck = #expect(throws: FormatError.self) {
      try LZF.check(input.raw, outputLength: UInt64(length))
    }
    let fromWork = #expect(throws: FormatError.self) { try decompress(input, length: length) }
    #expect(fromCheck == fromWork)
    #expect(fromCheck?.code == .badLZF)
    #expect(fromCheck?.offset == offset)
  }

  @Test(arguments: [UInt64.max, UInt64(Int.max) + 1, 1 << 40])
  func hugeClaim(length: UInt64) {
    let input: [UInt8] = [0x00, 0x61]
    let error = #expect(throws: FormatError.self) {
      try LZF.check(input.raw, outputLength: length)
    }
    #expect(error?.found == length)
    #expect(error?.expected == 176)
  }

  @Test func errorTexts() {
    let input: [UInt8] = [0x00, 0x61, 0x20, 0x01]
    let error = #expect(throws: FormatError.self) {
      try LZF.check(input.raw, outputLength: 4)
    }
    #expect(
      error?.description
        == "distance of an LZF match, at most the output so far: expected 1, found 2")
  }

  // MARK: Every kind of match

  /// All distances up to 40 with all lengths, in the middle of an output and at its very end, where
  /// the wide copies must give way to narrow ones.
  @Test(arguments: [0, 1, 7, 15, 16, 40])
  func matches(tail: Int) throws {
    for distance in Array(1...40) + [255, 256, 257] {
      for length in 3...264 {
        var stream: [Token] = [.literal((0..<distance).map { UInt8(truncatingIfNeeded: $0 &* 7) })]
        stream.append(.match(distance: distance, length: length))
        if tail > 0 { stream.append(.literal([UInt8](repeating: 0xEE, count: tail))) }
        let input = encode(stream)
        let expected = expand(stream)
        guard try decompress(input, length: expected.count) == expected else {
          Issue.record("distance \(distance), length \(length), tail \(tail)")
          return
        }
      }
    }
  }

  @Test func farthestMatch() throws {
    var random = SplitMix64(seed: 13)
    let stream: [Token] = [
      .literal(random.bytes(8192)), .match(distance: 8192, length: 264),
      .match(distance: 8191, length: 3),
    ]
    #expect(try decompress(encode(stream), length: 8192 + 267) == expand(stream))
  }

  // MARK: Random streams and damage

  @Test(arguments: 1...40)
  func roundTrip(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let text = sampleText(&random, count: Int.random(in: 1...5000, using: &random))
    let input = compress(text)
    try LZF.check(input.raw, outputLength: UInt64(text.count))
    #expect(try decompress(input, length: text.count) == text)
  }

  @Test func everyPrefixIsRefused() {
    var random = SplitMix64(seed: 3)
    let text = sampleText(&random, count: 2000)
    let input = compress(text)
    for count in 0..<input.count {
      #expect(throws: FormatError.self) {
        try LZF.check(Array(input[..<count]).raw, outputLength: UInt64(text.count))
      }
      #expect(throws: FormatError.self) {
        try decompress(Array(input[..<count]), length: text.count)
      }
    }
  }

  /// 100,000 damaged streams: both functions say the same, and what they accept is what the plain
  /// decoder here makes of it.
  @Test(arguments: 0..<10)
  func mutants(seed: UInt64) {
    var random = SplitMix64(seed: 1000 + seed)
    var accepted = 0
    for round in 0..<100 {
      let text = sampleText(
        &random, count: Int.random(in: 1...(round < 90 ? 150 : 1000), using: &random))
      let original = compress(text)
      for trial in 0..<100 {
        var input = original
        // Every byte of a short stream is hit in turn, then bytes at random.
        let hit = trial < input.count ? trial : Int.random(in: 0..<input.count, using: &random)
        input[hit] ^= UInt8.random(in: 1...255, using: &random)
        if trial % 4 == 3 { input[input.count / 2] = UInt8.random(in: 0...255, using: &random) }
        // What the mutant makes, to have some that are accepted.
        var length = text.count
        if trial % 2 == 0, let made = plainLength(input), made > 0 { length = made }
        if !agree(input, length: length, accepted: &accepted) { return }
      }
    }
    #expect(accepted > 1000)
  }

  /// Whether `check`, `decompress` and the plain decoder agree on one stream; records it if not.
  private func agree(_ input: [UInt8], length: Int, accepted: inout Int) -> Bool {
    var fromCheck: FormatError?
    do throws(FormatError) {
      try LZF.check(input.raw, outputLength: UInt64(length))
    } catch { fromCheck = error }
    var output: [UInt8]?
    var fromWork: FormatError?
    do throws(FormatError) { output = try decompress(input, length: length) } catch {
      fromWork = error
    }
    let plain = plainDecompress(input, length: length)
    guard fromCheck == fromWork, output == plain else {
      Issue.record("\(input) into \(length): \(fromCheck as Any), \(fromWork as Any)")
      return false
    }
    if output != nil { accepted += 1 }
    return true
  }
}

/// Decompresses between guard bytes, which must stay.
private func decompress(_ input: [UInt8], length: Int) throws(FormatError) -> [UInt8] {
  let margin = 64
  let whole = UnsafeMutableRawBufferPointer.allocate(
    byteCount: length + 2 * margin, alignment: 16)
  defer { unsafe whole.deallocate() }
  _ = unsafe whole.initializeMemory(as: UInt8.self, repeating: 0xA5)
  let output = unsafe UnsafeMutableRawBufferPointer(rebasing: whole[margin..<(margin + length)])
  defer {
    let before = unsafe whole[..<margin].allSatisfy { $0 == 0xA5 }
    let after = unsafe whole[(margin + length)...].allSatisfy { $0 == 0xA5 }
    if !before || !after { Issue.record("wrote outside the output: \(input)") }
  }
  try unsafe LZF.decompress(input.raw, into: output)
  return unsafe Array(output)
}

// MARK: A plain implementation

private enum Token {
  case literal([UInt8])
  case match(distance: Int, length: Int)
}

private func encode(_ tokens: [Token]) -> [UInt8] {
  var bytes: [UInt8] = []
  for token in tokens {
    switch token {
    case .literal(let literal):
      for start in stride(from: 0, to: literal.count, by: 32) {
        let run = literal[start..<min(start + 32, literal.count)]
        bytes.append(UInt8(run.count - 1))
        bytes += run
      }
    case .match(let distance, let length):
      let high = UInt8((distance - 1) >> 8)
      if length < 9 {
        bytes.append(UInt8(length - 2) << 5 | high)
      } else {
        bytes += [7 << 5 | high, UInt8(length - 9)]
      }
      bytes.append(UInt8((distance - 1) & 0xFF))
    }
  }
  return bytes
}

private func expand(_ tokens: [Token]) -> [UInt8] {
  var output: [UInt8] = []
  for token in tokens {
    switch token {
    case .literal(let literal): output += literal
    case .match(let distance, let length):
      for _ in 0..<length { output.append(output[output.count - distance]) }
    }
  }
  return output
}

/// The tokens of a stream, or nil where one is cut off.
private func parse(_ input: [UInt8]) -> [Token]? {
  var tokens: [Token] = []
  var rest = input[...]
  while let control = rest.popFirst() {
    if control < 32 {
      let run = rest.prefix(Int(control) + 1)
      guard run.count == Int(control) + 1 else { return nil }
      tokens.append(.literal(Array(run)))
      rest = rest.dropFirst(run.count)
    } else {
      var length = Int(control >> 5) + 2
      if length == 9 {
        guard let more = rest.popFirst() else { return nil }
        length += Int(more)
      }
      guard let low = rest.popFirst() else { return nil }
      tokens.append(.match(distance: Int(control & 31) * 256 + Int(low) + 1, length: length))
    }
  }
  return tokens
}

/// How much output a stream makes, wherever its matches point.
private func plainLength(_ input: [UInt8]) -> Int? {
  parse(input)?.reduce(0) { sum, token in
    switch token {
    case .literal(let literal): sum + literal.count
    case .match(_, let length): sum + length
    }
  }
}

private func plainDecompress(_ input: [UInt8], length: Int) -> [UInt8]? {
  guard let tokens = parse(input), plainLength(input) == length else { return nil }
  var made = 0
  for token in tokens {
    switch token {
    case .literal(let literal): made += literal.count
    case .match(let distance, let length):
      guard distance <= made else { return nil }
      made += length
    }
  }
  return expand(tokens)
}

/// Greedy, by the last place where the same three bytes stood.
private func compress(_ text: [UInt8]) -> [UInt8] {
  var tokens: [Token] = []
  var literal: [UInt8] = []
  var seen: [[UInt8]: Int] = [:]
  var at = 0
  while at < text.count {
    let key = Array(text[at..<min(at + 3, text.count)])
    let source = key.count == 3 ? seen.updateValue(at, forKey: key) : nil
    guard let source, at - source <= 8192 else {
      literal.append(text[at])
      at += 1
      continue
    }
    var length = 3
    while length < 264, at + length < text.count, text[source + length] == text[at + length] {
      length += 1
    }
    if !literal.isEmpty { tokens.append(.literal(literal)) }
    literal = []
    tokens.append(.match(distance: at - source, length: length))
    at += length
  }
  if !literal.isEmpty { tokens.append(.literal(literal)) }
  return encode(tokens)
}

/// Bytes with runs, repetitions and noise in them.
private func sampleText(_ random: inout SplitMix64, count: Int) -> [UInt8] {
  var text: [UInt8] = []
  while text.count < count {
    switch Int.random(in: 0..<4, using: &random) {
    case 0:
      text += [UInt8](
        repeating: UInt8.random(in: 0...255, using: &random),
        count: Int.random(in: 1...300, using: &random))
    case 1: text += random.bytes(Int.random(in: 1...40, using: &random))
    case 2: text += Array("user:1000:session".utf8)
    default: text += text.suffix(Int.random(in: 1...20, using: &random))
    }
  }
  return Array(text[..<count])
}
