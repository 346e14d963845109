import Persistence
import TestSupport
import Testing

@Suite struct CommandScannerTests {
  private func scan(
    _ bytes: [UInt8], pieceSize: Int = .max, batchSize: Int = CommandScanner.batchSize,
    largeCommand: Int = CommandScanner.largeCommand, knowsSize: Bool = true,
    isSeekable: Bool = false
  ) throws -> CommandScan {
    try CommandScan(
      CommandScanner(
        MemorySource(bytes, pieceSize: pieceSize),
        inputSize: { knowsSize ? UInt64(bytes.count) : nil },
        content: isSeekable ? MemoryAccess(bytes) : nil, batchSize: batchSize,
        largeCommand: largeCommand))
  }

  @Test func wholeFile() throws {
    let scan = try scan(CommandParserTests.varied)
    let parsed = parseCommands(CommandParserTests.varied).commands
    #expect(scan.commands == parsed)
    #expect(scan.isContiguous && scan.error == nil && scan.large == 0)
    #expect(scan.numbers == (1...UInt64(parsed.count - 2)).map { $0 })
    #expect(scan.timestamps.allSatisfy { $0 == 1_795_335_911 })
    #expect(scan.fileSize == UInt64(CommandParserTests.varied.count))
    #expect(scan.lastEnd == scan.fileSize && scan.validUpTo == scan.fileSize)
  }

  @Test func emptyFile() throws {
    let scan = try scan([])
    #expect(scan.commands.isEmpty && scan.error == nil && scan.fileSize == 0)
  }

  struct Cut: Sendable, CustomTestStringConvertible {
    var piece: Int
    var batch: Int
    var large: Int
    var testDescription: String { "pieces of \(piece), batches of \(batch), large from \(large)" }
  }

  static let cuts = [1, 3, 64, .max].flatMap { piece in
    [1, 16, 100, 1 << 19].flatMap { batch in
      [1024, 1200, 4 << 20].map { Cut(piece: piece, batch: batch, large: $0) }
    }
  }

  /// However the file comes in and is cut, the same commands come out.
  @Test(arguments: cuts)
  func sameCommandsHoweverCut(_ cut: Cut) throws {
    let expected = try scan(CommandParserTests.varied)
    for knowsSize in [true, false] {
      for isSeekable in [true, false] {
        var got = try scan(
          CommandParserTests.varied, pieceSize: cut.piece, batchSize: cut.batch,
          largeCommand: cut.large, knowsSize: knowsSize, isSeekable: isSeekable)
        #expect((got.large > 0) == (cut.large < 4 << 20))
        got.large = 0
        #expect(got == expected)
      }
    }
  }

