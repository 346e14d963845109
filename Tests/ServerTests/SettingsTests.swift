import Foundation
import Keyspace
import Persistence
import Server
import TestSupport
import Testing

/// Settings against a real server of the release that they are of: names, defaults, values, errors.
@Suite struct SettingsTests {
  /// Settings that the tests' servers are started with, or that are meant to be others here.
  static let exceptions: Set<String> = [
    "port", "unixsocket", "dir", "save", "enable-debug-command",
    // Loopback instead of every address.
    "bind",
    // Only this server has these.
    "insecure", "target",
  ]

  /// What CONFIG GET of a server tells of all its settings but those of TLS and the exceptions.
  private static func all(_ server: OracleServer) throws -> [String: String] {
    let words = try server.command("CONFIG", "GET", "*").array?.compactMap(\.text) ?? []
    var values: [String: String] = [:]
    for place in stride(from: 0, to: words.count - 1, by: 2) {
      values[words[place]] = words[place + 1]
    }
    return values.filter { !$0.key.hasPrefix("tls-") && !exceptions.contains($0.key) }
  }

  /// The same of ours.
  private static func all(_ settings: ServerSettings) -> [String: String] {
    let pairs = settings.settings(matching: ["*"]).map { ("\($0.name)", "\($0.value)") }
    return Dictionary(uniqueKeysWithValues: pairs).filter { !exceptions.contains($0.key) }
  }

  private static func get(_ settings: ServerSettings, _ name: ByteString) -> String? {
    settings.settings(matching: [name]).first.map { "\($0.value)" }
  }

  /// Sets pairs of names and values, and tells the error.
  private static func set(_ settings: inout ServerSettings, _ words: [String]) -> String? {
    let pairs = stride(from: 0, to: words.count, by: 2).map {
      (name: ByteString(words[$0]), value: ByteString(words[$0 + 1]))
    }
    do throws(SettingError) {
      try settings.set(pairs)
      return nil
    } catch {
      return error.message
    }
  }

  // MARK: Against the server

