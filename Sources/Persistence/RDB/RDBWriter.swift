/// Writes an RDB file for a server release, from front to back.
///
///     var file: [UInt8] = []
///     var writer = RDBWriter(.newestRedis) { (piece: RawSpan) in
///       piece.withUnsafeBytes { file += $0 }
///     }
///     let losses = writer.append(
///       RDBEntry(key: "author", value: .hash([RDBField(name: "name", value: "Tolstoy")])))
///     writer.finish()
///
/// Each value gets the encoding that the release picks with its default limits. What the release cannot
/// hold is told, and left out: nothing is written that it would not load. The parts are to come in the
/// order in which servers write them: aux fields, module data to be loaded before the keys, functions,
/// keys database by database, module data to be loaded behind them. Every key is to come once.
///
/// The file is handed over in pieces of 64 KiB or more, but for the last one. One record is held in memory
/// as a whole. One thread at a time. `Failure` is what the receiver of the pieces throws; the file is of no
/// use after that.
public struct RDBWriter<Failure: Error>: ~Copyable {
  /// The release that is written for.
  public var target: RDBTarget { encoder.target }
  /// Whether strings are compressed (LZF) that a server would compress, as it does by default.
  public var compresses: Bool {
    get { encoder.strings.compresses }
    set { encoder.strings.compresses = newValue }
  }
  /// Whether a checksum is written where the version has one, as a server does by default. Without it
  /// eight zero bytes stand there, which readers take for "not computed".
  public var hasChecksum = true
  /// Bytes of the file so far.
  public var count: UInt64 { handedOver + UInt64(encoder.buffer.count) }

  private let put: (RawSpan) throws(Failure) -> Void
  private var encoder: RDBEncoder
  private var checksum: UInt64 = 0
  private var handedOver: UInt64 = 0
  private var database: UInt64?

  /// Bytes that are collected before they are handed over.
  private static var pieceSize: Int { 64 << 10 }

  /// Begins a file; nothing is handed over yet.
  public init(_ target: RDBTarget, to put: @escaping (RawSpan) throws(Failure) -> Void) {
    self.put = put
    encoder = RDBEncoder(target: target)
    encoder.buffer.append(ByteString(target.dialect.header))
  }

  // MARK: Beside the keys

  /// Writes an aux field (`redis-ver`, `ctime`).
  public mutating func append(
    aux name: ByteString, _ value: ByteString
  ) throws(Failure) -> [ConversionLoss] {
    guard target.hasAux else { return [ConversionLoss(.aux(name), isWhole: true)] }
    begin(.aux)
    encoder.append(name)
    encoder.append(value)
    try handOverIfLarge()
    return []
  }

  /// Writes the code of a library of functions, which begins with `#!` and the engine.
  public mutating func append(function code: ByteString) throws(Failure) -> [ConversionLoss] {
    guard target.hasFunctions else { return [ConversionLoss(.function, isWhole: true)] }
    begin(.function2)
    encoder.append(code)
    try handOverIfLarge()
    return []
  }

  /// Writes data of a module beside the keys. `when`: 1 for before the keys, 2 for behind them.
  /// `operands`: as they stand in a file, up to and including their end mark.
  package mutating func append(
    moduleAux id: ModuleID, when: UInt64, operands: ByteString
  ) throws(Failure) -> [ConversionLoss] {
    guard target.hasModuleAux else { return [ConversionLoss(.moduleAux, isWhole: true)] }
    begin(.moduleAux)
    encoder.buffer.append(length: id.number)
    // The mark of an unsigned number.
    encoder.buffer.append(length: 2)
    encoder.buffer.append(length: when)
    encoder.buffer.append(operands)
    try handOverIfLarge()
    return []
  }

  // MARK: Keys

  /// Makes a database the one that the following keys belong to.
  public mutating func select(database number: UInt64) throws(Failure) {
    guard database != number else { return }
    database = number
    begin(.selectDB)
    encoder.buffer.append(length: number)
    try handOverIfLarge()
  }

  /// Says how many keys, and how many of them with an expiry, the selected database will have: a hint for
  /// servers. Releases before Redis 3.2 have no word for it, and nothing is written.
  public mutating func resize(keys: UInt64, expires: UInt64) throws(Failure) {
    guard target.version >= 7 else { return }
    begin(.resizeDB)
    encoder.buffer.append(length: keys)
    encoder.buffer.append(length: expires)
    try handOverIfLarge()
  }

  /// Writes a key, behind the selection of its database where another one is selected. Its offset and
  /// its encoding are of no account.
  ///
  /// Returns what the target cannot hold of it; with an element that `isWhole` nothing has been written.
  public mutating func append(_ entry: RDBEntry) throws(Failure) -> [ConversionLoss] {
    let losses = target.losses(of: entry)
    guard !losses.contains(where: \.isWhole) else { return losses }
    try select(database: entry.database)
    encoder.append(entry)
    try handOverIfLarge()
    return losses
  }

  /// Writes records as they stand in a file of the same magic and version: whole ones, from the first
  /// attribute or opcode on. A database that they select counts as selected when `databaseAfter` says so.
  package mutating func append(
    records: RawSpan, databaseAfter: UInt64? = nil
  ) throws(Failure) {
    if let databaseAfter { database = databaseAfter }
    if records.byteCount < Self.pieceSize {
      encoder.buffer.append(records)
      try handOverIfLarge()
    } else {
      try handOver()
      try handOver(records)
    }
  }

  /// Writes SELECTDB, whichever database was selected before.
  package mutating func append(selecting number: UInt64) throws(Failure) {
    database = nil
    try select(database: number)
  }

