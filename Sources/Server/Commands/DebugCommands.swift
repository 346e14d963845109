internal import Glibc
internal import Keyspace
internal import Persistence

// DEBUG, OBJECT and MEMORY beside what the keyspace answers. Source: debug.c and object.c of Redis 7.0.
extension ServerState {
  static let debugCommands: [(String, ServerCommand)] = [
    (
      "debug",
      ServerCommand(.whileLoading) { (s, c, a) throws(CommandError) in try s.debug(c, a) }
    ),
    (
      "slowlog|get",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in try s.slowlogGet(a) }
    ),
    (
      "slowlog|len",
      ServerCommand(.whileLoading) { (s, _, _) throws(CommandError) in
        s.reply.integer(s.slowLog.entries.count)
      }
    ),
    (
      "slowlog|reset",
      ServerCommand(.whileLoading) { (s, _, _) throws(CommandError) in
        s.slowLog.removeAll()
        s.reply.ok()
      }
    ),
    (
      "latency|reset",
      ServerCommand(.whileLoading) { (s, _, _) throws(CommandError) in s.reply.integer(0) }
    ),
    (
      "latency|latest",
      ServerCommand(.whileLoading) { (s, _, _) throws(CommandError) in s.reply.array(0) }
    ),
    (
      "latency|history",
      ServerCommand(.whileLoading) { (s, _, _) throws(CommandError) in s.reply.array(0) }
    ),
    (
      "memory|usage",
      ServerCommand { (s, c, a) throws(CommandError) in try s.memoryUsage(c, a) }
    ),
    (
      "memory|doctor",
      ServerCommand { (s, _, _) throws(CommandError) in
        s.reply.verbatim(
          "Hi Sam, this server has no doctor: memory-report tells of a dump where the memory goes.\n"
        )
      }
    ),
    (
      "memory|malloc-stats",
      ServerCommand { (s, _, _) throws(CommandError) in
        s.reply.verbatim("Stats not supported for the current allocator")
      }
    ),
    (
      "memory|stats",
      ServerCommand { (s, _, _) throws(CommandError) in s.memoryStats() }
    ),
    (
      "memory|purge",
      ServerCommand { (s, _, _) throws(CommandError) in
        ProcessMemory.giveBack()
        s.reply.ok()
      }
    ),
  ]

  private func debug(_ client: Client, _ arguments: Arguments) throws(CommandError) {
    guard settings.allowsDebug == .yes || (settings.allowsDebug == .local && client.isLocal) else {
      throw .other(
        "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it "
          + "from a local connection, otherwise you need to set this option in the configuration file, and then "
          + "restart the server.")
    }
    let name = ByteString(arguments[1]).utf8?.lowercased() ?? ""
    switch (name, arguments.count) {
    case ("digest", 2): reply.simple(text: keyspace.digest().description)
    case ("digest-value", 3...):
      reply.array(arguments.count - 2)
      for index in 2..<arguments.count {
        let key = ByteString(arguments[index])
        let digest = keyspace.valueDigest(key)?.description ?? String(repeating: "0", count: 40)
        reply.simple(text: digest)
      }
    case ("sleep", 3):
      let seconds = try arguments.double(at: 2)
      if seconds > 0 { usleep(UInt32(min(seconds, 3600) * 1_000_000)) }
      reply.ok()
    case ("set-active-expire", 3):
      expiresActively = try arguments.integer(at: 2) != 0
      reply.ok()
    case ("object", 3): try debugObject(arguments)
    case ("reload", _), ("loadaof", 2):
      guard replaying == nil else { throw .other("ERR this server replays, and keeps no files") }
      if name == "loadaof" { try debugLoadAOF() } else { try debugReload(arguments) }
    case ("produce", 3...): try debugProduce(client, arguments)
    case ("fault", 3...): try debugFault(arguments)
    case ("help", 2): tellDebugHelp()
    case ("change-repl-id", 2), ("quicklist-packed-threshold", 3): reply.ok()
    case ("error", 3): throw .other(ByteString(arguments[2]).description)
    default:
      throw .other(
        "ERR unknown subcommand or wrong number of arguments for '\(ByteString(arguments[1]))'. Try DEBUG HELP."
      )
    }
  }

  private func tellDebugHelp() {
    let lines = [
      "DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "CHANGE-REPL-ID", "    Does nothing.",
      "DIGEST", "    Output a hex signature representing the current DB content.",
      "DIGEST-VALUE <key> [<key> ...]",
      "    Output a hex signature of the values of all the specified keys.",
      "ERROR <string>", "    Return an error message with <string> as message.",
      "FAULT <spec> [<spec> ...]",
      "    Have what the server writes break: torn:N, flip:OFFSET[.BIT], drop-sync,",
      "    fail-sync:ERROR, fail-write:ERROR, kill:POINT[:COUNT].",
      "FAULT CLEAR|CRASH|LIST", "    Forget all faults, kill the process, or tell what is set.",
      "LOADAOF", "    Flush the AOF buffers on disk and reload the AOF in memory.",
      "OBJECT <key>", "    Show low level info about <key> and its associated value.",
      "PRODUCE <path> [TARGET <release>] [AS rdb|aof|preamble|multi-part] [BASE rdb|aof]",
      "    [TAIL <keys>] [CTIME <seconds>] [NOCOMPRESSION] [NOCHECKSUM] [DROP-UNSUPPORTED]",
      "    [IN base|incr|manifest] [TORN <offset>|-<bytes>] [FLIP <offset>[.<bit>] ...]",
      "    [RANDOM-FLIPS <n> [SEED <seed>]]",
      "    Write the dataset to files of a release and layout, sound or broken with labels.",
      "QUICKLIST-PACKED-THRESHOLD <size>", "    Does nothing.",
      "RELOAD [NOSAVE]", "    Save the RDB on disk and reload it back to memory.",
      "SET-ACTIVE-EXPIRE <0|1>",
      "    Setting it to 0 disables expiring keys that are not accessed.",
      "SLEEP <seconds>", "    Stop the server for <seconds>. Decimals allowed.",
      "HELP", "    Print this help.",
    ]
    reply.array(lines.count)
    for line in lines { reply.simple(text: line) }
  }

  private func debugObject(_ arguments: Arguments) throws(CommandError) {
    guard let facts = keyspace.debugFacts(of: arguments[2]) else { throw .noSuchKey }
    reply.simple(text: facts)
  }

  /// DEBUG RELOAD: saves the dataset and loads it again.
  private func debugReload(_ arguments: Arguments) throws(CommandError) {
    var saves = true
    for index in 2..<max(arguments.count, 2) {
      if arguments.isWord("NOSAVE", at: index) {
        saves = false
      } else if !arguments.isWord("MERGE", at: index), !arguments.isWord("NOFLUSH", at: index) {
        throw .other("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.")
      }
    }
    do throws(SaveError) {
      if saves { try saveNow() }
    } catch {
      throw .other("ERR Error trying to save the DB: \(error)")
    }
    guard reloadDump() else {
      throw .other("ERR Error trying to load the RDB dump, check server logs")
    }
    reply.ok()
  }

  private func debugLoadAOF() throws(CommandError) {
    guard let appendLog else { return reply.ok() }
    do throws(LogError) {
      try appendLog.settle(now: now)
    } catch {
      throw .other("ERR Error trying to write the AOF: \(error)")
    }
    guard reloadLog() else {
      throw .other("ERR Error trying to load the AOF files, check server logs")
    }
    reply.ok()
  }

  private func slowlogGet(_ arguments: Arguments) throws(CommandError) {
    var count = 10
    if arguments.count == 3 {
      let wrong = CommandError.other("ERR count should be greater than or equal to -1")
      let number = try arguments.integer(at: 2, or: wrong)
      guard number >= -1 else { throw wrong }
      count = number < 0 ? Int.max : Int(number)
    } else if arguments.count > 3 {
      throw .other("ERR wrong number of arguments for 'slowlog|get' command")
    }
    let entries = slowLog.entries.prefix(count)
    reply.array(entries.count)
    for entry in entries {
      reply.array(6)
      reply.integer(entry.id)
      reply.integer(entry.time)
      reply.integer(entry.microseconds)
      reply.array(entry.arguments.count)
      for argument in entry.arguments { reply.bulk(argument) }
      reply.bulk(entry.address)
      reply.bulk(entry.name)
    }
  }

  private func memoryUsage(_ client: Client, _ arguments: Arguments) throws(CommandError) {
    if arguments.count > 3 {
      guard arguments.count == 5, arguments.isWord("SAMPLES", at: 3) else { throw .syntax }
      guard try arguments.integer(at: 4) >= 0 else { throw .syntax }
    }
    guard let bytes = MemoryUsage.bytes(of: arguments[2], in: &keyspace, database: client.database)
    else { return reply.null() }
    reply.integer(Int64(clamping: bytes))
  }

  private func memoryStats() {
    let memory = memory
    let dataset = memory.used - min(startMemory, memory.used)
    let keys = keyspace.keyCount
    let numbers: [(String, UInt64)] = [
      ("peak.allocated", max(statistics.peakMemory, memory.used)), ("total.allocated", memory.used),
      ("startup.allocated", startMemory), ("overhead.total", startMemory),
      ("keys.count", UInt64(keys)), ("keys.bytes-per-key", dataset / UInt64(max(keys, 1))),
      ("dataset.bytes", dataset),
    ]
    reply.map(numbers.count + 1)
    for (name, number) in numbers {
      reply.bulk(name)
      reply.integer(Int64(clamping: number))
    }
    reply.bulk("fragmentation")
    reply.double(Double(memory.resident) / Double(max(memory.used, 1)))
  }
}
