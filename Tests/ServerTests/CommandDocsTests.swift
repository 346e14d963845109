import Foundation
import TestSupport
import Testing

/// What COMMAND tells, beside Redis 7.0, for every command that our server runs.
@Suite struct CommandDocsTests {
  private let real: OracleServer
  private let ours: OracleServer

  init() throws {
    real = try OracleServer(.redis7)
    ours = try OracleServer.ours()
  }

  /// Commands of which ours tells another number of arguments: the table of commands, which serves files too, has
  /// those of later releases, and the server counts as these do.
  private static let otherArity: Set<String> = [
    // Taken alone by later releases, and refused with the words of 7.0.
    "command|getkeys", "command|getkeysandflags",
    // WITHSCORE, of 7.2.
    "zrank", "zrevrank",
  ]
  /// Commands that Redis 7.0 does not have: clients send it at once, whatever the server says it is.
  private static let later: Set<String> = ["client|setinfo"]

  /// The names of what our server runs, subcommands and HELP among them.
  private func names() throws -> [String] {
    let names = try ours.command("COMMAND", "LIST").array?.compactMap(\.text) ?? []
    try #require(names.count > 270)
    return names.filter { !Self.later.contains($0) }.sorted()
  }

  // MARK: COMMAND INFO

  /// A command as COMMAND INFO tells it.
  private struct Facts: Equatable {
    var name: String
    var arity: Int64
    var flags: Set<String>
    var keys: [Int64]
    var categories: Set<String>
    var tips: Set<String>
    var specifications: [Reply]

    init?(_ reply: Reply, _ later: Set<String>) {
      guard let fields = reply.array, fields.count == 10, let name = fields[0].text,
        let arity = fields[1].integer
      else { return nil }
      self.name = name
      self.arity = CommandDocsTests.otherArity.contains(name) ? 0 : arity
      flags = CommandDocsTests.texts(fields[2])
      keys = fields[3...5].compactMap(\.integer)
      categories = CommandDocsTests.texts(fields[6])
      tips = CommandDocsTests.texts(fields[7])
      specifications = (fields[8].array ?? []).map { CommandDocsTests.specification($0) }
    }
  }

  private static func texts(_ reply: Reply) -> Set<String> {
    Set((reply.array ?? []).compactMap(\.text))
  }

  /// The fields of a map by their names.
  private static func fields(_ reply: Reply) -> [String: Reply] {
    let parts = reply.array ?? []
    return Dictionary(
      uniqueKeysWithValues: stride(from: 0, to: parts.count - 1, by: 2).map {
        (parts[$0].text ?? "", parts[$0 + 1])
      })
  }

  /// A specification of keys without the sentence that explains it, flags in order.
  private static func specification(_ reply: Reply) -> Reply {
    let fields = fields(reply)
    let flags = texts(fields["flags"] ?? .null).sorted().map { Reply.simple($0) }
    return .array([.array(flags), fields["begin_search"] ?? .null, fields["find_keys"] ?? .null])
  }

  @Test func everyCommandHasTheFactsOfTheRealServer() throws {
    let names = try names()
    let request = ["COMMAND", "INFO"] + names.map { Word($0) }
    let (found, expected) = (try ours.command(request).array, try real.command(request).array)
    for (name, (found, expected)) in zip(names, zip(found ?? [], expected ?? [])) {
      #expect(Facts(found, Self.later) == Facts(expected, Self.later), "\(name)")
      let others = try #require(expected.array)[9].array ?? []
      let own = try #require(found.array)[9].array ?? []
      let subcommands = Set(others.compactMap { $0.array?[0].text })
      #expect(subcommands.isEmpty == own.isEmpty, "\(name)")
      for subcommand in own.compactMap({ $0.array?[0].text }) where !Self.later.contains(subcommand)
      {
        #expect(subcommands.contains(subcommand))
      }
    }
    #expect(found?.count == names.count && expected?.count == names.count)
  }

