import Persistence
import TestSupport
import Testing

/// A key as a file has it.
private struct Sample: Sendable {
  var key: [UInt8] = Array("user:1000".utf8)
  var database: UInt64 = 0
  var type = ValueType.string
  var expiresAt: Int64?
  var size: UInt64 = 100

  init() {}
  init(_ key: String) { self.key = Array(key.utf8) }
  init(_ key: [UInt8]) { self.key = key }

  func with(_ change: (inout Sample) -> Void) -> Sample {
    var copy = self
    change(&copy)
    return copy
  }
}

extension KeySelection {
  fileprivate static func with(_ change: (inout KeySelection) throws -> Void) rethrows
    -> KeySelection
  {
    var selection = KeySelection()
    try change(&selection)
    return selection
  }

  fileprivate func includes(_ sample: Sample) -> Bool {
    KeySelector(self).includes(
      key: sample.key.raw, database: sample.database, type: sample.type,
      expiresAt: sample.expiresAt, size: sample.size)
  }

  fileprivate func includes(_ key: String) -> Bool { includes(Sample(key)) }
}

@Suite struct KeySelectionTests {
  @Test func everything() {
    var selection = KeySelection()
    #expect(selection.selectsEverything)
    #expect(selection.includes(Sample()))
    selection.limit = 3
    selection.now = 5
    #expect(selection.selectsEverything)
  }

  @Test func anyOfOneKind() throws {
    let databases = KeySelection.with { $0.databases = [1, 1 << 40] }
    #expect(!databases.includes(Sample()))
    #expect(databases.includes(Sample().with { $0.database = 1 }))
    #expect(databases.includes(Sample().with { $0.database = 1 << 40 }))

    let globs = KeySelection.with { $0.keys = [Glob("user:*"), Glob("*:name")] }
    #expect(globs.includes("user:1") && globs.includes("order:name"))
    #expect(!globs.includes("order:1"))

    let regexes = try KeySelection.with {
      $0.keyRegexes = [try KeyRegex("^user:\\d+$"), try KeyRegex("name")]
    }
    #expect(regexes.includes("user:1") && regexes.includes("the names"))
    #expect(!regexes.includes("user:x"))

    for type in ValueType.allCases {
      let types = KeySelection.with { $0.types = [type, .stream] }
      for other in ValueType.allCases {
        let sample = Sample().with { $0.type = other }
        #expect(types.includes(sample) == (other == type || other == .stream))
      }
    }
  }

  @Test func noneOfTheOthers() {
    let selection = KeySelection.with { $0.notKeys = [Glob("tmp:*"), Glob("*:lock")] }
    #expect(selection.includes("user:1"))
    #expect(!selection.includes("tmp:1") && !selection.includes("user:lock"))
  }

