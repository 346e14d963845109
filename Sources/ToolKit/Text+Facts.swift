extension Text {
  /// Columns of a label.
  private static let labelWidth = 10

  /// A line for every label with what belongs to it, the labels dim and in a column of their own.
  ///
  /// `indent`: blanks in front of the labels.
  package static func facts(
    _ facts: [(label: String, body: String)], indent: Int, _ terminal: Terminal
  ) -> String {
    let margin = indent + labelWidth
    return facts.reduce(into: "") { text, fact in
      let blanks = String(repeating: " ", count: max(0, labelWidth - fact.label.count))
      let body = wrap(fact.body, width: terminal.columns, indent: margin).dropFirst(margin)
      text += String(repeating: " ", count: indent)
      text += "\(terminal.style.dim(fact.label + blanks))\(body)\n"
    }
  }
}
