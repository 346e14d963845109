package import Persistence

/// Why settings could not be changed or read.
package struct SettingError: Error, Equatable, Sendable {
  /// The whole text: of the reply with its code, or of what a tool tells.
  package var message: String
  /// Whether a folder is missing, or may not be gone into.
  package var isAboutFolder: Bool

  package init(message: String, isAboutFolder: Bool = false) {
    self.message = message
    self.isAboutFolder = isAboutFolder
  }
}

// CONFIG GET and CONFIG SET.
extension ServerSettings {
  /// The settings that CONFIG GET tells: those whose name or older name is, or is of the form of, one of the
  /// patterns, upper and lower case being alike. A name that is no glob is told as it was asked for.
  package func settings(
    matching patterns: [ByteString]
  ) -> [(name: ByteString, value: ByteString)] {
    var found: [(name: ByteString, value: ByteString)] = []
    var seen: Set<ByteString> = []
    for pattern in patterns {
      let folded = pattern.lowercased
      guard pattern.bytes.contains(where: { "[*?".utf8.contains($0) }) else {
        if let setting = Setting.named(folded), seen.insert(folded).inserted {
          found.append((pattern, setting.read(self)))
        }
        continue
      }
      let glob = Glob(unsafe folded.bytes.span.bytes)
      for setting in Setting.all {
        for name in [setting.name, setting.alias].compactMap(\.self).map({ ByteString($0) })
        where glob.matches(unsafe name.bytes.span.bytes) && seen.insert(name).inserted {
          found.append((name, setting.read(self)))
        }
      }
    }
    return found
  }

  /// Changes settings as CONFIG SET does: all of them, or none when an error is thrown.
  ///
  /// - `isLocal`: whether the client is on this machine.
  /// - `isLoading`: whether files are being loaded.
  package mutating func set(
    _ pairs: [(name: ByteString, value: ByteString)], isLocal: Bool = false, isLoading: Bool = false
  ) throws(SettingError) {
    var changes: [(name: String, setting: Setting, value: ByteString)] = []
    var seen: Set<ByteString> = []
    for (name, value) in pairs {
      let folded = name.lowercased
      guard let setting = Setting.named(folded) else {
        throw SettingError(
          message: "ERR Unknown option or number of arguments for CONFIG SET - '\(name.oneLine)'")
      }
      if let obstacle = obstacle(to: setting, isLocal: isLocal) {
        throw .failed(name.oneLine, obstacle)
      }
      if isLoading, setting.waitsForLoading {
        throw SettingError(message: "LOADING Redis is loading the dataset in memory")
      }
      // Two names of one setting are no duplicates to a server, and the later one wins.
      guard seen.insert(folded).inserted else {
        throw .failed(name.oneLine, "duplicate parameter")
      }
      changes.append((folded.description, setting, value))
    }
    var changed = self
    for (name, setting, value) in changes {
      do throws(ValueError) {
        try setting.write(&changed, setting.words(of: value))
      } catch {
        throw .failed(name, error.reason)
      }
    }
    self = changed
  }

  /// Whether the value of a setting is a secret, to be kept out of logs; names that no setting has are none.
  package static func isSecret(_ name: ByteString) -> Bool {
    Setting.named(name.lowercased)?.isSecret ?? false
  }

  private func obstacle(to setting: Setting, isLocal: Bool) -> String? {
    switch setting.change {
    case .anyTime: return nil
    case .never: return "can't set immutable config"
    case .protected:
      let isAllowed = allowsProtected == .yes || (allowsProtected == .local && isLocal)
      return isAllowed ? nil : "can't set protected config"
    }
  }
}

extension SettingError {
  fileprivate static func failed(_ name: String, _ reason: String) -> SettingError {
    SettingError(
      message: "ERR CONFIG SET failed (possibly related to argument '\(name)') - \(reason)")
  }
}

extension ByteString {
  /// The text with blanks for ends of lines, which an error reply cannot have.
  var oneLine: String {
    ByteString(bytes.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }).description
  }
}
