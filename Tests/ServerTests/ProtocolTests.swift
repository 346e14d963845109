import Foundation
import TestSupport
import Testing

/// What comes over a connection, in pieces and in forms of all kinds: replies as of Redis 7.0.
@Suite(.serialized) struct ProtocolConformanceTests {
  /// Longer than any server needs.
  private static let patience = Duration.seconds(20)

  /// All replies to bytes that end with a QUIT, sent in pieces that the server gets one by one.
  private static func replies(
    to pieces: [ArraySlice<UInt8>], of server: OracleServer
  ) throws -> [UInt8] {
    let connection = try RawConnection(unixSocket: server.socket)
    for piece in pieces {
      connection.send(piece)
      // When the second one is answered, the piece has been read.
      if piece.endIndex < (pieces.last?.endIndex ?? 0) {
        for _ in 0...1 { try server.command("PING") }
      }
    }
    let (bytes, isClosed) = connection.read(patience: patience)
    #expect(isClosed)
    return bytes
  }

  // MARK: Pieces

  /// Requests of both forms, with what is said of them in between.
  private static let pipeline: [UInt8] =
    CommandLog.commands(["FLUSHALL"], ["SET", "key", "a\r\nb"])
    + Array("GET key\r\n\r\n*0\r\nset \"it's\" 'a \\'b\\''\nget \"\\x69t's\"\r\n".utf8)
    + CommandLog.commands(
      ["RPUSH", "list", "", "b", [0, 13, 10, 255]], ["LRANGE", "list", "0", "-1"],
      ["NONSENSE", "x"],
      ["MULTI"], ["INCR", "n"], ["GET"], ["EXEC"], ["MULTI"], ["INCR", "n"], ["EXEC"],
      ["XADD", "s", "1-1", "f", "v"], ["ECHO", ""], ["INCR", "key"], ["QUIT"])

