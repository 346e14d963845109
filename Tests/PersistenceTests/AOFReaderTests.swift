import Foundation
import Persistence
import SystemPackage
import TestSupport
import Testing

@Suite struct AOFReaderTests {
  private static let log = CommandLog.commands(
    ["SELECT", "2"], ["SET", "a", "1"], ["MULTI"], ["DEL", "a"], ["EXEC"])

  /// Everything up to the end or an error.
  private func readAll(_ path: String) -> (items: [AOFItem], error: AOFReadError?) {
    var items: [AOFItem] = []
    do throws(AOFReadError) {
      var reader = try AOFReader(path: path)
      while let item = try reader.next() { items.append(item) }
      return (items, nil)
    } catch {
      return (items, error)
    }
  }

  private func commands(_ items: [AOFItem]) -> [AOFCommand] {
    items.compactMap { if case .command(let command) = $0 { command } else { nil } }
  }

  @Test func plainFile() throws {
    let folder = try TemporaryFolder()
    let url = try folder.write(CommandLog.text("#TS:9|") + Self.log, "a.aof")
    let (items, error) = readAll(url.string)
    let commands = commands(items)
    #expect(error == nil && items.count == 5)
    #expect(
      commands.map(\.arguments) == [
        ["SELECT", "2"], ["SET", "a", "1"], ["MULTI"], ["DEL", "a"], ["EXEC"],
      ])
    #expect(commands.map(\.number) == [1, 2, 3, 4, 5])
    #expect(commands.map(\.offset) == [7, 30, 57, 72, 92])
    #expect(commands.map(\.database) == [0, 2, 2, 2, 2])
    #expect(commands.allSatisfy { $0.timestamp == 9 })
  }

  /// A complete RDB, and commands behind it that begin in database 0 and are counted from 1.
  private static func preamble() -> [UInt8] {
    var bytes: [UInt8] = []
    var writer = RDBWriter(.newestRedis) { (piece: RawSpan) in
      bytes += unsafe piece.withUnsafeBytes { unsafe Array($0) }
    }
    for number in 0..<3 {
      _ = writer.append(
        RDBEntry(key: ByteString("key:\(number)"), value: .string("value"), database: 7))
    }
    writer.finish()
    return bytes
  }

  @Test func preambleAndCommands() throws {
    let folder = try TemporaryFolder()
    let head = Self.preamble()
    let url = try folder.write(head + Self.log, "a.aof")
    let (items, error) = readAll(url.string)
    #expect(error == nil && items.count == 8)
    let keys = items.compactMap { if case .key(let entry) = $0 { entry.key } else { nil } }
    #expect(keys == ["key:0", "key:1", "key:2"])
    let commands = commands(items)
    #expect(commands.map(\.number) == [1, 2, 3, 4, 5])
    #expect(commands.map(\.database) == [0, 2, 2, 2, 2])
    #expect(commands.first?.offset == UInt64(head.count))
    // The same through a compressor.
    let packed = try Run.program("/bin/gzip", ["-c", url.string]).output
    let again = readAll(try folder.write(packed, "a.gz").string)
    #expect(again.error == nil && again.items == items)
  }

  /// A compressed log that is cut off ends where its last whole command does, and says why.
  @Test func compressedAndCutOff() throws {
    let folder = try TemporaryFolder()
    var random = SeededRandom(seed: 5)
    let log = (0..<500).flatMap { _ in CommandLog.command(["SET", "k", Word(random.bytes(40))]) }
    let url = try folder.write(log, "a.aof")
    let packed = try Run.program("/bin/gzip", ["-c", url.string]).output
    let cut = try folder.write(Array(packed.dropLast(9000)), "cut.gz")
    let file = try AOFFile(cut)
    #expect(file.format == .commands)
    let scanner = try #require(file.commands())
    let scan = try CommandScan(scanner)
    #expect(scan.commands.count > 100 && scan.commands.count < 500)
    #expect(scan.isContiguous && scan.fileSize >= scan.lastEnd)
    guard case .truncatedCompression(.gzip, _) = scanner.ending.compressionError else {
      Issue.record("\(String(describing: scanner.ending.compressionError))")
      return
    }
    guard case .source = readAll(cut.string).error else {
      Issue.record("a source error")
      return
    }
  }

  /// Wherever the RDB ends in the pieces that come in, the commands begin there.
  @Test(arguments: [1, 2, 7, 64, 1 << 20])
  func preambleInPieces(_ size: Int) throws {
    let head = Self.preamble()
    let large = CommandLog.command(["SET", "large", Word([UInt8](repeating: 1, count: 2000))])
    for isSeekable in [true, false] {
      let bytes = head + Self.log + large
      let rdb = try RecordScanner(
        MemorySource(bytes, pieceSize: size), inputSize: { nil },
        content: isSeekable ? MemoryAccess(bytes) : nil, leavesRest: true, batchSize: 64)
      while try rdb.next() != nil {}
      #expect(rdb.ending.error == nil && rdb.ending.trailingCount == 0)
      #expect(rdb.ending.fileSize == UInt64(head.count))
      #expect(
        rdb.ending.storedChecksum == head.suffix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })
      let rest = try #require(rdb.rest)
      let scan = try CommandScan(
        CommandScanner(
          rest, from: rdb.ending.fileSize, inputSize: { nil },
          content: isSeekable ? MemoryAccess(bytes) : nil, largeCommand: 1024),
        from: rdb.ending.fileSize)
      #expect(scan.numbers == [1, 2, 3, 4, 5, 6] && scan.error == nil && scan.isContiguous)
      #expect(scan.commands.first?.start == head.count && scan.large == 1)
      #expect(scan.fileSize == UInt64(bytes.count))
    }
  }

  @Test func preambleCutAtEveryPlace() throws {
    let bytes = Self.preamble() + CommandLog.command(["PING"])
    let head = Self.preamble().count
    for count in 9..<bytes.count {
      let rdb = try RecordScanner(
        MemorySource(Array(bytes[..<count])), inputSize: { UInt64(count) }, leavesRest: true)
      while try rdb.next() != nil {}
      if count < head - 8 {
        #expect(rdb.ending.error != nil && rdb.rest == nil)
      } else {
        #expect(rdb.ending.error == nil)
        #expect(rdb.ending.fileSize == UInt64(min(count, head)))
        #expect((rdb.ending.storedChecksum != nil) == (count >= head))
      }
    }
  }

  @Test func filesOfAManifest() throws {
    let folder = try TemporaryFolder()
    let manifest =
      "file base seq 1 type b\nfile one seq 1 type i\nfile two seq 2 type i\n"
      + "file old seq 1 type h\n"
    _ = try folder.write(Array(manifest.utf8), "x.manifest")
    _ = try folder.write(Self.preamble(), "base")
    let one = try folder.write(Self.log, "one")
    _ = try folder.write(CommandLog.command(["PING"]), "two")
    _ = try folder.write(CommandLog.command(["FLUSHALL"]), "old")
    let (items, error) = readAll(folder.path.string)
    #expect(error == nil && items.count == 9)
    let commands = commands(items)
    #expect(commands.map(\.number) == [1, 2, 3, 4, 5, 1])
    #expect(commands.last?.database == 0 && commands.last?.arguments == ["PING"])
    try FileManager.default.removeItem(atPath: one.string)
    guard case .missingFile(let name) = readAll(folder.path.string).error else {
      Issue.record("a missing file")
      return
    }
    #expect(name.hasSuffix("/one"))
  }

  @Test func whatIsBefore() throws {
    let folder = try TemporaryFolder()
    let url = try folder.write(Self.log + CommandLog.text("*1|$9|xy"), "a.aof")
    let (items, error) = readAll(url.string)
    #expect(items.count == 5)
    guard case .format(let format) = error else {
      Issue.record("a format error")
      return
    }
    #expect(Fault(format) == Fault(.truncated, Self.log.count + 8))
    let bad = try folder.write(Array("file x seq 0 type i\n".utf8), "b.manifest")
    guard case .manifest(let wrong, let line) = readAll(bad.string).error else {
      Issue.record("a manifest error")
      return
    }
    #expect(wrong.code == .manifestSyntax && line == 1)
    var cut = Self.preamble()
    cut.removeLast(30)
    guard case .rdb(.format) = readAll(try folder.write(cut, "c").string).error else {
      Issue.record("an RDB error")
      return
    }
    guard case .source = readAll(folder.path.appending("nothing").string).error else {
      Issue.record("a source error")
      return
    }
  }
}
