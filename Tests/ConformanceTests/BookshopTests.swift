import Foundation
import TestSupport
import Testing

/// The demo dump is what its own description says: the server that wrote it agrees still.
@Suite struct BookshopTests {
  private struct Meta: Decodable {
    var keys: Int
    var dbsize: [String: Int]
    var debug_digest: String
  }

  private let dump = Fixtures.folder.appendingPathComponent("bookshop.rdb")

  private func meta() throws -> Meta {
    let file = Fixtures.folder.appendingPathComponent("bookshop.meta.json")
    return try JSONDecoder().decode(Meta.self, from: Data(contentsOf: file))
  }

  @Test func loadsWithTheDigestOfItsDay() throws {
    let meta = try meta()
    let server = try OracleServer(.redis7) {
      try FileManager.default.copyItem(at: dump, to: $0.appendingPathComponent("dump.rdb"))
    }
    #expect(try server.debugDigest() == meta.debug_digest)
    for (database, keys) in meta.dbsize {
      try server.command("SELECT", Word(database))
      #expect(try server.command("DBSIZE") == .integer(Int64(keys)))
    }
    #expect(meta.dbsize.values.reduce(0, +) == meta.keys)
  }

  @Test func redisCheckRDBFindsItSound() throws {
    #expect(try Oracle.redisCheckRDB(dump).exitCode == 0)
  }

  @Test func truthHasALineForEveryKey() throws {
    let truth = Fixtures.folder.appendingPathComponent("bookshop.truth.jsonl.gz")
    let text = try Run.program("/bin/gzip", ["-dc", truth.path]).output
    #expect(text.count { $0 == 10 } == (try meta().keys))
  }
}
