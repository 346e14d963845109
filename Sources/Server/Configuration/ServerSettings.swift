package import Keyspace
import Persistence

/// What a server has been told to do: the values of its settings, whose names, forms and defaults are those of
/// redis.conf in Redis 7.0. ``Setting`` says how each is read and told.
package struct ServerSettings: Sendable {
  package init() {}

  // MARK: Connections

  /// TCP port; 0 for none.
  package var port = 6379
  /// Addresses to listen on; one that begins with `-` may be missing. Empty for loopback: 127.0.0.1 and, where
  /// there is one, ::1.
  package var bind: [String] = []
  /// Path of a Unix socket to listen on, as it was given; empty for none.
  package var unixSocket = ""
  /// Permissions of the Unix socket, 0 to 0o777; 0 leaves what the process' mask gives.
  package var unixSocketMode = 0
  /// Connections that may wait to be accepted (`tcp-backlog`).
  package var backlog = 511
  /// Seconds without a command after which a client is disconnected; 0 for never.
  package var timeout = 0
  /// Seconds between the probes of idle connections (`tcp-keepalive`); 0 for none.
  package var keepalive = 300
  /// Connections at a time, at least 1.
  package var maxClients = 10_000
  /// The password that clients have to give (`requirepass`); empty for none.
  package var requirePassword: [UInt8] = []
  /// Whether to listen beyond loopback without a password (`insecure`, which only this server has).
  package var isInsecure = false
  /// Bytes of a request that is not complete yet (`client-query-buffer-limit`), at least 1 MiB.
  package var queryBufferLimit = 1 << 30
  /// Bytes of one argument (`proto-max-bulk-len`), at least 1 MiB.
  package var bulkLimit = 512 << 20
  /// How much output may wait for a client (`client-output-buffer-limit`).
  package var outputLimits = OutputLimits()

  // MARK: Dataset

  /// The number of databases, at least 1.
  package var databases = 16
  /// Limits up to which collections have compact encodings.
  package var limits = EncodingLimits()
  /// Bytes that the dataset may take; 0 for no limit.
  package var maxMemory: UInt64 = 0
  /// What happens at that limit: nothing is evicted, and writes are refused.
  package var maxMemoryPolicy = "noeviction"

  // MARK: Files

  /// The folder of the files (`dir`), as it was given, later ones relative to earlier ones.
  package var directory = "."
  /// Name of the dump (`dbfilename`).
  package var dumpName = "dump.rdb"
  /// When to save without being told to (`save`); one rule that holds is enough.
  package var saveRules = [
    SaveRule(seconds: 3600, changes: 1), SaveRule(seconds: 300, changes: 100),
    SaveRule(seconds: 60, changes: 10_000),
  ]
  /// Whether strings in dumps are compressed (`rdbcompression`).
  package var compressesDumps = true
  /// Whether dumps have a checksum (`rdbchecksum`).
  package var checksumsDumps = true
  /// Whether writes are refused after a background save that failed (`stop-writes-on-bgsave-error`).
  package var stopsWritesOnSaveError = true
  /// Whether commands are logged (`appendonly`).
  package var appendOnly = false
  /// What the names of the log's files begin with (`appendfilename`).
  package var appendName = "appendonly.aof"
  /// Name of the log's folder (`appenddirname`).
  package var appendFolder = "appendonlydir"
  /// When the log is made durable (`appendfsync`).
  package var appendSync = AppendSync.everySecond
  /// Whether the log is not synced while a save or rewrite runs (`no-appendfsync-on-rewrite`).
  package var noSyncOnRewrite = false
  /// Growth in percent of the size after the last rewrite that starts one (`auto-aof-rewrite-percentage`); 0
  /// for never.
  package var rewritePercentage = 100
  /// Bytes below which growth starts none (`auto-aof-rewrite-min-size`).
  package var rewriteMinimum = 64 << 20
  /// Whether a log whose last command is cut off is loaded (`aof-load-truncated`).
  package var loadsTruncated = true
  /// Whether rewritten logs begin with an RDB (`aof-use-rdb-preamble`).
  package var usesPreamble = true
  /// Whether the log has annotations of time (`aof-timestamp-enabled`).
  package var annotatesTime = false
  /// Name of the release that dumps and bases are written for (`target`, which only this server has); empty for
  /// Redis 7.0.
  package var target = ""

  // MARK: Running

  /// How often in a second recurring work is done, 1 to 500.
  package var hz = 10
  /// Microseconds from which on a command is slow (`slowlog-log-slower-than`); -1 for no log, 0 for all.
  package var slowlogThreshold = 10_000
  /// Slow commands that are kept (`slowlog-max-len`).
  package var slowlogLength = 128
  /// What clients are told of that happens to keys (`notify-keyspace-events`).
  package var events: EventClasses = []
  /// Who may use DEBUG (`enable-debug-command`).
  package var allowsDebug = Permission.no
  /// Who may set `dir` and `dbfilename` while the server runs (`enable-protected-configs`).
  package var allowsProtected = Permission.no
  /// What is logged (`loglevel`): `debug`, `verbose`, `notice` or `warning`, each with what follows it.
  package var logLevel = "notice"
  /// The log's file (`logfile`), as it was given; empty for standard output.
  package var logFile = ""

  /// Values of settings that have no effect here, by their names, in the form in which they are told. Those
  /// that are not here have their default.
  var kept: [String: ByteString] = [:]
}

extension ServerSettings {
  /// A save without being told to: after so many seconds, at least 1, with so many changes.
  package struct SaveRule: Equatable, Sendable {
    package var seconds: Int
    package var changes: Int

    package init(seconds: Int, changes: Int) {
      self.seconds = seconds
      self.changes = changes
    }
  }

  /// When a log is made durable.
  package enum AppendSync: String, CaseIterable, Sendable {
    case everySecond = "everysec"
    case always = "always"
    case no = "no"
  }

  /// Who may do something.
  package enum Permission: String, CaseIterable, Sendable {
    case no = "no"
    case yes = "yes"
    /// Clients on this machine.
    case local = "local"
  }

  /// How much output may wait for clients, by their class.
  package struct OutputLimits: Equatable, Sendable {
    package var normal = OutputLimit(hard: 0, soft: 0, softSeconds: 0)
    package var replica = OutputLimit(hard: 256 << 20, soft: 64 << 20, softSeconds: 60)
    package var pubsub = OutputLimit(hard: 32 << 20, soft: 8 << 20, softSeconds: 60)
  }

  /// How much output may wait for a client before it is disconnected.
  package struct OutputLimit: Equatable, Sendable {
    /// Bytes; 0 for no limit.
    package var hard: UInt64
    /// Bytes that may be exceeded for a while; 0 for no limit.
    package var soft: UInt64
    /// That while, in seconds.
    package var softSeconds: Int
  }
}
