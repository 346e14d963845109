import Persistence
import SystemPackage
import TestSupport
import Testing

@Suite struct RecordScannerTests {
  /// All that a scan tells, whatever the batches were.
  private struct Summary: Equatable {
    var keys: UInt64 = 0
    var entries: [UInt64] = []
    var checksum: UInt64 = 0
    var bytes = 0
    var problems: [Fault] = []
    var facts = 0
    var databases: [UInt64: UInt64] = [:]
    var error: Fault?
    var errorRecord: UInt64 = 0
    var fileSize: UInt64 = 0
    var eof: UInt64?
    var stored: UInt64?
    var trailing: UInt64 = 0
    var isContiguous = true
  }

  private func scan(
    _ bytes: [UInt8], pieceSize: Int = .max, batchSize: Int = RecordScanner.batchSize,
    knowsSize: Bool = true
  ) throws -> Summary {
    let scanner = try RecordScanner(
      MemorySource(bytes, pieceSize: pieceSize),
      inputSize: { knowsSize ? UInt64(bytes.count) : nil }, batchSize: batchSize)
    var summary = Summary()
    var inspector = BatchInspector(InspectionOptions(), recycle: scanner.recycler())
    while let item = try scanner.next() {
      let offset =
        switch item {
        case .batch(let batch): batch.fileOffset
        case .large(let record): record.fileOffset
        }
      if offset != UInt64(summary.bytes) { summary.isContiguous = false }
      let report = inspector.process(item)
      summary.keys += report.keys
      summary.entries += report.keyEntries.flatMap { [$0.offset, $0.hash] }
      summary.checksum = CRC64.combine(
        summary.checksum, report.checksum, lengthOfB: UInt64(report.byteCount))
      summary.bytes += report.byteCount
      summary.problems += report.problems.map { Fault($0.error) }
      summary.facts += report.facts.count
      for tally in report.databases where tally.keys > 0 {
        summary.databases[tally.database, default: 0] += tally.keys
      }
    }
    let ending = scanner.ending
    summary.error = ending.error.map { Fault($0) }
    summary.errorRecord = ending.errorRecord
    summary.fileSize = ending.fileSize
    summary.eof = ending.eofOffset
    summary.stored = ending.storedChecksum
    summary.trailing = ending.trailingCount
    return summary
  }

  /// A file with every kind of value that version 12 reads, in two databases, a damaged value among
  /// them.
  private static let mixed: [UInt8] = {
    var file = RDBFile(version: 12, hex("FA 09 \"redis-ver\" 05 \"7.4.0\" FE 00 FB 20 00"))
    for (index, dump) in KnownDump.all.enumerated() {
      if index == 20 { file = file.adding(hex("FE 07")) }
      file = file.adding(dump.type, "key:\(index)", dump.value)
    }
    return file.adding(2, "twice", hex("02 01 61 01 61")).bytes
  }()

  @Test func whole() throws {
    let summary = try scan(Self.mixed)
    #expect(summary.keys == UInt64(KnownDump.all.count + 1))
    #expect(summary.databases == [0: 20, 7: UInt64(KnownDump.all.count - 19)])
    #expect(summary.checksum == ReferenceCRC64.checksum(Self.mixed.dropLast(8)))
    #expect(summary.stored == summary.checksum)
    #expect(summary.eof == UInt64(Self.mixed.count - 9))
    #expect(summary.fileSize == UInt64(Self.mixed.count))
    #expect(summary.problems == [Fault(.duplicateElement, Self.mixed.count - 9 - 2)])
    #expect(summary.error == nil && summary.isContiguous && summary.trailing == 0)
    // Where the file says `05 "key:0"` and so on.
    let offsets = stride(from: 0, to: summary.entries.count, by: 2).map { summary.entries[$0] }
    for (index, offset) in offsets.dropLast().enumerated() {
      let name = Array("key:\(index)".utf8)
      #expect(Self.mixed[Int(offset)] == UInt8(name.count))
      #expect(Array(Self.mixed[(Int(offset) + 1)...].prefix(name.count)) == name)
    }
  }

