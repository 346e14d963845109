import Foundation
import Persistence
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// Records above the limit, which the tests make so low that every key is above it.
@Suite struct LargeRecordTests {
  /// Every kind of value that version 12 reads, and where each record begins.
  private static let mixed: (bytes: [UInt8], offsets: [Int]) = {
    var file = RDBFile(version: 12, hex("FA 09 \"redis-ver\" 05 \"7.4.0\" FE 00"))
    var offsets: [Int] = []
    for (index, dump) in KnownDump.all.enumerated() {
      if index == 20 { file = file.adding(hex("FE 07")) }
      offsets.append(file.header.utf8.count + file.body.count)
      if index == 5 { file = file.adding(hex("FC 00 D8 C3 2C BB 03 00 00")) }
      file = file.adding(dump.type, "key:\(index)", dump.value)
    }
    return (file.bytes, offsets)
  }()

  private func scanner(
    _ bytes: [UInt8], largeRecord: Int, batchSize: Int = 64, pieceSize: Int = .max,
    content: (any RandomAccess)? = nil, knowsSize: Bool = true
  ) throws -> RecordScanner {
    try RecordScanner(
      MemorySource(bytes, pieceSize: pieceSize),
      inputSize: { knowsSize ? UInt64(bytes.count) : nil }, content: content,
      batchSize: batchSize, largeRecord: largeRecord)
  }

  private func large(_ scanner: RecordScanner) throws -> [LargeRecord] {
    var records: [LargeRecord] = []
    while let item = try scanner.next() {
      if case .large(let record) = item { records.append(record) }
    }
    return records
  }

  @Test(arguments: [9, 20, 64, 1 << 19], [1, 7, Int.max])
  func everyLayoutIsHandedOut(batchSize: Int, pieceSize: Int) throws {
    let (bytes, offsets) = Self.mixed
    for content in [nil, MemoryAccess(bytes)] {
      let scanner = try scanner(
        bytes, largeRecord: 0, batchSize: batchSize, pieceSize: pieceSize, content: content)
      let records = try large(scanner)
      #expect(records.map { Int($0.fileOffset) } == offsets)
      for (index, record) in records.enumerated() {
        let start = offsets[index]
        let end = start + Int(record.count)
        #expect(record.key == ByteString("key:\(index)") && record.keyError == nil)
        #expect(record.database == (index < 20 ? 0 : 7))
        #expect(record.head.hasExpiry == (index == 5))
        #expect(Array(bytes[(start + Int(record.valueOffset))..<end]) == KnownDump.all[index].value)
        #expect(record.checksum == ReferenceCRC64.checksum(bytes[start..<end]))
      }
      #expect(scanner.ending.error == nil)
      #expect(scanner.ending.eofOffset == UInt64(bytes.count - 9))
    }
  }

  /// What is large depends on the bytes of the record and on nothing else.
  @Test(arguments: [10, 30, 60, 100])
  func theLimitDecides(limit: Int) throws {
    let (bytes, offsets) = Self.mixed
    let ends = offsets.dropFirst().map { $0 } + [bytes.count - 9]
    for batchSize in [9, 50, 1 << 19] {
      for knowsSize in [true, false] {
        let scanner = try scanner(
          bytes, largeRecord: limit, batchSize: batchSize, pieceSize: 13, knowsSize: knowsSize)
        let found = try large(scanner).map { Int($0.fileOffset) }
        let expected = zip(offsets, ends).compactMap { start, end in
          // A SELECTDB of two bytes stands behind the twentieth.
          end - start - (start == offsets[19] ? 2 : 0) > limit ? start : nil
        }
        #expect(found == expected)
      }
    }
  }

  /// The limit is that of a section, too.
  @Test(arguments: [0, 1, 2, 4])
  func sectionsAreTheValue(limit: Int) throws {
    let bytes = Self.mixed.bytes
    for content in [nil, MemoryAccess(bytes)] {
      let records = try large(try scanner(bytes, largeRecord: limit, content: content))
      for (record, dump) in zip(records, KnownDump.all) {
        try check(record, dump)
      }
      #expect(records.count == KnownDump.all.count)
    }
  }

  private func check(_ record: LargeRecord, _ dump: KnownDump) throws {
    var reader = LargeValueReader(record)
    try reader.whole()
    #expect(ByteString(reader.bytes).bytes == dump.value)
    #expect(reader.offset == record.valueOffset)
    if record.head.layout == .string {
      for _ in 0..<2 {
        var text: [UInt8] = []
        try reader.forEachPiece { (piece) throws(LargeValueError) in
          text += ByteString(piece).bytes
        }
        var decoder = StringDecoder()
        var cursor = ByteCursor(dump.value.raw)
        let string = try cursor.readString()
        #expect(ByteString(text) == (try decoder.copy(string, in: dump.value.raw)))
      }
      try reader.checkText()
    } else if record.head.layout.shape != .string {
      for _ in 0..<2 {
        reader.rewind()
        var value: [UInt8] = []
        var elements: UInt64 = 0
        var kinds: [LargeValueReader.Section] = []
        while let section = try reader.next() {
          #expect(reader.offset == record.valueOffset + UInt64(value.count))
          value += ByteString(reader.bytes).bytes
          if case .elements(let count) = section {
            #expect(count > 0)
            elements += count
          }
          kinds.append(section)
        }
        #expect(value == dump.value)
        #expect(kinds.first == .head)
        let isStream = record.head.layout.type == .stream
        #expect(kinds.contains(.tail) == isStream)
        if [.set, .zset, .hash].contains(record.head.layout.type) {
          #expect(elements == dump.elements)
        }
      }
    }
  }

