internal import Persistence

// Libraries of functions: their code is kept, and not run. Source: functions.c of Redis 7.0.
extension Keyspace {
  static let functionCommands: [(String, CommandHandler)] = [
    ("function|load", { (k, a, r) throws(CommandError) in try k.functionLoad(a, &r) }),
    ("function|delete", { (k, a, r) throws(CommandError) in try k.functionDelete(a, &r) }),
    ("function|flush", { (k, a, r) throws(CommandError) in try k.functionFlush(a, &r) }),
    ("function|restore", { (k, a, r) throws(CommandError) in try k.functionRestore(a, &r) }),
    ("function|dump", { (k, _, r) throws(CommandError) in r.bulk(k.functionDump()) }),
  ]

  /// The name of a library, out of its first line: `#!lua name=mylib`. Throws as a server does.
  private static func libraryName(_ code: RawSpan) throws(CommandError) -> ByteString {
    guard code.droppingPrefix("#!") != nil else { throw .text("Missing library metadata") }
    var end = 0
    while end < code.byteCount, code.byte(at: end) != 0x0A { end += 1 }
    guard end < code.byteCount else { throw .text("Invalid library metadata") }
    let line = String(decoding: ByteString(code.extracting(2..<end)).bytes, as: UTF8.self)
    let words = line.split(whereSeparator: \.isWhitespace)
    guard let engine = words.first else { throw .text("Invalid library metadata") }
    guard engine.lowercased() == "lua" else { throw .text("Engine '\(engine)' not found") }
    var name: Substring?
    for word in words.dropFirst() {
      guard word.hasPrefix("name=") else {
        throw .text("Invalid metadata value given: \(word)")
      }
      guard name == nil else {
        throw .text("Invalid metadata value, name argument was given multiple times")
      }
      name = word.dropFirst("name=".count)
    }
    guard let name else { throw .text("Library name was not given") }
    let isPlain = name.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        || byte == UInt8(ascii: "_")
    }
    guard !name.isEmpty, isPlain else {
      throw .text(
        "Library names can only contain letters, numbers, or underscores(_) and must be at least one "
          + "character long")
    }
    return ByteString(String(name))
  }

  /// Takes over a library of an RDB, whatever its first line.
  mutating func load(function code: ByteString) {
    let name = try? Self.libraryName(unsafe code.bytes.span.bytes)
    functions[name ?? code] = code
  }

  private mutating func functionLoad(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    var replaces = false
    for index in stride(from: 2, to: arguments.count - 1, by: 1) {
      guard arguments.isWord("REPLACE", at: index) else {
        throw .text("Unknown option given: \(ByteString(arguments[index]))")
      }
      replaces = true
    }
    let code = arguments[arguments.count - 1]
    let name = try Self.libraryName(code)
    guard replaces || functions[name] == nil else {
      throw .text("Library '\(name)' already exists")
    }
    functions[name] = ByteString(code)
    changes += 1
    reply.bulk(name)
  }

  private mutating func functionDelete(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard functions.removeValue(forKey: ByteString(arguments[2])) != nil else {
      throw .text("Library not found")
    }
    changes += 1
    reply.ok()
  }

  private mutating func functionFlush(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard arguments.count <= 3,
      arguments.count == 2 || arguments.isWord("SYNC", at: 2) || arguments.isWord("ASYNC", at: 2)
    else { throw .text("FUNCTION FLUSH only supports SYNC|ASYNC option") }
    functions.removeAll()
    changes += 1
    reply.ok()
  }

  /// Libraries by their names.
  var sortedFunctions: [ByteString] {
    functions.sorted { $0.key < $1.key }.map(\.value)
  }

  private func functionDump() -> [UInt8] {
    (release.hasFunctions ? release : .newestRedis).functionPayload(of: sortedFunctions).bytes
  }

  private mutating func functionRestore(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    enum Policy { case append, replace, flush }
    var policy = Policy.append
    if arguments.count > 3 {
      if arguments.isWord("APPEND", at: 3) {
        policy = .append
      } else if arguments.isWord("REPLACE", at: 3) {
        policy = .replace
      } else if arguments.isWord("FLUSH", at: 3) {
        policy = .flush
      } else {
        throw .text("Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.")
      }
    }
    let libraries: [ByteString]
    do throws(FormatError) {
      libraries = try DumpPayload.functions(arguments[2])
    } catch {
      throw .text(
        error.code == .checksumMismatch || error.code == .unsupportedVersion
          ? "DUMP payload version or checksum are wrong" : "failed loading functions")
    }
    var restored = policy == .flush ? [:] : functions
    for code in libraries {
      let name = try Self.libraryName(unsafe code.bytes.span.bytes)
      guard policy == .replace || restored[name] == nil else {
        throw .text("Library \(name) already exists")
      }
      restored[name] = code
    }
    functions = restored
    changes += 1
    reply.ok()
  }
}
