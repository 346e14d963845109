"""Settings, statistics, and what a server tells about itself."""

from recorder import count, kind, kinds, only, ordered, size

# Fields of INFO that clients read, of values that do not depend on the run.
STEADY_INFO = (
    "redis_mode", "arch_bits", "tcp_port", "blocked_clients", "maxmemory", "maxmemory_policy", "loading",
    "rdb_bgsave_in_progress", "rdb_last_bgsave_status", "aof_enabled", "aof_rewrite_in_progress",
    "aof_rewrite_scheduled",
    "aof_last_bgrewrite_status", "aof_last_write_status", "rejected_connections", "evicted_keys", "pubsub_channels",
    "pubsub_patterns", "role", "connected_slaves", "master_repl_offset", "cluster_enabled",
)
# Fields of values that depend on the run: only their presence and type.
VARYING_INFO = (
    "redis_version", "os", "process_id", "run_id", "uptime_in_seconds", "uptime_in_days", "hz", "executable",
    "config_file",
    "connected_clients", "maxclients", "used_memory", "used_memory_human", "used_memory_rss", "used_memory_peak",
    "used_memory_peak_human", "maxmemory_human", "total_system_memory", "mem_fragmentation_ratio",
    "rdb_changes_since_last_save",
    "rdb_last_save_time", "rdb_last_bgsave_time_sec", "rdb_current_bgsave_time_sec", "aof_last_rewrite_time_sec",
    "aof_current_rewrite_time_sec", "total_connections_received", "total_commands_processed",
    "instantaneous_ops_per_sec",
    "total_net_input_bytes", "total_net_output_bytes", "expired_keys", "keyspace_hits", "keyspace_misses",
    "latest_fork_usec",
    "total_error_replies", "master_replid", "used_cpu_sys", "used_cpu_user", "used_cpu_sys_children",
    "used_cpu_user_children",
)
# Only there while an append-only file is written.
AOF_INFO = ("aof_current_size", "aof_base_size", "aof_pending_rewrite", "aof_buffer_length", "aof_pending_bio_fsync",
            "aof_delayed_fsync")

SETTINGS = (
    ("maxmemory", "100mb", "1gb", "1k", "1kb", "12345", "x", "-1", "0"),
    ("maxmemory-policy", "allkeys-lru", "volatile-ttl", "foo", "noeviction"),
    ("maxmemory-samples", "10", "0", "x", "5"),
    ("timeout", "100", "-1", "x", "0"),
    ("save", "900 1", "900 1 300 10", "900", "x y", "-1 1", ""),
    ("hash-max-listpack-entries", "64", "-1", "x", "512"),
    ("hash-max-ziplist-entries", "32", "512"),
    ("hash-max-listpack-value", "32", "64"),
    ("list-max-listpack-size", "-1", "x", "-2"),
    ("list-compress-depth", "1", "-1", "0"),
    ("set-max-intset-entries", "100", "512"),
    ("zset-max-listpack-entries", "100", "128"),
    ("zset-max-listpack-value", "100", "64"),
    ("stream-node-max-entries", "50", "100"),
    ("stream-node-max-bytes", "1kb", "4096"),
    ("appendfsync", "always", "no", "foo", "everysec"),
    ("no-appendfsync-on-rewrite", "yes", "maybe", "no"),
    ("auto-aof-rewrite-percentage", "200", "-1", "100"),
    ("auto-aof-rewrite-min-size", "32mb", "64mb"),
    ("dbfilename", "other.rdb", "a/b.rdb", "dump.rdb"),
    ("rdbcompression", "no", "yes"),
    ("rdbchecksum", "no"),
    ("stop-writes-on-bgsave-error", "no", "yes"),
    ("slowlog-log-slower-than", "-1", "x", "10000"),
    ("slowlog-max-len", "64", "-1", "128"),
    ("latency-monitor-threshold", "5", "0"),
    ("lfu-log-factor", "5", "10"),
    ("lfu-decay-time", "2", "1"),
    ("notify-keyspace-events", "AKE", "Elg", "?", ""),
    ("activedefrag", "maybe", "no"),
    ("hz", "20", "10"),
    ("proto-max-bulk-len", "1mb", "512mb"),
    ("lazyfree-lazy-expire", "yes", "no"),
    ("databases", "8"),
    ("appendfilename", "x.aof"),
    ("appenddirname", "x"),
    ("aof-use-rdb-preamble", "no", "yes"),
    ("loglevel", "debug", "loud", "notice"),
    ("client-output-buffer-limit", "normal 1mb 2mb 60", "foo 0 0 0", "normal 0 0 0"),
    ("nonexistent", "1"),
)


