/// How much speaks for a record having been written by a server, in bits: an n means that one in 2ⁿ
/// places of arbitrary bytes would pass.
///
/// Any three zero bytes are framed as a string record, and so is much else that is none. What a server
/// writes is a small part of what can be parsed: lengths in their shortest form, numbers as integers,
/// the layouts of its release, keys that are text or at least not empty.
enum RecordEvidence {
  /// Bits of a compact encoding that is sound down to its last byte.
  private static let soundBlob = 40

  /// Weighs a record whose value has been inspected; nil when no server would have written it so.
  ///
  /// `bytes` is the buffer of the offsets in `head`; `facts` tells of a key's value, which lies before
  /// `end`.
  static func weigh(
    _ head: RecordHead, _ facts: ValueFacts, upTo end: Int, in bytes: RawSpan, _ dialect: RDBDialect
  ) -> Int? {
    guard !head.isNewerThanFile, !head.repeatsAttribute else { return nil }
    guard head.kind == .key else { return head.hasAttributes ? nil : weighOpcode(head, bytes) }
    guard dialect.writes(head.layout), attributesArePlausible(head) else { return nil }
    guard let key = weighKey(head.name, in: bytes, at: head.nameOffset),
      let value = weighValue(head, facts, end, bytes)
    else { return nil }
    if head.name.length == 0, head.layout == .string, facts.length == 0 { return nil }
    // The type is one of a dozen bytes out of 256; an expiry lies in a narrow part of 64 bits.
    return 4 + key + value + (head.hasExpiry ? 20 : 0)
  }

  /// Weighs what stands before a value: the attributes, the type and the key.
  static func weighHead(
    _ head: RecordHead, in bytes: RawSpan, _ dialect: RDBDialect
  ) -> Int? {
    guard !head.isNewerThanFile, !head.repeatsAttribute, head.kind == .key,
      dialect.writes(head.layout), attributesArePlausible(head),
      let key = weighKey(head.name, in: bytes, at: head.nameOffset)
    else { return nil }
    return 4 + key + (head.hasExpiry ? 20 : 0)
  }

  /// Before the year 10000, and not before 1970.
  private static func attributesArePlausible(_ head: RecordHead) -> Bool {
    !head.hasExpiry || (0...253_402_300_799_999).contains(head.expiresAt)
  }

  private static func weighOpcode(_ head: RecordHead, _ bytes: RawSpan) -> Int? {
    switch head.kind {
    case .key, .eof: return 4
    case .selectDB: return weighDatabase(head, bytes)
    case .resizeDB: return head.numbers.1 <= head.numbers.0 ? 6 : nil
    case .slotInfo: return head.numbers.0 <= 16383 ? 8 : nil
    case .aux:
      guard let name = weighKey(head.name, in: bytes, at: head.opcodeOffset + 1), name > 4 else {
        return nil
      }
      return name + 8
    case .function: return isLibrary(head.name, in: bytes) ? 20 : nil
    case .moduleAux: return isModule(head.numbers.0) ? 8 : nil
    case .functionPreGA, .slotImport: return 8
    }
  }

  /// Whether a number stands for a module, whose name is in the upper 54 bits. Small numbers stand for
  /// names that begin with five times the letter A.
  private static func isModule(_ id: UInt64) -> Bool { id >> 32 != 0 }

  /// The code of a library begins with `#!` and the engine.
  private static func isLibrary(_ code: StringReference, in bytes: RawSpan) -> Bool {
    var decoder = StringDecoder()
    guard code.length > 10, let text = try? decoder.copy(code, in: bytes) else { return false }
    return text.bytes.starts(with: "#!".utf8)
  }

  /// Databases are few, and from version 7 on their sizes follow.
  private static func weighDatabase(_ head: RecordHead, _ bytes: RawSpan) -> Int? {
    var cursor = ByteCursor(bytes, at: head.opcodeOffset + 1)
    guard let database = try? cursor.readLength(), database < 1 << 14,
      cursor.offset - head.opcodeOffset - 1 == shortestSize(database)
    else { return nil }
    return database < 16 ? 6 : (database < 1024 ? -4 : -16)
  }

  /// A payload that decompresses to the very length that stands before it: the longer it is, the less
  /// by accident.
  private static func weighLZF(_ string: StringReference) -> Int {
    string.count < 8 ? 6 : (string.count < 32 ? 12 : 24)
  }

  // MARK: Keys

  private static func weighKey(_ key: StringReference, in bytes: RawSpan, at offset: Int) -> Int? {
    guard isShortest(key, in: bytes, at: offset) else { return nil }
    switch key.form {
    case .integer: return 3
    case .lzf: return StringDecoder.isSound(key, in: bytes) ? weighLZF(key) : nil
    case .raw: break
    }
    let printable = printableShare(key, in: bytes)
    if key.count == 0 { return -8 }
    // 95 of 256 bytes are printable: 1.4 bits each.
    if printable == 64 { return min(key.count, 14) * 7 / 5 }
    return -8
  }

