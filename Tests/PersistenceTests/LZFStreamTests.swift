import Persistence
import TestSupport
import Testing

/// The stream says of every input, however it is cut, what `LZF` says of the whole.
@Suite struct LZFStreamTests {
  private enum Answer: Equatable {
    case text([UInt8])
    case error(FormatError)
  }

  private static func whole(_ input: [UInt8], _ length: UInt64) -> Answer {
    do throws(FormatError) {
      try LZF.check(input.raw, outputLength: length)
      let output = UnsafeMutableRawBufferPointer.allocate(
        byteCount: Int(length), alignment: 16)
      defer { unsafe output.deallocate() }
      try unsafe LZF.decompress(input.raw, into: output)
      return unsafe .text(Array(output))
    } catch {
      return .error(error)
    }
  }

  /// Feeds pieces of the sizes that come out of `sizes`, over and over.
  private static func streamed(
    _ input: [UInt8], _ length: UInt64, _ sizes: [Int]
  ) -> (decoded: Answer, checked: FormatError?) {
    func pieces(_ body: ([UInt8]) throws(FormatError) -> Void) throws(FormatError) {
      var at = 0
      var turn = 0
      while at < input.count {
        let end = min(input.count, at + sizes[turn % sizes.count])
        try body(Array(input[at..<end]))
        at = end
        turn += 1
      }
    }
    var checked: FormatError?
    do throws(FormatError) {
      var stream = try LZFStream(compressed: input.count, output: length)
      try pieces { (piece) throws(FormatError) in try stream.check(piece.raw) }
      try stream.finish()
    } catch {
      checked = error
    }
    var output: [UInt8] = []
    do throws(FormatError) {
      var stream = try LZFStream(compressed: input.count, output: length)
      try pieces { (piece) throws(FormatError) in
        var rest = piece[...]
        while !rest.isEmpty {
          rest = rest.dropFirst(try stream.decode(Array(rest).raw))
          #expect(stream.output.byteCount <= LZFStream.pieceSize)
          unsafe stream.output.withUnsafeBytes { unsafe output.append(contentsOf: $0) }
        }
      }
      try stream.finish()
      return (.text(output), checked)
    } catch {
      return (.error(error), checked)
    }
  }

  /// Whether both agree on one input; records it if not.
  @discardableResult
  private static func agree(
    _ input: [UInt8], _ length: UInt64, _ sizes: [Int]
  ) -> Bool {
    let expected = whole(input, length)
    let found = streamed(input, length, sizes)
    var error: FormatError?
    if case .error(let told) = expected { error = told }
    guard found.decoded == expected, found.checked == error else {
      Issue.record("\(input) into \(length) by \(sizes): \(found), not \(expected)")
      return false
    }
    return true
  }

  private static let cases: [(input: [UInt8], length: UInt64)] = [
    ([0x01, 0x61, 0x61, 0xE0, 0x57, 0x00, 0x01, 0x61, 0x61], 100),
    ([0x02, 0x61, 0x62, 0x61, 0xE0, 0x1A, 0x01, 0x01, 0x61, 0x62], 40),
    ([], 1), ([0x00], 1), ([0x02, 0x61, 0x62], 3), ([0x00, 0x61, 0x20], 4),
    ([0x00, 0x61, 0xE0], 10), ([0x00, 0x61, 0xE0, 0x00], 10), ([0x20, 0x00], 3),
    ([0x00, 0x61, 0x20, 0x01], 4), ([0x01, 0x61, 0x62], 1), ([0x00, 0x61, 0x20, 0x00], 3),
    ([0x00, 0x61, 0x20, 0x00], 5), ([0x00, 0x61], 0), ([0x00, 0x61], 177),
    ([0x00, 0x61], .max), ([0x00, 0x61], 1 << 63),
  ]

  @Test func knownAnswers() {
    let text = [UInt8](repeating: UInt8(ascii: "a"), count: 100)
    #expect(Self.streamed(Self.cases[0].input, 100, [1]).decoded == .text(text))
    for (input, length) in Self.cases {
      for size in 1...12 { Self.agree(input, length, [size]) }
    }
  }

  /// A stream with literals of every length, and matches near and far, over more than the history.
  private static func sample(seed: UInt64, tokens: Int) -> (input: [UInt8], length: UInt64) {
    var random = SeededRandom(seed: seed)
    var input: [UInt8] = [31] + random.bytes(32)
    var made = 32
    for _ in 0..<tokens {
      if Bool.random(using: &random) {
        let count = Int.random(in: 1...32, using: &random)
        input += [UInt8(count - 1)] + random.bytes(count)
        made += count
      } else {
        let distance = Int.random(in: 1...min(made, 8192), using: &random) - 1
        let length = Int.random(in: 3...264, using: &random)
        if length < 9 {
          input.append(UInt8(length - 2) << 5 | UInt8(distance >> 8))
        } else {
          input += [0xE0 | UInt8(distance >> 8), UInt8(length - 9)]
        }
        input.append(UInt8(distance & 0xFF))
        made += length
      }
    }
    return (input, UInt64(made))
  }

  @Test func everySplit() {
    let (input, length) = Self.sample(seed: 5, tokens: 40)
    guard case .text = Self.whole(input, length) else {
      Issue.record("the sample is no stream")
      return
    }
    for split in 1..<input.count {
      guard Self.agree(input, length, [split, input.count]) else { return }
    }
  }

  /// More output than a piece and than the history, in pieces of all kinds.
  @Test(arguments: [[1], [2, 3, 5], [33], [4096], [1 << 20], [1, 100_000]])
  func long(sizes: [Int]) {
    let (input, length) = Self.sample(seed: 6, tokens: 9000)
    #expect(length > UInt64(2 * LZFStream.pieceSize))
    Self.agree(input, length, sizes)
  }

  @Test func everyCutAndEveryFlippedByte() {
    var random = SeededRandom(seed: 7)
    let (input, length) = Self.sample(seed: 8, tokens: 30)
    for count in 0..<input.count {
      guard Self.agree(Array(input[..<count]), length, [1 + count % 7]) else { return }
    }
    for index in input.indices {
      for _ in 0..<8 {
        var damaged = input
        damaged[index] ^= UInt8.random(in: 1...255, using: &random)
        let size = Int.random(in: 1...40, using: &random)
        guard Self.agree(damaged, length, [size]),
          Self.agree(damaged, length + UInt64.random(in: 0...9, using: &random), [size, 1])
        else { return }
      }
    }
  }

  /// A stream that ends too soon has not made what it claims.
  @Test func unfinished() throws {
    var stream = try LZFStream(compressed: 9, output: 100)
    let error = #expect(throws: FormatError.self) { try stream.finish() }
    #expect(error?.code == .badLZF)
    #expect(error?.found == 0 && error?.expected == 100)
    try stream.check([0x01, 0x61, 0x61].raw)
    #expect(throws: FormatError.self) { try stream.finish() }
  }
}