  /// A broken file ends at the same place with the same error, however it is cut.
  @Test func sameErrorHoweverCut() throws {
    var random = SeededRandom(seed: 7)
    for malformed in CommandParserTests.malformed {
      let bytes = CommandParserTests.varied + malformed.bytes
      let expected = try scan(bytes)
      #expect(
        expected.error
          == Fault(malformed.fault.code, malformed.fault.offset + CommandParserTests.varied.count))
      #expect(expected.isContiguous)
      #expect(expected.fileSize == UInt64(bytes.count))
      for _ in 0..<8 {
        var got = try scan(
          bytes, pieceSize: Int.random(in: 1...50, using: &random),
          batchSize: Int.random(in: 1...500, using: &random),
          largeCommand: Int.random(in: 1024...1500, using: &random),
          knowsSize: Bool.random(using: &random), isSeekable: Bool.random(using: &random))
        got.large = 0
        #expect(got == expected, "\(malformed)")
      }
    }
  }

  @Test func everyPrefix() throws {
    let bytes = CommandParserTests.varied
    for count in stride(from: 0, through: bytes.count, by: 7) {
      let prefix = Array(bytes[..<count])
      let parsed = parseCommands(prefix)
      for largeCommand in [1024, 4 << 20] {
        let scan = try scan(prefix, pieceSize: 11, batchSize: 50, largeCommand: largeCommand)
        #expect(scan.commands == parsed.commands)
        #expect(scan.error == parsed.error.map { Fault($0) }, "\(count) bytes")
        #expect(scan.lastEnd == UInt64(parsed.commands.last?.end ?? 0))
      }
    }
  }

  // MARK: What holds between commands

  @Test func databasesAndTimes() throws {
    let bytes =
      CommandLog.text("#TS:5|") + CommandLog.commands(["SELECT", "3"], ["SET", "a", "1"])
      + CommandLog.text("#TS:9|")
      + CommandLog.commands(
        ["select", "12"], ["SET", "b", "1"], ["SELECT", "x"], ["SELECT", "-1"],
        ["SELECT", "1", "2"], ["SELECT", "2147483648"], ["SET", "c", "1"], ["sELECT", "0"],
        ["SET", "d", "1"])
    let scan = try scan(bytes)
    #expect(scan.databases == [0, 3, 3, 12, 12, 12, 12, 12, 12, 12, 0])
    #expect(scan.timestamps == [5, 5, 9, 9, 9, 9, 9, 9, 9, 9, 9])
  }

  @Test func openTransaction() throws {
    let before = CommandLog.commands(["SET", "a", "1"], ["MULTI"], ["SET", "b", "1"], ["exec"])
    let open = CommandLog.commands(["Multi"], ["SET", "c", "1"], ["MULTI"])
    let end = try scan(before + open)
    #expect(end.error == nil)
    #expect(end.validUpTo == UInt64(before.count))
    #expect(end.lastEnd == UInt64(before.count + open.count))
    let cut = try scan(before + open + CommandLog.text("*2|$3|"))
    #expect(cut.error?.code == .truncated)
    #expect(cut.validUpTo == UInt64(before.count))
    #expect(cut.lastEnd == UInt64(before.count + open.count))
    #expect(try scan(before).validUpTo == UInt64(before.count))
    let given = CommandLog.commands(["MULTI"], ["DISCARD"])
    #expect(try scan(given).validUpTo == UInt64(given.count))
  }

  @Test func zerosAtTheEnd() throws {
    let command = CommandLog.command(["PING"])
    let zeros = [UInt8](repeating: 0, count: 5000)
    let scan1 = try scan(command + zeros, batchSize: 100)
    #expect(scan1.error == Fault(.badFraming, command.count))
    #expect(scan1.restIsZero && scan1.fileSize == UInt64(command.count + 5000))
    #expect(try !scan(command + zeros + [1], batchSize: 100).restIsZero)
    #expect(try !scan(command + [1] + zeros, batchSize: 100).restIsZero)
  }

  // MARK: Large commands

  /// An argument that is far larger than the buffers is stepped over, and nothing of it is kept that
  /// nobody wants.
  @Test func largeArgumentThatNobodyReads() throws {
    let large = [UInt8](repeating: 0x61, count: 9 << 20)
    let bytes =
      CommandLog.commands(["SELECT", "2"], ["SET", "key", Word(large)], ["GET", "key"])
    let scanner = CommandScanner(
      MemorySource(bytes, pieceSize: 100_000), inputSize: { nil }, keepsLarge: false)
    var large1: LargeCommand?
    var commands: [UInt64] = []
    while let item = try scanner.next() {
      switch item {
      case .batch(let batch): commands += [batch.firstNumber, UInt64(batch.commands)]
      case .large(let command): large1 = command
      }
    }
    let command = try #require(large1)
    #expect(commands == [1, 1, 3, 1])
    #expect(command.number == 2 && command.argumentCount == 3 && command.state.database == 2)
    #expect(command.firstArguments == ["SET", "key"])
    #expect(command.fileOffset == 23 && command.count == UInt64(bytes.count - 23 - 22))
    #expect(!command.isKept)
    #expect(scanner.ending.error == nil && scanner.commands == 3)
  }

  @Test func largeCommandThatChanges() throws {
    final class Changing: RandomAccess {
      func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        unsafe buffer.initializeMemory(as: UInt8.self, repeating: 0)
        return buffer.count
      }
    }
    let bytes = CommandLog.command(["SET", "key", Word([UInt8](repeating: 1, count: 2000))])
    let scanner = CommandScanner(
      MemorySource(bytes), inputSize: { nil }, content: Changing(), largeCommand: 1024)
    guard case .large(let command) = try scanner.next() else {
      Issue.record("not large")
      return
    }
    #expect(throws: LargeValueError.changed) { _ = try command.readWhole() }
  }

  /// A claim of 500 MB costs what is there, not what is claimed.
  @Test func claimsCostNothing() throws {
    let bytes = CommandLog.text("*3|$3|SET|$1|k|$500000000|abc")
    for knowsSize in [true, false] {
      let scan = try scan(bytes, knowsSize: knowsSize)
      #expect(scan.error == Fault(.truncated, 32))
      #expect(scan.fileSize == UInt64(bytes.count))
    }
  }

  @Test func goesOnInTheMiddle() throws {
    let bytes = CommandLog.commands(["SET", "a", "1"], ["SET", "b", "2"], ["SET", "c", "3"])
    let third = UInt64(bytes.count / 3)
    var state = LogState()
    state.database = 4
    let scan = try CommandScan(
      CommandScanner(
        MemoryAccess(bytes + [0]), third..<UInt64(bytes.count), state: state, commands: 1),
      from: third)
    #expect(scan.numbers == [2, 3])
    #expect(scan.databases == [4, 4])
    #expect(scan.commands.first?.start == Int(third))
    #expect(scan.isContiguous && scan.error == nil && scan.fileSize == UInt64(bytes.count))
  }
}
