import Testing
import ToolKit

@Suite struct LayoutTests {
  @Test func tableLinesUp() {
    var table = Table([.left("type"), .right("keys"), .left()])
    table.add("hash", "1,234", "")
    table.add("日本", "7", "*")
    #expect(
      table.render(indent: 2) == """
          type   keys
          hash  1,234
          日本      7  *

        """)
  }

  @Test func tableWithoutTitlesHasNoHeading() {
    var table = Table([.left(), .right()])
    #expect(table.isEmpty)
    table.add("a", "1")
    #expect(table.render() == "a  1\n")
  }

  @Test func headingsAreBoldWithoutMovingAnything() {
    var table = Table([.left("a"), .left("b")])
    table.add("long", "x")
    #expect(
      table.render(style: Style(isOn: true))
        == "\u{1B}[1ma\u{1B}[0m     \u{1B}[1mb\u{1B}[0m\nlong  x\n")
  }

  @Test(arguments: [
    ("one two three", 9, "one two\nthree"),
    ("one two three", 80, "one two three"),
    ("incomprehensibilities go", 5, "incomprehensibilities\ngo"),
    ("a\n\nb", 5, "a\n\nb"),
    ("", 5, ""),
  ])
  func wrap(_ text: String, _ width: Int, _ lines: String) {
    #expect(Text.wrap(text, width: width) == lines)
  }

  @Test func wrapIndents() {
    #expect(Text.wrap("a bb ccc", width: 6, indent: 2) == "  a bb\n  ccc")
    #expect(Text.wrap("a bb ccc", width: 6, indent: 2, firstIndent: 0) == "a bb\n  ccc")
  }
}