  /// Every setting of the server but those of TLS is known here, with the same value.
  @Test func defaultsAreThoseOfTheServer() throws {
    let theirs = try Self.all(OracleServer(.redis7))
    let ours = Self.all(ServerSettings())
    #expect(Set(theirs.keys).symmetricDifference(ours.keys).sorted() == [])
    #expect(theirs.count > 150)
    for (name, value) in theirs { #expect(ours[name] == value, "\(name)") }
  }

  /// What CONFIG SET is asked to do, in this order: each answer, and what holds afterwards, are the server's.
  static let changes: [[String]] = [
    ["nope", "1"],
    ["a\nb", "1"],
    ["", "1"],
    // Which of several errors is told.
    ["timeout", "5", "timeout", "6", "nope", "3"],
    ["nope", "3", "timeout", "4", "timeout", "5"],
    ["databases", "3", "nope", "2"],
    ["databases", "3", "timeout", "x"],
    ["timeout", "x", "dir", "y"],
    ["TIMEOUT", "1", "timeout", "2"],
    ["save", "", "save", ""],
    ["hash-max-ziplist-entries", "5", "hash-max-listpack-entries", "6"],
    ["timeout", "3", "maxmemory", "x"],
    // When they may be changed.
    ["databases", "3"], ["unixsocket", "x"], ["unixsocketperm", "700"], ["rdbchecksum", "no"],
    ["tcp-backlog", "5"], ["appendfilename", "a"], ["appenddirname", "a"], ["logfile", "x"],
    ["daemonize", "yes"], ["supervised", "auto"], ["pidfile", "x"], ["aclfile", "x"],
    ["io-threads", "2"], ["cluster-enabled", "yes"], ["enable-debug-command", "no"],
    ["enable-protected-configs", "yes"], ["replicaof", "no one"], ["slaveof", "a 1"],
    ["dir", "/"], ["DIR", "/"], ["dbfilename", "a"], ["DBFILENAME", "a/b"],
    // Yes and no.
    ["appendonly", "maybe"], ["rdbcompression", "NO"], ["stop-writes-on-bgsave-error", "1"],
    ["aof-load-truncated", "no"], ["activedefrag", "maybe"], ["lazyfree-lazy-expire", "Yes"],
    // Integers.
    ["timeout", "-1"], ["timeout", "x"], ["timeout", "99999999999"], ["timeout", ""],
    ["timeout", " 1"], ["timeout", "1 "], ["timeout", "01"], ["timeout", "+1"], ["timeout", "1kb"],
    ["timeout", "99999999999999999999"], ["TIMEOUT", "x"], ["timeout", "2147483647"],
    ["maxclients", "0"], ["tcp-keepalive", "12"], ["hz", "0"], ["hz", "1000"], ["hz", "-1"],
    ["slowlog-log-slower-than", "-1"], ["slowlog-log-slower-than", "-2"],
    ["slowlog-max-len", "-1"], ["slowlog-max-len", "9223372036854775807"],
    ["auto-aof-rewrite-percentage", "-3"], ["auto-aof-rewrite-percentage", "0"],
    ["shutdown-timeout", "x"], ["maxmemory-samples", "0"], ["active-expire-effort", "11"],
    ["busy-reply-threshold", "7"], ["lua-time-limit", "x"], ["stream-node-max-entries", "7"],
    ["set-max-intset-entries", "7"], ["HASH-MAX-ziplist-ENTRIES", "-"],
    // Bytes.
    ["maxmemory", "1k"], ["maxmemory", "1KB"], ["maxmemory", "2m"], ["maxmemory", "2Mb"],
    ["maxmemory", "3g"], ["maxmemory", "3gb"], ["maxmemory", "17b"], ["maxmemory", "1 gb"],
    ["maxmemory", "-1"], ["maxmemory", "x"], ["maxmemory", "10%"], ["maxmemory", "1KiB"],
    ["maxmemory", "1.5gb"], ["maxmemory", "18446744073709551615"], ["maxmemory", ""],
    ["proto-max-bulk-len", "10"], ["proto-max-bulk-len", "1mb"],
    ["client-query-buffer-limit", "1048575"], ["auto-aof-rewrite-min-size", "1MB"],
    ["hash-max-ziplist-value", "1kb"], ["hash-max-ziplist-value", "-1"],
    ["zset-max-listpack-value", "0"], ["hll-sparse-max-bytes", "x"],
    ["hll-sparse-max-bytes", "16k"],
    ["stream-node-max-bytes", "0"], ["stream-node-max-bytes", "100"],
    ["repl-backlog-size", "0"], ["maxmemory-clients", "5%"], ["maxmemory-clients", "101%"],
    ["maxmemory-clients", "%"], ["maxmemory-clients", "x"], ["maxmemory-clients", "1k"],
    ["list-max-listpack-size", "-5"], ["list-max-ziplist-size", "-1"],
    ["list-max-listpack-size", "99999999999"],
    // Names.
    ["appendfsync", "x"], ["appendfsync", "ALWAYS"], ["appendfsync", ""], ["loglevel", "loud"],
    ["loglevel", "debug"], ["maxmemory-policy", "x"], ["maxmemory-policy", "noeviction"],
    ["sanitize-dump-payload", "x"], ["acl-pubsub-default", "x"], ["oom-score-adj", "x"],
    ["repl-diskless-load", "x"], ["cluster-preferred-endpoint-type", "x"],
    ["propagation-error-behavior", "x"],
    // Words.
    ["save", "1"], ["save", "a b"], ["save", "0 1"], ["save", "1 -1"], ["save", "1 0"],
    ["save", "9999999999 1"], ["save", "3 4 1 2"], ["save", "1 2 3"], ["save", "10  5"],
    ["save", " 10 5"], ["save", "+10 05"], ["save", "3600 "], ["save", "1 \"2\""], ["save", "'"],
    ["client-output-buffer-limit", "x 1 2 3"], ["client-output-buffer-limit", "normal 1 2"],
    ["client-output-buffer-limit", "normal a b c"], ["client-output-buffer-limit", ""],
    ["client-output-buffer-limit", "master 1 2 3"],
    ["client-output-buffer-limit", "normal 1kb 2gb 3 Replica 1 2 3"],
    ["client-output-buffer-limit", "normal 1 2 3 normal 4 5 6"],
    ["client-output-buffer-limit", "slave 1 2 -3"],
    ["client-output-buffer-limit", "pubsub 1 2 3 "],
    ["oom-score-adj-values", "1"], ["oom-score-adj-values", "1 2 3"],
    ["oom-score-adj-values", "1 2 x"], ["oom-score-adj-values", "1 2 3000"],
    ["latency-tracking-info-percentiles", "101"], ["latency-tracking-info-percentiles", "50 x"],
    ["latency-tracking-info-percentiles", "50 99.123456789 0.05"],
    ["latency-tracking-info-percentiles", ""],
    ["notify-keyspace-events", "Q"], ["notify-keyspace-events", "KEA"],
    ["notify-keyspace-events", "AKEmn"], ["notify-keyspace-events", "EKn"],
    ["notify-keyspace-events", "KEg$lshzxetd"], ["notify-keyspace-events", "mdtE"],
    ["notify-keyspace-events", ""],
    // Text.
    ["syslog-ident", "x"], ["bind-source-addr", "a b"], ["ignore-warnings", "ARM64-COW-BUG"],
    ["replica-announce-ip", "1.2.3.4"], ["slave-announce-port", "70000"],
  ]

  @Test func answersAreThoseOfTheServer() throws {
    let server = try OracleServer(.redis7)
    var settings = ServerSettings()
    for words in Self.changes {
      let reply = try server.pipeline([["CONFIG", "SET"] + words.map { Word($0) }])[0]
      let theirs: String? = if case .error(let text) = reply { text } else { nil }
      #expect(Self.set(&settings, words) == theirs, "\(words)")
      for name in stride(from: 0, to: words.count, by: 2).map({ words[$0] }) {
        let told = try server.command("CONFIG", "GET", Word(name)).array ?? []
        guard !Self.exceptions.contains(name.lowercased()) || name == "save" else { continue }
        let ours = settings.settings(matching: [ByteString(name)])
        // A save that is refused leaves the server's own rules, which are not the default.
        guard name != "save" || theirs == nil else { continue }
        #expect(
          ours.flatMap { [$0.name.bytes, $0.value.bytes] } == told.compactMap(\.bytes), "\(words)")
      }
    }
    #expect(Self.all(settings) == (try Self.all(server)))
  }

