import Foundation
import TestSupport
import Testing

@Suite struct OracleTests {
  private static let magics: [Oracle: String] = [
    .redis7: "REDIS0010", .redis62: "REDIS0009", .valkey9: "VALKEY080",
  ]

  @Test(arguments: Oracle.allCases)
  func savesAFileOfItsKind(_ oracle: Oracle) throws {
    let server = try OracleServer(oracle)
    #expect(try server.command("PING") == .simple("PONG"))
    let value: [UInt8] = [0, 255, 13, 10]
    try server.command("SET", "key", Word(value))
    #expect(try server.command("GET", "key") == .bulk(value))
    let dump = try Data(contentsOf: try server.save())
    #expect(Self.magics[oracle] == String(decoding: dump.prefix(9), as: UTF8.self))
  }

  @Test(arguments: Oracle.allCases)
  func loadsWhatItSaved(_ oracle: Oracle) throws {
    let server = try OracleServer(oracle)
    let replies = try server.pipeline((0..<3000).map { ["RPUSH", "list:\($0 % 7)", Word($0)] })
    #expect(replies.count == 3000)
    #expect(replies.last == .integer(429))
    let digest = try server.debugDigest()
    #expect(digest.utf8.count == 40)
    let dump = try server.save()
    let other = try OracleServer(oracle) {
      try FileManager.default.copyItem(at: dump, to: $0.appendingPathComponent("dump.rdb"))
    }
    #expect(try other.debugDigest() == digest)
  }

  @Test(arguments: Oracle.allCases)
  func saysWhyItDoesNotStart(_ oracle: Oracle) throws {
    let error = try #require(throws: OracleServer.StartError.self) {
      _ = try OracleServer(oracle) {
        try Data("REDIS9999".utf8).write(to: $0.appendingPathComponent("dump.rdb"))
      }
    }
    #expect(error.exitCode == 1)
    #expect(error.log.contains("Fatal error loading the DB"))
  }

  @Test func endsWithTheObject() throws {
    var server: OracleServer? = try OracleServer(.redis7)
    let folder = try #require(server?.folder.path)
    let identifier = try #require(try server?.processIdentifier())
    #expect(kill(identifier, 0) == 0)
    server = nil
    #expect(kill(identifier, 0) != 0)
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  @Test func refusalIsAnError() throws {
    let server = try OracleServer(.redis7)
    try server.command("SET", "key", "value")
    #expect(throws: RESPError.self) { try server.command("LPUSH", "key", "element") }
  }

  @Test func redisCheckRDBKnowsGoodFromBad() throws {
    let server = try OracleServer(.redis7)
    try server.command("SET", "key", "value")
    let dump = try server.save()
    #expect(try Oracle.redisCheckRDB(dump).exitCode == 0)
    let cut = try TemporaryFolder()
    let bad = try cut.write("bad.rdb", try Data(contentsOf: dump).dropLast(12))
    let run = try Oracle.redisCheckRDB(bad)
    #expect(run.exitCode == 1)
    #expect(run.outputText.contains("Unexpected EOF"))
  }
}
