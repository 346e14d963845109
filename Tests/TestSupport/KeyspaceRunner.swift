package import Keyspace
package import Persistence

/// A keyspace that is asked as a server is: words in, replies out.
package struct KeyspaceRunner: ~Copyable {
  package var keyspace = Keyspace()

  package init() {}

  /// Runs one command and tells its reply, an error among them.
  package mutating func run(_ words: [Word]) -> Reply {
    let bytes = CommandLog.command(words)
    var arguments = ArgumentTable()
    var reply = ReplyWriter(.resp2)
    let span = unsafe bytes.span.bytes
    var parser = CommandParser(span, inputEnd: UInt64(bytes.count))
    guard (try? parser.next(&arguments)) != nil else { return .error("not a command") }
    guard let entry = CommandTable.shared.command(arguments, in: span) else {
      return .error("ERR unknown command")
    }
    keyspace.run(entry, Arguments(arguments.span, in: span), &reply)
    var decoder = ReplyDecoder(ByteString(reply.buffer.bytes).bytes)
    return decoder.next() ?? .error("no whole reply")
  }

  /// The stream that a key of database 0 holds.
  package func stream(_ key: ByteString) -> RDBStream? {
    var found: RDBStream?
    keyspace.snapshot().forEach { entry in
      if entry.database == 0, entry.key == key, case .stream(let stream) = entry.value {
        found = stream
      }
    }
    return found
  }

  /// Runs one command of words that need not be changed.
  package mutating func run(_ words: Word...) -> Reply { run(words) }
}

/// Reads RESP2 replies out of bytes.
package struct ReplyDecoder {
  private let bytes: [UInt8]
  private var position = 0

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Whether all bytes have been read.
  package var isAtEnd: Bool { position == bytes.count }

  /// The next reply; nil where none is whole.
  package mutating func next() -> Reply? {
    guard let end = bytes[position...].firstIndex(of: 13), end + 1 < bytes.count else { return nil }
    let line = bytes[position..<end]
    position = end + 2
    let text = String(decoding: line.dropFirst(), as: UTF8.self)
    switch line.first {
    case UInt8(ascii: "+"): return .simple(text)
    case UInt8(ascii: "-"): return .error(text)
    case UInt8(ascii: ":"): return Int64(text).map { .integer($0) }
    case UInt8(ascii: "$"):
      guard let count = Int(text) else { return nil }
      guard count >= 0 else { return .null }
      guard position + count + 2 <= bytes.count else { return nil }
      defer { position += count + 2 }
      return .bulk(Array(bytes[position..<(position + count)]))
    case UInt8(ascii: "*"):
      guard let count = Int(text) else { return nil }
      guard count >= 0 else { return .null }
      var replies: [Reply] = []
      for _ in 0..<count {
        guard let reply = next() else { return nil }
        replies.append(reply)
      }
      return .array(replies)
    default: return nil
    }
  }
}
