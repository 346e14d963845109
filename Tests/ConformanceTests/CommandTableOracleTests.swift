import Persistence
import TestSupport
import Testing

/// The command table against what servers tell about themselves.
@Suite struct CommandTableOracleTests {
  /// What `COMMAND` tells about a command or a subcommand.
  private struct Told {
    var name: String
    var arity: Int
    var flags: Set<String>
    var keys: [Int]
    var isContainer: Bool
  }

  private static func told(_ server: OracleServer) throws -> [Told] {
    try (server.command("COMMAND").array ?? []).flatMap { try told($0) }
  }

  private static func told(_ reply: Reply) throws -> [Told] {
    let fields = try #require(reply.array)
    let subcommands = fields.count > 9 ? fields[9].array ?? [] : []
    let own = Told(
      name: try #require(fields[0].text), arity: Int(try #require(fields[1].integer)),
      flags: Set((fields[2].array ?? []).compactMap(\.text)),
      keys: fields[3...5].compactMap(\.integer).map { Int($0) }, isContainer: !subcommands.isEmpty)
    return [own] + (try subcommands.flatMap { try told($0) })
  }

  /// Where the table differs from a server, and why.
  private static let exceptions: [Oracle: [String: String]] = {
    let patterns = "the server counts the keys that BY and GET lead to, which no rule can tell"
    let later = "a later release takes more arguments"
    let container = "no subcommands yet: its flags and keys are those of all that it does"
    return [
      .redis62: [
        "expire": later, "expireat": later, "pexpire": later, "pexpireat": later, "xsetid": later,
        "zrank": later, "zrevrank": later, "pfdebug": "a wrong arity, put right in 7.0",
        "stralgo": "never logged, and gone with 7.0: its keys are not told",
        "acl": container, "client": container, "cluster": container, "config": container,
        "latency": container, "memory": container, "module": container, "object": container,
        "slowlog": container, "xgroup": container, "xinfo": container,
      ],
      .redis7: [
        "zrank": later, "zrevrank": later, "command|getkeys": later,
        "command|getkeysandflags": later, "cluster|replicate": later, "script|debug": later,
        "sort_ro": patterns,
      ],
      .valkey9: ["sort_ro": patterns],
    ]
  }()

  /// Guards of Redis against HTTP requests that reach it by mistake.
  private static let noCommands: Set<String> = ["host:", "post"]

  @Test(arguments: Oracle.allCases)
  func isAsTheServerSays(_ oracle: Oracle) throws {
    let server = try OracleServer(oracle)
    let all = try Self.told(server)
    #expect(all.count > 200)
    let table = CommandTable.shared
    var entries: [String: CommandEntry] = [:]
    for entry in table.entries { entries[table.name(entry)] = entry }
    var differing: Set<String> = []
    for told in all where !Self.noCommands.contains(told.name) && !told.name.hasSuffix("|help") {
      guard let entry = entries[told.name] else {
        Issue.record("\(told.name) is not in the table")
        continue
      }
      let isSame =
        entry.arity == told.arity && entry.flags.contains(.write) == told.flags.contains("write")
        && entry.flags.contains(.read) == told.flags.contains("readonly")
        && entry.flags.contains(.admin) == told.flags.contains("admin")
        && entry.keys.first == told.keys[0] && entry.keys.last == told.keys[1]
        && (entry.keys.first == 0 || entry.keys.step == told.keys[2])
        && (entry.keys.movable != .none) == told.flags.contains("movablekeys")
      if !isSame { differing.insert(told.name) }
      if oracle != .redis62 {
        #expect(table.holdsSubcommands(entry) == told.isContainer, "\(told.name)")
      }
    }
    #expect(differing == Set(Self.exceptions[oracle, default: [:]].keys))
  }

  /// The server has what the table says it has, and nothing that came later.
  @Test(arguments: [
    (Oracle.redis62, CommandEntry.Release(6, 2)), (.redis7, .init(7, 0)), (.valkey9, .init(9, 1)),
  ])
  func releases(_ oracle: Oracle, _ release: CommandEntry.Release) throws {
    let server = try OracleServer(oracle)
    let told = Set(try Self.told(server).map(\.name)).subtracting(Self.noCommands)
    let table = CommandTable.shared
    let commands = table.entries.filter { oracle != .redis62 || $0.container == nil }
    let expected = commands.filter { entry in
      guard let since = oracle == .valkey9 ? entry.valkey : entry.redis else { return false }
      return since <= release
    }
    let names = Set(expected.map { table.name($0) })
    // STRALGO of 6.0 went with 7.0, in favour of LCS; before, QUIT was no command like others.
    let untold: Set<String> = oracle == .redis62 ? ["quit"] : ["stralgo"]
    let differing = names.symmetricDifference(told.filter { !$0.hasSuffix("|help") })
    #expect(differing == untold)
  }

  private static let withKeys = [
    "SET k v", "MSET a 1 b 2", "BITOP AND d a b", "EVAL x 2 a b c", "EVALSHA x 1 a",
    "FCALL f 2 a b",
    "ZUNIONSTORE d 2 a b WEIGHTS 1 2", "ZINTERSTORE d 1 a", "ZDIFFSTORE d 2 a b", "ZUNION 2 a b",
    "LMPOP 2 a b LEFT", "BLMPOP 0 1 a LEFT", "ZMPOP 2 a b MIN", "BZMPOP 0 2 a b MIN",
    "SINTERCARD 2 a b LIMIT 1", "SORT a BY x STORE d", "SORT a ASC",
    "XREAD COUNT 2 STREAMS a b 0 0",
    "XREADGROUP GROUP g c STREAMS a b > >", "GEORADIUS a 1 2 3 m STORE d",
    "GEORADIUSBYMEMBER a m 3 m STOREDIST d", "MIGRATE h 1 k 0 5", "MIGRATE h 1 '' 0 5 KEYS a b",
    "XGROUP CREATE k g $", "OBJECT ENCODING k", "BLPOP a b 0", "RENAME a b", "LMOVE a b LEFT RIGHT",
    "PFMERGE d a b", "SDIFFSTORE d a b", "RESTORE k 0 x", "COPY a b", "UNLINK a b c",
  ]

  /// Where a server finds the keys of a command, the table does.
  @Test func keys() throws {
    let server = try OracleServer(.redis7)
    for text in Self.withKeys {
      let words = text.split(separator: " ").map { $0 == "''" ? Word([]) : Word(String($0)) }
      let bytes = CommandLog.command(words)
      var arguments = ArgumentTable()
      var parser = CommandParser(bytes.raw, inputEnd: UInt64(bytes.count))
      _ = try parser.next(&arguments)
      let found = CommandTable.shared.command(arguments, in: bytes.raw)
      let entry = try #require(found)
      var keys: [[UInt8]] = []
      entry.keys.forEachKey(in: arguments.span, of: bytes.raw) { keys.append(words[$0].bytes) }
      let told = try server.command([Word("COMMAND"), Word("GETKEYS")] + words).array ?? []
      #expect(
        keys.sorted { $0.lexicographicallyPrecedes($1) }
          == told.compactMap(\.bytes).sorted { $0.lexicographicallyPrecedes($1) })
    }
  }
}