  @Test(arguments: [9, 10, 16, 31, 64, 100, 1000, 1 << 19])
  func inPiecesAndBatches(batchSize: Int) throws {
    let expected = try scan(Self.mixed)
    for pieceSize in [1, 2, 3, 7, 64, 1000] {
      for knowsSize in [true, false] {
        let found = try scan(
          Self.mixed, pieceSize: pieceSize, batchSize: batchSize, knowsSize: knowsSize)
        #expect(found == expected, "\(pieceSize) bytes a read")
      }
    }
  }

  /// A source that delivers so many bytes first, and then the rest.
  private final class SplitSource: ByteSource {
    private let bytes: [UInt8]
    private var offset = 0
    private let split: Int

    init(_ bytes: [UInt8], at split: Int) {
      self.bytes = bytes
      self.split = split
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
      let end = offset < split ? split : bytes.count
      let count = min(end - offset, buffer.count)
      unsafe buffer.copyBytes(from: bytes[offset..<(offset + count)])
      offset += count
      return count
    }
  }

  @Test func splitAtEveryOffset() throws {
    let bytes = KnownFile.function
    let expected = try scan(bytes)
    for split in 0...bytes.count {
      let scanner = try RecordScanner(SplitSource(bytes, at: max(split, 1)), inputSize: { nil })
      var inspector = BatchInspector(InspectionOptions(), recycle: scanner.recycler())
      var keys: UInt64 = 0
      var checksum: UInt64 = 0
      while let item = try scanner.next() {
        let report = inspector.process(item)
        keys += report.keys
        checksum = CRC64.combine(
          checksum, report.checksum, lengthOfB: UInt64(report.byteCount))
      }
      #expect(keys == expected.keys && checksum == expected.checksum, "split at \(split)")
      #expect(scanner.ending.storedChecksum == expected.stored)
    }
  }

  /// Every cut of a file ends in an error or without a checksum, however it is fed.
  @Test func everyCut() throws {
    let bytes = KnownFile.module
    for count in RDBDialect.headerLength..<bytes.count {
      let cut = Array(bytes.prefix(count))
      let whole = try scan(cut)
      // A length is called wrong where the cut leaves what looks like the end of a file.
      let code = whole.error?.code
      #expect(code == .truncated || code == .badLength || whole.stored == nil, "cut at \(count)")
      #expect(whole.fileSize == UInt64(count))
      #expect(try scan(cut, pieceSize: 1, batchSize: 9, knowsSize: false) == whole)
    }
  }

  /// A record of many megabytes in small pieces, small records around it.
  @Test(arguments: [(1 << 19, 5000), (1 << 19, 1 << 20), (64, 1 << 16)])
  func largeRecords(batchSize: Int, pieceSize: Int) throws {
    var random = SeededRandom(seed: 21)
    let large = random.bytes(9 << 20)
    var file = RDBFile(version: 10, hex("FE 00"))
    for index in 0..<100 { file = file.adding(0, "a\(index)", hex("01 76")) }
    file = file.adding(0, "large", Encode.string(large))
    for index in 0..<100 { file = file.adding(0, "b\(index)", hex("01 76")) }
    let list = (0..<200_000).flatMap { Encode.string(Array("element \($0)".utf8)) }
    file = file.adding(1, "list", Encode.length(200_000) + list)
    file = file.adding(0, "end", hex("01 76"))
    let bytes = file.bytes
    for knowsSize in [true, false] {
      let found = try scan(
        bytes, pieceSize: pieceSize, batchSize: batchSize, knowsSize: knowsSize)
      #expect(found.keys == 203)
      #expect(found.error == nil && found.problems == [] && found.isContiguous)
      #expect(found.checksum == found.stored)
    }
  }

