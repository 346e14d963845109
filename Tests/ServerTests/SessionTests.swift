import Foundation
import TestSupport
import Testing

/// What redis-py and valkey-py see of a session of every command they offer: of this server the same as of Redis
/// 7.0, line by line.
@Suite struct SessionTests {
  /// Calls that this server answers otherwise on purpose, by the beginning of their text, and why.
  private static let exceptions: [(calls: [String], reason: String)] = [
    (
      [
        "config_set('maxmemory-policy'", "config_get('maxmemory-policy'",
        "object('freq', 'counted')",
        "object('idletime', 'counted')",
      ], "nothing is evicted here, and so no policy but noeviction is taken"
    ),
    (
      [
        "execute_command('HSCAN', 'hash', '0', 'NOVALUES')", "hscan('h', no_values=True)",
        "zrank('z', 'a', withscore=True)", "zrevrank('z', 'a', withscore=True)",
        "execute_command('zrank', 'x', 'x', 'x')", "execute_command('zrevrank', 'x', 'x', 'x')",
        "client_setinfo(",
      ], "options of later releases that are taken here, too"
    ),
    (["client_info()"], "the number of a connection's descriptor is not told"),
    (
      ["config_set('hash-max-listpack-entries', '-1')"],
      "numbers above 2^31 - 1 are refused, and so the words name another range"
    ),
    (
      ["migrate(", "execute_command('MIGRATE'", "execute_command('migrate'"],
      "keys are not sent to other servers"
    ),
  ]

  @Test(arguments: [("redis", 2), ("redis", 3), ("valkey", 2), ("valkey", 3)])
  func clientsSeeTheSame(library: String, version: Int) throws {
    let expected = try Self.session(of: OracleServer(.redis7), library, version)
    let found = try Self.session(of: OracleServer.ours(), library, version)
    #expect(expected.count > 3000)
    #expect(expected.map(\.call) == found.map(\.call))
    var used: Set<String> = []
    for (one, other) in zip(expected, found) where one.line != other.line {
      let exception = Self.exceptions.flatMap(\.calls).first { one.call.hasPrefix($0) }
      if let exception {
        used.insert(exception)
      } else {
        Issue.record("\(one.line)\nand here\n\(other.line)")
      }
    }
    // An exception that is none any more would hide what comes after it.
    for call in Self.exceptions.flatMap(\.calls)
    where found.contains(where: { $0.call.hasPrefix(call) }) {
      #expect(used.contains(call), "\(call)")
    }
  }

  private struct Line {
    let call: String
    let line: String
  }

  private struct Call: Decodable {
    let call: String
  }

  /// Runs all families of commands but those of later releases.
  private static func session(
    of server: OracleServer, _ library: String, _ version: Int
  ) throws -> [Line] {
    let script = Fixtures.project.appendingPathComponent("Tests/Sessions/session.py").path
    let python = Oracle.environment.appendingPathComponent("bin/python").path
    let run = try Run.program(
      python,
      [script, server.socket, "--library", library, "--protocol", "\(version)"]
        + ["--folder", server.folder.path] + families.flatMap { ["--family", $0] },
      timeout: .seconds(300))
    #expect(run.exitCode == 0, "\(run.errorText)")
    return try run.outputText.split(separator: "\n").map { line in
      let call = try JSONDecoder().decode(Call.self, from: Data(line.utf8))
      return Line(call: call.call, line: String(line))
    }
  }

  /// All but `newer` (commands that Redis 7.0 does not know).
  private static let families = [
    "strings", "counters", "bits", "keys", "expiry", "databases", "objects", "sort", "scan", "dump",
    "lists", "hashes", "sets", "sorted sets", "sorted set ranges", "sorted set algebra", "streams",
    "stream groups", "geo", "hyperloglog", "pubsub", "notifications", "transactions", "pipelines",
    "blocking",
    "waiters", "connections", "clients", "passwords", "config", "info", "commands", "server",
    "memory", "persistence", "arity", "wire", "wire replies", "wire errors",
  ]
}