  @Test func commandItselfTellsWhatInfoTells() throws {
    let all = try #require(try ours.command("COMMAND").array)
    #expect(try ours.command("COMMAND", "COUNT") == .integer(Int64(all.count)))
    #expect(try ours.command("COMMAND", "INFO") == .array(all))
    for command in all {
      let name = try #require(command.array?[0].text)
      #expect(try ours.command("COMMAND", "INFO", Word(name.uppercased())) == .array([command]))
    }
    for name: Word in ["nosuch", "object|nosuch", "set|help", ""] {
      let request: [Word] = ["COMMAND", "INFO", name]
      #expect(try ours.command(request) == real.command(request))
    }
  }

  // MARK: COMMAND DOCS

  /// An argument as COMMAND DOCS tells it, but for the releases that brought it.
  private struct Argument: Equatable {
    var name: String?
    var type: String?
    var token: String?
    var key: Int64?
    var flags: Set<String>
    var parts: [Argument]

    init(_ reply: Reply) {
      let fields = CommandDocsTests.fields(reply)
      name = fields["name"]?.text
      type = fields["type"]?.text
      token = fields["token"]?.text
      key = fields["key_spec_index"]?.integer
      flags = CommandDocsTests.texts(fields["flags"] ?? .null)
      parts = (fields["arguments"]?.array ?? []).map { Argument($0) }
    }
  }

