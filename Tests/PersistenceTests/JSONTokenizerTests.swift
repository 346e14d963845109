import Foundation
import Persistence
import TestSupport
import Testing

/// JSON text, read token by token.
@Suite struct JSONTokenizerTests {
  struct Piece: Equatable, CustomStringConvertible {
    var token: JSONToken
    var text: [UInt8]
    var place: JSONPlace
    var description: String { "\(token) \(String(decoding: text, as: UTF8.self))" }
  }

  struct Reading: Equatable {
    var pieces: [Piece] = []
    var error: JSONError?
  }

  static func read(
    _ bytes: [UInt8], isSequence: Bool = false, pieceSize: Int = .max
  ) -> Reading {
    var tokens = JSONTokenizer(MemorySource(bytes, pieceSize: pieceSize), isSequence: isSequence)
    var reading = Reading()
    do throws(JSONReadError) {
      while true {
        let token = try tokens.next()
        let text = tokens.text
        reading.pieces.append(
          Piece(token: token, text: ByteString(text).bytes, place: tokens.place))
        if token == .end { return reading }
      }
    } catch {
      if case .json(let error) = error { reading.error = error }
      return reading
    }
  }

  static func strings(_ json: String) -> [String] {
    read(Array(json.utf8)).pieces.filter { $0.token == .string }
      .map { String(decoding: $0.text, as: UTF8.self) }
  }

