import Foundation
import Persistence
import TestSupport
import Testing

@Suite struct JSONWriterTests {
  private func text(_ build: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter()
    build(&writer)
    return String(decoding: writer.take(), as: UTF8.self)
  }

  @Test func nesting() {
    let json = text { json in
      json.beginObject()
      json.key("a")
      json.beginArray()
      json.integer(Int64(1))
      json.beginObject()
      json.endObject()
      json.beginArray()
      json.endArray()
      json.null()
      json.endArray()
      json.key("b")
      json.boolean(true)
      json.key("c")
      json.beginObject()
      json.key("d")
      json.boolean(false)
      json.endObject()
      json.endObject()
      json.newline()
    }
    #expect(json == #"{"a":[1,{},[],null],"b":true,"c":{"d":false}}"# + "\n")
  }

  @Test func takingStartsAnew() {
    var writer = JSONWriter()
    writer.beginArray()
    writer.integer(Int64(1))
    _ = writer.take()
    let left = writer.count
    #expect(left == 0)
    writer.beginArray()
    writer.integer(Int64(2))
    writer.integer(Int64(3))
    writer.endArray()
    let text = writer.take()
    #expect(text == Array("[2,3]".utf8))
  }

  @Test(arguments: [
    (Int64.min, "-9223372036854775808"), (Int64.max, "9223372036854775807"), (0, "0"), (-1, "-1"),
  ])
  func integers(value: Int64, expected: String) {
    #expect(text { $0.integer(value) } == expected)
  }

  @Test func unsignedIntegers() {
    #expect(text { $0.integer(UInt64.max) } == "18446744073709551615")
    #expect(text { $0.integer(UInt64(0)) } == "0")
  }

  @Test(arguments: [
    ("", #""""#), ("plain", #""plain""#), ("\"\\/", #""\"\\/""#), ("\n\r\t", #""\n\r\t""#),
    ("\u{0}\u{1}\u{1F}", ##""\u0000\u0001\u001f""##), ("é€😀", "\"é€😀\""),
  ])
  func strings(value: String, expected: String) {
    #expect(text { $0.string(value) } == expected)
  }

  /// Another reader gets back what was written: every code point below U+0800 and some above.
  @Test func foundationReadsItBack() throws {
    let scalars =
      (0..<0x800).compactMap(Unicode.Scalar.init) + ["\u{2028}", "\u{FFFD}", "\u{10FFFF}"]
    let value = String(String.UnicodeScalarView(scalars))
    let json = text { json in
      json.beginObject()
      json.key(text: value)
      json.string(value)
      json.endObject()
    }
    let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: String]
    let read = try #require(object?.first)
    #expect(Array(read.key.utf8) == Array(value.utf8))
    #expect(Array(read.value.utf8) == Array(value.utf8))
  }

  /// Every byte as the code point of its number.
  @Test func latin1() throws {
    let bytes = ByteString((0...255).map { UInt8($0) })
    let json = text { json in
      json.byteStyle = .latin1
      unsafe json.string(bytes.bytes.span.bytes)
    }
    let read =
      try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)
      as? String
    #expect(try #require(read).unicodeScalars.map(\.value) == Array(0...255))
  }

  @Test func utf8ByteStrings() {
    #expect(text { $0.string(ByteString("naïve")) } == "\"naïve\"")
  }

  @Test func deepNesting() throws {
    let json = text { json in
      for _ in 0..<60 { json.beginArray() }
      json.integer(Int64(1))
      json.integer(Int64(2))
      for _ in 0..<60 { json.endArray() }
    }
    #expect(json == String(repeating: "[", count: 60) + "1,2" + String(repeating: "]", count: 60))
  }
}
