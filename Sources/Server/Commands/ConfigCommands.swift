internal import Logging
internal import Keyspace
internal import Persistence
internal import SystemPackage

// CONFIG. Source: config.c of Redis 7.0.
extension ServerState {
  static let configCommands: [(String, ServerCommand)] = [
    (
      "config|get",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in
        let found = s.settings.settings(matching: (2..<a.count).map { ByteString(a[$0]) })
        s.reply.map(found.count)
        for (name, value) in found {
          s.reply.bulk(name)
          s.reply.bulk(value)
        }
      }
    ),
    (
      "config|set",
      ServerCommand(.whileLoading) { (s, c, a) throws(CommandError) in
        guard a.count % 2 == 0 else {
          throw .syntax
        }
        var pairs: [(name: ByteString, value: ByteString)] = []
        for index in stride(from: 2, to: a.count, by: 2) {
          pairs.append((ByteString(a[index]), ByteString(a[index + 1])))
        }
        var settings = s.settings
        do throws(SettingError) {
          try settings.set(pairs, isLocal: c.isLocal, isLoading: s.isLoading)
        } catch {
          throw .other(error.message)
        }
        try s.adopt(settings)
        s.reply.ok()
      }
    ),
    (
      "config|resetstat",
      ServerCommand(.whileLoading) { (s, _, _) throws(CommandError) in
        s.statistics = ServerStatistics()
        s.reply.ok()
      }
    ),
    (
      "config|rewrite",
      ServerCommand(.whileLoading) { (s, _, _) throws(CommandError) in
        try s.rewriteConfiguration()
        s.reply.ok()
      }
    ),
  ]

  private var isLoading: Bool {
    if case .loading = phase { true } else { false }
  }

  private func rewriteConfiguration() throws(CommandError) {
    guard let configurationPath else {
      throw .other("ERR The server is running without a config file")
    }
    let path = FilePath(configurationPath)
    do {
      let new = settings.rewritten(try Self.text(of: path))
      let output = try OutputFile(path: path)
      try output.write(unsafe new.span.bytes)
      try output.commit()
    } catch {
      log.error("CONFIG REWRITE failed", metadata: ["reason": "\(error)"])
      throw .other("ERR Rewriting config file: \(Self.reason(error))")
    }
  }

  /// What is in a file; nothing where it has been removed.
  private static func text(of path: FilePath) throws -> [UInt8] {
    do {
      let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
      return try file.closeAfter {
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = try unsafe piece.withUnsafeMutableBytes({
          try unsafe file.read(into: $0)
        }), count > 0 { text += piece[..<count] }
        return text
      }
    } catch Errno.noSuchFileOrDirectory {
      return []
    }
  }

  /// Why a file cannot be read or written, in the words of the system alone, as a server tells it.
  private static func reason(_ error: any Error) -> String {
    switch error {
    case OutputError.cannotCreate(let error), OutputError.writeFailed(let error): "\(error)"
    default: "\(error)"
    }
  }

  /// Has settings take effect, or none of them.
  private func adopt(_ new: ServerSettings) throws(CommandError) {
    let old = settings
    settings = new
    do throws(CommandError) {
      try switchLog(from: old)
    } catch {
      settings = old
      throw error
    }
    keyspace.limits = new.limits
    keyspace.longestString = new.bulkLimit
    keyspace.tells = new.events.noted
    log.logLevel = new.level
    if old.hz != new.hz { startCron() }
    for name in new.withoutEffect(differingFrom: old) {
      log.warning("a setting has no effect here", metadata: ["name": "\(name)"])
    }
    lookAtMemory()
  }

  /// Has the log follow the settings, which have been changed. What cannot be done is left undone.
  private func switchLog(from old: ServerSettings) throws(CommandError) {
    guard old.appendOnly != settings.appendOnly else {
      appendLog?.settings = settings
      return
    }
    guard replaying == nil else {
      throw .other("ERR this server replays, and writes no files")
    }
    if settings.appendOnly {
      do throws(LogError) {
        try startLog()
      } catch {
        throw .other(
          "ERR CONFIG SET failed (possibly related to argument 'appendonly') - Unable to turn on AOF. "
            + "Check server logs.")
      }
    } else {
      stopLog()
    }
  }
}