def config(s):
    """CONFIG."""
    r = s.run
    for name, *values in SETTINGS:
        r("config_get", name)
        for value in values:
            r("config_set", name, value)
            r("config_get", name)
    r("config_get", "hash-max-ziplist-entries")
    r("config_get", "appendonly")
    r("config_get", "save", "maxmemory", "nonexistent")
    r("config_get", "hash-max-*")
    r("config_get", "MAXMEMORY-policy")
    r("config_get", "zset-max-listpack-?????")
    r("config_get", "nothing*")
    r("config_get", normalise=kinds("maxmemory", "save", "dbfilename", "appendonly", "dir", "databases", "timeout",
                                    "port",
                                    "unixsocket", "maxclients", "bind", "appenddirname"))
    r("config_get", "dir", normalise=lambda value: {name: value[name].startswith("/") for name in value})
    r("config_set", "maxmemory", "200mb", "timeout", "50")
    r("config_get", "maxmemory", "timeout")
    r("config_set", "maxmemory", "300mb", "timeout", "x")
    r("config_get", "maxmemory", "timeout")
    r("config_set", "maxmemory", "300mb", "nonexistent", "x")
    r("config_set", "maxmemory", "1", "maxmemory", "2")
    r("config_set", "maxmemory", "0", "timeout", "0")
    r("config_get", "maxmemory", "timeout")
    r("config_set", "MAXMEMORY", "0")
    r("config_rewrite")
    s.raws("CONFIG", "CONFIG FOO", "CONFIG GET", "CONFIG SET maxmemory", "CONFIG SET", "CONFIG SET a b c",
           "CONFIG RESETSTAT x",
           "CONFIG REWRITE x")
    # Memory that is used up.
    r("config_set", "maxmemory", "1")
    r("set", "a", "1")
    r("rpush", "l", "1")
    r("get", "a")
    r("delete", "a")
    s.call("transaction without memory", lambda: s.client.pipeline().get("a").set("a", 1).execute())
    r("config_set", "maxmemory", "0")
    r("set", "a", "1")
    # Settings that take effect.
    r("config_set", "proto-max-bulk-len", "1mb")
    r("setrange", "a", 1048576, "x")
    r("config_set", "proto-max-bulk-len", "512mb")


def info(s):
    """INFO, and the counters that CONFIG RESETSTAT clears."""
    r, client = s.run, s.client
    client.set("a", 1)
    client.set("b", 1, ex=100)
    client.execute_command("SET", "c", 1)
    r("info", normalise=only(*STEADY_INFO))
    r("info", normalise=kinds(*VARYING_INFO))
    r("info", normalise=lambda value: [name for name in AOF_INFO if name in value])
    # The average of the times to live is counted in the background.
    r("info", normalise=lambda value: only("keys", "expires")(value["db0"]))
    r("info", "all", normalise=only("role", "loading"))
    r("info", "everything", normalise=only("role", "loading"))
    r("info", "default", normalise=only("role", "loading"))
    r("info", "keyspace", normalise=lambda value: {name: sorted(value[name]) for name in value})
    # One field of each section tells which sections came.
    marks = kinds("role", "loading", "keyspace_hits")
    for section in ("replication", "persistence", "stats", "REPLICATION"):
        r("info", section, normalise=marks)
    r("info", "replication", "persistence", normalise=marks)
    r("info", "server", normalise=kinds("redis_version", "uptime_in_seconds", "used_memory"))
    r("info", "memory", normalise=lambda value: size(value["used_memory"]))
    r("info", "clients", normalise=lambda value: size(value["connected_clients"]))
    r("info", "cpu", normalise=kinds("used_cpu_sys", "used_cpu_user"))
    r("info", "cluster")
    r("info", "nonexistent")
    s.call("sections of raw INFO",
           lambda: [line for line in s.wire(2).ask("INFO").decode().split("\r\n") if line.startswith("#")])

    def counters(*names):
        r("info", normalise=only(*names))

    client.config_set("latency-monitor-threshold", 0)
    r("config_resetstat")
    counters("keyspace_hits", "keyspace_misses", "expired_keys", "total_error_replies")
    client.get("a")
    client.get("a")
    client.get("missing")
    client.exists("a", "missing")
    client.hget("missing", "f")
    client.ttl("a")
    client.type("missing")
    counters("keyspace_hits", "keyspace_misses")
    client.psetex("short", 1, "1")
    s.until(lambda: client.info()["expired_keys"] == 1)
    counters("expired_keys")
    s.call("an error to count", lambda: client.lpush("a", "x"))
    s.call("another", lambda: client.execute_command("NOPE"))
    counters("total_error_replies")
    r("info", "errorstats")
    client.config_resetstat()
    client.set("a", 1)
    client.set("a", 2)
    s.call("wrong type", lambda: client.lpush("a", "x"))
    s.call("wrong arity", lambda: client.execute_command("GET"))
    calls = only("calls", "rejected_calls", "failed_calls")
    r("info", "commandstats", normalise=lambda value: {
        name: calls(value[name]) for name in ("cmdstat_set", "cmdstat_lpush", "cmdstat_get")})
    before = client.info()
    client.mset({"a": 1, "b": 2, "c": 3})
    s.call("commands processed between two INFOs",
           lambda: client.info()["total_commands_processed"] - before["total_commands_processed"])
    s.call("changes since the last INFO",
           lambda: client.info()["rdb_changes_since_last_save"] - before["rdb_changes_since_last_save"])
    other = s.open("other")
    other.ping()
    s.call("connections since the last INFO",
           lambda: client.info()["total_connections_received"] - before["total_connections_received"] >= 1)


