import Persistence

extension Setting {
  /// Settings of Redis 7.0 that have no effect here. Clients ask for them, and files have them, so they are
  /// read with the same care and told as they were given. The settings of TLS are not among them.
  static let keptSettings: [Setting] =
    keptByAll + keptByMemory + keptByReplication + keptByCluster

  private static let keptByAll: [Setting] = [
    keptFlag("protected-mode", true),
    keptText("bind-source-addr"),
    daemonize,
    keptChoice("supervised", ["upstart", "systemd", "auto", "no"], "no", change: .never),
    keptText("pidfile", change: .never),
    keptFlag("always-show-logo", false, change: .never),
    keptFlag("set-proc-title", true, change: .never),
    keptText("proc-title-template", "{title} {listen-addr} {server-mode}"),
    keptFlag("syslog-enabled", false, change: .never),
    keptText("syslog-ident", "redis", change: .never),
    keptChoice(
      "syslog-facility",
      ["user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"],
      "local0", change: .never),
    keptFlag("crash-log-enabled", true),
    keptFlag("crash-memcheck-enabled", true),
    keptText("ignore-warnings"),
    keptFlag("disable-thp", true, change: .never),
    keptChoice("oom-score-adj", ["no", "yes", "relative", "absolute"], "no"),
    .kept("oom-score-adj-values", "0 200 800", takesWords: true, form: memoryPressureScores),
    keptText("server_cpulist", change: .never),
    keptText("bio_cpulist", change: .never),
    keptText("aof_rewrite_cpulist", change: .never),
    keptText("bgsave_cpulist", change: .never),
    keptInteger("socket-mark-id", 0, 0...Int(UInt32.max)),
    keptChoice("shutdown-on-sigint", ["default"], "default"),
    keptChoice("shutdown-on-sigterm", ["default"], "default"),
    keptInteger("io-threads", 1, 1...128, change: .never),
    keptFlag("io-threads-do-reads", false, change: .never),
    keptFlag("dynamic-hz", true),
    keptChoice("enable-module-command", ["no", "yes", "local"], "no", change: .never),
    keptText("aclfile", change: .never, must: "", or: "access lists are not supported"),
    keptInteger("acllog-max-len", 128, 0...Int.max),
    keptChoice("acl-pubsub-default", ["allchannels", "resetchannels"], "resetchannels"),
    keptInteger("busy-reply-threshold", alias: "lua-time-limit", 5000, 0...Int.max),
    keptInteger("latency-monitor-threshold", 0, 0...Int.max),
    keptFlag("latency-tracking", true),
    .kept(
      "latency-tracking-info-percentiles", "50 99 99.9", takesWords: true, form: percentiles),
    keptInteger("tracking-table-max-keys", 1_000_000, 0...Int.max),
    keptFlag("rdb-save-incremental-fsync", true),
    keptFlag("aof-rewrite-incremental-fsync", true),
    keptFlag("aof-disable-auto-gc", false),
    keptChoice("sanitize-dump-payload", ["no", "yes", "clients"], "no"),
    keptChoice("propagation-error-behavior", ["ignore", "panic", "panic-on-replicas"], "ignore"),
  ]

  private static let keptByMemory: [Setting] = [
    keptInteger("maxmemory-samples", 5, 1...intMax),
    keptInteger("maxmemory-eviction-tenacity", 10, 0...100),
    .kept("maxmemory-clients", "0") { words throws(ValueError) in
      try memoryOrPercent(words[0])
    },
    keptInteger("lfu-log-factor", 10, 0...intMax),
    keptInteger("lfu-decay-time", 1, 0...intMax),
    keptInteger("active-expire-effort", 1, 1...10),
    keptFlag("activerehashing", true),
    keptInteger("list-compress-depth", 0, 0...intMax),
    keptFlag("lazyfree-lazy-eviction", false),
    keptFlag("lazyfree-lazy-expire", false),
    keptFlag("lazyfree-lazy-server-del", false),
    keptFlag("lazyfree-lazy-user-del", false),
    keptFlag("lazyfree-lazy-user-flush", false),
    keptFlag("jemalloc-bg-thread", true),
    keptFlag(
      "activedefrag", false, must: false, or: "Active defragmentation cannot be enabled here"),
    keptMemory("active-defrag-ignore-bytes", 100 << 20, 1...UInt64(Int.max)),
    keptInteger("active-defrag-threshold-lower", 10, 0...1000),
    keptInteger("active-defrag-threshold-upper", 100, 0...1000),
    keptInteger("active-defrag-cycle-min", 1, 1...99),
    keptInteger("active-defrag-cycle-max", 25, 1...99),
    keptInteger("active-defrag-max-scan-fields", 1000, 1...Int.max),
  ]

