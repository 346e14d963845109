/// The HTML page of a report: one file that needs nothing else, neither from the network nor beside it.
///
/// The page is ``beginning``, the report as ``escaped(_:)`` JSON, and ``end``. A script in it draws
/// everything from that JSON, so the page holds the numbers just as `--format json` writes them. Its
/// content security policy forbids every request, and nothing of the report reaches the document
/// other than as text: a key may have any name.
enum ReportPage {
  /// All that comes before the JSON.
  static let beginning = [head, style, chartStyle, body].joined()

  /// All that comes after the JSON.
  static let end = [
    "</script>\n<script type=\"module\">\n", textScript, summaryScript, tableScript, chartScript,
    treemapScript, mapScript, sectionScript, "</script>\n</body>\n</html>\n",
  ].joined()

  private static let head = #"""
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline';
      script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="referrer" content="no-referrer">
    <title>Memory report</title>
    <link rel="icon" href="data:,">
    <style>

    """#

  private static let body = #"""
    </style>
    </head>
    <body>
    <a class="skip" href="#content">Skip to the report</a>
    <header id="head"></header>
    <nav id="contents" aria-label="Sections"></nav>
    <main id="content" tabindex="-1">
    <noscript><p>This page draws the report with JavaScript, which is switched off. The numbers are
    in its source as JSON, in the element with the id <code>report</code>.</p></noscript>
    </main>
    <div id="tip" class="tip" aria-hidden="true" hidden></div>
    <div id="status" class="unseen" role="status"></div>
    <script type="application/json" id="report">
    """#

  /// The JSON without a character that means something to HTML, or ends a line in old JavaScript.
  ///
  /// All of these stand in strings only, where JSON lets them be written as `\u003c`: the values
  /// stay the same, and no key can end the script element that holds them.
  /// - Parameter json: a JSON text in UTF-8.
  static func escaped(_ json: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(json.count + json.count / 16)
    // What lies between two escapes is copied at once.
    var copied = 0
    var position = 0
    while position < json.count {
      guard let (escape, length) = escape(in: json, at: position) else {
        position += 1
        continue
      }
      text += json[copied..<position]
      text += escape
      position += length
      copied = position
    }
    text += json[copied...]
    return text
  }

  /// How the character at this place is written, and how many bytes it has; nil for most.
  @inline(__always)
  private static func escape(in json: [UInt8], at position: Int) -> ([UInt8], length: Int)? {
    switch json[position] {
    case UInt8(ascii: "<"): return (lessThan, 1)
    case UInt8(ascii: ">"): return (greaterThan, 1)
    case UInt8(ascii: "&"): return (ampersand, 1)
    case 0xE2:
      guard position + 2 < json.count, json[position + 1] == 0x80 else { return nil }
      switch json[position + 2] {
      case 0xA8: return (lineSeparator, 3)
      case 0xA9: return (paragraphSeparator, 3)
      default: return nil
      }
    default: return nil
    }
  }

  private static let lessThan = Array(#"\u003c"#.utf8)
  private static let greaterThan = Array(#"\u003e"#.utf8)
  private static let ampersand = Array(#"\u0026"#.utf8)
  private static let lineSeparator = Array(#"\u2028"#.utf8)
  private static let paragraphSeparator = Array(#"\u2029"#.utf8)
}
