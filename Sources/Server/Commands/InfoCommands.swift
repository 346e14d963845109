internal import Glibc
internal import Keyspace
internal import Persistence

// INFO. Source: `genRedisInfoString` of server.c, Redis 7.0.
extension ServerState {
  static let infoCommands: [(String, ServerCommand)] = [
    (
      "info",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in
        let words = (1..<a.count).map { ByteString(a[$0]).utf8?.lowercased() ?? "" }
        s.reply.verbatim(s.information(sections: words))
      }
    )
  ]

  /// The fields of a section, in their order.
  private typealias Fields = [(String, String)]

  private func information(sections asked: [String]) -> String {
    let all: [(title: String, isUsual: Bool, fields: () -> Fields)] = [
      ("Server", true, serverFields), ("Clients", true, clientFields),
      ("Memory", true, memoryFields), ("Persistence", true, persistenceFields),
      ("Stats", true, statisticsFields), ("Replication", true, replicationFields),
      ("CPU", true, processorFields), ("Modules", true, { [] }),
      ("Commandstats", false, commandFields), ("Errorstats", true, errorFields),
      ("Cluster", true, { [("cluster_enabled", "0")] }), ("Keyspace", true, keyspaceFields),
    ]
    let wantsUsual = asked.isEmpty || asked.contains("default")
    let wantsAll = asked.contains("all") || asked.contains("everything")
    return all.filter { section in
      wantsAll || (wantsUsual && section.isUsual) || asked.contains(section.title.lowercased())
    }.map { section in
      "# \(section.title)\r\n" + section.fields().map { "\($0.0):\($0.1)\r\n" }.joined()
    }.joined(separator: "\r\n")
  }

  private func serverFields() -> Fields {
    let uptime = (now - startedAt) / 1000
    return [
      ("redis_version", Self.version), ("redis_git_sha1", "00000000"), ("redis_git_dirty", "0"),
      ("redis_build_id", "0"), ("redis_mode", "standalone"), ("os", "Linux"),
      ("arch_bits", "64"), ("monotonic_clock", "POSIX clock_gettime"),
      ("multiplexing_api", "epoll"), ("process_id", "\(getpid())"),
      ("process_supervised", "no"), ("run_id", runID), ("tcp_port", "\(settings.port)"),
      ("server_time_usec", "\(WallClock.microseconds)"), ("uptime_in_seconds", "\(uptime)"),
      ("uptime_in_days", "\(uptime / 86_400)"), ("hz", "\(settings.hz)"),
      ("configured_hz", "\(settings.hz)"), ("lru_clock", "\(now / 1000 & 0xFF_FFFF)"),
      ("executable", CommandLine.arguments.first ?? ""),
      ("config_file", configurationPath ?? ""), ("io_threads_active", "0"),
    ]
  }

  private func clientFields() -> Fields {
    [
      ("connected_clients", "\(clients.count)"), ("cluster_connections", "0"),
      ("maxclients", "\(settings.maxClients)"), ("client_recent_max_input_buffer", "0"),
      ("client_recent_max_output_buffer", "0"), ("blocked_clients", "\(blocked.count)"),
      ("tracking_clients", "0"), ("clients_in_timeout_table", "\(blocked.count)"),
    ]
  }

  private func memoryFields() -> Fields {
    let memory = memory
    let peak = max(statistics.peakMemory, memory.used)
    return [
      ("used_memory", "\(memory.used)"), ("used_memory_human", Self.human(memory.used)),
      ("used_memory_rss", "\(memory.resident)"),
      ("used_memory_rss_human", Self.human(memory.resident)), ("used_memory_peak", "\(peak)"),
      ("used_memory_peak_human", Self.human(peak)),
      (
        "used_memory_peak_perc",
        Self.fixed(100 * Double(memory.used) / Double(max(peak, 1)), digits: 2) + "%"
      ),
      ("used_memory_overhead", "0"), ("used_memory_startup", "\(startMemory)"),
      ("used_memory_dataset", "\(memory.used - min(startMemory, memory.used))"),
      ("total_system_memory", "\(ProcessMemory.ofMachine)"),
      ("total_system_memory_human", Self.human(ProcessMemory.ofMachine)),
      ("used_memory_scripts", "0"), ("maxmemory", "\(settings.maxMemory)"),
      ("maxmemory_human", Self.human(settings.maxMemory)),
      ("maxmemory_policy", settings.maxMemoryPolicy),
      (
        "mem_fragmentation_ratio",
        Self.fixed(Double(memory.resident) / Double(max(memory.used, 1)), digits: 2)
      ),
      ("mem_aof_buffer", "\(appendLog?.bufferedBytes ?? 0)"), ("mem_allocator", "libc"),
      ("active_defrag_running", "0"), ("lazyfree_pending_objects", "0"),
      ("lazyfreed_objects", "0"),
    ]
  }

  private func persistenceFields() -> Fields {
    var fields: Fields = [("loading", "0"), ("async_loading", "0")]
    var loading: LoadingProgress?
    if case .loading(let progress) = phase {
      loading = progress
      fields[0].1 = "1"
    }
    let saved = saver.lastDuration.map { "\($0 / 1000)" } ?? "-1"
    let rewritten = appendLog?.lastRewriteDuration.map { "\($0 / 1000)" } ?? "-1"
    let isRewriting = appendLog?.isRewriting ?? standaloneRewriteRuns
    fields += [
      ("current_cow_peak", "0"), ("current_cow_size", "0"), ("current_cow_size_age", "0"),
      ("current_fork_perc", "0.00"), ("current_save_keys_processed", "0"),
      ("current_save_keys_total", "0"), ("rdb_changes_since_last_save", "\(changesSinceSave)"),
      ("rdb_bgsave_in_progress", saver.isSaving ? "1" : "0"),
      ("rdb_last_save_time", "\(saver.lastSave / 1000)"),
      ("rdb_last_bgsave_status", saver.lastFailed ? "err" : "ok"),
      ("rdb_last_bgsave_time_sec", saved),
      (
        "rdb_current_bgsave_time_sec",
        saver.isSaving ? "\((now - saver.startedAt) / 1000)" : "-1"
      ),
      ("rdb_saves", "\(saver.saves)"), ("rdb_last_cow_size", "0"),
      ("rdb_last_load_keys_expired", "0"), ("rdb_last_load_keys_loaded", "\(loadedKeys)"),
      ("aof_enabled", appendLog == nil ? "0" : "1"),
      ("aof_rewrite_in_progress", isRewriting ? "1" : "0"),
      ("aof_rewrite_scheduled", rewriteIsScheduled ? "1" : "0"),
      ("aof_last_rewrite_time_sec", rewritten),
      (
        "aof_current_rewrite_time_sec",
        appendLog?.isRewriting ?? false
          ? "\((now - (appendLog?.rewriteStart ?? now)) / 1000)" : "-1"
      ),
      (
        "aof_last_bgrewrite_status", appendLog?.lastRewriteFailed ?? false ? "err" : "ok"
      ),
      ("aof_rewrites", "\(appendLog?.rewrites ?? 0)"), ("aof_rewrites_consecutive_failures", "0"),
      ("aof_last_write_status", appendLog?.failure == nil ? "ok" : "err"),
      ("aof_last_cow_size", "0"), ("module_fork_in_progress", "0"),
      ("module_fork_last_cow_size", "0"),
    ]
    if let appendLog {
      fields += [
        ("aof_current_size", "\(appendLog.size)"), ("aof_base_size", "\(appendLog.sizeAtRewrite)"),
        ("aof_pending_rewrite", "0"), ("aof_buffer_length", "\(appendLog.bufferedBytes)"),
        ("aof_pending_bio_fsync", appendLog.isSyncing ? "1" : "0"),
        ("aof_delayed_fsync", "\(appendLog.delayedSyncs)"),
      ]
    }
    if let loading {
      let (loaded, total) = loading.state
      fields += [
        ("loading_start_time", "\(loading.startedAt / 1000)"), ("loading_total_bytes", "\(total)"),
        ("loading_loaded_bytes", "\(loaded)"),
        (
          "loading_loaded_perc", Self.fixed(100 * Double(loaded) / Double(max(total, 1)), digits: 2)
        ),
        ("loading_eta_seconds", eta(loaded, total, since: loading.startedAt)),
      ]
    }
    return fields
  }

  private func eta(_ loaded: UInt64, _ total: UInt64, since start: Int64) -> String {
    guard loaded > 0, total > loaded else { return "1" }
    return "\(Int64(Double(now - start) * Double(total - loaded) / Double(loaded) / 1000))"
  }

  private func statisticsFields() -> Fields {
    [
      ("total_connections_received", "\(statistics.connections)"),
      ("total_commands_processed", "\(statistics.commands)"),
      ("instantaneous_ops_per_sec", "\(statistics.perSecond)"),
      ("total_net_input_bytes", "\(statistics.bytesReceived)"),
      ("total_net_output_bytes", "\(statistics.bytesSent)"),
      ("instantaneous_input_kbps", "0.00"), ("instantaneous_output_kbps", "0.00"),
      ("rejected_connections", "\(statistics.rejectedConnections)"), ("sync_full", "0"),
      ("sync_partial_ok", "0"), ("sync_partial_err", "0"),
      ("expired_keys", "\(statistics.expiredKeys)"), ("expired_stale_perc", "0.00"),
      ("expired_time_cap_reached_count", "0"), ("evicted_keys", "0"), ("evicted_clients", "0"),
      ("keyspace_hits", "\(statistics.hits)"), ("keyspace_misses", "\(statistics.misses)"),
      ("pubsub_channels", "\(subscriptions.channels.count)"),
      ("pubsub_patterns", "\(subscriptions.patterns.count)"), ("pubsubshard_channels", "0"),
      ("latest_fork_usec", "0"), ("total_forks", "0"), ("migrate_cached_sockets", "0"),
      ("total_error_replies", "\(statistics.errorReplies)"),
      ("total_reads_processed", "\(statistics.reads)"),
      ("total_writes_processed", "\(statistics.writes)"),
      (
        "client_query_buffer_limit_disconnections", "\(statistics.queryLimitDisconnections)"
      ),
      (
        "client_output_buffer_limit_disconnections", "\(statistics.outputLimitDisconnections)"
      ),
    ]
  }

  private func replicationFields() -> Fields {
    [
      ("role", "master"), ("connected_slaves", "0"), ("master_failover_state", "no-failover"),
      ("master_replid", runID), ("master_replid2", String(repeating: "0", count: 40)),
      ("master_repl_offset", "0"), ("second_repl_offset", "-1"), ("repl_backlog_active", "0"),
      ("repl_backlog_size", "1048576"), ("repl_backlog_first_byte_offset", "0"),
      ("repl_backlog_histlen", "0"),
    ]
  }

  private func processorFields() -> Fields {
    var usage = rusage()
    unsafe getrusage(RUSAGE_SELF.rawValue, &usage)
    func seconds(_ time: timeval) -> String {
      let digits = String(time.tv_usec)
      return "\(time.tv_sec)." + String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }
    return [
      ("used_cpu_sys", seconds(usage.ru_stime)), ("used_cpu_user", seconds(usage.ru_utime)),
      ("used_cpu_sys_children", "0.000000"), ("used_cpu_user_children", "0.000000"),
    ]
  }

  private func commandFields() -> Fields {
    zip(table.entries, statistics.calls).compactMap { entry, calls in
      guard calls.calls > 0 || calls.rejected > 0 else { return nil }
      let average = Double(calls.microseconds) / Double(max(calls.calls, 1))
      return (
        "cmdstat_\(table.name(entry))",
        "calls=\(calls.calls),usec=\(calls.microseconds),usec_per_call="
          + Self.fixed(average, digits: 2)
          + ",rejected_calls=\(calls.rejected),failed_calls=\(calls.failed)"
      )
    }
  }

  private func errorFields() -> Fields {
    statistics.errors.sorted { $0.key < $1.key }.map {
      ("errorstat_\($0.key)", "count=\($0.value)")
    }
  }

  private func keyspaceFields() -> Fields {
    keyspace.databaseCounts.map { database in
      (
        "db\(database.number)",
        "keys=\(database.keys),expires=\(database.expires),avg_ttl=0"
      )
    }
  }

  /// A number with so many digits behind the point.
  static func fixed(_ number: Double, digits: Int) -> String {
    let scale = digits == 2 ? 100.0 : 1000.0
    let scaled = Int((number * scale).rounded())
    let rest = String(scaled % Int(scale))
    return "\(scaled / Int(scale))." + String(repeating: "0", count: digits - rest.utf8.count)
      + rest
  }

  /// Bytes in a larger unit, as INFO has them.
  private static func human(_ bytes: UInt64) -> String {
    guard bytes >= 1024 else { return "\(bytes)B" }
    var size = Double(bytes) / 1024
    for unit in ["K", "M", "G"] {
      if size < 1024 { return fixed(size, digits: 2) + unit }
      size /= 1024
    }
    return fixed(size, digits: 2) + "T"
  }
}