  /// Peak of this process's memory, in bytes.
  private func peakMemory() throws -> Int {
    Int(try #require(ProcessMemory.bytes("VmPeak")))
  }

  static let claims: [(String, String)] = {
    var claims: [(String, String)] = []
    for (name, number) in [
      ("2^63", "81 80 00×7"), ("2^64-1", "81 FF×8"), ("2^40", "81 00 00 01 00×5"),
    ] {
      for (type, before) in [
        ("00", ""), ("01", ""), ("02", ""), ("03", ""), ("04", ""), ("05", ""), ("09", ""),
        ("0B", ""), ("0E", ""), ("0F", ""), ("10", ""), ("12", ""), ("12", "01 02"), ("13", ""),
        ("13", "00 00 00 00 00 00 00 00 00"), ("14", ""), ("15", ""), ("18", "00×8"),
        ("19", "00×8"), ("00", "C3"), ("07", "05 05"), ("01", "02 01 61"),
      ] {
        claims.append((name, "\(type) 01 6B \(before) \(number)"))
      }
      claims.append((name, number.isEmpty ? "" : "00 \(number)"))
      claims.append((name, "FA \(number)"))
      claims.append((name, "F5 \(number)"))
    }
    return claims
  }()

  /// A claim of more than any memory, with an input of unknown size: it is believed only as far as
  /// bytes come, and then is an error.
  @Test(arguments: claims)
  func claimsCostNothing(name: String, record: String) throws {
    let before = try peakMemory()
    let body = hex(record) + [UInt8](repeating: 0x01, count: 100_000)
    let bytes = Array("REDIS0012".utf8) + hex("00 01 61 00") + body
    for knowsSize in [true, false] {
      let found = try scan(bytes, pieceSize: 4096, knowsSize: knowsSize)
      #expect(found.keys == 1)
      let code = try #require(found.error).code
      #expect([.truncated, .badLength, .badLZF].contains(code))
      #expect(found.fileSize == UInt64(bytes.count))
    }
    // Other tests run beside this one; a claim would cost a thousand times more.
    #expect(try peakMemory() - before < 8 << 30)
  }

  @Test(arguments: ["", "REDIS", "REDIS001", "REDIS0099", "*2\r\n$6\r\nSELECT"])
  func noHeader(_ text: String) {
    #expect(throws: ScanError.self) {
      try RecordScanner(MemorySource(Array(text.utf8), pieceSize: 1), inputSize: { nil })
    }
  }

  /// A source that fails behind its bytes.
  private final class FailingSource: ByteSource {
    private let bytes: MemorySource
    private let error: SourceError

    init(_ bytes: [UInt8], then error: SourceError) {
      self.bytes = MemorySource(bytes)
      self.error = error
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(SourceError) -> Int {
      let count = unsafe bytes.read(into: buffer)
      guard unsafe count > 0 || buffer.isEmpty else { throw error }
      return count
    }
  }

  @Test func inputErrorsAreThrown() throws {
    let source = FailingSource(
      Array(KnownFile.function.prefix(160)), then: .readFailed(.ioError, at: 160))
    let scanner = try RecordScanner(source, inputSize: { nil })
    #expect(throws: SourceError.readFailed(.ioError, at: 160)) {
      while try scanner.next() != nil {}
    }
  }

  /// In the header, whatever came before it.
  @Test(arguments: [
    SourceError.readFailed(.ioError, at: 5), .truncatedCompression(.gzip, compressedOffset: 99),
  ])
  func inputErrorsInTheHeader(_ error: SourceError) {
    #expect(throws: ScanError.source(error)) {
      try RecordScanner(FailingSource(Array("REDIS".utf8), then: error), inputSize: { nil })
    }
  }

  /// What came before a damaged compressed stream's end is scanned.
  @Test func compressionErrorsAreAnEnd() throws {
    let error = SourceError.truncatedCompression(.gzip, compressedOffset: 99)
    let source = FailingSource(Array(KnownFile.function.prefix(160)), then: error)
    let scanner = try RecordScanner(source, inputSize: { nil })
    var inspector = BatchInspector(InspectionOptions(), recycle: scanner.recycler())
    var keys: UInt64 = 0
    while let item = try scanner.next() { keys += inspector.process(item).keys }
    #expect(keys == 1)
    #expect(scanner.ending.compressionError == error)
    #expect(scanner.ending.error?.code == .truncated)
  }
}
