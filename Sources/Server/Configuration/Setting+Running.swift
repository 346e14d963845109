import Keyspace
import Persistence

extension Setting {
  /// How the server runs and what it tells.
  static let runningSettings: [Setting] = [
    hz,
    .integer("slowlog-log-slower-than", \.slowlogThreshold, -1...Int.max),
    .integer("slowlog-max-len", \.slowlogLength, 0...Int.max),
    events,
    .choice("enable-debug-command", \.allowsDebug, change: .never),
    .choice("enable-protected-configs", \.allowsProtected, change: .never),
    .text("loglevel", \.logLevel) { word throws(ValueError) in
      try SettingText.choice(word, of: ["debug", "verbose", "notice", "warning"])
    },
    .text("logfile", \.logFile, change: .never),
  ]

  /// What is out of range is taken for its nearest end.
  private static let hz = Setting(
    name: "hz",
    read: { ByteString("\($0.hz)") },
    write: { (settings: inout ServerSettings, words) throws(ValueError) in
      settings.hz = min(max(try SettingText.integer(words[0], in: 0...intMax), 1), 500)
    })

  /// Letters for classes of events, in any order.
  private static let events = Setting(
    name: "notify-keyspace-events",
    read: { ByteString($0.events.text) },
    write: { (settings: inout ServerSettings, words) throws(ValueError) in
      guard let classes = EventClasses(words[0]) else {
        throw ValueError("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
      }
      settings.events = classes
    })
}