  /// Module values, operand by operand.
  @Test func module() throws {
    let bytes = KnownFile.module
    let records = try large(try scanner(bytes, largeRecord: 1))
    let record = try #require(records.first)
    #expect(records.count == 1 && record.head.layout == .module2)
    var reader = LargeValueReader(record)
    var operands: UInt64 = 0
    var value: [UInt8] = []
    var last: LargeValueReader.Section?
    while let section = try reader.next() {
      if case .elements(let count) = section { operands += count }
      value += ByteString(reader.bytes).bytes
      last = section
    }
    #expect(operands == 5 && last == .tail)
    let start = Int(record.fileOffset + record.valueOffset)
    #expect(value == Array(bytes[start..<(start + value.count)]))
    #expect(value.count == Int(record.count - record.valueOffset))
  }

  /// Bytes that somebody changes.
  private final class FragileBytes: RandomAccess {
    let bytes: Mutex<[UInt8]>

    init(_ bytes: [UInt8]) { self.bytes = Mutex(bytes) }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
      let copy = bytes.withLock { $0 }
      return unsafe MemoryAccess(copy).read(at: offset, into: buffer)
    }
  }

  private func readAll(_ record: LargeRecord) throws(LargeValueError) {
    var reader = LargeValueReader(record)
    switch record.head.layout.shape {
    case .string where record.head.layout == .string: try reader.forEachPiece { _ in }
    case .string: try reader.whole()
    default: while try reader.next() != nil {}
    }
  }

  /// Whatever changes under a reader: it says so.
  @Test func everyChangeIsSeen() throws {
    let (bytes, offsets) = Self.mixed
    let content = FragileBytes(bytes)
    let records = try large(try scanner(bytes, largeRecord: 4, content: content))
    for (record, offset) in zip(records, offsets) {
      let value = (offset + Int(record.valueOffset))..<(offset + Int(record.count))
      try readAll(record)
      for index in value {
        var changed = bytes
        changed[index] ^= 0x41
        content.bytes.withLock { $0 = changed }
        let error = #expect(throws: LargeValueError.self) { try readAll(record) }
        // Of a text that does not decompress any more, that is said.
        if case .format(let error) = error {
          #expect(error.code == .badLZF)
        } else {
          #expect(error == .changed)
        }
        #expect(throws: LargeValueError.changed) { try record.readWhole() }
        // No trap.
        var inspector = BatchInspector(InspectionOptions(), recycle: { _ in })
        _ = inspector.process(.large(record))

        content.bytes.withLock { $0 = Array(bytes.prefix(index)) }
        #expect(throws: LargeValueError.changed) { try readAll(record) }
        let report = inspector.process(.large(record))
        if record.head.layout != .string {
          #expect(report.problems.map(\.error.code) == [.changedWhileRead])
        }
        content.bytes.withLock { $0 = bytes }
      }
      try readAll(record)
    }
  }

  /// Where a raw text is not looked at again, it is not kept.
  @Test func whatIsKept() throws {
    let raw = Encode.string([UInt8](repeating: 0x78, count: 5000))
    let file = RDBFile(version: 10).adding(0, "raw", raw).adding(1, "list", [1] + raw).bytes
    for (keeping, isReadable) in [
      (LargeValueKeeping.none, false), (.structured, false), (.all, true),
    ] {
      let scanner = try RecordScanner(
        MemorySource(file), inputSize: { nil }, keeping: keeping, batchSize: 100,
        largeRecord: 1000)
      let records = try large(scanner)
      #expect(records.map(\.key) == ["raw", "list"])
      #expect(records.map(\.count) == [5007, 5009])
      if isReadable { try readAll(records[0]) }
      if keeping != .none { try readAll(records[1]) }
    }
  }

  /// Typed values are there as a whole, however large.
  @Test func typedValues() throws {
    var random = SeededRandom(seed: 4)
    let text = random.bytes(9 << 20)
    let elements = (0..<300_000).map { Array("element \($0)".utf8) }
    let file = RDBFile(version: 10, hex("FE 03"))
      .adding(0, "small", hex("01 76")).adding(0, "text", Encode.string(text))
      .adding(1, "list", Encode.length(300_000) + elements.flatMap { Encode.string($0) })
      .adding(0, "last", hex("01 77"))
    let folder = try TemporaryFolder()
    let path = try folder.write(file.bytes, "large.rdb")
    var reader = try RDBReader(path: path.string)
    var keys: [ByteString] = []
    var seen = 0
    while let entry = try reader.next() {
      keys.append(entry.key)
      #expect(entry.database == 3)
      switch entry.key {
      case "text":
        guard case .string(let found) = entry.value else { break }
        #expect(found == ByteString(text))
        seen += 1
      case "list":
        guard case .list(let found) = entry.value else { break }
        #expect(found == elements.map { ByteString($0) })
        seen += 1
      default: break
      }
    }
    #expect(keys == ["small", "text", "list", "last"] && seen == 2)
  }
}