  @Test func everyCommandHasTheArgumentsOfTheRealServer() throws {
    for name in try names() {
      let request: [Word] = ["COMMAND", "DOCS", Word(name)]
      let found = Self.fields(Self.fields(try ours.command(request))[name] ?? .null)
      let expected = Self.fields(Self.fields(try real.command(request))[name] ?? .null)
      for field in ["since", "group", "deprecated_since"] {
        #expect(found[field] == expected[field], "\(name) \(field)")
      }
      #expect(
        Self.texts(found["doc_flags"] ?? .null) == Self.texts(expected["doc_flags"] ?? .null),
        "\(name)")
      let (own, others) = (found["arguments"]?.array ?? [], expected["arguments"]?.array ?? [])
      #expect(own.map { Argument($0) } == others.map { Argument($0) }, "\(name)")
      #expect((found["subcommands"] == nil) == (expected["subcommands"] == nil), "\(name)")
      let summary = found["summary"]?.text ?? ""
      #expect(!summary.isEmpty && summary.utf8.count < 80, "\(name)")
      #expect(summary != expected["summary"]?.text, "\(name)")
    }
    #expect(try ours.command("COMMAND", "DOCS", "nosuch") == .array([]))
  }

  /// redis-cli asks the server what there is beside what it knows itself.
  @Test(arguments: [["set"], ["object", "freq"], ["client", "setname"], ["@list"], ["zadd"]])
  func theClientShowsTheSameHelp(_ words: [String]) throws {
    let client = try Oracle.installed("redis-cli").path
    let runs = try [ours, real].map { server in
      try Run.program(client, ["-s", server.socket, "help"] + words)
    }
    let texts = runs.map { run in
      // All but the summary, which each server has in its own words.
      run.outputText.split(whereSeparator: \.isNewline).filter { !$0.contains("summary:") }
    }
    #expect(runs[0].exitCode == 0)
    #expect(texts[0].count >= 3)
    #expect(texts[0] == texts[1])
  }

  @Test func theClientReadsTheArguments() throws {
    let client = try Oracle.installed("redis-cli").path
    let run = try Run.program(client, ["-s", ours.socket, "--json", "command", "docs", "getex"])
    #expect(run.exitCode == 0)
    #expect(run.outputText.contains(#""name":"unix-time-seconds","type":"unix-time""#))
  }

  // MARK: COMMAND LIST, GETKEYS

  @Test func listsByCategory() throws {
    let names = Set(try names())
    var seen = 0
    for category: Word in [
      "keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap",
      "hyperloglog", "geo", "stream", "pubsub", "admin", "fast", "slow", "blocking", "dangerous",
      "connection", "transaction", "scripting", "FAST", "nosuch", "",
    ] {
      let request: [Word] = ["COMMAND", "LIST", "FILTERBY", "ACLCAT", category]
      let found = Self.texts(try ours.command(request)).subtracting(Self.later)
      #expect(found == Self.texts(try real.command(request)).intersection(names))
      seen += found.count
    }
    #expect(seen > 800)
    for pattern: Word in ["*", "x*", "OBJ*", "client|*", "[ab]*", "?get"] {
      let request: [Word] = ["COMMAND", "LIST", "FILTERBY", "PATTERN", pattern]
      let found = Self.texts(try ours.command(request)).subtracting(Self.later)
      #expect(found == Self.texts(try real.command(request)).intersection(names))
    }
    for rest: [Word] in [["x"], ["FILTERBY", "ACLCAT"], ["FILTERBY", "x", "y"]] {
      let request = ["COMMAND", "LIST"] + rest
      #expect(try ours.pipeline([request]) == real.pipeline([request]))
    }
  }

  private static let requests: [[Word]] = [
    ["set", "a", "b"], ["set", "a", "b", "GET"], ["SET", "a", "b", "ex", "1", "get"], ["set", "a"],
    ["get", "a"], ["getex", "a", "persist"], ["mset", "a", "1", "b", "2"], ["mget", "a", "b"],
    ["sort", "a", "by", "x", "store", "b"], ["sort", "a", "alpha"], ["sort_ro", "a", "by", "x"],
    ["zunionstore", "d", "2", "a", "b"], ["zunionstore", "d", "9", "a", "b"], ["zunion", "1", "a"],
    ["zunionstore", "d", "2", "a", "b", "weights", "1", "2"], ["zinter", "0", "a"],
    ["xread", "count", "1", "streams", "a", "b", "1", "2"],
    ["xreadgroup", "group", "g", "c", "streams", "a", "b", "1", "2"],
    ["bitfield", "a", "get", "u8", "0"], ["bitfield", "a", "set", "u8", "0", "1"],
    ["bitfield", "a", "overflow", "wrap", "get", "u8", "0"], ["bitop", "and", "a", "b", "c"],
    ["georadius", "a", "1", "1", "1", "m", "STORE", "b"],
    ["georadius", "a", "1", "1", "1", "m", "STORE", "b", "STOREDIST", "c"],
    ["georadiusbymember", "a", "m", "1", "m", "STOREDIST", "b"], ["object", "freq", "k"],
    ["object", "encoding", "k"], ["xgroup", "create", "k", "g", "0"], ["rename", "a", "b"],
    ["copy", "a", "b"], ["lmpop", "2", "a", "b", "left"], ["blmpop", "0", "1", "a", "left"],
    ["blpop", "a", "b", "0"], ["ssubscribe", "a", "b"], ["spublish", "a", "b"], ["ping", "a"],
    ["memory", "usage", "k"], ["pfmerge", "a", "b", "c"], ["pfcount", "a", "b"], ["nosuch", "a"],
    ["pfdebug", "encoding", "a"], ["sinterstore", "d", "a", "b"], ["lcs", "a", "b"],
    ["watch", "a"],
    ["brpoplpush", "a", "b", "0"], ["restore", "a", "0", "x"], ["object", "help"], ["echo", "a"],
  ]

  @Test func findsKeysAndWhatHappensToThem() throws {
    for request in Self.requests {
      for name: Word in ["GETKEYS", "GETKEYSANDFLAGS"] {
        let words = ["COMMAND", name] + request
        let (found, expected) = (try ours.pipeline([words])[0], try real.pipeline([words])[0])
        #expect(Self.sorted(found) == Self.sorted(expected), "\(ByteText.command(words))")
      }
    }
  }

  /// A reply with the flags of keys in order.
  private static func sorted(_ reply: Reply) -> Reply {
    guard let parts = reply.array else { return reply }
    guard parts.count == 2, let key = parts[0].bytes, let flags = parts[1].array else {
      return .array(parts.map { sorted($0) })
    }
    return .array([.bulk(key), .array(flags.compactMap(\.text).sorted().map { .simple($0) })])
  }
}