  @Test func allKindsMustHold() throws {
    func slot(_ key: String) -> Int { HashSlot.slot(of: Array(key.utf8).raw) }
    let first = slot("user:1000")
    let elsewhere = try #require((0...100).map { "user:\($0)" }.first { slot($0) < first })
    let selection = try KeySelection.with {
      $0.databases = [0]
      $0.keys = [Glob("user:*")]
      $0.notKeys = [Glob("*:lock")]
      $0.keyRegexes = [try KeyRegex(#"\d"#)]
      $0.types = [.string]
      $0.slots = [first...16383]
      $0.expired = .exclude
      $0.largerThan = 99
    }
    let sample = Sample()
    #expect(selection.includes(sample))
    #expect(!selection.includes(sample.with { $0.database = 1 }))
    #expect(!selection.includes(sample.with { $0.type = .list }))
    #expect(!selection.includes(sample.with { $0.expiresAt = -1 }))
    #expect(!selection.includes(sample.with { $0.size = 99 }))
    #expect(!selection.includes("1000"))
    #expect(!selection.includes("user:1000:lock"))
    #expect(!selection.includes(elsewhere))
  }

  @Test(arguments: [
    (KeySelection.Expired.include, [true, true, true, true]),
    (.exclude, [true, true, true, false]),
    (.only, [false, false, false, true]),
  ])
  func expired(_ expired: KeySelection.Expired, _ answers: [Bool]) {
    let selection = KeySelection.with {
      $0.expired = expired
      $0.now = 1000
    }
    let samples = ([nil, 1001, 1000, 999] as [Int64?]).map { moment in
      Sample().with { $0.expiresAt = moment }
    }
    #expect(samples.map { selection.includes($0) } == answers)
  }

  @Test func largerThanIsStrict() {
    let selection = KeySelection.with { $0.largerThan = 100 }
    #expect(!selection.includes(Sample().with { $0.size = 100 }))
    #expect(selection.includes(Sample().with { $0.size = 101 }))
  }

  @Test func slots() {
    // The slot of `foo` is 12182 (Redis cluster specification).
    for range in [12182...12182, 12000...12182, 12182...16383, 0...16383] {
      #expect(KeySelection.with { $0.slots = [0...0, range] }.includes("foo"))
    }
    for range in [0...12181, 12183...16383] {
      #expect(!KeySelection.with { $0.slots = [range] }.includes("foo"))
    }
    #expect(KeySelection.with { $0.slots = [12182...12182] }.includes("user:{foo}:1"))
  }
}

@Suite struct KeyRegexTests {
  struct Case: Sendable, CustomStringConvertible {
    var regex: String
    var matching: [String]
    var others: [String]
    var description: String { regex }

    init(_ regex: String, _ matching: [String], not others: [String]) {
      self.regex = regex
      self.matching = matching
      self.others = others
    }
  }

  @Test(arguments: [
    Case(#"user:\d+"#, ["user:1", "a user:12 b", "uuser:user:1"], not: ["user:", "user:x", ""]),
    Case(#"^user:\d+$"#, ["user:1"], not: ["a user:1", "user:1 ", "user:"]),
    Case("user", ["user", "a user"], not: ["use", "User", ""]),
    Case("^user", ["user:1"], not: ["a user"]),
    Case("users?", ["user", "users"], not: ["use"]),
    Case("x*", ["", "x", "y"], not: []),
    Case("^a?b", ["ab", "b"], not: ["cb"]),
    Case("^a*", ["", "b"], not: []),
    Case("ab+c", ["abc", "abbc"], not: ["ac"]),
    Case("ab{0}c", ["ac"], not: ["abc"]),
    Case("user|order", ["user", "order"], not: ["item"]),
    Case("^user|order", ["user", "an order"], not: ["a user"]),
    Case("(user|order):1", ["user:1", "order:1"], not: ["item:1"]),
    Case("(?i)user", ["USER", "user"], not: ["order"]),
    Case(#"user:(?!1)\d"#, ["user:2"], not: ["user:1"]),
    Case(#"a\.b"#, ["a.b"], not: ["axb"]),
    Case("a.c", ["abc", "aéc"], not: ["ac"]),
    Case("^.$", ["é", "語"], not: ["e\u{301}", "ab"]),
    Case("^é$", ["é"], not: ["e\u{301}", "e"]),
    Case(#"^\w+$"#, ["naïve_1", "ключ"], not: ["a b", "a:b"]),
    Case("[|]", ["a|b"], not: ["ab"]),
    Case("", ["", "a"], not: []),
  ])
  func matches(_ sample: Case) throws {
    let selection = try KeySelection.with { $0.keyRegexes = [try KeyRegex(sample.regex)] }
    for key in sample.matching { #expect(selection.includes(key), "\(key)") }
    for key in sample.others { #expect(!selection.includes(key), "\(key)") }
  }

  /// A key that is no text is its bytes.
  @Test func invalidUTF8() throws {
    let key: [UInt8] = [0xFF, 0x61, 0xC3]
    for regex in [#"^\u{FF}a\u{C3}$"#, "^...$", "^ÿ", "a"] {
      let selection = try KeySelection.with { $0.keyRegexes = [try KeyRegex(regex)] }
      #expect(selection.includes(Sample(key)), "\(regex)")
    }
    let selection = try KeySelection.with { $0.keyRegexes = [try KeyRegex("^..$")] }
    #expect(!selection.includes(Sample(key)))
  }

  @Test(arguments: ["user:(", "[a", "*a", "[z-a]", "(?<=a)b", #"\p{foo}"#, "a{2,1}"])
  func syntaxErrors(_ text: String) throws {
    let error = try #require(throws: KeyRegex.SyntaxError.self) { _ = try KeyRegex(text) }
    #expect(!error.description.isEmpty)
  }

  /// With what a match begins or without it, the answer is the same.
  @Test func shortcutChangesNothing() throws {
    var random = SeededRandom(seed: 5)
    let alphabet = Array("aab:^$.*+?|()[]{1}\\d".unicodeScalars)
    var valid = 0
    var matching = 0
    while valid < 1500 {
      let count = Int.random(in: 1...6, using: &random)
      let text = String(
        String.UnicodeScalarView(
          (0..<count).compactMap { _ in alphabet.randomElement(using: &random) }))
      guard let regex = try? Regex(text).matchingSemantics(.unicodeScalar) else { continue }
      valid += 1
      let selection = try KeySelection.with { $0.keyRegexes = [try KeyRegex(text)] }
      for key in ["", "a", "b", "aa", "ab", "ba:1", "aab1", "b:a"] {
        let isMatch = try regex.firstMatch(in: key) != nil
        #expect(selection.includes(key) == isMatch, "\(text) in \(key)")
        if isMatch { matching += 1 }
      }
    }
    #expect(matching > 1000)
  }
}
