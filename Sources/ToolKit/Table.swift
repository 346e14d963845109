/// A small table of text whose columns line up.
package struct Table {
  /// One column.
  package struct Column: Sendable {
    /// The word above it; empty in a table without headings.
    package var title: String
    /// Whether the cells end at the same place, as numbers do.
    package var isRight: Bool

    package static func left(_ title: String = "") -> Column {
      Column(title: title, isRight: false)
    }
    package static func right(_ title: String = "") -> Column {
      Column(title: title, isRight: true)
    }
  }

  private let columns: [Column]
  private var rows: [[String]] = []

  package init(_ columns: [Column]) { self.columns = columns }

  /// Whether no row has been added.
  package var isEmpty: Bool { rows.isEmpty }

  /// Adds a row with one cell per column.
  package mutating func add(_ cells: String...) { add(cells) }

  /// Adds a row with one cell per column.
  package mutating func add(_ cells: [String]) {
    precondition(cells.count == columns.count, "a row has one cell per column")
    rows.append(cells)
  }

  /// The lines of the table, each with a newline at its end and no blanks before it.
  ///
  /// - Parameters:
  ///   - indent: blanks in front of every line.
  ///   - gap: blanks between two columns.
  ///   - style: makes the headings bold.
  package func render(indent: Int = 0, gap: Int = 2, style: Style = Style(isOn: false)) -> String {
    let widths = columns.indices.map { index in
      rows.reduce(Text.displayWidth(columns[index].title)) {
        max($0, Text.displayWidth($1[index]))
      }
    }
    func line(_ cells: [String], _ style: Style) -> String {
      var text = String(repeating: " ", count: indent)
      var pending = 0
      for (index, cell) in cells.enumerated() {
        let blanks = widths[index] - Text.displayWidth(cell)
        let before = pending + (columns[index].isRight ? blanks : 0)
        if !cell.isEmpty {
          text += String(repeating: " ", count: before) + style.bold(cell)
          pending = 0
        } else {
          pending = before
        }
        pending += gap + (columns[index].isRight ? 0 : blanks)
      }
      return text + "\n"
    }
    let plain = Style(isOn: false)
    let hasTitles = columns.contains { !$0.title.isEmpty }
    let heading = hasTitles ? line(columns.map(\.title), style) : ""
    return rows.reduce(heading) { $0 + line($1, plain) }
  }
}