  private static let keptByReplication: [Setting] = [
    // How long the end waits for replicas.
    keptInteger("shutdown-timeout", 10, 0...intMax),
    .kept("replicaof", alias: "slaveof", "", change: .never, takesWords: true) {
      words throws(ValueError) in
      guard words.map(\.lowercased) == ["no", "one"] else {
        throw ValueError("this server is no replica of another")
      }
      return ""
    },
    keptText("masteruser", isSecret: true),
    keptText("masterauth", isSecret: true),
    keptFlag("replica-serve-stale-data", alias: "slave-serve-stale-data", true),
    keptFlag("replica-read-only", alias: "slave-read-only", true),
    keptFlag("replica-lazy-flush", alias: "slave-lazy-flush", false),
    keptFlag("replica-ignore-maxmemory", alias: "slave-ignore-maxmemory", true),
    keptFlag("replica-ignore-disk-write-errors", false),
    keptFlag("replica-announced", true),
    keptInteger("replica-priority", alias: "slave-priority", 100, 0...intMax),
    keptText("replica-announce-ip", alias: "slave-announce-ip"),
    keptInteger("replica-announce-port", alias: "slave-announce-port", 0, 0...65_535),
    keptInteger("min-replicas-to-write", alias: "min-slaves-to-write", 0, 0...intMax),
    keptInteger("min-replicas-max-lag", alias: "min-slaves-max-lag", 10, 0...intMax),
    keptInteger("repl-ping-replica-period", alias: "repl-ping-slave-period", 10, 1...intMax),
    keptInteger("repl-timeout", 60, 1...intMax),
    keptFlag("repl-disable-tcp-nodelay", false),
    keptFlag("repl-diskless-sync", true),
    keptInteger("repl-diskless-sync-delay", 5, 0...intMax),
    keptInteger("repl-diskless-sync-max-replicas", 0, 0...intMax),
    keptChoice("repl-diskless-load", ["disabled", "on-empty-db", "swapdb"], "disabled"),
    keptMemory("repl-backlog-size", 1 << 20, 1...UInt64(Int.max)),
    keptInteger("repl-backlog-ttl", 3600, 0...Int.max),
    keptFlag("rdb-del-sync-files", false),
  ]

  private static let keptByCluster: [Setting] = [
    keptFlag(
      "cluster-enabled", false, change: .never, must: false, or: "cluster mode is not supported"),
    keptText("cluster-config-file", "nodes.conf", change: .never),
    keptInteger("cluster-node-timeout", 15_000, 0...Int.max),
    keptInteger("cluster-port", 0, 0...65_535, change: .never),
    keptText("cluster-announce-ip"),
    keptText("cluster-announce-hostname"),
    keptInteger("cluster-announce-port", 0, 0...65_535),
    keptInteger("cluster-announce-tls-port", 0, 0...65_535),
    keptInteger("cluster-announce-bus-port", 0, 0...65_535),
    keptChoice(
      "cluster-preferred-endpoint-type", ["ip", "hostname", "unknown-endpoint"], "ip"),
    keptInteger(
      "cluster-replica-validity-factor", alias: "cluster-slave-validity-factor", 10, 0...intMax),
    keptFlag("cluster-replica-no-failover", alias: "cluster-slave-no-failover", false),
    keptFlag("cluster-require-full-coverage", true),
    keptFlag("cluster-allow-reads-when-down", false),
    keptFlag("cluster-allow-pubsubshard-when-down", true),
    keptFlag("cluster-allow-replica-migration", true),
    keptInteger("cluster-migration-barrier", 1, 0...intMax),
    keptMemory("cluster-link-sendbuf-limit", 0, 0...UInt64.max),
  ]

  /// Read, and then still `no`: what watches over the server has to know that it stays.
  private static let daemonize = Setting.kept("daemonize", "no", change: .never) {
    words throws(ValueError) in
    _ = try SettingText.flag(words[0])
    return "no"
  }
}