  /// Writes a key between records that were copied, whichever database they have selected. The target
  /// has to be able to hold it.
  package mutating func append(inPlace entry: RDBEntry) throws(Failure) {
    encoder.append(entry)
    try handOverIfLarge()
  }

  // MARK: The end

  /// Ends the file and hands over the rest of it.
  public consuming func finish() throws(Failure) {
    begin(.eof)
    if target.dialect.hasChecksum {
      let sum = CRC64.update(checksum, encoder.buffer.bytes)
      encoder.buffer.append(littleEndian: hasChecksum ? sum : 0)
    }
    try handOver()
  }

  private mutating func begin(_ opcode: RDBOpcode) { encoder.buffer.append(opcode.rawValue) }

  private mutating func handOverIfLarge() throws(Failure) {
    if encoder.buffer.count >= Self.pieceSize { try handOver() }
  }

  private mutating func handOver() throws(Failure) {
    guard encoder.buffer.count > 0 else { return }
    if hasChecksum { checksum = CRC64.update(checksum, encoder.buffer.bytes) }
    try put(encoder.buffer.bytes)
    handedOver += UInt64(encoder.buffer.count)
    encoder.buffer.removeAll()
  }

  private mutating func handOver(_ bytes: RawSpan) throws(Failure) {
    if hasChecksum { checksum = CRC64.update(checksum, bytes) }
    try put(bytes)
    handedOver += UInt64(bytes.byteCount)
  }
}

extension RDBEncoder {
  /// Writes a record: attributes, type, key and value.
  package mutating func append(_ entry: RDBEntry) {
    let layout = target.layout(for: entry.value)
    begin(
      layout, key: unsafe entry.key.bytes.span.bytes, expiresAt: entry.expiresAt, idle: entry.idle,
      frequency: entry.frequency)
    append(entry.value, as: layout)
  }

  /// Writes what stands before a value: attributes, type and key. The value is to follow, laid out so.
  package mutating func begin(
    _ layout: ValueLayout, key: RawSpan, expiresAt: Int64?, idle: UInt64?, frequency: UInt8?
  ) {
    if let expiry = expiresAt {
      if target.hasMillisecondExpiry {
        buffer.append(RDBOpcode.expireTimeMs.rawValue)
        buffer.append(littleEndian: expiry)
      } else if let seconds = RDBTarget.seconds(expiry) {
        buffer.append(RDBOpcode.expireTime.rawValue)
        buffer.append(littleEndian: seconds)
      }
    }
    if target.hasEvictionData {
      if let idle {
        buffer.append(RDBOpcode.idle.rawValue)
        buffer.append(length: idle)
      }
      if let frequency {
        buffer.append(RDBOpcode.freq.rawValue)
        buffer.append(frequency)
      }
    }
    append(typeOf: layout)
    append(string: key)
  }

  /// Writes the type of a value, which is to follow.
  package mutating func append(typeOf layout: ValueLayout) {
    buffer.append(RDBDialect.type(of: layout))
  }

  /// Ends a payload of `DUMP`, of which all is in the buffer, and tells it.
  package mutating func endPayload() -> ByteString {
    buffer.append(littleEndian: UInt16(target.version))
    buffer.append(littleEndian: CRC64.update(0, buffer.bytes))
    return ByteString(buffer.bytes)
  }

  /// Writes a string by the rules for strings: an element of a value, or a compact encoding as it stands.
  package mutating func append(string: RawSpan) { strings.append(string, to: &buffer) }

  /// Writes the number of elements or nodes that follow.
  package mutating func append(count: Int) { buffer.append(length: count) }

  /// Begins a listpack of members and scores; ``endListpack()`` writes it.
  package mutating func beginListpack() { listpack.begin() }

  /// Adds an entry to the listpack that was begun last.
  package mutating func append(toListpack entry: RawSpan) { listpack.append(entry) }

  /// Adds a score to the listpack that was begun last.
  package mutating func append(toListpack score: Double) {
    if let integer = ScoreText.integer(score, target.scoreStyle) {
      listpack.append(integer)
    } else {
      listpack.append(ByteString(ScoreText.text(score, target.scoreStyle)))
    }
  }

  /// Writes the listpack.
  package mutating func endListpack() {
    listpack.finish()
    strings.append(listpack.blob, to: &buffer)
  }

  /// Writes a score as the 64 bits of a double.
  package mutating func append(score: Double) { buffer.append(littleEndian: score.bitPattern) }

  /// Writes a node of a list of Redis 7.0 and later: a listpack, or one element that is a node by itself, which
  /// becomes a listpack where the release has such elements in one.
  package mutating func append(listNode bytes: RawSpan, isPlain: Bool) {
    if isPlain, !target.isPlain(count: bytes.byteCount) {
      listpack.begin()
      listpack.append(bytes)
      listpack.finish()
      buffer.append(length: 2)
      return strings.append(listpack.blob, to: &buffer)
    }
    buffer.append(length: isPlain ? 1 : 2)
    append(string: bytes)
  }
}

extension RDBTarget {
  /// The payload with which `RESTORE` of this release makes a key of this value, as its `DUMP` gives it:
  ///
  ///     u8 type · value · u16le version · u64le CRC64 of all before it
  ///
  /// Nil for a value that it cannot hold. Of streams and hashes the parts are left out that
  /// ``losses(of:)`` names.
  public func dumpPayload(of value: RDBValue, compresses: Bool = true) -> ByteString? {
    let losses = losses(of: RDBEntry(key: "", value: value))
    guard !losses.contains(where: \.isWhole) else { return nil }
    var encoder = RDBEncoder(target: self)
    encoder.strings.compresses = compresses
    let layout = layout(for: value)
    encoder.append(typeOf: layout)
    encoder.append(value, as: layout)
    return encoder.endPayload()
  }
}
