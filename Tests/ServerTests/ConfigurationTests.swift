import Foundation
import Persistence
import Server
import TestSupport
import Testing

/// Files of settings and arguments.
@Suite struct ConfigurationTests {
  private static func get(_ configuration: ServerConfiguration, _ name: ByteString) -> String? {
    configuration.settings.settings(matching: [name]).first.map { "\($0.value)" }
  }

  private static func read(_ text: String) throws(SettingError) -> ServerConfiguration {
    try ServerConfiguration.fromText(Array(text.utf8), named: "a.conf")
  }

  private static func error(
    _ body: () throws(SettingError) -> ServerConfiguration
  ) -> String? {
    do throws(SettingError) {
      _ = try body()
      return nil
    } catch {
      return error.message
    }
  }

  // MARK: Arguments

  @Test func argumentsHaveTheFormOfTheServer() throws {
    let configuration = try ServerConfiguration.fromArguments(
      [
        "--port", "0", "--SAVE", "60", "1", "300", "10", "--save", "5 5", "--maxmemory 1gb",
        "--insecure", "--replay", "-", "--requirepass", "--secret", "--until", "3", "4",
        "--bind", "127.0.0.1", "-::1", "--fork-at",
      ], own: ["replay", "until", "fork-at"])
    #expect(Self.get(configuration, "port") == "0")
    // Values as redis-server 7.0.15 tells them when it is started so.
    #expect(Self.get(configuration, "save") == "60 1 300 10 5 5")
    #expect(Self.get(configuration, "maxmemory") == "1073741824")
    #expect(Self.get(configuration, "requirepass") == "--secret")
    #expect(configuration.settings.bind == ["127.0.0.1", "-::1"])
    #expect(configuration.settings.isInsecure)
    #expect(configuration.own == ["replay": ["-"], "until": ["3", "4"], "fork-at": []])
    #expect(configuration.path == nil)
    #expect(configuration.ignored.isEmpty)
  }

  @Test(arguments: [["--save", ""], ["--save"], ["--save", "--port", "0"]])
  func noRules(_ words: [String]) throws {
    #expect(try ServerConfiguration.fromArguments(words).settings.saveRules.isEmpty)
  }

  @Test func ruleOfTheDefaultIsReplaced() throws {
    #expect(try Self.get(.fromArguments([]), "save") == "3600 1 300 100 60 10000")
    #expect(try Self.get(.fromArguments(["--save", "7", "8"]), "save") == "7 8")
  }

