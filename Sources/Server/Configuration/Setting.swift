import Persistence

/// A setting of the server: its names, when it may be changed, and how its value is read and told.
struct Setting: Sendable {
  /// The words of a value, as a line of a file has them behind the name.
  typealias Words = [ByteString]
  typealias Write = @Sendable (inout ServerSettings, Words) throws(ValueError) -> Void

  /// When CONFIG SET may change a setting.
  enum Change: Sendable {
    case anyTime
    /// For those whom `enable-protected-configs` names: a client that can choose the name of a file can
    /// overwrite any.
    case protected
    /// At the start only.
    case never
  }

  /// The name, in lower case.
  let name: String
  /// An older name of the same setting.
  var alias: String?
  var change = Change.anyTime
  /// Whether the value is made of several words.
  var takesWords = false
  /// Whether the value is a secret, which belongs into no log.
  var isSecret = false
  /// Whether it cannot be changed while files are being loaded.
  var waitsForLoading = false
  /// Whether the value is only kept to be told, and has no effect.
  var isKept = false
  /// The value as CONFIG GET tells it.
  let read: @Sendable (ServerSettings) -> ByteString
  /// Sets the value. Without `takesWords` there is one word.
  let write: Write
  /// The value as lines of a file have it, one or more; nil where that is what CONFIG GET tells.
  var lines: (@Sendable (ServerSettings) -> [Words])?

  /// The words behind the name in the lines of a file that say the value.
  func fileValues(_ settings: ServerSettings) -> [Words] {
    if let lines { return lines(settings) }
    let value = read(settings)
    return [takesWords && value.count > 0 ? value.wordsBetweenBlanks : [value]]
  }

  /// The words of a value in one piece, which is how CONFIG SET has it.
  func words(of value: ByteString) -> Words { takesWords ? value.wordsBetweenBlanks : [value] }
}

// The table.
extension Setting {
  /// All settings, in the order in which they are told.
  static let all: [Setting] =
    connectionSettings + datasetSettings + fileSettings + runningSettings + keptSettings

  /// The setting of a name or an older name, in lower case.
  static func named(_ name: ByteString) -> Setting? { places[name].map { all[$0] } }

  /// The place of each name in ``all``.
  private static let places: [ByteString: Int] = {
    var places: [ByteString: Int] = [:]
    for (place, setting) in all.enumerated() {
      for name in [setting.name, setting.alias].compactMap(\.self) {
        let old = places.updateValue(place, forKey: ByteString(name))
        precondition(old == nil, "two settings have the name \(name)")
      }
    }
    return places
  }()
}

// Kinds of settings.
extension Setting {
  typealias Place<Value> = WritableKeyPath<ServerSettings, Value> & Sendable

  /// `yes` or `no`.
  static func flag(
    _ name: String, _ place: any Place<Bool>, change: Change = .anyTime,
    waitsForLoading: Bool = false
  ) -> Setting {
    Setting(
      name: name, change: change, waitsForLoading: waitsForLoading,
      read: { ByteString($0[keyPath: place] ? "yes" : "no") },
      write: { (settings: inout ServerSettings, words) throws(ValueError) in
        settings[keyPath: place] = try SettingText.flag(words[0])
      })
  }

  /// A decimal integer.
  static func integer(
    _ name: String, alias: String? = nil, _ place: any Place<Int>, _ range: ClosedRange<Int>,
    change: Change = .anyTime
  ) -> Setting {
    Setting(
      name: name, alias: alias, change: change,
      read: { ByteString("\($0[keyPath: place])") },
      write: { (settings: inout ServerSettings, words) throws(ValueError) in
        settings[keyPath: place] = try SettingText.integer(words[0], in: range)
      })
  }

  /// A number of bytes.
  static func memory(
    _ name: String, alias: String? = nil, _ place: any Place<Int>, _ range: ClosedRange<Int>
  ) -> Setting {
    let range = UInt64(range.lowerBound)...UInt64(range.upperBound)
    return Setting(
      name: name, alias: alias,
      read: { ByteString("\($0[keyPath: place])") },
      write: { (settings: inout ServerSettings, words) throws(ValueError) in
        settings[keyPath: place] = Int(try SettingText.memory(words[0], in: range))
      },
      lines: { [[SettingText.memoryText(UInt64($0[keyPath: place]))]] })
  }

  /// One of some names.
  static func choice<Value: RawRepresentable<String> & CaseIterable & Sendable>(
    _ name: String, _ place: any Place<Value>, change: Change = .anyTime
  ) -> Setting {
    Setting(
      name: name, change: change,
      read: { ByteString($0[keyPath: place].rawValue) },
      write: { (settings: inout ServerSettings, words) throws(ValueError) in
        let text = try SettingText.choice(words[0], of: Value.allCases.map(\.rawValue))
        if let value = Value(rawValue: text) { settings[keyPath: place] = value }
      })
  }

  /// A text that `check` accepts.
  static func text(
    _ name: String, _ place: any Place<String>, change: Change = .anyTime,
    check: @escaping @Sendable (ByteString) throws(ValueError) -> String = SettingText.text
  ) -> Setting {
    Setting(
      name: name, change: change,
      read: { ByteString($0[keyPath: place]) },
      write: { (settings: inout ServerSettings, words) throws(ValueError) in
        settings[keyPath: place] = try check(words[0])
      })
  }

  /// A value that is only kept, in the form that `form` makes of the words.
  static func kept(
    _ name: String, alias: String? = nil, _ standard: String, change: Change = .anyTime,
    takesWords: Bool = false, isSecret: Bool = false,
    form: @escaping @Sendable (Words) throws(ValueError) -> ByteString
  ) -> Setting {
    let standard = ByteString(standard)
    return Setting(
      name: name, alias: alias, change: change, takesWords: takesWords, isSecret: isSecret,
      isKept: true,
      read: { $0.kept[name] ?? standard },
      write: { (settings: inout ServerSettings, words) throws(ValueError) in
        let value = try form(words)
        settings.kept[name] = value == standard ? nil : value
      })
  }
}
