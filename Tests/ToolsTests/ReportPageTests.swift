import Foundation
import TestSupport
import Testing

/// The page that memory-report writes, in a real browser.
@Suite struct ReportPageTests {
  /// Writes the page of a dump.
  static func page(of dump: URL, in folder: TemporaryFolder) throws -> URL {
    let page = folder.file("report.html")
    let run = try Run.built(
      "memory-report",
      ["--format", "html", "--top", "100", "--now", "1700000000000", "-o", page.path, dump.path])
    #expect(run.exitCode == 0, "\(run.errorText)")
    return page
  }

  /// Hashes, sets, lists and strings under prefixes of two levels; a quarter of the strings expire.
  static func bookshop() -> [UInt8] {
    var file = RDBBuilder("REDIS0010")
    file.selectDB(0)
    for number in 0..<200 {
      file.key(4, "user:\(number):profile")
      file.length(2)
      for text in ["name", "user \(number)", "mail", "\(number)@example.org"] { file.string(text) }
      file.key(2, "user:\(number):friends")
      file.length(3)
      for friend in 1...3 { file.string("user \(number + friend)") }
      if number % 4 == 0 {
        let end = 1_700_000_000_000 + 3_600_000 * UInt64(number)
        file.append([0xFC] + RDBBuilder.littleEndian(end, 8))
      }
      file.pair("session:\(number * 7919)", String(repeating: "x", count: 40 + number))
    }
    for queue in ["mail", "print"] {
      file.key(1, "queue:\(queue)")
      file.length(90)
      for job in 0..<90 { file.string("job \(job) \(String(repeating: "y", count: 30))") }
    }
    return file.finished()
  }

  /// A browser that shows the page of the bookshop.
  static func opened() throws -> Browser {
    let folder = try TemporaryFolder()
    let dump = try folder.write("dump.rdb", bookshop())
    let page = try page(of: dump, in: folder)
    let browser = try Browser()
    try browser.open(page)
    return browser
  }

  /// The trimmed texts of all elements that a CSS selector finds.
  static func texts(_ selector: String, in browser: Browser) throws -> [String] {
    let texts = try browser.evaluate(
      "Array.from(document.querySelectorAll(`\(selector)`), (element) => element.textContent.trim())"
    )
    return try #require(texts as? [String])
  }

  /// What a screen reader says of the element with the focus.
  static func focused(in browser: Browser) throws -> String? {
    try browser.evaluate("document.activeElement.getAttribute('aria-label')") as? String
  }

  // MARK: The map

  @Test func mapIsMovedInByKeyboard() throws {
    let browser = try Self.opened()
    #expect(try Self.texts(".path li", in: browser).count == 1)
    let first = "document.querySelector('#map .cell')"
    try browser.evaluate("\(first).focus()")
    let start = try #require(try Self.focused(in: browser))
    #expect(start.contains("% of all"))
    #expect(start.contains("keys"))

    try browser.press(.arrowRight)
    let right = try Self.focused(in: browser)
    #expect(right != start)
    try browser.press(.arrowLeft)
    #expect(try Self.focused(in: browser) == start)
    #expect(try browser.evaluate("document.getElementById('tip').hidden") as? Bool == false)

    try browser.press(.enter)
    #expect(try Self.texts(".path li", in: browser).count == 2)
    #expect(try Self.focused(in: browser)?.hasPrefix("user:") == true)
    try browser.press(.escape)
    #expect(try Self.texts(".path li", in: browser).count == 1)
    #expect(try Self.focused(in: browser) == start, "the focus returns to where one came from")
    try browser.press(.enter)
    try browser.press(.backspace)
    #expect(try Self.texts(".path li", in: browser).count == 1)
    Self.expectNoComplaint(browser)
  }

  @Test func mapIsMovedInByMouse() throws {
    let browser = try Self.opened()
    let outside = try Self.texts("#map .cell .label", in: browser)
    try browser.click("#map button.cell")
    #expect(try Self.texts(".path li", in: browser).count == 2)
    #expect(try Self.texts("#map .cell .label", in: browser) != outside)
    try browser.click(".path button")
    #expect(try Self.texts("#map .cell .label", in: browser) == outside)
    Self.expectNoComplaint(browser)
  }

