extension Text {
  /// Fills lines with the words of `text`.
  ///
  /// - Parameters:
  ///   - width: columns of a line, indentation included. A word that is longer stays whole.
  ///   - indent: blanks in front of every line.
  ///   - firstIndent: blanks in front of the first line, when they are different.
  /// - Returns: the lines with newlines between them and none at the end. A newline in `text` ends
  ///   a line, and an empty line stays one.
  package static func wrap(
    _ text: String, width: Int, indent: Int = 0, firstIndent: Int? = nil
  ) -> String {
    var lines: [String] = []
    for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
      var line = ""
      var used = 0
      func close() {
        let blanks = lines.isEmpty ? firstIndent ?? indent : indent
        lines.append(line.isEmpty ? "" : String(repeating: " ", count: blanks) + line)
        line = ""
        used = 0
      }
      for word in paragraph.split(separator: " ") {
        let wordWidth = displayWidth(String(word))
        let room = width - (lines.isEmpty ? firstIndent ?? indent : indent)
        if !line.isEmpty, used + 1 + wordWidth > room { close() }
        if !line.isEmpty {
          line += " "
          used += 1
        }
        line += word
        used += wordWidth
      }
      close()
    }
    return lines.joined(separator: "\n")
  }
}
