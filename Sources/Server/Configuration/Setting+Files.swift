import Glibc
import Persistence
import SystemPackage

extension Setting {
  /// Dumps and logs.
  static let fileSettings: [Setting] = [
    directory,
    .text("dbfilename", \.dumpName, change: .protected) { word throws(ValueError) in
      try SettingText.fileName(word, of: "dbfilename")
    },
    save,
    .flag("rdbcompression", \.compressesDumps),
    .flag("rdbchecksum", \.checksumsDumps, change: .never),
    .flag("stop-writes-on-bgsave-error", \.stopsWritesOnSaveError),
    .flag("appendonly", \.appendOnly, waitsForLoading: true),
    .text("appendfilename", \.appendName, change: .never) { word throws(ValueError) in
      guard word.count > 0 else { throw ValueError("appendfilename can't be empty") }
      return try SettingText.fileName(word, of: "appendfilename")
    },
    .text("appenddirname", \.appendFolder, change: .never) { word throws(ValueError) in
      guard word.count > 0 else { throw ValueError("appenddirname can't be empty") }
      return try SettingText.fileName(word, of: "appenddirname", kind: "dirname")
    },
    .choice("appendfsync", \.appendSync),
    .flag("no-appendfsync-on-rewrite", \.noSyncOnRewrite),
    .integer("auto-aof-rewrite-percentage", \.rewritePercentage, 0...intMax),
    .memory("auto-aof-rewrite-min-size", \.rewriteMinimum, 0...Int.max),
    .flag("aof-load-truncated", \.loadsTruncated),
    .flag("aof-use-rdb-preamble", \.usesPreamble),
    .flag("aof-timestamp-enabled", \.annotatesTime),
    .text("target", \.target, change: .never) { word throws(ValueError) in
      guard word.count > 0 else { return "" }
      if let target = RDBTarget(named: word.lowercased.description) { return target.name }
      return try SettingText.choice(word, of: RDBTarget.all.map(\.name))
    },
  ]

  private static let directory = Setting(
    name: "dir", change: .protected, waitsForLoading: true,
    read: { ByteString(FilePath($0.directory).resolved.string) },
    write: { (settings: inout ServerSettings, words) throws(ValueError) in
      // A server goes there at once, so that a later relative path begins there.
      let path = FilePath(settings.directory).pushing(FilePath(try SettingText.text(words[0])))
      guard words[0].count > 0 else { throw ValueError(Errno.noSuchFileOrDirectory.description) }
      if let error = path.problemAsFolder {
        throw ValueError(error.description, isAboutFolder: true)
      }
      settings.directory = path.string
    })

  /// Pairs of seconds and changes; an empty text for never.
  private static let save = Setting(
    name: "save", takesWords: true,
    read: { settings in
      ByteString(
        settings.saveRules.map { "\($0.seconds) \($0.changes)" }.joined(separator: " "))
    },
    write: { (settings: inout ServerSettings, words) throws(ValueError) in
      let invalid = ValueError("Invalid save parameters")
      let words = words == [""] ? [] : words
      guard words.count.isMultiple(of: 2) else { throw invalid }
      settings.saveRules = []
      for start in stride(from: 0, to: words.count, by: 2) {
        guard let seconds = SettingText.looseInteger(words[start]), seconds >= 1,
          let changes = SettingText.looseInteger(words[start + 1]), changes >= 0
        else { throw invalid }
        settings.saveRules.append(ServerSettings.SaveRule(seconds: seconds, changes: changes))
      }
    },
    lines: { settings in
      if settings.saveRules.isEmpty { return [[""]] }
      return settings.saveRules.map { [ByteString("\($0.seconds)"), ByteString("\($0.changes)")] }
    })
}

extension FilePath {
  /// The path from the root without links; itself when there is no such file.
  var resolved: FilePath {
    unsafe withPlatformString { text in
      guard let path = unsafe realpath(text, nil) else { return self }
      defer { unsafe free(path) }
      return unsafe FilePath(platformString: path)
    }
  }

  /// Why a process cannot make this its folder; nil when it can.
  fileprivate var problemAsFolder: Errno? {
    // The permission to go into a folder shows in the name of the folder itself, looked up in it.
    let result = unsafe appending(".").withPlatformString { unsafe access($0, X_OK) }
    return result == 0 ? nil : Errno(rawValue: errno)
  }
}