  /// The cells fill the map, and none lies outside of it; another shape of the map lays them out anew.
  @Test func cellsFillTheMap() throws {
    let browser = try Self.opened()
    let widths = "Array.from(document.querySelectorAll('.map > .cell'), (cell) => cell.style.width)"
    var layouts: Set<[String]> = []
    for width in [1280, 400] {
      try Self.resize(browser, width: width)
      let share = try browser.evaluate(
        """
        (() => {
          const map = document.querySelector('.map').getBoundingClientRect();
          let area = 0;
          for (const cell of document.querySelectorAll('.map > .cell')) {
            const box = cell.getBoundingClientRect();
            const isInside = box.left > map.left - 1 && box.right < map.right + 1 &&
              box.top > map.top - 1 && box.bottom < map.bottom + 1;
            area += isInside ? box.width * box.height : NaN;
          }
          return area / (map.width * map.height);
        })()
        """)
      #expect(abs(try #require(share as? Double) - 1) < 0.01)
      layouts.insert(try #require(try browser.evaluate(widths) as? [String]))
    }
    #expect(layouts.count == 2)
    Self.expectNoComplaint(browser)
  }

  // MARK: Tables

  @Test func tablesSortByMouseAndKeyboard() throws {
    let browser = try Self.opened()
    func column(_ number: Int) throws -> [Int] {
      let cells = try Self.texts("#largest tbody td:nth-child(\(number))", in: browser)
      return try cells.map { try #require(Int($0.replacing(",", with: ""))) }
    }
    // Elements, the sixth column.
    let header = "#largest th:nth-child(6)"
    let order = "document.querySelector('\(header)').getAttribute('aria-sort')"
    #expect(try browser.evaluate(order) is NSNull? || browser.evaluate(order) == nil)
    try browser.click("\(header) button")
    #expect(try browser.evaluate(order) as? String == "descending")
    let descending = try column(6)
    #expect(descending == descending.sorted(by: >))
    #expect(descending.first == 90)

    try browser.evaluate("document.querySelector('\(header) button').focus()")
    try browser.press(.enter)
    #expect(try browser.evaluate(order) as? String == "ascending")
    let ascending = try column(6)
    #expect(ascending == ascending.sorted())
    #expect(try Self.texts("#largest th[aria-sort]", in: browser).count == 1)
    Self.expectNoComplaint(browser)
  }

  @Test func prefixesAreFiltered() throws {
    let browser = try Self.opened()
    let all = try Self.texts("#prefixes tbody tr", in: browser).count
    try browser.evaluate("document.querySelector('#prefixes input').focus()")
    try browser.type("QUEUE")
    let names = try Self.texts("#prefixes tbody td:first-child", in: browser)
    #expect(!names.isEmpty)
    #expect(names.count < all)
    #expect(names.allSatisfy { $0.contains("queue") })
    try browser.type(" nothing of this kind")
    #expect(try Self.texts("#prefixes tbody tr", in: browser).isEmpty)
    Self.expectNoComplaint(browser)
  }

  // MARK: The whole

  /// On a telephone only tables scroll sideways, each in its own box.
  @Test func fitsTheScreen() throws {
    let browser = try Self.opened()
    for width in [1280, 390, 360] {
      try Self.resize(browser, width: width)
      let needed = try browser.evaluate("document.documentElement.scrollWidth") as? Int
      #expect(try #require(needed) <= width)
    }
    Self.expectNoComplaint(browser)
  }

  /// Changes the size of the page and waits until it is drawn anew.
  static func resize(_ browser: Browser, width: Int) throws {
    try browser.resize(width: width, height: 800)
    try browser.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
  }

  @Test func headingsAreInOrder() throws {
    let browser = try Self.opened()
    let levels = try browser.evaluate(
      "Array.from(document.querySelectorAll('h1, h2, h3'), (heading) => Number(heading.tagName[1]))"
    )
    let heights = try #require(levels as? [Int])
    #expect(heights.first == 1)
    #expect(heights.filter { $0 == 1 }.count == 1)
    #expect(zip(heights, heights.dropFirst()).allSatisfy { $1 <= $0 + 1 })
  }

  @Test func emptyDump() throws {
    let folder = try TemporaryFolder()
    let dump = try folder.write("dump.rdb", RDBBuilder().finished())
    let browser = try Browser()
    try browser.open(try Self.page(of: dump, in: folder))
    #expect(try Self.texts("h1", in: browser) == ["Memory report"])
    #expect(try Self.texts("#map, #prefixes, #largest", in: browser).isEmpty)
    Self.expectNoComplaint(browser)
  }

  /// No error, no warning, nothing that the policy forbade, and no request but for the page itself.
  static func expectNoComplaint(
    _ browser: Browser, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(browser.complaints == [], sourceLocation: sourceLocation)
    let others = browser.requests.filter { !$0.hasSuffix("/report.html") && $0 != "data:," }
    #expect(others == [], sourceLocation: sourceLocation)
  }
}
