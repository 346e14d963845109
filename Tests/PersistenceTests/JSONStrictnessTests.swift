import Foundation
import Persistence
import TestSupport
import Testing

/// What is no JSON is refused, at the byte that is wrong.
@Suite struct JSONStrictnessTests {
  struct Wrong: Sendable, CustomTestStringConvertible {
    var bytes: [UInt8]
    var code: JSONError.Code
    var offset: UInt64
    var testDescription: String { String(decoding: bytes.prefix(40), as: UTF8.self) }

    init(_ text: String, _ code: JSONError.Code, _ offset: UInt64) {
      self.init(Array(text.utf8), code, offset)
    }

    init(_ bytes: [UInt8], _ code: JSONError.Code, _ offset: UInt64) {
      self.bytes = bytes
      self.code = code
      self.offset = offset
    }
  }

  static let structure: [Wrong] = [
    Wrong("", .truncated, 0), Wrong("  ", .truncated, 2), Wrong("[", .truncated, 1),
    Wrong("{", .truncated, 1), Wrong("[1", .truncated, 2), Wrong("{\"a\"", .truncated, 4),
    Wrong("{\"a\":", .truncated, 5), Wrong("{\"a\":1", .truncated, 6), Wrong("[1,", .truncated, 3),
    Wrong("{\"a\":1,", .truncated, 7), Wrong("[1,]", .syntax, 3), Wrong("[,1]", .syntax, 1),
    Wrong("[1,,2]", .syntax, 3), Wrong("[1 2]", .syntax, 3), Wrong("[1}", .syntax, 2),
    Wrong("{\"a\":1]", .syntax, 6), Wrong("{\"a\":1,}", .syntax, 7), Wrong("{,}", .syntax, 1),
    Wrong("{\"a\" 1}", .syntax, 5), Wrong("{\"a\"::1}", .syntax, 5), Wrong("{a:1}", .syntax, 1),
    Wrong("{1:1}", .syntax, 1), Wrong("{'a':1}", .syntax, 1), Wrong("{\"a\",1}", .syntax, 4),
    Wrong("{\"a\":1 \"b\":2}", .syntax, 7), Wrong("{\"a\":}", .syntax, 5), Wrong("]", .syntax, 0),
    Wrong("}", .syntax, 0), Wrong("1 2", .syntax, 2), Wrong("{}{}", .syntax, 2),
    Wrong("[]]", .syntax, 2), Wrong("[]\u{0}", .syntax, 2), Wrong("\u{FEFF}[]", .syntax, 0),
    Wrong("[1]x", .syntax, 3), Wrong("[//x\n1]", .syntax, 1), Wrong("[/**/1]", .syntax, 1),
    Wrong("[\u{A0}1]", .syntax, 1), Wrong("[\u{C}1]", .syntax, 1), Wrong("[\u{B}]", .syntax, 1),
    Wrong("{\"a\":1}\n{\"b\":2}", .syntax, 8), Wrong("[\"a\":1]", .syntax, 4),
    Wrong("{\"a\":1,\"b\"}", .syntax, 10), Wrong("\u{60}", .syntax, 0), Wrong("*", .syntax, 0),
  ]

  static let scalars: [Wrong] = [
    Wrong("01", .syntax, 1), Wrong("-01", .syntax, 2), Wrong("00", .syntax, 1),
    Wrong("-", .truncated, 1),
    Wrong("[-]", .syntax, 2), Wrong("+1", .syntax, 0), Wrong(".5", .syntax, 0),
    Wrong("[1.]", .syntax, 3),
    Wrong("1.", .truncated, 2), Wrong("[1.e5]", .syntax, 3), Wrong("[1e]", .syntax, 3),
    Wrong("[1e+]", .syntax, 4), Wrong("1e", .truncated, 2), Wrong("[1e1.5]", .syntax, 4),
    Wrong("[0x10]", .syntax, 2), Wrong("[1_000]", .syntax, 2), Wrong("[-a]", .syntax, 2),
    Wrong("[1a]", .syntax, 2), Wrong("[--1]", .syntax, 2), Wrong("[0e]", .syntax, 3),
    Wrong("NaN", .syntax, 0), Wrong("[Infinity]", .syntax, 1), Wrong("[-Infinity]", .syntax, 2),
    Wrong("inf", .syntax, 0), Wrong("nan", .syntax, 1), Wrong("[nul]", .syntax, 4),
    Wrong("tru", .truncated, 3), Wrong("True", .syntax, 0), Wrong("[truE]", .syntax, 4),
    Wrong("[nullx]", .syntax, 5), Wrong("[fals", .truncated, 5), Wrong("[１]", .syntax, 1),
  ]

