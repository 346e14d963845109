import Persistence
import SystemPackage

/// What a server is started with: settings from files and arguments.
package struct ServerConfiguration: Sendable {
  package var settings = ServerSettings()
  /// The path of the file of settings from the root; nil when there is none.
  package var path: String?
  /// What was read and has no effect, each with its place and why.
  package var ignored: [String] = []
  /// The caller's own options with all their values, by their names without dashes.
  package var own: [String: [String]] = [:]

  package init() {}

  /// Reads the arguments of the server, in the form of redis-server:
  /// `[CONFIG-FILE] [-] [--NAME VALUE...]...`.
  ///
  /// `-` stands for a file on standard input. The file comes first, whatever the order, so that later
  /// arguments win; `save` adds to what the file has. A name and its values may also be one argument
  /// (`"--save 60 1"`).
  ///
  /// - `words`: the arguments without the name of the program.
  /// - `own`: names of options that are no settings. What follows one up to the next `--` is handed back.
  package static func fromArguments(
    _ words: [String], own: Set<String> = []
  ) throws(SettingError) -> ServerConfiguration {
    var reader = ConfigurationReader()
    var rest = words[...]
    if let file = rest.first, !file.hasPrefix("-") {
      try reader.readFile(file)
      reader.configuration.path = FilePath(file).resolved.string
      rest = rest.dropFirst()
    }
    if rest.first == "-" {
      try reader.readStandardInput()
      rest = rest.dropFirst()
    }
    while let option = rest.popFirst() {
      try reader.readOption(option, &rest, own: own)
    }
    return reader.configuration
  }

  /// Reads the text of a file of settings.
  ///
  /// - `name`: what errors call it.
  package static func fromText(
    _ text: [UInt8], named name: String
  ) throws(SettingError) -> ServerConfiguration {
    var reader = ConfigurationReader()
    try reader.readLines(text, of: name, depth: 0)
    return reader.configuration
  }
}

extension ConfigurationReader {
  /// Reads an option and its values, which stand behind it.
  mutating func readOption(
    _ option: String, _ rest: inout ArraySlice<String>, own: Set<String>
  ) throws(SettingError) {
    guard option.hasPrefix("--"), option != "--" else {
      throw SettingError(message: "\(option): settings are --NAME VALUE, after the file if any")
    }
    let bytes = Array(option.utf8.dropFirst(2))
    guard var words = QuotedWords.split(unsafe bytes.span.bytes), !words.isEmpty else {
      throw SettingError(message: "\(option): a quotation is not closed")
    }
    let name = words.removeFirst().lowercased
    if own.contains(name.description) {
      var values = words.map(\.description)
      while let value = rest.first, !value.hasPrefix("--") {
        values.append(value)
        rest = rest.dropFirst()
      }
      configuration.own[name.description, default: []] += values
      return
    }
    if words.isEmpty, let value = rest.first, !isOption(value, own: own) {
      // As in a server: what follows a name is its value, even with dashes before it.
      words.append(ByteString(value))
      rest = rest.dropFirst()
    }
    while let value = rest.first, !value.hasPrefix("--") {
      words.append(ByteString(value))
      rest = rest.dropFirst()
    }
    if words.isEmpty {
      switch name {
      // What an empty list of rules becomes on a command line.
      case "save": words = [""]
      case "insecure": words = ["yes"]
      default: break
      }
    }
    if name == "include" {
      try include(words, at: "--include", depth: 0)
    } else {
      try apply(name, words, at: "--\(name)")
    }
  }

  /// Whether an argument is the name of an option that there is.
  private func isOption(_ word: String, own: Set<String>) -> Bool {
    guard word.hasPrefix("--") else { return false }
    let name = ByteString(Array(word.utf8.dropFirst(2).prefix { $0 != 0x20 })).lowercased
    return own.contains(name.description) || Setting.named(name) != nil
  }
}
