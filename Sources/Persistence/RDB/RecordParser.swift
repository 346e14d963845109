/// What stands in a file between its header and its end: a key with its attributes, or one of the
/// opcodes that are no attribute.
package struct RecordHead: BitwiseCopyable, Sendable {
  package enum Kind: UInt8, BitwiseCopyable, Sendable {
    case key, aux, moduleAux, function, functionPreGA, selectDB, resizeDB, slotInfo, slotImport, eof
  }

  package var kind: Kind
  /// Offset of the first byte, attributes included.
  package var start: Int
  /// Offset of the type byte or opcode.
  package var opcodeOffset: Int
  /// The type byte or opcode.
  package var byte: UInt8
  package var layout: ValueLayout
  /// The type or opcode is newer than the version that the header states.
  package var isNewerThanFile = false

  /// The key; the name of an aux field; the code of a function library.
  package var name = StringReference.empty
  /// The value of an aux field.
  package var text = StringReference.empty
  /// Operands: the database; keys and expires of RESIZEDB; slot, keys and expires of SLOT_INFO;
  /// module id and moment of MODULE_AUX.
  package var numbers: (UInt64, UInt64, UInt64) = (0, 0, 0)
  /// Offset of a key's value, or of the operands of MODULE_AUX.
  package var valueOffset = 0
  /// Offset of the key's string, its length included.
  package var nameOffset: Int { opcodeOffset &+ 1 }

  /// Unix time in milliseconds.
  package var expiresAt: Int64 = 0
  package var hasExpiry = false
  /// LRU idle time in seconds.
  package var idle: UInt64 = 0
  package var hasIdle = false
  /// LFU counter, 0-255.
  package var frequency: UInt8 = 0
  package var hasFrequency = false
  /// An attribute was given twice.
  package var repeatsAttribute = false

  package var hasAttributes: Bool { hasExpiry || hasIdle || hasFrequency }

  /// Whether anything about the record itself can be wrong, its value aside.
  package var needsCheck: Bool {
    @inline(__always) get {
      kind != .key || isNewerThanFile || repeatsAttribute || (hasExpiry && expiresAt < 0)
    }
  }
}

extension ValueLayout: BitwiseCopyable {}
extension ObjectEncoding: BitwiseCopyable {}