  /// Names, older names and globs, in both cases: the same pairs, in whatever order.
  @Test(arguments: [
    ["hash-max-ziplist-value", "HASH-MAX-ziplist-value", "hash-max-ziplist-val?e"],
    ["hash-max-*"], ["HASH-MAX-*", "hash-max-listpack-entries"], ["DIR", "timeout", "Timeout"],
    ["*slave*"], ["t[ia]m*"], ["t[^x]meout"], ["\\timeout", "nope", "nope*"], ["[", ""],
    ["user", "include", "rename-command", "loadmodule"], ["*listpack*", "*ziplist*"],
  ])
  func patternsFindWhatTheServerFinds(_ patterns: [String]) throws {
    let server = try OracleServer(.redis7)
    let words = try server.command(["CONFIG", "GET"] + patterns.map { Word($0) }).array ?? []
    var theirs: [String: String] = [:]
    for place in stride(from: 0, to: words.count - 1, by: 2) {
      theirs[words[place].text ?? ""] = words[place + 1].text
    }
    let ours = ServerSettings().settings(matching: patterns.map { ByteString($0) })
    #expect(Set(ours.map { "\($0.name)" }) == Set(theirs.keys))
    #expect(ours.count == theirs.count)
    for (name, value) in ours where name != "DIR" { #expect(theirs["\(name)"] == "\(value)") }
  }

  // MARK: What is ours

  @Test func nothingChangesWhenOneValueIsWrong() {
    var settings = ServerSettings()
    let before = Self.all(settings)
    let error = Self.set(
      &settings, ["timeout", "3", "save", "5 5", "appendonly", "yes", "maxmemory", "x"])
    #expect(
      error
        == "ERR CONFIG SET failed (possibly related to argument 'maxmemory')"
        + " - argument must be a memory value")
    #expect(Self.all(settings) == before)
    #expect(settings.saveRules.count == 3)
    #expect(Self.set(&settings, ["timeout", "3", "save", "5 5", "appendonly", "yes"]) == nil)
    #expect(settings.timeout == 3)
    #expect(settings.saveRules == [ServerSettings.SaveRule(seconds: 5, changes: 5)])
    #expect(settings.appendOnly)
  }

