import Foundation
import Persistence
import TestSupport
import Testing

/// Byte strings in their three styles, whole and in pieces.
@Suite struct JSONStringTests {
  struct Written: Equatable {
    var text: [UInt8]
    var isInvalid: Bool
  }

  static func whole(_ bytes: [UInt8], _ style: JSONWriter.ByteStyle) -> Written {
    var json = JSONWriter()
    json.byteStyle = style
    unsafe json.string(bytes.span.bytes)
    let isInvalid = json.hasInvalidUTF8
    return Written(text: isInvalid ? [] : json.take(), isInvalid: isInvalid)
  }

  static func pieces(_ pieces: [[UInt8]], _ style: JSONWriter.ByteStyle) -> Written {
    var json = JSONWriter()
    json.byteStyle = style
    json.beginString()
    for piece in pieces { unsafe json.append(piece.span.bytes) }
    json.endString()
    let isInvalid = json.hasInvalidUTF8
    return Written(text: isInvalid ? [] : json.take(), isInvalid: isInvalid)
  }

  /// What Foundation reads from a JSON string.
  static func read(_ json: [UInt8]) throws -> String {
    let value = try JSONSerialization.jsonObject(with: Data(json), options: .fragmentsAllowed)
    return try #require(value as? String)
  }

  private func expectRight(_ bytes: [UInt8]) throws {
    let written = Self.whole(bytes, .utf8)
    let text = String(validating: bytes, as: UTF8.self)
    #expect(written.isInvalid == (text == nil), "\(bytes)")
    if text != nil, !written.isInvalid {
      #expect(try Array(Self.read(written.text).utf8) == bytes, "\(bytes)")
    }
    let latin1 = try Self.read(Self.whole(bytes, .latin1).text)
    #expect(latin1.unicodeScalars.map { UInt8($0.value) } == bytes, "\(bytes)")
    let base64 = try Self.read(Self.whole(bytes, .base64).text)
    #expect(base64 == Data(bytes).base64EncodedString(), "\(bytes)")
  }

  @Test func everyOneAndTwoBytes() throws {
    for first in UInt8.min...UInt8.max {
      try expectRight([first])
      for second in stride(from: UInt8.min, through: 0xFC, by: 3) {
        try expectRight([first, second])
      }
    }
  }

  /// Leads of three and four bytes with every second byte: the ranges that depend on the lead.
  @Test(
    arguments: [0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF] as [UInt8])
  func longCharacters(lead: UInt8) throws {
    for second in UInt8.min...UInt8.max {
      try expectRight([lead, second, 0x80])
      try expectRight([lead, second, 0xBF, 0xBF])
      try expectRight([lead, second, 0x41, 0x80, 0x41])
    }
  }

  /// Texts of every length around the words that are looked at, with a special byte at every place.
  @Test(arguments: 0...20)
  func everyPlace(length: Int) throws {
    let plain = (0..<length).map { UInt8(ascii: "a") + UInt8($0) }
    try expectRight(plain)
    for place in 0..<length {
      for special: UInt8 in [0, 0x1F, 0x20, 0x22, 0x5C, 0x7F, 0x80, 0xC3, 0xFF, 0x0A] {
        var bytes = plain
        bytes[place] = special
        try expectRight(bytes)
        if place + 1 < length {
          bytes[place + 1] = 0xA9
          try expectRight(bytes)
        }
      }
    }
  }

  @Test func mixtures() throws {
    var random = SeededRandom(seed: 31)
    let parts: [[UInt8]] = [
      Array("plain text ".utf8), Array("é".utf8), Array("漢字".utf8), Array("😀".utf8), [0x22], [0x5C],
      [0x0A], [0], [0xFF], [0xE2, 0x82], [0xED, 0xA0, 0x80],
    ]
    for _ in 0..<4000 {
      let count = Int.random(in: 0...8, using: &random)
      let kinds = Bool.random(using: &random) ? parts.count : 8
      try expectRight((0..<count).flatMap { _ in parts[Int.random(in: 0..<kinds, using: &random)] })
    }
  }

  /// A string cut anywhere reads as the whole one, and one that is no UTF-8 is noticed all the same.
  @Test(arguments: JSONWriter.ByteStyle.allCases)
  func piecesAreTheWhole(style: JSONWriter.ByteStyle) {
    let texts: [[UInt8]] = [
      Array("aé漢😀\"\\\n€z".utf8), [0x61, 0xC3], [0x80], [0xE2, 0x82, 0x41], [0xF0, 0x9F, 0x98],
      Array("é".utf8) + [0xFF] + Array("é".utf8), [],
    ]
    for text in texts {
      let whole = Self.whole(text, style)
      #expect(Self.pieces(text.map { [$0] }, style) == whole, "\(text)")
      for first in 0...text.count {
        for second in first...text.count {
          let cut = [
            Array(text[..<first]), Array(text[first..<second]), Array(text[second...]),
          ]
          #expect(Self.pieces(cut, style) == whole, "\(text) cut at \(first) and \(second)")
        }
      }
    }
  }

