import Foundation
import TestSupport
import Testing

/// Keys that would like to be more than text in the page of memory-report.
@Suite struct ReportPageEscapeTests {
  static let keys: [[UInt8]] =
    [
      "<script>window.hit = 1</script>", "</script>", "</script><script>window.hit = 2</script>",
      "<!--<script>", "<img src=x onerror=\"window.hit = 3\">", "\"><svg onload=window.hit=4>",
      "]]>", "a&b&amp;c", "zero\u{0}byte", "line\nfeed\ttab", "\u{1B}[31mred", "\u{202E}turned",
      "שלום:עולם", "line\u{2028}separator\u{2029}", #"back\slash"#, #"\u003cscript\u003e"#,
      "__proto__", "constructor", "  spaces  ", "", String(repeating: "k", count: 4096),
    ].map { Array($0.utf8) } + [
      [0xFF, 0xFE, 0x3C], [0xE2, 0x80], Array(0..<32), Array(127...255),
      // Longer than anything that is shown of it.
      Array("</script><script>window.hit = 5</script>".utf8)
        + [UInt8](repeating: UInt8(ascii: "<"), count: 1 << 20),
    ]

  static func dump() -> [UInt8] {
    var file = RDBBuilder("REDIS0010")
    file.selectDB(0)
    for key in keys {
      file.append(0)
      file.string(key)
      file.string("value")
    }
    return file.finished()
  }

  @Test func keysStayText() throws {
    let folder = try TemporaryFolder()
    let dump = try folder.write("dump.rdb", Self.dump())
    let page = try ReportPageTests.page(of: dump, in: folder)
    let browser = try Browser()
    try browser.open(page)

    #expect(try browser.evaluate("typeof window.hit") as? String == "undefined")
    #expect(try browser.evaluate("document.scripts.length") as? Int == 2)
    #expect(try browser.evaluate("document.querySelectorAll('img, svg, b').length") as? Int == 0)
    let names = try ReportPageTests.texts("#largest td:first-child", in: browser)
    #expect(names.count == Self.keys.count)
    for name in [
      "</script>", #"zero\x00byte"#, #"line\x0Afeed\x09tab"#, #"\xE2\x80\xAEturned"#, "שלום:עולם",
      #"back\\slash"#, #"\\u003cscript\\u003e"#, #"\x20\x20spaces\x20\x20"#, "(empty)",
      #"\xFF\xFE<"#, #"\xE2\x80"#,
    ] {
      #expect(names.contains(name), "\(name)")
    }
    ReportPageTests.expectNoComplaint(browser)
  }

  /// The JSON in the page is that of `--format json`, with every value the same.
  @Test func reportSurvivesTheEscapes() throws {
    let folder = try TemporaryFolder()
    let dump = try folder.write("dump.rdb", Self.dump())
    let page = try ReportPageTests.page(of: dump, in: folder)
    let html = try String(contentsOf: page, encoding: .utf8)
    let start = try #require(html.range(of: "<script type=\"application/json\" id=\"report\">"))
    let end = try #require(html[start.upperBound...].range(of: "</script>"))
    let inside = html[start.upperBound..<end.lowerBound]
    #expect(!inside.unicodeScalars.contains { "<>&\u{2028}\u{2029}".unicodeScalars.contains($0) })

    let run = try Run.built(
      "memory-report",
      ["--format", "json", "--top", "100", "--now", "1700000000000", dump.path])
    let plain = try #require(
      try JSONSerialization.jsonObject(with: Data(run.output)) as? NSDictionary, "\(run.errorText)")
    let escaped = try JSONSerialization.jsonObject(with: Data(inside.utf8)) as? NSDictionary
    #expect(escaped == plain)

    // A browser reads the same as well.
    let browser = try Browser()
    try browser.open(page)
    let report = try browser.evaluate("JSON.parse(document.getElementById('report').textContent)")
    #expect(report as? NSDictionary == plain)
  }
}