  @Test func knownTokens() {
    let text = #" { "a" : [ 1 , -2.5e+3,true ,false, null, "x" ], "b":{ } , "":[]}"#
    let reading = Self.read(Array(text.utf8))
    #expect(reading.error == nil)
    #expect(
      reading.pieces.map(\.token) == [
        .beginObject, .name, .beginArray, .number, .number, .yes, .no, .null, .string, .endArray,
        .name, .beginObject, .endObject, .name, .beginArray, .endArray, .endObject, .end,
      ])
    #expect(
      reading.pieces.filter { !$0.text.isEmpty }.map { String(decoding: $0.text, as: UTF8.self) }
        == ["a", "1", "-2.5e+3", "x", "b"])
    #expect(reading.pieces[1].place.offset == 3)
    #expect(reading.pieces[1].place.column == 4)
  }

  @Test(arguments: [
    (#""""#, ""), (#""é漢😀""#, "é漢😀"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
    (#""a\u0000b""#, "a\u{0}b"), (#""\u00e9\u00E9""#, "éé"), (#""\u6f22z""#, "漢z"),
    (#""\ud83d\ude00""#, "😀"), (#""x\uD800\uDC00\uDBFF\uDFFFy""#, "x\u{10000}\u{10FFFF}y"),
    (#""\uFFFF\ue000\ud7ff""#, "\u{FFFF}\u{E000}\u{D7FF}"), ("\"\u{7F}\"", "\u{7F}"),
    (
      #""plain text longer than a word\n and more of it""#,
      "plain text longer than a word\n and more of it"
    ),
  ])
  func knownStrings(json: String, text: String) { #expect(Self.strings(json) == [text]) }

  @Test(arguments: [
    ("0", 0), ("18446744073709551615", UInt64.max), ("18446744073709551616", nil), ("-1", nil),
    ("1.0", nil), ("1e3", nil), ("99999999999999999999", nil), ("42", 42),
  ])
  func unsigned(json: String, value: UInt64?) throws {
    var tokens = JSONTokenizer(MemorySource(Array(json.utf8)))
    _ = try tokens.next()
    let read = tokens.unsigned
    #expect(read == value)
  }

  @Test(arguments: [
    ("0", 0), ("-9223372036854775808", Int64.min), ("9223372036854775807", .max),
    ("9223372036854775808", nil), ("-9223372036854775809", nil), ("1.5", nil), ("-7", -7),
  ])
  func signed(json: String, value: Int64?) throws {
    var tokens = JSONTokenizer(MemorySource(Array(json.utf8)))
    _ = try tokens.next()
    let read = tokens.signed
    #expect(read == value)
  }

  @Test(arguments: [
    ("0", 0.0), ("-0.0", -0.0), ("1e308", 1e308), ("1e309", nil), ("-1e400", nil),
    ("5e-324", Double.leastNonzeroMagnitude),
    ("0.1", 0.1), ("123456789012345678", 123_456_789_012_345_680), ("1E-2", 0.01), ("-1.5", -1.5),
  ])
  func doubles(json: String, value: Double?) throws {
    var tokens = JSONTokenizer(MemorySource(Array(json.utf8)))
    _ = try tokens.next()
    let read = tokens.double
    #expect(read?.bitPattern == value?.bitPattern)
  }

  /// What the writer writes of a double comes back as the same bits.
  @Test func doublesRoundTrip() throws {
    var random = SeededRandom(seed: 17)
    for _ in 0..<20_000 {
      let value = Double(bitPattern: random.next())
      guard value.isFinite else { continue }
      var writer = JSONWriter()
      writer.double(value)
      var tokens = JSONTokenizer(MemorySource(writer.take()))
      _ = try tokens.next()
      let read = tokens.double
      #expect(read?.bitPattern == value.bitPattern)
    }
  }

  /// Strings of bytes in the writer's styles come back as the same text.
  @Test func stringsRoundTrip() throws {
    var random = SeededRandom(seed: 18)
    for length in 0..<600 {
      let bytes = random.bytes(length % 60)
      let text = String(decoding: bytes, as: UTF8.self)
      var writer = JSONWriter()
      writer.string(text)
      #expect(Self.strings(String(decoding: writer.take(), as: UTF8.self)) == [text])
    }
  }

  @Test func linesAndColumns() {
    let reading = Self.read(Array("{\n \"é\":\r\n  [1,\n\t\u{1}".utf8))
    #expect(reading.error?.place.line == 4)
    #expect(reading.error?.place.column == 2)
    #expect(reading.error?.place.offset == 17)
    #expect(
      reading.error?.description
        == "line 4, column 2 (byte 17): expected a value, found byte 0x1")
  }

  @Test func documentsOnLines() {
    let reading = Self.read(Array("{}\n\n[1]\r\n 2\n".utf8), isSequence: true)
    #expect(reading.error == nil)
    #expect(
      reading.pieces.map(\.token) == [
        .beginObject, .endObject, .beginArray, .number, .endArray, .number, .end,
      ])
    #expect(Self.read([], isSequence: true).pieces.map(\.token) == [.end])
    let joined = Self.read(Array("{} {}".utf8), isSequence: true)
    #expect(joined.error?.place.offset == 3)
    #expect(joined.error?.expected == "the end of the line")
  }

  @Test func steppingOver() throws {
    var tokens = JSONTokenizer(MemorySource(Array(#"{"a":[{"b":[1,"]"]}],"c":7,"d":8}"#.utf8)))
    _ = try tokens.next()
    for name in ["a", "c", "d"] {
      let token = try tokens.next()
      #expect(token == .name)
      let text = ByteString(tokens.text)
      #expect(text == ByteString(name))
      try tokens.skipValue()
    }
    let last = try tokens.next()
    #expect(last == .endObject)
  }

  // MARK: Long texts, and texts in pieces

  /// Longer than the window, with a character or an escape across each border.
  @Test(arguments: 0..<7)
  func longStrings(shift: Int) {
    var plain = [UInt8](repeating: 0x61, count: shift)
    while plain.count < 200_000 { plain += Array("漢é😀\u{1}\\\"\u{7F}".utf8) }
    let text = String(decoding: plain, as: UTF8.self)
    var writer = JSONWriter()
    writer.string(text)
    let json = writer.take()
    let whole = Self.read(json)
    #expect(whole.pieces.first?.text == plain)
    #expect(Self.read(json, pieceSize: 4099) == whole)
    let number = [UInt8](repeating: 0x37, count: 150_000)
    #expect(Self.read(number).pieces.first?.text == number)
  }

  @Test(arguments: [
    #" { "aé\u00e9\ud83d\ude00\n" : [ 1 , -2.5e+3,true ,false, null, "x" ], "b":{ } , "":[]} "#,
    #"[12345,0.5E-7,"漢字é😀"] "#, #"{"a":"\ud800"}"#, "[1,\n\n 2,]", "\"\u{1}\"", "[tru]",
    #""\ud83d"#,
  ])
  func piecesAreTheWhole(json: String) {
    let bytes = Array(json.utf8)
    let whole = Self.read(bytes)
    for size in 1...9 { #expect(Self.read(bytes, pieceSize: size) == whole, "\(size)") }
  }
}