  static let text: [Wrong] = [
    Wrong("\"", .truncated, 1), Wrong("\"abc", .truncated, 4), Wrong("'a'", .syntax, 0),
    Wrong("\"a\u{0}b\"", .invalidText, 2), Wrong("\"a\nb\"", .invalidText, 2),
    Wrong("\"\tb\"", .invalidText, 1), Wrong("\"123456789\u{1F}\"", .invalidText, 10),
    Wrong(#""\"#, .truncated, 2), Wrong(#""\x""#, .syntax, 2), Wrong(#""\'""#, .syntax, 2),
    Wrong(#""\U0041""#, .syntax, 2), Wrong(#""\u""#, .syntax, 3), Wrong(#""\u12""#, .syntax, 5),
    Wrong(#""\u12G4""#, .syntax, 5), Wrong(#""\u123"#, .truncated, 6),
    Wrong(#""\u+123""#, .syntax, 3),
    Wrong(#""\ud800""#, .invalidText, 1), Wrong(#""ab\udc00""#, .invalidText, 3),
    Wrong(#""\ud800\n""#, .invalidText, 1), Wrong(#""\ud800\u0041""#, .invalidText, 1),
    Wrong(#""\ud800\ud800\udc00""#, .invalidText, 1), Wrong(#""\ud800abc""#, .invalidText, 1),
    Wrong(#""\udc00\ud800""#, .invalidText, 1), Wrong(#""\ud800\u00"#, .truncated, 11),
    Wrong(#""\ud800"#, .truncated, 7), Wrong(#""\ud800\"#, .truncated, 8),
    Wrong(#""\ud800\uD8"x"#, .syntax, 11),
    Wrong(#"{"\ud800":1}"#, .invalidText, 2),
    Wrong([0x22, 0x80, 0x22], .invalidText, 1), Wrong([0x22, 0xFF, 0x22], .invalidText, 1),
    Wrong([0x22, 0xC0, 0x80, 0x22], .invalidText, 1),
    Wrong([0x22, 0xC1, 0xBF, 0x22], .invalidText, 1),
    Wrong([0x22, 0xE0, 0x80, 0xAF, 0x22], .invalidText, 1),
    Wrong([0x22, 0xF0, 0x80, 0x80, 0xAF, 0x22], .invalidText, 1),
    Wrong([0x22, 0xED, 0xA0, 0x80, 0x22], .invalidText, 1),
    Wrong([0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], .invalidText, 1),
    Wrong([0x22, 0xF8, 0x88, 0x80, 0x80, 0x80, 0x22], .invalidText, 1),
    Wrong([0x22, 0x61, 0xC3, 0x22, 0x22], .invalidText, 2),
    Wrong([0x22, 0x61, 0xE2, 0x82, 0x22, 0x22], .invalidText, 2),
    Wrong([0x22, 0xC3, 0xA9, 0xC3], .truncated, 4), Wrong([0x22, 0xE2, 0x82], .truncated, 3),
    Wrong([0x5B, 0xE9, 0x5D], .syntax, 1), Wrong([0xFF, 0xFE, 0x5B, 0x00], .syntax, 0),
    Wrong([0x5B, 0x00, 0x5D, 0x00], .syntax, 1),
  ]

  @Test(arguments: structure + scalars + text)
  func refuses(_ wrong: Wrong) throws {
    let reading = JSONTokenizerTests.read(wrong.bytes)
    let error = try #require(reading.error)
    #expect(error.code == wrong.code, "\(error)")
    #expect(error.place.offset == wrong.offset, "\(error)")
    for size in 1...3 {
      #expect(JSONTokenizerTests.read(wrong.bytes, pieceSize: size) == reading)
    }
  }

  @Test(arguments: [UInt8(ascii: "["), UInt8(ascii: "{")])
  func deepNesting(bracket: UInt8) throws {
    let unit = bracket == UInt8(ascii: "[") ? "[" : "{\"a\":"
    let text = Array(String(repeating: unit, count: 100_000).utf8)
    let error = try #require(JSONTokenizerTests.read(text).error)
    #expect(error.code == .tooDeep)
    #expect(error.place.offset == UInt64(unit.utf8.count * JSONTokenizer.depthLimit))
    let limit = JSONTokenizer.depthLimit
    let legal = String(repeating: "[", count: limit) + String(repeating: "]", count: limit)
    #expect(JSONTokenizerTests.read(Array(legal.utf8)).error == nil)
  }

  // MARK: A second opinion

  indirect enum Tree {
    case object([(String, Tree)])
    case array([Tree])
    case string(String)
    case number(Double)
    case boolean(Bool)
    case null

    init(_ tokens: inout JSONTokenizer, _ token: JSONToken) throws {
      switch token {
      case .beginObject:
        var members: [(String, Tree)] = []
        while try tokens.next() == .name {
          let name = String(decoding: ByteString(tokens.text).bytes, as: UTF8.self)
          members.append((name, try Tree(&tokens, tokens.next())))
        }
        self = .object(members)
      case .beginArray:
        var elements: [Tree] = []
        while true {
          let next = try tokens.next()
          if next == .endArray { break }
          elements.append(try Tree(&tokens, next))
        }
        self = .array(elements)
      case .string: self = .string(String(decoding: ByteString(tokens.text).bytes, as: UTF8.self))
      case .number:
        let number = tokens.double
        self = .number(try #require(number))
      case .yes: self = .boolean(true)
      case .no: self = .boolean(false)
      default: self = .null
      }
    }

    func equals(_ other: Any) -> Bool {
      switch self {
      case .object(let members):
        guard let other = other as? [String: Any], other.count == members.count else {
          return false
        }
        return members.allSatisfy { name, value in other[name].map(value.equals) ?? false }
      case .array(let elements):
        guard let other = other as? [Any], other.count == elements.count else { return false }
        return zip(elements, other).allSatisfy { $0.equals($1) }
      case .string(let text):
        return (other as? String).map { Array($0.utf8) == Array(text.utf8) } ?? false
      case .number(let number): return (other as? NSNumber)?.doubleValue == number
      case .boolean(let flag): return other as? Bool == flag
      case .null: return other is NSNull
      }
    }
  }

  struct Generator {
    var random: SeededRandom
    var text = ""

    mutating func blanks() {
      for _ in 0..<Int.random(in: 0...2, using: &random) {
        text += [" ", "\n", "\t", "\r"].randomElement(using: &random) ?? ""
      }
    }

    mutating func string(_ prefix: String = "") {
      let parts = [
        "a", "plain text", "é", "漢", "😀", "\\n", "\\\"", "\\\\", "\\/", "\\u00e9", "\\ud83d\\ude00",
        "\\u0000", "\\b\\f\\r\\t", "\u{7F}", "\\u6F22", "0123456789",
      ]
      text += "\"" + prefix
      for _ in 0..<Int.random(in: 0...5, using: &random) {
        text += parts.randomElement(using: &random) ?? ""
      }
      text += "\""
    }

    mutating func number() {
      text += ["", "-"].randomElement(using: &random) ?? ""
      text += String(Int.random(in: 0...999_999, using: &random))
      if Bool.random(using: &random) {
        text += "." + String(Int.random(in: 0...99_999, using: &random))
      }
      if Bool.random(using: &random) {
        text += ["e", "E", "e+", "E-"].randomElement(using: &random) ?? ""
        text += String(Int.random(in: 0...20, using: &random))
      }
    }

    mutating func value(_ depth: Int) {
      blanks()
      switch Int.random(in: 0...(depth > 0 ? 7 : 4), using: &random) {
      case 0: text += ["true", "false", "null"].randomElement(using: &random) ?? ""
      case 1, 2: number()
      case 3, 4: string()
      case 5, 6:
        text += "["
        let count = Int.random(in: 0...4, using: &random)
        for index in 0..<count {
          if index > 0 { text += "," }
          value(depth - 1)
        }
        if count == 0 { blanks() }
        text += "]"
      default:
        text += "{"
        for index in 0..<Int.random(in: 0...4, using: &random) {
          if index > 0 { text += "," }
          blanks()
          string("\(index)")
          blanks()
          text += ":"
          value(depth - 1)
        }
        text += "}"
      }
      blanks()
    }
  }

  @Test func foundationReadsTheSame() throws {
    var generator = Generator(random: SeededRandom(seed: 23))
    for _ in 0..<3000 {
      generator.text = ""
      generator.value(6)
      let bytes = Array(generator.text.utf8)
      var tokens = JSONTokenizer(MemorySource(bytes))
      let tree = try Tree(&tokens, tokens.next())
      let last = try tokens.next()
      #expect(last == .end)
      let other = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
      #expect(tree.equals(other), "\(generator.text)")
    }
  }
}
