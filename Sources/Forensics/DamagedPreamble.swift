internal import Persistence

/// Where an RDB that an AOF begins with ends, when its own framing does not tell.
enum DamagedPreamble {
  /// Bytes from the EOF opcode of an RDB to its end: the opcode and the checksum.
  private static let tail = 9
  private static let pieceSize = 1 << 20
  /// Commands that have to follow one another behind an RDB, unless the file ends with them.
  private static let commands = 3

  /// The offset of the first command of a file, or of where one would be.
  static func end(
    of part: AOFPart, in content: any RandomAccess, size: UInt64
  ) throws(SourceError) -> UInt64 {
    if let start = part.commandsFrom, part.format == .rdb { return start }
    guard try isRDB(part, content) else { return 0 }
    return try search(content, size)
  }

  /// Whether a file begins with an RDB, also with one whose first bytes are damaged.
  private static func isRDB(
    _ part: AOFPart, _ content: any RandomAccess
  ) throws(SourceError) -> Bool {
    if part.format == .rdb { return true }
    let first = try content.bytes(at: 0, count: RDBDialect.headerLength)
    guard first.count == RDBDialect.headerLength, first[0] != UInt8(ascii: "*"),
      first[0] != UInt8(ascii: "#")
    else { return false }
    let likeness = ["REDIS00", "VALKEY0"].map { magic in
      zip(first, magic.utf8).count { $0 == $1 }
    }
    return likeness.contains { $0 >= 5 }
  }

  /// The first place behind an EOF opcode and a checksum at which commands follow; the end without one.
  private static func search(
    _ content: any RandomAccess, _ size: UInt64
  ) throws(SourceError) -> UInt64 {
    var at: UInt64 = 0
    while at < size {
      let bytes = try content.bytes(at: at, count: pieceSize + tail)
      guard bytes.count > tail else { break }
      for offset in 0..<(bytes.count - tail)
      where bytes[offset] == 0xFF
        && (bytes[offset + tail] == UInt8(ascii: "*") || bytes[offset + tail] == UInt8(ascii: "#"))
      {
        let place = at + UInt64(offset + tail)
        if try isFollowedByCommands(content, place, size) { return place }
      }
      at += UInt64(pieceSize)
    }
    return size
  }

  private static func isFollowedByCommands(
    _ content: any RandomAccess, _ place: UInt64, _ size: UInt64
  ) throws(SourceError) -> Bool {
    let end = min(size, place + UInt64(4 * pieceSize))
    let scanner = CommandScanner(content, place..<end, batchSize: 4096)
    var inspector = CommandInspector(recycle: { _ in })
    guard let first = try scanner.next() else { return false }
    let report = inspector.process(first)
    let isEnd = scanner.ending.error == nil && place + 1 < size && scanner.ending.lastEnd == size
    return !report.problems.contains { $0.kind == .unknown || $0.kind == .arity }
      && (report.commands >= UInt64(commands) || isEnd)
  }
}
