/// The members of records of either kind, in the order in which they are written.
enum RecordMember: Int, MemberName {
  case db, bytes, key, type, encoding, expiresAt, idle, freq, size, value, fieldExpiresAt
  case magic, rdbVersion, aux, functions, moduleAux

  static let names: [StaticString] = [
    "db", "bytes", "key", "type", "encoding", "expires_at", "idle", "freq", "size", "value",
    "field_expires_at", "magic", "rdb_version", "aux", "functions", "module_aux",
  ]

  static let ofKeys: [RecordMember] = [
    .db, .key, .encoding, .expiresAt, .idle, .freq, .size, .value, .fieldExpiresAt,
  ]
  static let ofMeta: [RecordMember] = [.magic, .rdbVersion, .aux, .functions, .moduleAux]
}

/// A record while its members come in, in any order.
struct RecordParts {
  private let place: JSONPlace
  private var places = InlineArray<16, JSONPlace>(repeating: .start)
  private var strings = RecordStrings()
  private var isMeta = false
  private var type: ValueType?
  private var key = ByteString([])
  private var database: UInt64 = 0
  private var encoding = ObjectEncoding.raw
  private var expiresAt: Int64?
  private var idle: UInt64?
  private var frequency: UInt8?
  private var value: RDBValue?
  /// A value that came before the type, as text.
  private var unreadValue: (text: [UInt8], place: JSONPlace)?
  private var expiries: [(name: ByteString, expiresAt: UInt64, place: JSONPlace)] = []
  private var meta = JSONMeta()
  private var aux: [MetaFact] = []
  private var functions: [MetaFact] = []
  private var moduleAux: [MetaFact] = []

  /// Reads the record that was opened just now.
  static func read(_ tokens: inout JSONTokenizer) throws(JSONReadError) -> JSONRecord {
    var members = ObjectMembers<RecordMember>(tokens)
    var parts = RecordParts(place: members.place)
    while let member = try members.next(&tokens) {
      parts.places[member.rawValue] = tokens.place
      try parts.read(member, &tokens)
    }
    try members.require(.type)
    return try parts.isMeta ? .meta(parts.finishMeta(members)) : .key(parts.finishKey(members))
  }

  private init(place: JSONPlace) { self.place = place }

  private mutating func read(
    _ member: RecordMember, _ tokens: inout JSONTokenizer
  ) throws(JSONReadError) {
    switch member {
    case .db: database = try tokens.readUnsigned()
    case .bytes: try readStyle(&tokens)
    case .key: key = try strings.read(&tokens)
    case .type: try readType(&tokens)
    case .encoding: try readEncoding(&tokens)
    case .expiresAt: expiresAt = try tokens.readSigned()
    case .idle: idle = try tokens.readUnsigned()
    case .freq: frequency = UInt8(truncatingIfNeeded: try tokens.readUnsigned(0...255))
    // An estimate that depends on the reader, not a part of the key.
    case .size: _ = try tokens.readUnsigned()
    case .value:
      if let type {
        value = try RecordValueReader.read(type, &tokens, &strings)
      } else {
        unreadValue = try tokens.copyValue()
      }
    case .fieldExpiresAt: expiries = try RecordValueReader.fieldExpiries(&tokens, &strings)
    case .magic:
      let name = try tokens.readPlain()
      guard let magic = RDBMagic(rawValue: name) else {
        throw tokens.refusal("\"REDIS\" or \"VALKEY\"", found: tokens.quotedText)
      }
      meta.magic = magic
    case .rdbVersion: meta.version = Int(try tokens.readUnsigned(1...9999))
    case .aux: aux = try RecordMetaReader.aux(&tokens, &strings)
    case .functions: functions = try RecordMetaReader.functions(&tokens, &strings)
    case .moduleAux: moduleAux = try RecordMetaReader.moduleAux(&tokens)
    }
  }

  private mutating func readType(_ tokens: inout JSONTokenizer) throws(JSONReadError) {
    let name = try tokens.readPlain()
    isMeta = name == "meta"
    type = ValueType(rawValue: name)
    guard isMeta || type != nil else {
      throw tokens.refusal("a type or \"meta\"", found: tokens.quotedText)
    }
  }

  private mutating func readEncoding(_ tokens: inout JSONTokenizer) throws(JSONReadError) {
    guard let encoding = ObjectEncoding(rawValue: try tokens.readPlain()) else {
      throw tokens.refusal("an encoding", found: tokens.quotedText)
    }
    self.encoding = encoding
    places[RecordMember.encoding.rawValue] = tokens.place
  }

