/// What a command is for and what it takes, for COMMAND DOCS and the hints of clients.
struct CommandText: Sendable {
  let summary: String
  let arguments: [ArgumentSyntax]

  /// By the names in lower case, subcommands among them; read when somebody first asks.
  static let all: [String: CommandText] = {
    var texts: [String: CommandText] = [:]
    for part in [keys, values, server] {
      for (name, summary, syntax) in read(part) {
        let old = texts.updateValue(
          CommandText(summary: summary, arguments: SyntaxReader.read(syntax)), forKey: name)
        precondition(old == nil, "two texts of \(name)")
      }
    }
    return texts
  }()

  /// A line with the name and the summary, and below it, further in, the arguments in the notation of
  /// ``SyntaxReader``.
  private static func read(_ text: String) -> [(name: String, summary: String, syntax: String)] {
    var read: [(name: String, summary: String, syntax: String)] = []
    for line in text.split(separator: "\n") {
      if line.hasPrefix(" "), !read.isEmpty {
        let more = line.drop { $0 == " " }
        read[read.count - 1].syntax += read[read.count - 1].syntax.isEmpty ? more : " " + more
      } else {
        let words = line.split(separator: " ", maxSplits: 1)
        read.append((String(words[0]), words.count > 1 ? String(words[1]) : "", ""))
      }
    }
    return read
  }
}