  /// Printable bytes among the first 64, in sixty-fourths. Bytes from 80 on count: they are text in
  /// other languages.
  private static func printableShare(_ string: StringReference, in bytes: RawSpan) -> Int {
    let count = min(string.count, 64)
    guard count > 0 else { return 64 }
    var printable = 0
    for index in 0..<count {
      let byte = bytes.byte(at: string.offset &+ index)
      if byte >= 0x20, byte != 0x7F, byte < 0x80 { printable &+= 1 }
    }
    return printable * 64 / count
  }

  // MARK: Values

  private static func weighValue(
    _ head: RecordHead, _ facts: ValueFacts, _ end: Int, _ bytes: RawSpan
  ) -> Int? {
    switch head.layout {
    case .string: return weighString(bytes, at: head.valueOffset)
    case .setIntset, .listZiplist, .zsetZiplist, .hashZiplist, .hashListpack, .zsetListpack,
      .setListpack, .hashListpackEx, .hashListpackExPreGA, .hashZipmap:
      return soundBlob
    case .listQuicklist, .listQuicklist2, .stream, .stream2, .stream3: return soundBlob
    case .zset, .zset2, .list, .set, .hash, .hashMetadata, .hashMetadataPreGA, .valkeyHash2:
      return countIsShortest(head, bytes) ? weighTable(head, facts, end, bytes) : nil
    case .module2: return isModule(facts.moduleID) ? 16 : nil
    case .modulePreRelease: return nil
    }
  }

  private static func countIsShortest(_ head: RecordHead, _ bytes: RawSpan) -> Bool {
    var cursor = ByteCursor(bytes, at: head.valueOffset)
    if head.layout == .hashMetadata { cursor.offset += 8 }
    let start = cursor.offset
    guard let count = try? cursor.readLength() else { return false }
    return shortestSize(count) == cursor.offset - start
  }

  /// Half of all bytes pass as the length of an element; text in the elements says more.
  private static func weighTable(
    _ head: RecordHead, _ facts: ValueFacts, _ end: Int, _ bytes: RawSpan
  ) -> Int {
    let sample = head.valueOffset..<min(end, head.valueOffset + 512)
    var printable = 0
    for offset in sample where (0x20..<0x7F).contains(bytes.byte(at: offset)) { printable &+= 1 }
    let isText = printable * 10 >= sample.count * 7
    return min(Int(clamping: facts.elements), 12) + (isText ? min(printable / 3, 28) : 0)
  }

  private static func weighString(_ bytes: RawSpan, at offset: Int) -> Int? {
    var cursor = ByteCursor(bytes, at: offset)
    guard let string = try? cursor.readString(), isShortest(string, in: bytes, at: offset) else {
      return nil
    }
    switch string.form {
    case .integer: return 3
    case .lzf: return weighLZF(string)
    case .raw:
      guard string.count > 0 else { return 0 }
      return printableShare(string, in: bytes) == 64 ? 2 + min(string.count / 4, 6) : 2
    }
  }

  /// Whether a string is written in the form that a server would have chosen, as far as the form
  /// alone tells. `offset` is that of its length.
  static func isShortest(
    _ string: StringReference, in bytes: RawSpan, at offset: Int
  ) -> Bool {
    switch string.form {
    case .integer:
      switch string.count {
      case 1: return true
      case 2: return Int8(exactly: string.integer) == nil
      default: return Int16(exactly: string.integer) == nil
      }
    case .lzf: return string.length > 20 && string.length >= UInt64(string.count) + 4
    case .raw:
      guard string.offset - offset == shortestSize(UInt64(string.count)) else { return false }
      guard string.count <= 11 else { return true }
      let text = bytes.extracting(string.offset..<(string.offset &+ string.count))
      guard let number = NumberText.canonicalInteger(text) else { return true }
      return Int32(exactly: number) == nil
    }
  }

  private static func shortestSize(_ length: UInt64) -> Int {
    if length < 64 { return 1 }
    if length < 16384 { return 2 }
    return length <= UInt64(UInt32.max) ? 5 : 9
  }
}

extension StringDecoder {
  fileprivate static func isSound(_ string: StringReference, in bytes: RawSpan) -> Bool {
    do throws(FormatError) {
      try check(string, in: bytes)
      return true
    } catch {
      return false
    }
  }
}

extension RDBDialect {
  /// Whether servers of the release that writes this version write values of a layout. Reading is
  /// another matter: they read everything older.
  package func writes(_ layout: ValueLayout) -> Bool {
    let number = magic == .valkey ? 11 : version
    switch layout {
    case .string, .set, .hash: return true
    case .list: return number < 7
    case .listZiplist: return (2...6).contains(number)
    case .listQuicklist: return (7...9).contains(number)
    case .listQuicklist2, .hashListpack, .zsetListpack: return number >= 10
    case .setIntset: return number >= 2
    case .setListpack, .stream3: return number >= 11
    case .zset: return number < 8
    case .zset2, .module2: return number >= 8
    case .zsetZiplist: return (2...9).contains(number)
    case .hashZipmap: return (2...3).contains(number)
    case .hashZiplist: return (4...9).contains(number)
    case .stream: return number == 9
    case .stream2: return number == 10
    case .hashMetadata, .hashListpackEx, .hashMetadataPreGA, .hashListpackExPreGA:
      return magic == .redis && number >= 12
    case .valkeyHash2: return magic == .valkey
    case .modulePreRelease: return false
    }
  }
}
