/// Writes the commands of an AOF, from front to back.
///
///     var file: [UInt8] = []
///     var writer = AOFWriter { (piece: RawSpan) in
///       piece.withUnsafeBytes { file += $0 }
///     }
///     writer.select(database: 0)
///     writer.append(["SET", "author", "Tolstoy"])
///     writer.finish()
///
/// The file is handed over in pieces of 64 KiB or more, but for the last one. One thread at a time.
/// `Failure` is what the receiver of the pieces throws; the file is of no use after that.
public struct AOFWriter<Failure: Error>: ~Copyable {
  /// Bytes of the file so far.
  public var count: UInt64 { handedOver + UInt64(buffer.count) }
  /// Commands of the file so far, SELECT included.
  public private(set) var commands: UInt64 = 0

  private let put: (RawSpan) throws(Failure) -> Void
  private var buffer = ByteBuffer(capacity: 64 << 10)
  private var handedOver: UInt64 = 0
  private var database: UInt64?
  private var timestamp: Int64?

  /// Bytes that are collected before they are handed over.
  private static var pieceSize: Int { 64 << 10 }

  /// Begins a file; nothing is handed over yet.
  public init(to put: @escaping (RawSpan) throws(Failure) -> Void) { self.put = put }

  /// Writes SELECT, unless the last one was of the same database. A file that has none begins in database
  /// 0; servers begin each with a SELECT all the same.
  public mutating func select(database number: UInt64) throws(Failure) {
    guard database != number else { return }
    try append(["SELECT", ByteString(String(number))])
    database = number
  }

  /// Writes an annotation of the time from which on the following commands were run, in Unix seconds,
  /// unless it is that of the last one. Redis 7.0 and later read it.
  public mutating func annotate(timestamp seconds: Int64) throws(Failure) {
    guard timestamp != seconds else { return }
    timestamp = seconds
    buffer.append(ByteString("#TS:\(seconds)\r\n"))
    try handOverIfLarge()
  }

  /// Writes a command, its name first. A SELECT among them is not heeded by ``select(database:)``.
  ///
  /// There is one argument at least.
  public mutating func append(_ arguments: [ByteString]) throws(Failure) {
    begin(arguments.count)
    for argument in arguments {
      append(argument: unsafe argument.bytes.span.bytes)
      try handOverIfLarge()
    }
  }

  /// Writes a command whose arguments lie in a buffer.
  package mutating func append(
    _ arguments: borrowing ArgumentTable, in bytes: RawSpan
  ) throws(Failure) {
    begin(arguments.count)
    for index in 0..<arguments.count {
      append(argument: arguments[index].bytes(in: bytes))
      try handOverIfLarge()
    }
  }

  /// Writes commands as they stand in a file, `commands` of them. A database that they select counts as
  /// selected when `databaseAfter` says so.
  package mutating func append(
    framed bytes: RawSpan, commands: UInt64, databaseAfter: UInt64? = nil
  ) throws(Failure) {
    if let databaseAfter { database = databaseAfter }
    self.commands += commands
    if bytes.byteCount >= Self.pieceSize {
      try handOver()
      try put(bytes)
      handedOver += UInt64(bytes.byteCount)
    } else {
      buffer.append(bytes)
      try handOverIfLarge()
    }
  }

  /// Hands over the rest of the file.
  public consuming func finish() throws(Failure) { try handOver() }

  /// Begins a command of so many arguments, each of which is to follow by ``append(argument:)``.
  package mutating func begin(_ count: Int) {
    precondition(count > 0, "a command has a name")
    commands += 1
    buffer.append(line: UInt8(ascii: "*"), Int64(count))
  }

  /// Adds an argument to the command that was begun last.
  package mutating func append(argument: RawSpan) {
    buffer.append(argument: argument)
  }

  package mutating func append(argument: ByteString) {
    append(argument: unsafe argument.bytes.span.bytes)
  }

  /// Hands over what has been written where it is enough for a piece; between two arguments, too.
  package mutating func handOverIfLarge() throws(Failure) {
    if buffer.count >= Self.pieceSize { try handOver() }
  }

  private mutating func handOver() throws(Failure) {
    guard buffer.count > 0 else { return }
    try put(buffer.bytes)
    handedOver += UInt64(buffer.count)
    buffer.removeAll()
  }
}