  private mutating func readStyle(_ tokens: inout JSONTokenizer) throws(JSONReadError) {
    let style = JSONWriter.ByteStyle(rawValue: try tokens.readPlain())
    guard let style, style != .utf8 else {
      throw tokens.refusal("\"latin1\" or \"base64\"", found: tokens.quotedText)
    }
    try strings.settle(style)
    key = strings.decode(key)
    value = value?.mapStrings(strings.decode)
    for index in expiries.indices { expiries[index].name = strings.decode(expiries[index].name) }
    aux = aux.map { $0.mapStrings(strings.decode) }
    functions = functions.map { $0.mapStrings(strings.decode) }
  }

  // MARK: The end of a record

  /// Throws for members that such a record does not have.
  private func refuse(
    _ others: [RecordMember], _ members: ObjectMembers<RecordMember>, _ kind: String
  ) throws(JSONReadError) {
    for member in others where members.has(member) {
      throw JSONReadError(
        .unknownMember, at: places[member.rawValue], expected: "a member of a record of \(kind)",
        found: "\"\(RecordMember.names[member.rawValue])\"")
    }
  }

  private mutating func finishMeta(
    _ members: ObjectMembers<RecordMember>
  ) throws(JSONReadError) -> JSONMeta {
    try refuse(RecordMember.ofKeys, members, "type meta")
    try members.require(.magic, .rdbVersion, .aux, .functions, .moduleAux)
    meta.offset = place.offset
    meta.facts = aux + functions + moduleAux
    return meta
  }

  private mutating func finishKey(
    _ members: ObjectMembers<RecordMember>
  ) throws(JSONReadError) -> RDBEntry {
    try refuse(RecordMember.ofMeta, members, "a key")
    try members.require(.db, .key, .encoding, .value)
    if let type, let unread = unreadValue {
      var tokens = JSONTokenizer(MemorySource(unread.text), at: unread.place)
      value = try RecordValueReader.read(type, &tokens, &strings)
    }
    guard let type, var value else { preconditionFailure("both were read") }
    guard encoding.belongs(to: type) else {
      throw JSONReadError(
        .wrongValue, at: places[RecordMember.encoding.rawValue],
        expected: "an encoding of type \(type.rawValue)", found: "\"\(encoding.rawValue)\"")
    }
    if members.has(.fieldExpiresAt) {
      guard case .hash(let fields) = value else {
        throw JSONReadError(
          .unknownMember, at: places[RecordMember.fieldExpiresAt.rawValue],
          expected: "a member of a record of type \(type.rawValue)", found: "\"field_expires_at\"")
      }
      value = .hash(try setExpiries(of: fields))
    }
    return RDBEntry(
      database: database, key: key, type: type, encoding: encoding, expiresAt: expiresAt,
      idle: idle, frequency: frequency, offset: place.offset, value: value)
  }

  private func setExpiries(of fields: [RDBField]) throws(JSONReadError) -> [RDBField] {
    var fields = fields
    var indices: [ByteString: Int] = [:]
    for (index, field) in fields.enumerated() { indices[field.name] = index }
    for expiry in expiries {
      guard let index = indices[expiry.name] else {
        throw JSONReadError(
          .wrongValue, at: expiry.place, expected: "a field of the hash",
          found: "\"\(expiry.name)\"")
      }
      guard fields[index].expiresAt == nil else {
        throw JSONReadError(
          .duplicateMember, at: expiry.place, expected: "each name once",
          found: "another \"\(expiry.name)\"")
      }
      fields[index].expiresAt = expiry.expiresAt
    }
    return fields
  }
}

extension ObjectEncoding {
  /// Whether values of the type can have this encoding, in any release.
  fileprivate func belongs(to type: ValueType) -> Bool {
    switch self {
    case .raw, .int, .embstr: type == .string
    case .linkedlist, .quicklist: type == .list
    case .ziplist: type == .list || type == .hash || type == .zset
    case .listpack: type == .list || type == .set || type == .hash || type == .zset
    case .listpackex, .zipmap: type == .hash
    case .hashtable: type == .hash || type == .set
    case .intset: type == .set
    case .skiplist: type == .zset
    case .stream: type == .stream
    case .module: type == .module
    }
  }
}