  @Test func fileComesFirst() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("a.conf", Array("port 7\nsave 60 1\ntimeout 5\n".utf8)).path
    let configuration = try ServerConfiguration.fromArguments([
      file, "--port", "8", "--save", "300", "10",
    ])
    #expect(configuration.settings.port == 8)
    #expect(configuration.settings.timeout == 5)
    // As a server has it: what a file says is not replaced.
    #expect(Self.get(configuration, "save") == "60 1 300 10")
    #expect(configuration.path?.hasSuffix("/a.conf") == true)
    #expect(try Self.get(.fromArguments([file, "--save", ""]), "save") == "")
  }

  @Test(arguments: [
    (["--nope", "1"], "--nope: no such setting"),
    (["--port=1"], "--port=1: no such setting; a value follows behind a blank"),
    (["--port", "x"], "--port: argument couldn't be parsed into an integer"),
    (["--port", "1", "2"], "--port: wrong number of arguments"),
    (["--port"], "--port: wrong number of arguments"),
    (["--appendonly", "--port", "0"], "--appendonly: wrong number of arguments"),
    (["--insecure", "maybe"], "--insecure: argument must be 'yes' or 'no'"),
    (["-p", "1"], "-p: settings are --NAME VALUE, after the file if any"),
    (["--port", "1", "--"], "--: settings are --NAME VALUE, after the file if any"),
    (["--loadmodule", "x.so"], "--loadmodule: modules are not supported"),
    (["--dir", "/nonexistent"], "--dir: No such file or directory"),
    (["--dir", ""], "--dir: No such file or directory"),
    (["--include", "/nonexistent"], "/nonexistent: No such file or directory"),
    (["/nonexistent"], "/nonexistent: No such file or directory"),
  ])
  func wrongArguments(words: [String], message: String) {
    #expect(Self.error { () throws(SettingError) in try .fromArguments(words) } == message)
  }

  // MARK: Files

  @Test func linesAreReadAsByTheServer() throws {
    let configuration = try Self.read(
      """
      # a comment
       \t# another
      PORT 7000\r
        dbfilename "my \\"dump\\".rdb"
      requirepass 'it\\'s'
      save 60 1
      save "300 10 400 20"
      client-output-buffer-limit slave 1mb 512kb 10
      client-output-buffer-limit "normal 1 2 3"
      unixsocketperm 700
      notify-keyspace-events ""
      """)
    #expect(configuration.settings.port == 7000)
    #expect(configuration.settings.dumpName == "my \"dump\".rdb")
    #expect(configuration.settings.requirePassword == Array("it's".utf8))
    #expect(Self.get(configuration, "save") == "60 1 300 10 400 20")
    #expect(
      Self.get(configuration, "client-output-buffer-limit")
        == "normal 1 2 3 slave 1048576 524288 10 pubsub 33554432 8388608 60")
    #expect(configuration.settings.unixSocketMode == 0o700)
    #expect(Self.get(configuration, "unixsocketperm") == "700")
    // As redis-server 7.0.15 has it.
    #expect(try Self.get(Self.read("save 60 1\nsave \"\"\nsave 5 5\n"), "save") == "5 5")
    #expect(try Self.get(Self.read("save \"\"\n"), "save") == "")
  }

  /// The texts behind the names are those of redis-server 7.0.15 where it refuses the line too.
  @Test(arguments: [
    ("\n\nport x", "a.conf:3: port: argument couldn't be parsed into an integer"),
    ("foo 1", "a.conf:1: foo: no such setting"),
    ("timeout \"1", "a.conf:1: a quotation is not closed"),
    ("timeout", "a.conf:1: timeout: wrong number of arguments"),
    ("timeout 1 2", "a.conf:1: timeout: wrong number of arguments"),
    ("databases 0", "a.conf:1: databases: argument must be between 1 and 2147483647 inclusive"),
    (
      "unixsocketperm 900",
      "a.conf:1: unixsocketperm: argument couldn't be parsed as an octal number"
    ),
    (
      "unixsocketperm 7770",
      "a.conf:1: unixsocketperm: argument must be between 0 and 777 inclusive"
    ),
    (
      "enable-debug-command maybe",
      "a.conf:1: enable-debug-command: argument(s) must be one of the following: no, yes, local"
    ),
    ("appendfilename \"\"", "a.conf:1: appendfilename: appendfilename can't be empty"),
    (
      "appendfilename a/b",
      "a.conf:1: appendfilename: appendfilename can't be a path, just a filename"
    ),
    ("appenddirname \"\"", "a.conf:1: appenddirname: appenddirname can't be empty"),
    (
      "appenddirname a/b", "a.conf:1: appenddirname: appenddirname can't be a path, just a dirname"
    ),
    ("dbfilename a/b", "a.conf:1: dbfilename: dbfilename can't be a path, just a filename"),
    ("save 1", "a.conf:1: save: Invalid save parameters"),
    ("io-threads 0", "a.conf:1: io-threads: argument must be between 1 and 128 inclusive"),
    ("daemonize x", "a.conf:1: daemonize: argument must be 'yes' or 'no'"),
    ("bind \"\"", "a.conf:1: bind: argument must name an address; 'port 0' is for no TCP at all"),
    // What would change what the files hold, or who may read them.
    ("rename-command KEYS \"\"", "a.conf:1: rename-command: commands cannot be renamed"),
    ("loadmodule /x.so", "a.conf:1: loadmodule: modules are not supported"),
    ("aclfile /x", "a.conf:1: aclfile: access lists are not supported"),
    (
      "user alice on >secret ~* +@all",
      "a.conf:1: user: users are not supported; requirepass sets a password"
    ),
    (
      "user default on nopass ~* &* -@all",
      "a.conf:1: user: users are not supported; requirepass sets a password"
    ),
    ("tls-port 6380", "a.conf:1: tls-port: TLS is not supported"),
    ("replicaof 10.0.0.1 6379", "a.conf:1: replicaof: this server is no replica of another"),
    ("slaveof 10.0.0.1 6379", "a.conf:1: slaveof: this server is no replica of another"),
    ("cluster-enabled yes", "a.conf:1: cluster-enabled: cluster mode is not supported"),
    ("include", "a.conf:1: the name of one file has to follow"),
  ])
  func wrongLines(text: String, message: String) {
    #expect(Self.error { () throws(SettingError) in try Self.read(text) } == message)
  }

  @Test func whatHasNoEffectIsToldUnlessItIsTheDefault() throws {
    let configuration = try Self.read(
      """
      daemonize yes
      daemonize no
      io-threads 4
      io-threads 1
      repl-timeout 60
      tls-port 0
      tls-cert-file x
      aclfile ""
      replicaof no one
      cluster-enabled no
      cluster-slot-stats-enabled yes
      set-max-listpack-entries 128
      lua-replicate-commands yes
      search.timeout 5
      sentinel monitor a 127.0.0.1 1 2
      user default on nopass sanitize-payload ~* &* +@all
      masterauth x
      """)
    #expect(
      configuration.ignored == [
        "a.conf:1: daemonize: the server stays in the foreground",
        "a.conf:3: io-threads: has no effect here",
        "a.conf:7: tls-cert-file: has no effect here",
        "a.conf:11: cluster-slot-stats-enabled: has no effect here",
        "a.conf:12: set-max-listpack-entries: is a setting of later releases",
        "a.conf:14: search.timeout: there are no modules here",
        "a.conf:15: sentinel: this server is no sentinel",
        "a.conf:17: masterauth: has no effect here",
      ])
    #expect(Self.get(configuration, "daemonize") == "no")
    #expect(Self.get(configuration, "masterauth") == "x")
  }

  @Test func filesIncludeOthers() throws {
    let folder = try TemporaryFolder()
    let path = folder.url.path
    try folder.write("b.conf", Array("timeout 1\nport 2\n".utf8))
    try folder.write("c1.conf", Array("hz 11\n".utf8))
    try folder.write("c2.conf", Array("hz 12\ntcp-keepalive 9\nsave 2 2\n".utf8))
    let text = """
      save 1 1
      include \(path)/b.conf
      port 3
      include \(path)/c*.conf
      include \(path)/nothing*.conf
      save 3 3
      """
    let file = try folder.write("a.conf", Array(text.utf8)).path
    let configuration = try ServerConfiguration.fromArguments([file])
    #expect(configuration.settings.timeout == 1)
    #expect(configuration.settings.port == 3)
    #expect(configuration.settings.hz == 12)
    #expect(configuration.settings.keepalive == 9)
    // A server forgets the rules before an include; that is no use to anybody.
    #expect(Self.get(configuration, "save") == "1 1 2 2 3 3")
    try folder.write("b.conf", Array("\n\nnope\n".utf8))
    #expect(
      Self.error { () throws(SettingError) in try .fromArguments([file]) }
        == "\(path)/b.conf:3: nope: no such setting")
    try folder.write("b.conf", Array("include \(path)/b.conf\n".utf8))
    #expect(
      Self.error { () throws(SettingError) in try .fromArguments([file]) }
        == "\(path)/b.conf:1: files include each other more than 16 deep")
  }

  @Test func foldersFollowEachOther() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.file("inner"), withIntermediateDirectories: false)
    let configuration = try Self.read("dir \(folder.url.path)\ndir inner\n")
    #expect(configuration.settings.directory == folder.file("inner").path)
    let told = try #require(Self.get(configuration, "dir"))
    #expect(told.hasPrefix("/") && told.hasSuffix("/inner"))
    #expect(Self.get(ServerConfiguration(), "dir") == FileManager.default.currentDirectoryPath)
    try folder.write("file", [])
    #expect(
      Self.error { () throws(SettingError) in try Self.read("dir \(folder.url.path)/file") }
        == "a.conf:1: dir: Not a directory")
  }

  /// The directives of the file that Debian's package installs, but for its folder and log.
  @Test func stockFileIsRead() throws {
    let configuration = try Self.read(Self.stockFile)
    #expect(
      configuration.ignored == [
        "a.conf:6: daemonize: the server stays in the foreground",
        "a.conf:7: pidfile: has no effect here",
      ])
    #expect(configuration.settings.bind == ["127.0.0.1", "-::1"])
    var settings = configuration.settings
    settings.bind = []
    let changed = zip(
      settings.settings(matching: ["*"]), ServerSettings().settings(matching: ["*"])
    ).filter { $0.value != $1.value }.map { "\($0.0.name)" }
    #expect(changed == ["pidfile"])
    // Nothing in it is in another form than it is written.
    #expect(
      String(decoding: settings.rewritten(Array(Self.stockFile.utf8)), as: UTF8.self)
        .contains("hash-max-listpack-entries 512\nhash-max-listpack-value 64\n"))
  }

  private static let stockFile = """
    bind 127.0.0.1 -::1
    protected-mode yes
    port 6379
    tcp-backlog 511
    timeout 0
    daemonize yes
    pidfile /run/redis/redis-server.pid
    tcp-keepalive 300
    loglevel notice
    databases 16
    always-show-logo no
    set-proc-title yes
    proc-title-template "{title} {listen-addr} {server-mode}"
    stop-writes-on-bgsave-error yes
    rdbcompression yes
    rdbchecksum yes
    dbfilename dump.rdb
    rdb-del-sync-files no
    replica-serve-stale-data yes
    replica-read-only yes
    repl-diskless-sync yes
    repl-diskless-sync-delay 5
    repl-diskless-sync-max-replicas 0
    repl-diskless-load disabled
    repl-disable-tcp-nodelay no
    replica-priority 100
    acllog-max-len 128
    lazyfree-lazy-eviction no
    lazyfree-lazy-expire no
    lazyfree-lazy-server-del no
    replica-lazy-flush no
    lazyfree-lazy-user-del no
    lazyfree-lazy-user-flush no
    oom-score-adj no
    oom-score-adj-values 0 200 800
    disable-thp yes
    appendonly no
    appendfilename "appendonly.aof"
    appenddirname "appendonlydir"
    appendfsync everysec
    no-appendfsync-on-rewrite no
    auto-aof-rewrite-percentage 100
    auto-aof-rewrite-min-size 64mb
    aof-load-truncated yes
    aof-use-rdb-preamble yes
    aof-timestamp-enabled no
    slowlog-log-slower-than 10000
    slowlog-max-len 128
    latency-monitor-threshold 0
    notify-keyspace-events ""
    hash-max-listpack-entries 512
    hash-max-listpack-value 64
    list-max-listpack-size -2
    list-compress-depth 0
    set-max-intset-entries 512
    zset-max-listpack-entries 128
    zset-max-listpack-value 64
    hll-sparse-max-bytes 3000
    stream-node-max-bytes 4096
    stream-node-max-entries 100
    activerehashing yes
    client-output-buffer-limit normal 0 0 0
    client-output-buffer-limit replica 256mb 64mb 60
    client-output-buffer-limit pubsub 32mb 8mb 60
    hz 10
    dynamic-hz yes
    aof-rewrite-incremental-fsync yes
    rdb-save-incremental-fsync yes
    jemalloc-bg-thread yes

    """

  // MARK: Rewriting

  @Test func rewritingKeepsWhatHolds() throws {
    let folder = try TemporaryFolder()
    let path = folder.url.path
    let text = """
      # My server
      port 7000

      dir \(path)
      MAXMEMORY  1024kb   \t
      timeout 5
      save 60 1
      # in between
      save 300 10
      hash-max-ziplist-entries 100
      include /etc/more.conf
      client-output-buffer-limit slave 1mb 1mb 1
      timeout 7


      """
    let own = text.replacing("include /etc/more.conf\n", with: "")
    var settings = try Self.read(own).settings
    let kept = String(decoding: settings.rewritten(Array(text.utf8)), as: UTF8.self)
    #expect(
      kept == """
        # My server
        port 7000

        dir \(path)
        MAXMEMORY  1024kb   \t
        timeout 7
        save 60 1
        # in between
        save 300 10
        hash-max-ziplist-entries 100
        include /etc/more.conf
        client-output-buffer-limit normal 0 0 0

        # Generated by CONFIG REWRITE
        client-output-buffer-limit replica 1mb 1mb 1

        """)

    try settings.set([
      ("maxmemory", "2mb"), ("save", "5 5"), ("hash-max-listpack-entries", "7"),
      ("requirepass", "a\"b c"), ("appendonly", "yes"), ("list-compress-depth", "2"),
    ])
    let changed = settings.rewritten(Array(kept.utf8))
    #expect(
      String(decoding: changed, as: UTF8.self) == """
        # My server
        port 7000

        dir \(path)
        maxmemory 2mb
        timeout 7
        save 5 5
        # in between
        hash-max-listpack-entries 7
        include /etc/more.conf
        client-output-buffer-limit normal 0 0 0

        # Generated by CONFIG REWRITE
        client-output-buffer-limit replica 1mb 1mb 1
        requirepass "a\\"b c"
        appendonly yes
        list-compress-depth 2

        """)
    #expect(settings.rewritten(changed) == changed)
  }

  /// A server takes what we write for what we mean by it.
  @Test func serverReadsWhatIsWritten() throws {
    let folder = try TemporaryFolder()
    var settings = try Self.read("dir \(folder.url.path)").settings
    try settings.set([
      ("maxmemory", "1500kb"), ("save", "5 6 7 8"), ("requirepass", "p"),
      ("client-output-buffer-limit", "pubsub 1kb 2 3"), ("stream-node-max-bytes", "0"),
      ("list-max-listpack-size", "-3"), ("notify-keyspace-events", "KEA"),
      ("oom-score-adj-values", "1 2 3"), ("latency-tracking-info-percentiles", ""),
      ("ignore-warnings", "a b\n'\\\"\u{e9}"), ("appendfsync", "no"), ("maxmemory-clients", "5%"),
      ("tcp-keepalive", "1"), ("lazyfree-lazy-user-del", "yes"), ("masterauth", ""),
    ])
    let text = settings.rewritten([])
    let file = try folder.write("a.conf", text)
    // A server without its password does not answer the question whether it is ready.
    let withoutPassword = String(decoding: text, as: UTF8.self)
      .replacing("requirepass p\n", with: "")
    try folder.write("a.conf", Array(withoutPassword.utf8))
    let server = try OracleServer(.redis7, arguments: ["--include", file.path])
    for (name, value) in settings.settings(matching: ["*"]) {
      let told = try server.command("CONFIG", "GET", Word(name.bytes)).array?.last
      switch name {
      case "port", "unixsocket", "bind", "enable-debug-command", "insecure", "requirepass",
        "target":
        continue
      default:
        #expect(told?.bytes == value.bytes, "\(name)")
      }
    }
    let again = try ServerConfiguration.fromText(text, named: "a.conf").settings
    for (ours, old) in zip(again.settings(matching: ["*"]), settings.settings(matching: ["*"])) {
      #expect(ours == old)
    }
  }
}