  @Test func requestsMayComeInPieces() throws {
    let (real, ours) = (try OracleServer(.redis7), try OracleServer.ours())
    let bytes = Self.pipeline
    let expected = try Self.replies(to: [bytes[...]], of: real)
    #expect(
      String(decoding: expected, as: UTF8.self).hasSuffix("integer or out of range\r\n+OK\r\n"))
    #expect(try Self.replies(to: [bytes[...]], of: ours) == expected)
    #expect(try Self.replies(to: bytes.indices.map { bytes[$0...$0] }, of: ours) == expected)
    for end in 1..<bytes.count {
      let found = try Self.replies(to: [bytes[..<end], bytes[end...]], of: ours)
      #expect(found == expected, "in two pieces, the first of \(end) bytes")
    }
  }

  /// Far more at once than a server reads at a time, with replies to match.
  @Test func manyRequestsAtOnce() throws {
    let (real, ours) = (try OracleServer(.redis7), try OracleServer.ours())
    let large = [UInt8](repeating: 120, count: 100_000)
    var bytes: [UInt8] = []
    for number in 0..<60 {
      bytes += CommandLog.commands(["SET", "k\(number)", Word(large)], ["GET", "k\(number / 2)"])
    }
    bytes += CommandLog.command(["QUIT"])
    #expect(
      try Self.replies(to: [bytes[...]], of: ours) == Self.replies(to: [bytes[...]], of: real))
  }

  // MARK: What is no request

  private static let others: [String] = [
    "*-1|PING|", "*0|PING|", "*x|PING|", "*|PING|", "*+1|$4|PING|", "*01|$4|PING|", "* 1|$4|PING|",
    "*1 |$4|PING|", "*2147483647|", "*2147483648|", "*99999999999999999999|", "*1048577|",
    "*1|PING|", "*2|$4|PING|:1|", "*1|$-1|", "*1|$x|", "*1|$|", "*1|$+4|PING|", "*1|$536870913|",
    "*1|$536870912|", "*1|$9999999999999999999|", "*1|$0||PING|", "*1|$4|PINGxx*1|$4|PING|",
    "*1|*1|$4|PING|", "$4|PING|", " *1|", "SET a \"b|PING|", "SET a 'b|", "SET a \"b\"c|",
    "SET a 'b'c|", "SET a \"b\\x4|GET a|", "||PING|", " PING |", "PING x y|", "*x|*1|$4|PING|",
    "POST / HTTP/1.1|Host: x||PING|", "GET / HTTP/1.1|Host: x||", "QUIT|PING|", "MULTI|*x|",
    "HELLO 4|HELLO x|HELLO 2 AUTH|HELLO 2 SETNAME|*x|", "FOO bar baz|*x|",
    "AUTH x|AUTH a b|AUTH a b c|", "RESET|", "SELECT 99|SELECT x|", "CLIENT|", "CLIENT FOO|",
  ]

  private static let long: [[UInt8]] = {
    let long = [UInt8](repeating: 97, count: 65_600)
    let digits = [UInt8](repeating: 49, count: 70_000)
    return [
      long, Array("PING ".utf8) + long + [13, 10], Array("ECHO ".utf8) + long.prefix(65_000) + [10],
      [42] + digits, Array("*1\r\n$".utf8) + digits, Array("*1\r$4\r\nPING\r\n".utf8),
      Array("*1\n$4\nPING\n".utf8), Array("PI\rNG\r\n".utf8),
      Array("*1\r\n$300\r\n".utf8) + long.prefix(300) + [13, 10],
      Array("FOO ".utf8) + Array(repeatElement(Array("argument ".utf8), count: 60).joined()) + [10],
    ]
  }()

  /// Bytes that nobody has thought of, in three alphabets. A NUL has no place in them: a server looks for the end of
  /// a line only up to there, and waits.
  private static func noise() -> [[UInt8]] {
    var random = SeededRandom(seed: 17)
    let alphabets: [[UInt8]] = [
      Array(1...255), Array("*$\r\n0123456789-+PINGx\"' ".utf8), Array("*1\r\n$4PING".utf8),
    ]
    return (0..<300).map { number in
      let alphabet = alphabets[number % 3]
      let count = [1, 5, 50, 500].randomElement(using: &random) ?? 1
      let bytes = (0..<count).compactMap { _ in alphabet.randomElement(using: &random) }
      return bytes + ([[], [10], [13, 10]].randomElement(using: &random) ?? [])
    }
  }

  /// What is no request ends its own connection, as it does with a real server, and no other one.
  @Test func whatIsNoRequestIsRefused() throws {
    let (real, ours) = (try OracleServer(.redis7), try OracleServer.ours())
    var closed = 0
    var differences = 0
    for bytes in Self.others.map(CommandLog.text) + Self.long + Self.noise() {
      let theirs = try RawConnection(unixSocket: real.socket)
      theirs.send(bytes)
      let own = try RawConnection(unixSocket: ours.socket)
      own.send(bytes)
      let expected = theirs.read(patience: .milliseconds(60))
      // What is to come may take its time; what is not to come is waited for only briefly.
      let found = own.read(patience: expected.isClosed ? Self.patience : .milliseconds(60))
      if expected.isClosed { closed += 1 }
      if found != expected {
        differences += 1
        Issue.record(
          "\(ByteText(bytes)): \(ByteText(found.bytes)) instead of \(ByteText(expected.bytes))")
      }
      guard differences < 10 else { return }
      try ours.command("PING")
    }
    #expect(closed > 100)
  }

  /// Nothing is reserved on the word of a length.
  @Test(arguments: ["*1|$536870912|", "*1000000|", "*1000000|$1|a|$536870912|abc"])
  func claimsTakeNoMemory(_ claim: String) throws {
    let server = try OracleServer.ours()
    let process = "\(try #require(try server.processIdentifier()))"
    let before = try #require(ProcessMemory.bytes("VmRSS", of: process))
    let connections = try (0..<200).map { _ in
      let connection = try RawConnection(unixSocket: server.socket)
      connection.send(CommandLog.text(claim))
      return connection
    }
    for _ in 0...1 { try server.command("PING") }
    #expect(try server.info("clients")["connected_clients"] == "\(connections.count + 1)")
    let after = try #require(ProcessMemory.bytes("VmRSS", of: process))
    // 100 KB for each connection is far more than one takes; the least of the claims is 1 MB.
    #expect(after < before + 20 << 20, "\(before) and then \(after)")
    for connection in connections { #expect(connection.read(patience: .zero).isClosed == false) }
  }
}