// Kinds of values.
extension Setting {
  /// - Parameter must: the only value that is accepted, if there is one.
  /// - Parameter reason: why others are not.
  private static func keptFlag(
    _ name: String, alias: String? = nil, _ standard: Bool, change: Change = .anyTime,
    must: Bool? = nil, or reason: String = ""
  ) -> Setting {
    .kept(name, alias: alias, standard ? "yes" : "no", change: change) { words throws(ValueError) in
      let value = try SettingText.flag(words[0])
      if let must, value != must { throw ValueError(reason) }
      return value ? "yes" : "no"
    }
  }

  private static func keptInteger(
    _ name: String, alias: String? = nil, _ standard: Int, _ range: ClosedRange<Int>,
    change: Change = .anyTime
  ) -> Setting {
    .kept(name, alias: alias, "\(standard)", change: change) { words throws(ValueError) in
      ByteString("\(try SettingText.integer(words[0], in: range))")
    }
  }

  private static func keptMemory(
    _ name: String, _ standard: UInt64, _ range: ClosedRange<UInt64>
  ) -> Setting {
    .kept(name, "\(standard)") { words throws(ValueError) in
      ByteString("\(try SettingText.memory(words[0], in: range))")
    }
  }

  private static func keptChoice(
    _ name: String, _ names: [String], _ standard: String, change: Change = .anyTime
  ) -> Setting {
    .kept(name, standard, change: change) { words throws(ValueError) in
      ByteString(try SettingText.choice(words[0], of: names))
    }
  }

  private static func keptText(
    _ name: String, alias: String? = nil, _ standard: String = "", change: Change = .anyTime,
    isSecret: Bool = false, must: ByteString? = nil, or reason: String = ""
  ) -> Setting {
    .kept(name, alias: alias, standard, change: change, isSecret: isSecret) {
      words throws(ValueError) in
      if let must, words[0] != must { throw ValueError(reason) }
      return words[0]
    }
  }

  /// Three numbers, for the kernel's choice of a process to kill when memory runs out.
  @Sendable private static func memoryPressureScores(
    _ words: Words
  ) throws(ValueError) -> ByteString {
    guard words.count == 3 else { throw ValueError("wrong number of arguments") }
    var scores: Words = []
    for word in words {
      guard let score = SettingText.looseInteger(word), (-2000...2000).contains(score) else {
        throw ValueError(
          "Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
      }
      scores.append(ByteString("\(score)"))
    }
    return ByteString(joining: scores)
  }

  /// Numbers from 0 to 100, told with six digits behind the point at most.
  @Sendable private static func percentiles(_ words: Words) throws(ValueError) -> ByteString {
    if words == [""] { return "" }
    var texts: Words = []
    for word in words {
      guard let value = NumberText.double(unsafe word.bytes.span.bytes), !value.isNaN else {
        throw ValueError("Invalid latency-tracking-info-percentiles parameters")
      }
      guard (0...100).contains(value) else {
        throw ValueError(
          "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")
      }
      let millionths = Int((value * 1_000_000).rounded(.toNearestOrEven))
      var text = "\(millionths / 1_000_000)"
      if millionths % 1_000_000 > 0 {
        // A one before the digits keeps the zeros in front of them.
        var digits = "\(1_000_000 + millionths % 1_000_000)".dropFirst()
        while digits.last == "0" { digits.removeLast() }
        text += "." + digits
      }
      texts.append(ByteString(text))
    }
    return ByteString(joining: texts)
  }

  /// Bytes, or a share of `maxmemory`.
  private static func memoryOrPercent(_ word: ByteString) throws(ValueError) -> ByteString {
    if SettingText.memory(word) != nil {
      return ByteString("\(try SettingText.memory(word, in: 0...UInt64(Int.max)))")
    }
    let number = ByteString(Array(word.bytes.dropLast()))
    guard word.hasSuffix("%"),
      let percent = NumberText.canonicalInteger(unsafe number.bytes.span.bytes), percent >= 0
    else { throw ValueError("argument must be a memory or percent value") }
    guard percent <= 100 else {
      throw ValueError("percentage argument must be less or equal to 100")
    }
    // To a server 0% and 0 are the same.
    return ByteString(percent == 0 ? "0" : "\(percent)%")
  }
}
