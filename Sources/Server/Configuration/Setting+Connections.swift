import Persistence

extension Setting {
  /// The largest value of C's `int`, which most numbers of a server are.
  static let intMax = Int(Int32.max)

  /// Where clients come from, and what they may cost.
  static let connectionSettings: [Setting] = [
    .integer("port", \.port, 0...65_535, change: .never),
    bind,
    .flag("insecure", \.isInsecure, change: .never),
    .text("unixsocket", \.unixSocket, change: .never),
    unixSocketMode,
    .integer("tcp-backlog", \.backlog, 0...intMax, change: .never),
    .integer("tcp-keepalive", \.keepalive, 0...intMax),
    .integer("timeout", \.timeout, 0...intMax),
    .integer("maxclients", \.maxClients, 1...Int(UInt32.max)),
    password,
    .memory("client-query-buffer-limit", \.queryBufferLimit, (1 << 20)...Int.max),
    .memory("proto-max-bulk-len", \.bulkLimit, (1 << 20)...Int.max),
    outputLimits,
  ]

  private static let bind = Setting(
    name: "bind", change: .never, takesWords: true,
    read: { settings in
      settings.bind.isEmpty
        ? "127.0.0.1 -::1" : ByteString(joining: settings.bind.map { ByteString($0) })
    },
    write: { (settings: inout ServerSettings, words) throws(ValueError) in
      // As many as a server takes.
      guard words.count <= 16 else { throw ValueError("Too many bind addresses specified.") }
      var addresses: [String] = []
      for word in words { addresses.append(try SettingText.text(word)) }
      // To a server an empty text says not to listen, and no line at all to listen everywhere.
      guard addresses.allSatisfy({ !$0.isEmpty }) else {
        throw ValueError("argument must name an address; 'port 0' is for no TCP at all")
      }
      settings.bind = addresses
    })

  private static let unixSocketMode = Setting(
    name: "unixsocketperm", change: .never,
    read: { ByteString(String($0.unixSocketMode, radix: 8)) },
    write: { (settings: inout ServerSettings, words) throws(ValueError) in
      settings.unixSocketMode = try SettingText.octal(words[0], in: 0...0o777)
    })

  private static let password = Setting(
    name: "requirepass", isSecret: true,
    read: { ByteString($0.requirePassword) },
    write: { (settings: inout ServerSettings, words) throws(ValueError) in
      settings.requirePassword = words[0].bytes
    })

  // MARK: Output limits

  private typealias Limits = ServerSettings.OutputLimits
  private typealias Limit = ServerSettings.OutputLimit

  /// The classes of clients by the names that CONFIG GET and files have for them.
  private static let classes: [(told: String, written: String, place: any LimitPlace)] = [
    ("normal", "normal", \.normal), ("slave", "replica", \.replica), ("pubsub", "pubsub", \.pubsub),
  ]
  private typealias LimitPlace = WritableKeyPath<Limits, Limit> & Sendable

  /// Four words a class, whose others keep what they have.
  private static let outputLimits = Setting(
    name: "client-output-buffer-limit", takesWords: true,
    read: { settings in
      ByteString(
        classes.map { name in
          let limit = settings.outputLimits[keyPath: name.place]
          return "\(name.told) \(limit.hard) \(limit.soft) \(limit.softSeconds)"
        }.joined(separator: " "))
    },
    write: { (settings: inout ServerSettings, words) throws(ValueError) in
      // An empty text changes nothing, and is not four words either.
      if words == [""] { return }
      guard words.count.isMultiple(of: 4) else {
        throw ValueError("Wrong number of arguments in buffer limit configuration.")
      }
      for start in stride(from: 0, to: words.count, by: 4) {
        let name = words[start].lowercased
        guard
          let place = classes.first(where: {
            ByteString($0.told) == name || ByteString($0.written) == name
          })?.place
        else { throw ValueError("Invalid client class specified in buffer limit configuration.") }
        guard let hard = SettingText.memory(words[start + 1]),
          let soft = SettingText.memory(words[start + 2]),
          let seconds = SettingText.looseInteger(words[start + 3]), seconds >= 0
        else {
          throw ValueError(
            "Error in hard, soft or soft_seconds setting in buffer limit configuration.")
        }
        settings.outputLimits[keyPath: place] = Limit(hard: hard, soft: soft, softSeconds: seconds)
      }
    },
    lines: { settings in
      classes.map { name in
        let limit = settings.outputLimits[keyPath: name.place]
        return [
          ByteString(name.written), SettingText.memoryText(limit.hard),
          SettingText.memoryText(limit.soft), ByteString("\(limit.softSeconds)"),
        ]
      }
    })
}
