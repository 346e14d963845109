/// Reads the value of a record, whose type is known.
enum RecordValueReader {
  static func read(
    _ type: ValueType, _ tokens: inout JSONTokenizer, _ strings: inout RecordStrings
  ) throws(JSONReadError) -> RDBValue {
    switch type {
    case .string: .string(try strings.read(&tokens))
    case .list: .list(try elements(&tokens, &strings))
    case .set: .set(try members(&tokens, &strings))
    case .hash: .hash(try fields(&tokens, &strings))
    case .zset: .sortedSet(try scoredMembers(&tokens, &strings))
    case .stream: .stream(try RecordStreamReader.read(&tokens, &strings))
    case .module: .module(try module(&tokens))
    }
  }

  private static func elements(
    _ tokens: inout JSONTokenizer, _ strings: inout RecordStrings
  ) throws(JSONReadError) -> [ByteString] {
    try tokens.expect(.beginArray)
    var elements: [ByteString] = []
    while try tokens.hasElement(.string) { elements.append(try strings.bytes(tokens)) }
    return elements
  }

  private static func members(
    _ tokens: inout JSONTokenizer, _ strings: inout RecordStrings
  ) throws(JSONReadError) -> [ByteString] {
    try tokens.expect(.beginArray)
    var names = NameSet()
    var members: [ByteString] = []
    while try tokens.hasElement(.string) {
      let member = try strings.bytes(tokens)
      if !names.insert(member), members.contains(member) { throw duplicate(tokens) }
      members.append(member)
    }
    return members
  }

  private static func fields(
    _ tokens: inout JSONTokenizer, _ strings: inout RecordStrings
  ) throws(JSONReadError) -> [RDBField] {
    try tokens.expect(.beginObject)
    var names = NameSet()
    var fields: [RDBField] = []
    while try tokens.next() != .endObject {
      let name = try strings.bytes(tokens)
      if !names.insert(name), fields.contains(where: { $0.name == name }) {
        throw duplicate(tokens)
      }
      fields.append(RDBField(name: name, value: try strings.read(&tokens)))
    }
    return fields
  }

  private static func scoredMembers(
    _ tokens: inout JSONTokenizer, _ strings: inout RecordStrings
  ) throws(JSONReadError) -> [RDBScoredMember] {
    try tokens.expect(.beginObject)
    var names = NameSet()
    var members: [RDBScoredMember] = []
    while try tokens.next() != .endObject {
      let member = try strings.bytes(tokens)
      if !names.insert(member), members.contains(where: { $0.member == member }) {
        throw duplicate(tokens)
      }
      members.append(RDBScoredMember(member: member, score: try score(&tokens)))
    }
    return members
  }

  private static func score(_ tokens: inout JSONTokenizer) throws(JSONReadError) -> Double {
    switch try tokens.next() {
    case .number:
      if let score = tokens.double { return score }
      throw tokens.refusal("a number within the range of doubles", found: tokens.quotedText)
    case .string:
      if tokens.textIs("inf") { return .infinity }
      if tokens.textIs("-inf") { return -.infinity }
      if tokens.textIs("nan") { return .nan }
      throw tokens.refusal("a number, \"inf\", \"-inf\" or \"nan\"", found: tokens.quotedText)
    default: throw tokens.refusal("a number, \"inf\", \"-inf\" or \"nan\"")
    }
  }

  /// The lifetimes of fields, in the order of the text.
  static func fieldExpiries(
    _ tokens: inout JSONTokenizer, _ strings: inout RecordStrings
  ) throws(JSONReadError) -> [(name: ByteString, expiresAt: UInt64, place: JSONPlace)] {
    try tokens.expect(.beginObject)
    var expiries: [(name: ByteString, expiresAt: UInt64, place: JSONPlace)] = []
    while try tokens.next() != .endObject {
      let place = tokens.place
      let name = try strings.bytes(tokens)
      expiries.append((name, try tokens.readUnsigned(), place))
    }
    return expiries
  }

  static func duplicate(_ tokens: borrowing JSONTokenizer) -> JSONReadError {
    tokens.refusal(
      "each name once", .duplicateMember, found: "another \(tokens.quotedText)")
  }

  // MARK: Modules

  private enum ModuleMember: Int, MemberName {
    case module, version, base64
    static let names: [StaticString] = ["module", "version", "base64"]
  }

  private static func module(
    _ tokens: inout JSONTokenizer
  ) throws(JSONReadError) -> RDBModuleValue {
    var members = try ObjectMembers<ModuleMember>(opening: &tokens)
    var name = ByteString([])
    var version: UInt64 = 0
    var raw = ByteString([])
    var rawPlace = members.place
    while let member = try members.next(&tokens) {
      switch member {
      case .module: name = try moduleName(&tokens)
      case .version: version = try tokens.readUnsigned(0...1023)
      case .base64:
        raw = try base64(&tokens)
        rawPlace = tokens.place
      }
    }
    try members.require(.module, .version, .base64)
    guard let id = ModuleID(name: name, version: version) else {
      preconditionFailure("both were checked")
    }
    return try module(id, raw, rawPlace)
  }

  /// The name of a module, which is written alike in every style.
  static func moduleName(_ tokens: inout JSONTokenizer) throws(JSONReadError) -> ByteString {
    try tokens.expect(.string)
    let name = ByteString(tokens.text)
    guard ModuleID(name: name, version: 0) != nil else {
      throw tokens.refusal("nine letters, digits, \"-\" or \"_\"", found: tokens.quotedText)
    }
    return name
  }

  /// A string that is base64 in every style.
  static func base64(_ tokens: inout JSONTokenizer) throws(JSONReadError) -> ByteString {
    try tokens.expect(.string)
    guard let bytes = RecordStrings.base64(tokens.text) else {
      throw tokens.refusal("a string in base64", found: tokens.quotedText)
    }
    return bytes
  }

  /// Decodes operands as they stand in a file; `place` is where their text begins.
  static func module(
    _ id: ModuleID, _ raw: ByteString, _ place: JSONPlace
  ) throws(JSONReadError) -> RDBModuleValue {
    let bytes = unsafe raw.bytes.span.bytes
    var cursor = ByteCursor(bytes)
    var decoder = ValueDecoder()
    let expected = "operands of a module up to their end mark"
    do throws(FormatError) {
      let value = try decoder.module(id, &cursor)
      if cursor.isAtEnd { return value }
    } catch {
      throw JSONReadError(
        .wrongValue, at: place, expected: expected,
        found: "damage at byte \(error.offset) of them (\(error))")
    }
    throw JSONReadError(
      .wrongValue, at: place, expected: expected,
      found: "\(cursor.remaining) bytes behind it")
  }
}

/// Names of an object so far. A name that was there already is always noticed; one that was not may be
/// taken for another one, once in 2⁶⁴.
struct NameSet: ~Copyable {
  private var hashes = SeenHashes()

  init() { hashes.begin(count: 0) }

  /// False when the caller has to look for the name among those before it.
  mutating func insert(_ name: ByteString) -> Bool {
    let hash = unsafe ByteHash.hash(name.bytes.span.bytes, seed: ByteHash.seed)
    return hashes.insert(hash)
  }
}