def commands(s):
    """COMMAND and unknown commands."""
    r = s.run

    def without_specifications(value):
        """The entries' name, arity, flags, keys and categories."""
        return [None if entry is None else [entry[0], entry[1], ordered(entry[2]), *entry[3:6],
                                            ordered(entry[6])] for entry in value]

    s.raw("COMMAND INFO", "get", "set", "nope", normalise=without_specifications)
    s.raw("COMMAND INFO", "mset", "xadd", "blpop", normalise=without_specifications)
    r("command", normalise=lambda value: {name: only("name", "arity", "first_key_pos", "last_key_pos",
                                                     "step_count")(value[name])
                                          for name in ("get", "mset", "xread", "object")})
    r("command_count", normalise=lambda value: value > 150)
    for line in ("GET a", "MSET a 1 b 2", "SORT a STORE b", "ZUNIONSTORE d 2 a b WEIGHTS 1 2",
                 "XREADGROUP GROUP g c STREAMS a b 1 2",
                 "BLPOP a b 0", "OBJECT ENCODING a", "LMPOP 2 a b LEFT", "MEMORY USAGE a", "BITOP AND d a b",
                 "GEORADIUS a 1 2 3 km STORE b",
                 "PING", "NOPE", "GET", "SINTERCARD 2 a b LIMIT 1", "XADD s * f v", "COPY a b", "MIGRATE h 1 a 0 10",
                 "ZUNION 9 a"):
        s.raw("COMMAND GETKEYS", *line.split())
    r("command_getkeys", "GET", "a")
    for line in ("GET a", "SET a 1", "DEL a b", "PING", "INCR a"):
        r("command_getkeysandflags", *line.split(),
          normalise=lambda value: [[key, ordered(flags)] for key, flags in value])
    known = [b"get", b"getdel", b"getex", b"getset", b"getbit", b"getrange"]
    r("command_list", pattern="get*", normalise=lambda value: ordered(name for name in value if name in known))
    r("command_list", pattern="hget", normalise=ordered)
    r("command_list", pattern="nothing*")
    r("command_list", category="hyperloglog",
      normalise=lambda value: ordered(name for name in value if name in (b"pfadd", b"pfcount")))
    r("command_list", category="nonexistent")
    r("command_list", module="nonexistent")
    r("command_list", normalise=lambda value: set(known) <= set(value))
    for method in ("command_info", "command_docs"):
        r(method)
    s.raws("COMMAND FOO", "COMMAND GETKEYS", "COMMAND LIST FOO", "COMMAND LIST FILTERBY FOO x",
           "COMMAND LIST FILTERBY PATTERN",
           "COMMAND COUNT x")
    s.raws("NOPE", "NOPE a b", "nope MiXed", "GETT a", "XGROUP NOPE", "OBJECT NOPE a", "CLIENT NOPE", "CONFIG NOPE",
           "DEBUG NOPE",
           "MEMORY NOPE", "SLOWLOG NOPE", "LATENCY NOPE", "PUBSUB NOPE", "XINFO NOPE", "COMMAND NOPE a b", "get|set")
    s.raw("NOPE", "a" * 200)
    s.raw("NOPE", *(f"argument{number}" for number in range(50)))
    s.raw("N" * 300, "x")
    s.raw("NOPE", b"\r\n\x00\xff")
    s.raw("OBJECT", b"NO\r\nPE", "x")