/// Parses records one after another out of a buffer that begins at the start of a record.
///
/// After `next()` returns a key, `cursor` stands at its value, and the caller steps over it
/// (`skipValue`) or reads it before the next call. Every other record has been consumed whole.
/// Errors are framing errors: after one, nothing that follows can be found by walking.
package struct RecordParser: ~Escapable {
  package var cursor: ByteCursor
  /// Bytes from the start of the buffer to the end of the whole input; `.max` when unknown.
  package let inputEnd: UInt64
  private let dialect: RDBDialect
  private let layouts: InlineArray<256, UInt8>
  private let hasMillisecondExpiry: Bool

  @_lifetime(copy bytes)
  package init(_ bytes: RawSpan, _ dialect: RDBDialect, inputEnd: UInt64) {
    cursor = ByteCursor(bytes)
    self.dialect = dialect
    self.inputEnd = inputEnd
    layouts = dialect.layouts
    hasMillisecondExpiry = dialect.version >= 3
  }

  /// Steps over the value of the key that `next()` returned last.
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func skipValue(of head: RecordHead) throws(FormatError) {
    if head.layout == .string {
      try cursor.skipString()
    } else {
      var progress = SkipProgress()
      try cursor.skipValue(head.layout, inputEnd: inputEnd, progress: &progress)
    }
  }

  /// The next record.
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func next() throws(FormatError) -> RecordHead {
    let start = cursor.offset
    let byte = try cursor.readByte()
    var head = RecordHead(
      kind: .key, start: start, opcodeOffset: start, byte: byte, layout: .string)
    // Nearly all records are keys, with an expiry in milliseconds or nothing in front.
    if byte == 252, hasMillisecondExpiry {
      head.expiresAt = try cursor.readLittleEndian(Int64.self)
      head.hasExpiry = true
      head.opcodeOffset = cursor.offset
      head.byte = try cursor.readByte()
    }
    let entry = layouts[Int(head.byte)]
    if entry < 0x80, let layout = ValueLayout(rawValue: entry) {
      head.layout = layout
      head.name = try cursor.readString()
      head.valueOffset = cursor.offset
      return head
    }
    try readRest(of: &head)
    return head
  }

  /// Everything that is not a plain key without attributes.
  @_lifetime(self: copy self)
  private mutating func readRest(of head: inout RecordHead) throws(FormatError) {
    var attributes = 0
    while true {
      let entry = layouts[Int(head.byte)]
      if entry != 0xFF, let layout = ValueLayout(rawValue: entry & 0x7F) {
        head.layout = layout
        head.isNewerThanFile = entry & 0x80 != 0
        head.name = try cursor.readString()
        head.valueOffset = cursor.offset
        return
      }
      guard case .opcode(let opcode, let since) = dialect.meaning(ofOpcode: head.byte) else {
        throw refusal(head)
      }
      if since > dialect.version { head.isNewerThanFile = true }
      if try !readAttribute(opcode, &head) {
        return try readOpcode(opcode, &head)
      }
      attributes += 1
      // A server writes three at most. Without a bound, a run of them would be one endless record.
      guard attributes <= 64 else {
        throw FormatError(.badOpcode, at: head.opcodeOffset, "attributes repeat without a key")
      }
      head.opcodeOffset = cursor.offset
      head.byte = try cursor.readByte()
    }
  }

  /// Reads the operand of an attribute opcode; false for every other opcode.
  @_lifetime(self: copy self)
  private mutating func readAttribute(
    _ opcode: RDBOpcode, _ head: inout RecordHead
  ) throws(FormatError) -> Bool {
    switch opcode {
    case .expireTimeMs:
      if head.hasExpiry { head.repeatsAttribute = true }
      head.expiresAt = try cursor.readLittleEndian(Int64.self)
      head.hasExpiry = true
    case .expireTime:
      if head.hasExpiry { head.repeatsAttribute = true }
      head.expiresAt = Int64(try cursor.readLittleEndian(Int32.self)) * 1000
      head.hasExpiry = true
    case .idle:
      if head.hasIdle { head.repeatsAttribute = true }
      head.idle = try cursor.readLength()
      head.hasIdle = true
    case .freq:
      if head.hasFrequency { head.repeatsAttribute = true }
      head.frequency = try cursor.readByte()
      head.hasFrequency = true
    default: return false
    }
    return true
  }

  @_lifetime(self: copy self)
  private mutating func readOpcode(
    _ opcode: RDBOpcode, _ head: inout RecordHead
  ) throws(FormatError) {
    switch opcode {
    case .selectDB:
      head.kind = .selectDB
      head.numbers.0 = try cursor.readLength()
    case .resizeDB:
      head.kind = .resizeDB
      head.numbers.0 = try cursor.readLength()
      head.numbers.1 = try cursor.readLength()
    case .slotInfo:
      head.kind = .slotInfo
      head.numbers.0 = try cursor.readLength()
      head.numbers.1 = try cursor.readLength()
      head.numbers.2 = try cursor.readLength()
    case .aux:
      head.kind = .aux
      head.name = try cursor.readString()
      head.text = try cursor.readString()
    case .function2:
      head.kind = .function
      head.name = try cursor.readString()
    case .functionPreGA:
      head.kind = .functionPreGA
      head.name = try cursor.readString()
      head.text = try cursor.readString()
      if try cursor.readLength() != 0 { try cursor.skipString() }
      try cursor.skipString()
    case .moduleAux:
      head.kind = .moduleAux
      head.numbers.0 = try cursor.readLength()
      let at = cursor.offset
      let kind = try cursor.readLength()
      guard kind == 2 else {
        throw FormatError(
          .badModule, at: at, "the moment of module data is not an unsigned number", expected: 2,
          found: kind)
      }
      head.numbers.1 = try cursor.readLength()
      head.valueOffset = cursor.offset
      while try cursor.skipOperand() {}
    case .slotImport:
      head.kind = .slotImport
      head.name = try cursor.readString()
      let ranges = try cursor.readCount(minimum: 2, inputEnd)
      for _ in 0..<ranges {
        _ = try cursor.readLength()
        _ = try cursor.readLength()
      }
    case .eof: head.kind = .eof
    case .expireTimeMs, .expireTime, .idle, .freq:
      preconditionFailure("attributes are read before")
    }
  }

  /// The error for a byte that is neither a readable type nor a readable opcode.
  @inline(never)
  private func refusal(_ head: RecordHead) -> FormatError {
    if case .known(let name) = dialect.meaning(ofType: head.byte) {
      return FormatError(
        dialect.isComplete ? .badType : .unsupportedVersion, at: head.opcodeOffset, name)
    }
    if case .known(let name) = dialect.meaning(ofOpcode: head.byte) {
      return FormatError(
        dialect.isComplete ? .badOpcode : .unsupportedVersion, at: head.opcodeOffset, name)
    }
    return head.byte >= 0xF0
      ? FormatError(
        .badOpcode, at: head.opcodeOffset, "no such opcode", found: UInt64(head.byte))
      : FormatError(.badType, at: head.opcodeOffset, "no such type", found: UInt64(head.byte))
  }
}