  /// Longer than what is escaped at once, with a character across each border.
  @Test(arguments: 0..<4)
  func longStrings(shift: Int) throws {
    var text = [UInt8](repeating: 0x61, count: shift)
    while text.count < 100_000 { text += Array("漢é😀\u{1}".utf8) }
    try expectRight(text)
    try expectRight(text + [0xC3])
    let style = JSONWriter.ByteStyle.utf8
    #expect(Self.pieces([text], style) == Self.whole(text, style))
  }

  /// Text can be taken away in the middle of a value, and the document goes on.
  @Test func textTakenOnTheWay() throws {
    var taken: [UInt8] = []
    let (first, second): ([UInt8], [UInt8]) = ([0x62, 0xC3], [0xA9])
    var json = JSONWriter()
    func take(_ json: inout JSONWriter) {
      unsafe json.text.withUnsafeBytes { unsafe taken.append(contentsOf: $0) }
      json.removeText()
    }
    json.beginArray()
    take(&json)
    for _ in 0..<3 {
      json.beginString()
      for _ in 0..<4 {
        unsafe json.append(first.span.bytes)
        take(&json)
        unsafe json.append(second.span.bytes)
      }
      json.endString()
      take(&json)
    }
    json.endArray()
    take(&json)
    let read = try JSONSerialization.jsonObject(with: Data(taken)) as? [String]
    #expect(read == [String](repeating: "bébébébé", count: 3))
  }

  @Test func goingBackForgets() {
    var json = JSONWriter()
    json.beginArray()
    json.integer(Int64(1))
    let mark = json.mark
    let invalid: [UInt8] = [0x61, 0xFF]
    unsafe json.string(invalid.span.bytes)
    let isInvalid = json.hasInvalidUTF8
    #expect(isInvalid)
    json.goBack(to: mark)
    let isStillInvalid = json.hasInvalidUTF8
    #expect(!isStillInvalid)
    json.integer(Int64(2))
    json.endArray()
    let text = json.take()
    #expect(text == Array("[1,2]".utf8))
  }
}

/// Numbers.
@Suite struct JSONNumberTests {
  static func text(_ value: Double) -> String {
    var json = JSONWriter()
    json.double(value)
    return String(decoding: json.take(), as: UTF8.self)
  }

  @Test(arguments: [
    (0.0, "0"), (-0.0, "-0.0"), (1, "1"), (-17, "-17"), (0.1, "0.1"), (1.5e300, "1.5e300"),
    (.leastNonzeroMagnitude, "5e-324"), (0x1p53, "9007199254740992"), (1e15, "1000000000000000"),
    (1e22, "1e22"),
    (.infinity, "\"inf\""), (-.infinity, "\"-inf\""), (.nan, "\"nan\""), (-.nan, "\"nan\""),
    (9007199254740991, "9007199254740991"), (-1e-7, "-1e-07"),
  ])
  func known(value: Double, expected: String) { #expect(Self.text(value) == expected) }

  /// C's own reader gets the same double back, and 17 digits are never more than needed.
  @Test func roundTrip() {
    var random = SeededRandom(seed: 5)
    for index in 0..<50_000 {
      var value = Double(bitPattern: random.next())
      if index % 3 == 0 {
        value = Double(Int64.random(in: -1_000_000...1_000_000, using: &random)) / 1024
      }
      if index % 7 == 0 { value = Double(UInt64.random(in: 0...(.max), using: &random)) }
      guard value.isFinite else { continue }
      let text = Self.text(value)
      #expect(unsafe strtod(text, nil).bitPattern == value.bitPattern, "\(text)")
      #expect(text.count(where: \.isNumber) <= 17 + 4 || text.contains("e") == false, "\(text)")
    }
  }

  @Test func everyLengthOfIntegers() {
    var value: UInt64 = 0
    for _ in 0..<20 {
      for near in [value &- 1, value, value &+ 1] {
        var json = JSONWriter()
        json.integer(near)
        let text = json.take()
        #expect(text == Array("\(near)".utf8))
        #expect(NumberText.digits(near) == "\(near)".utf8.count)
        let signed = Int64(truncatingIfNeeded: near)
        json.integer(signed)
        json.newline()
        json.string(signed)
        let signedText = json.take()
        #expect(signedText == Array("\(signed)\n\"\(signed)\"".utf8))
      }
      value = value == 0 ? 1 : value &* 10
    }
  }
}