def server(s):
    """Time, roles, the slow log, latency, monitoring, debugging."""
    r, client = s.run, s.client
    r("time", normalise=lambda value: [kind(part) for part in value] + [0 <= value[1] < 1000000])
    r("dbsize")
    r("role")
    r("wait", 0, 0)
    r("wait", 0, 10)
    s.raws("WAIT x 0", "WAIT 0 x", "WAIT 0 -1", "WAIT 0")
    r("lolwut", normalise=kind)
    r("lolwut", 5, normalise=kind)
    r("migrate", "127.0.0.1", 1, "missing", 0, 10)
    r("migrate", "127.0.0.1", 1, ["missing", "too"], 0, 10, copy=True, replace=True)
    s.raws("MIGRATE 127.0.0.1 1 missing x 10", "MIGRATE 127.0.0.1 1 missing 0 10 FOO", "TIME x", "ROLE x", "DBSIZE x")

    r("config_set", "slowlog-log-slower-than", 0)
    r("slowlog_reset")
    r("set", "a", "1")
    r("slowlog_len")
    r("slowlog_get", normalise=lambda value: [entry["command"] for entry in value])
    r("slowlog_get", 1, normalise=lambda value: [[{name: kind(entry[name]) for name in entry},
                                                  entry["command"]] for entry in value])
    r("config_set", "slowlog-log-slower-than", 10000)
    r("slowlog_reset")
    r("slowlog_len")
    r("slowlog_get")
    r("slowlog_get", 0)
    s.raws("SLOWLOG", "SLOWLOG FOO", "SLOWLOG GET x", "SLOWLOG GET -2", "SLOWLOG LEN x")
    # Long commands are shortened in the log.
    client.config_set("slowlog-log-slower-than", 0)
    client.slowlog_reset()
    client.rpush("l", *range(100))
    client.set("long", "x" * 200)
    client.config_set("slowlog-log-slower-than", -1)
    r("slowlog_get", 10, normalise=lambda value: [entry["command"] for entry in value][:3])
    client.config_set("slowlog-log-slower-than", 10000)
    client.slowlog_reset()

    r("latency_reset", normalise=kind)
    r("latency_reset", "command")
    r("latency_latest")
    r("latency_history", "command")
    for method in ("latency_doctor", "latency_graph", "latency_histogram"):
        r(method)
    s.raws("LATENCY", "LATENCY HISTORY")

    s.raw("DEBUG", "SLEEP", 0)
    s.raws("DEBUG SLEEP", "DEBUG", "DEBUG FOO")
    s.raw("DEBUG", "DIGEST")
    r("flushall")
    s.raw("DEBUG", "DIGEST")
    one = s.open("one", db=1)
    r("set", "a", "1")
    s.raw("DEBUG", "DIGEST")
    r("flushall")
    r("set", "a", "1", on=one)
    s.raw("DEBUG", "DIGEST")
    r("expire", "a", 100, on=one)
    s.raw("DEBUG", "DIGEST")
    one.persist("a")
    s.raw("DEBUG", "DIGEST-VALUE", "a", "missing")
    s.raw("DEBUG", "DIGEST-VALUE", "a", on=one)
    r("hset", "h", mapping={"a": 1, "b": 2})
    r("zadd", "z", {"a": 1, "b": 2.5})
    r("rpush", "l", "a", "b")
    r("sadd", "s", "a", "b")
    r("xadd", "x", {"f": "v"}, id="1-1")
    s.raw("DEBUG", "DIGEST-VALUE", "h", "z", "l", "s", "x")
    s.raw("DEBUG", "DIGEST")

    monitor = s.open("monitored").monitor()
    with monitor as lines:
        client.set("a", "1")
        client.get(b"\x00\"\\\n\xff")
        one.echo("in another database")
        s.call("monitor", lambda: [lines.next_command() for _ in range(3)],
               lambda value: [[one_line["db"], one_line["command"], one_line["client_type"]] for one_line in value])
    r("flushdb")
    r("flushall")
    r("dbsize", on=one)
    r("shutdown", save=True, nosave=True)
    s.raws("SHUTDOWN FOO", "SHUTDOWN NOSAVE SAVE", "SHUTDOWN ABORT")


def memory(s):
    """MEMORY."""
    r, client = s.run, s.client
    client.set("a", "1")
    client.hset("h", mapping={f"f{i}": "v" * 100 for i in range(100)})
    r("memory_usage", "a", normalise=size)
    r("memory_usage", "h", samples=0, normalise=size)
    r("memory_usage", "h", samples=2, normalise=size)
    r("memory_usage", "missing")
    s.call("a large value takes more than its length",
           lambda: client.set("big", "x" * 100000) and client.memory_usage("big") > 100000)
    s.raws("MEMORY", "MEMORY FOO", "MEMORY USAGE", "MEMORY USAGE a SAMPLES x", "MEMORY USAGE a SAMPLES -1",
           "MEMORY USAGE a FOO")
    r("memory_purge")
    r("memory_stats", normalise=kinds("peak.allocated", "total.allocated", "startup.allocated", "keys.count",
                                      "dataset.bytes",
                                      "overhead.total", "fragmentation"))
    r("memory_stats", normalise=lambda value: value["keys.count"])
    r("memory_malloc_stats", normalise=kind)
    for method in ("memory_doctor", "memory_help"):
        r(method)
    s.raw("MEMORY", "DOCTOR", normalise=kind)
    r("info", "memory", normalise=lambda value: count(value["used_memory"]))