  /// What the server would take and this one does not do.
  @Test(arguments: [
    ("port", "1", "can't set immutable config"),
    ("bind", "127.0.0.1", "can't set immutable config"),
    ("insecure", "yes", "can't set immutable config"),
    (
      "maxmemory-policy", "allkeys-lru",
      "this server evicts no keys: argument must be noeviction"
    ),
    (
      "list-max-listpack-size", "128",
      "only sizes are supported: argument must be between -5 and -1 inclusive"
    ),
    ("activedefrag", "yes", "Active defragmentation cannot be enabled here"),
    ("maxmemory", "18446744073709551616", "argument must be a memory value"),
    ("maxmemory", "99999999999gb", "argument must be a memory value"),
    (
      "hash-max-listpack-entries", "2147483648",
      "argument must be between 0 and 2147483647 inclusive"
    ),
  ])
  func refusals(name: String, value: String, reason: String) {
    var settings = ServerSettings()
    #expect(
      Self.set(&settings, [name, value])
        == "ERR CONFIG SET failed (possibly related to argument '\(name)') - \(reason)")
  }

  @Test func valuesReachTheirPlaces() {
    var settings = ServerSettings()
    #expect(
      Self.set(
        &settings,
        [
          "list-max-ziplist-size", "-4", "stream-node-max-bytes", "0", "hash-max-ziplist-value",
          "1kb", "requirepass", "se cret", "appendfsync", "always", "client-output-buffer-limit",
          "slave 1mb 1kb 5",
        ]) == nil)
    #expect(settings.limits.listNodeSize == 32_768)
    #expect(settings.limits.streamNodeSize == 1 << 30)
    #expect(settings.limits.hashValue == 1024)
    #expect(settings.requirePassword == Array("se cret".utf8))
    #expect(settings.appendSync == .always)
    let limit = settings.outputLimits.replica
    #expect((limit.hard, limit.soft, limit.softSeconds) == (1 << 20, 1024, 5))
    #expect(settings.outputLimits.pubsub == ServerSettings().outputLimits.pubsub)
    #expect(ServerSettings.isSecret("REQUIREPASS"))
    #expect(!ServerSettings.isSecret("port"))
  }

  @Test func protectedSettingsNeedPermission() throws {
    let folder = try TemporaryFolder()
    for (permission, isLocal, isAllowed) in [
      ("no", true, false), ("yes", false, true), ("local", false, false), ("local", true, true),
    ] {
      var settings = try ServerConfiguration.fromArguments([
        "--enable-protected-configs", permission,
      ]).settings
      let pairs = [
        (name: ByteString("dir"), value: ByteString(folder.url.path)),
        (name: ByteString("dbfilename"), value: ByteString("other.rdb")),
      ]
      if isAllowed {
        try settings.set(pairs, isLocal: isLocal)
        #expect(settings.directory == folder.url.path)
        #expect(settings.dumpName == "other.rdb")
        // What dir, appendonly and their like answer while files are loaded.
        #expect(throws: SettingError(message: "LOADING Redis is loading the dataset in memory")) {
          try settings.set(pairs, isLocal: isLocal, isLoading: true)
        }
      } else {
        #expect(
          throws: SettingError(
            message: "ERR CONFIG SET failed (possibly related to argument 'dir')"
              + " - can't set protected config")
        ) { try settings.set(pairs, isLocal: isLocal) }
      }
    }
  }
}
