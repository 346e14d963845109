import Glibc
import Persistence
import SystemPackage

/// Reads files of settings: a directive a line, its name and values as ``QuotedWords``, `#` before comments.
struct ConfigurationReader {
  var configuration = ServerConfiguration()
  /// Whether a directive `save` has been read: the first one replaces the default rules.
  private var hasSaveRules = false

  /// How deep files may include others; a file that includes itself would be read without end.
  private static let deepest = 16
  /// Bytes of a file that are read, at most: a hundred times what a file of all settings and their
  /// explanation takes.
  private static let longest = 16 << 20

  // MARK: Files

  /// Reads a file, and those that it includes.
  mutating func readFile(_ path: String, depth: Int = 0) throws(SettingError) {
    let bytes: [UInt8]
    do throws(Errno) {
      bytes = try Self.contents(path)
    } catch {
      throw SettingError(message: "\(path): \(error)")
    }
    try readLines(bytes, of: path, depth: depth)
  }

  mutating func readStandardInput() throws(SettingError) {
    let bytes: [UInt8]
    do throws(Errno) {
      bytes = try Self.contents(of: .standardInput)
    } catch {
      throw SettingError(message: "standard input: \(error)")
    }
    try readLines(bytes, of: "standard input", depth: 0)
  }

  mutating func readLines(
    _ text: [UInt8], of file: String, depth: Int
  ) throws(SettingError) {
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      let place = "\(file):\(index + 1)"
      guard var words = ConfigurationLine(Array(line)).words else {
        throw SettingError(message: "\(place): a quotation is not closed")
      }
      guard !words.isEmpty else { continue }
      let name = words.removeFirst().lowercased
      if name == "include" {
        try include(words, at: place, depth: depth)
      } else {
        try apply(name, words, at: place)
      }
    }
  }

  /// Reads a file, or those of the form of a glob, of which there may be none.
  mutating func include(
    _ words: [ByteString], at place: String, depth: Int
  ) throws(SettingError) {
    guard words.count == 1, let path = words[0].utf8 else {
      throw SettingError(message: "\(place): the name of one file has to follow")
    }
    guard depth < Self.deepest else {
      throw SettingError(message: "\(place): files include each other more than \(depth) deep")
    }
    for file in Self.files(path) { try readFile(file, depth: depth + 1) }
  }

  /// The paths of the form of a glob, in the order of their bytes; what is no glob is a path.
  private static func files(_ pattern: String) -> [String] {
    guard pattern.contains(where: { "*?[".contains($0) }) else { return [pattern] }
    var found = unsafe glob_t()
    defer { unsafe globfree(&found) }
    guard unsafe glob(pattern, 0, nil, &found) == 0 else { return [] }
    return (0..<Int(unsafe found.gl_pathc)).compactMap { index in
      guard let path = unsafe found.gl_pathv[index] else { return nil }
      return unsafe String(cString: path)
    }
  }

  private static func contents(_ path: String) throws(Errno) -> [UInt8] {
    do {
      let file = try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec])
      return try file.closeAfter { try contents(of: file) }
    } catch {
      throw error as? Errno ?? .ioError
    }
  }

  private static func contents(of file: FileDescriptor) throws(Errno) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count: Int
      do {
        count = try unsafe buffer.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
      } catch {
        throw error as? Errno ?? .ioError
      }
      guard count > 0 else { return bytes }
      guard bytes.count + count <= longest else { throw .fileTooLarge }
      bytes += buffer.prefix(count)
    }
  }

  // MARK: Directives

  /// Does what a directive says.
  ///
  /// - `name`: in lower case.
  /// - `place`: what errors begin with.
  mutating func apply(
    _ name: ByteString, _ words: [ByteString], at place: String
  ) throws(SettingError) {
    // An argument's name is its place.
    let directive = place == "--\(name)" ? place : "\(place): \(name)"
    guard let setting = Setting.named(name) else {
      switch Self.meaning(of: name, words) {
      case .nothing: return
      case .ignored(let reason): return configuration.ignored.append("\(directive): \(reason)")
      case .refused(let reason): throw SettingError(message: "\(directive): \(reason)")
      }
    }
    guard setting.takesWords ? !words.isEmpty : words.count == 1 else {
      throw SettingError(message: "\(directive): wrong number of arguments")
    }
    let values = words.count == 1 ? setting.words(of: words[0]) : words
    let earlierRules = configuration.settings.saveRules
    do throws(ValueError) {
      try setting.write(&configuration.settings, values)
    } catch {
      throw SettingError(
        message: "\(directive): \(error.reason)", isAboutFolder: error.isAboutFolder)
    }
    if name == "save" {
      // Lines add up, and arguments to the lines of a file. An empty one clears what was before it.
      if hasSaveRules, !configuration.settings.saveRules.isEmpty {
        configuration.settings.saveRules = earlierRules + configuration.settings.saveRules
      }
      hasSaveRules = true
    }
    if name == "daemonize", words[0].lowercased == "yes" {
      configuration.ignored.append("\(directive): the server stays in the foreground")
    } else if setting.isKept, configuration.settings.kept[setting.name] != nil {
      configuration.ignored.append("\(directive): has no effect here")
    }
  }

  private enum Meaning {
    case nothing
    case ignored(String)
    case refused(String)
  }

  /// What directives mean that are no settings of this server.
  private static func meaning(of name: ByteString, _ words: [ByteString]) -> Meaning {
    switch name {
    case "rename-command":
      .refused("commands cannot be renamed")
    case "loadmodule":
      .refused("modules are not supported")
    case "user":
      isEverybody(words)
        ? .nothing : .refused("users are not supported; requirepass sets a password")
    case "tls-port" where words == ["0"]:
      .nothing
    case "tls-port":
      .refused("TLS is not supported")
    // Read and forgotten by servers too.
    case "lua-replicate-commands", "list-max-ziplist-entries", "list-max-ziplist-value":
      .nothing
    case "set-max-listpack-entries", "set-max-listpack-value", "locale-collate",
      "max-new-connections-per-cycle", "max-new-tls-connections-per-cycle":
      .ignored("is a setting of later releases")
    case "sentinel":
      .ignored("this server is no sentinel")
    case _ where name.hasPrefix("tls-") || name.hasPrefix("cluster-"):
      .ignored("has no effect here")
    // Settings of modules have a point in their names.
    case _ where name.bytes.contains(UInt8(ascii: ".")):
      .ignored("there are no modules here")
    case _ where name.bytes.contains(UInt8(ascii: "=")):
      .refused("no such setting; a value follows behind a blank")
    default:
      .refused("no such setting")
    }
  }

  /// Whether a directive `user` says that everybody may do everything, as a server notes that it knows of no
  /// users.
  private static func isEverybody(_ words: [ByteString]) -> Bool {
    let harmless: Set<ByteString> = [
      "on", "nopass", "sanitize-payload", "~*", "&*", "+@all", "allkeys", "allchannels",
      "allcommands",
    ]
    return words.first == "default" && Set(words.dropFirst()).isSubset(of: harmless)
      && words.contains("on") && words.contains("nopass")
  }
}

/// A line of a file of settings.
struct ConfigurationLine {
  /// The line without its LF.
  let whole: [UInt8]
  /// The line without blanks around it.
  let text: [UInt8]

  init(_ line: [UInt8]) {
    whole = line
    var text = line[...]
    while let byte = text.first, Self.isBlank(byte) { text.removeFirst() }
    while let byte = text.last, Self.isBlank(byte) { text.removeLast() }
    self.text = Array(text)
  }

  /// The name and the values; empty for a comment or an empty line, nil when a quotation is not closed.
  var words: [ByteString]? {
    text.first == UInt8(ascii: "#") ? [] : QuotedWords.split(unsafe text.span.bytes)
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0D
  }
}
