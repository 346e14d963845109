import MemoryModel
import Persistence
import TestSupport
import Testing

/// What is an ID in a key.
@Suite struct KeyPatternTests {
  /// The segments of a key's pattern, `¦` between them, or of keys of other separators.
  static func segments(_ key: [UInt8], _ separators: String = ":") -> [[UInt8]] {
    var pattern = KeyPattern(KeySeparators(Array(separators.utf8)))
    pattern.fold([0xFF, 0x31].raw)
    pattern.fold(key.raw)
    var segments: [[UInt8]] = []
    var start = 0
    for segment in 0..<pattern.segmentCount {
      let end = pattern.end(segment)
      segments.append((start..<end).map { pattern.bytes.byte(at: $0) })
      start = end
    }
    #expect(start == pattern.bytes.byteCount)
    return segments
  }

  static func text(_ key: [UInt8], _ separators: String = ":") -> String {
    segments(key, separators).map { String(decoding: $0, as: UTF8.self) }.joined(separator: "¦")
  }

  static func text(_ key: String, _ separators: String = ":") -> String {
    text(Array(key.utf8), separators)
  }

  @Test(arguments: [
    ("", ""),
    ("user", "user"),
    ("user:17:friends", "user:¦*:¦friends"),
    (":a", ":¦a"),
    ("a::b:::", "a::¦b:::"),
    (":::", ":::"),
    ("17", "*"),
    ("17:", "*:"),
    ("user:1:2:3", "user:¦*:¦*:¦*"),
    ("{user17}:x", "{user*}:¦x"),
    ("{user:17}:x", "{user:¦*}:¦x"),
    ("a:*:b", "a:¦*:¦b"),
    ("a:*17:b", "a:¦*:¦b"),
    ("a:b:c:d:e:f:g:h", "a:¦b:¦c:¦d:¦e:¦f:¦g:¦h"),
    ("a:b:c:d:e:f:g:h:", "a:¦b:¦c:¦d:¦e:¦f:¦g:¦h:"),
    ("a:b:c:d:e:f:g:h:i", "a:¦b:¦c:¦d:¦e:¦f:¦g:¦*"),
    ("a|b/c", "a|b/c"),
  ])
  func segmentsOfKeys(_ key: String, _ expected: String) {
    #expect(Self.text(key) == expected)
  }

  @Test func otherSeparators() {
    #expect(Self.text("a|b/c:17", ":|/") == "a|¦b/¦c:¦*")
    #expect(Self.text("a|/b", "/|") == "a|/¦b")
    #expect(Self.text("user:17:x", "") == "user:*:x")
    #expect(Self.text("2026-11-28:10", "-") == "*-¦*-¦*")
    #expect(Self.text("ax17xb", "x") == "ax¦*x¦b")
    #expect(Self.text("a1b2", "1") == "a1¦b*")
    let separators = KeySeparators(Array("|:".utf8))
    #expect(separators.bytes == Array(":|".utf8))
    #expect(separators == KeySeparators(Array(":||".utf8)) && separators != .colon)
  }

  /// Words and the numbers in them.
  @Test(arguments: [
    ("user17", "user*"), ("feed2", "feed*"), ("17user", "*user"), ("row12col7", "row*col*"),
    ("user_17", "user_*"), ("user-17-x", "user-*-x"), ("-5", "-*"), ("x#12", "x#*"),
    ("v2", "v2"), ("V12", "V12"), ("v123", "v*"), ("api-v1", "api-v1"), ("v1.2", "v1.*"),
    ("v1beta", "v*beta"),
    ("sha256", "sha256"), ("SHA1", "SHA1"), ("i18n", "i18n"), ("utf8-names", "utf8-names"),
    ("sha257", "sha*"), ("OAuth2", "OAuth2"),
    ("ip2cityid", "ip2cityid"), ("text4search", "text4search"), ("id2name-17", "id2name-*"),
    ("ip3city", "ip*city"), ("ip22city", "ip*city"), ("x2city", "x*city"), ("ip2c", "*"),
    ("ip2City", "ip*City"), ("user2", "user*"),
    ("profile", "profile"), ("userProfileSettings", "userProfileSettings"),
    ("UserProfile2Settings", "UserProfile*Settings"), ("iPhone6sPlus", "iPhone*sPlus"),
    ("internationalization", "internationalization"), ("facade", "facade"), ("decade", "decade"),
    ("user-profile-settings", "user-profile-settings"),
    ("session_cache_2_entries", "session_cache_*_entries"),
    ("größe17", "größe*"), ("用户17", "用户*"), ("a b 1", "a b *"), ("%20", "%*"),
  ])
  func words(_ key: String, _ expected: String) {
    #expect(Self.text(key) == expected)
    #expect(Self.text("a:\(key):b") == "a:¦\(expected):¦b")
  }

  /// What is one `*` at every place of a key.
  @Test(arguments: [
    "0", "17", "007", "1700000000000", "2026-11-28", "2026.11.28", "2026_11_28", "2026-11",
    "1700000000000-0", "10.0.0.1", "192.168.100.200", "1.2.3", "3.14", "17_42",
    "123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-12D3-A456-426614174000",
    "deadbeef-dead-beef-dead-beefdeadbee1",
    "123e4567e89b12d3a456426614174000",
    "507f1f77bcf86cd799439011", "deadbeef1", "a1b2c3d4", "DEADBEEF01", "deadbeefdeadbeef",
    "9e107d9d372bb6826bd81d3542a419d6", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "0x52908400098527886E0F7030069857D2E4169EE7", "0x1f",
    "01ARZ3NDEKTSV4RRFFQ69G5FAV", "01arz3ndektsv4rrffq69g5fav", "01HXXXXXXXXXXXXXXXXXXXXXX1",
    "V1StGXR8_Z5jdHi6B-myT", "dQw4w9WgXcQ", "NffrFeUfNV2Hib", "9m4e2mr0ui3e8a215n4g",
    "0ujsswThIGTUYm2K8FjOOfXtY1K", "cjld2cjxh0000qzrmn831i7rn", "dGhpcyBpcyBhIHRlc3Q3NDE5OTI=",
    "4eC39HqLyjWDarjtT1zdp7dc", "a3f9", "9f3a", "AB12CD", "a1b2c3d",
    "jane.doe+x@mail.example.com", "a@b.co", "17@example.org",
    "2026-11-28T10:20:30Z", "2026-11-28T10:20", "2026-11-28 10:20:30.125+01:00",
    "2026-11-28T10:20:30-0500", "20261128T102030Z", "20261128T1020",
    "2001:db8::1", "2001:0db8:85a3:0000:0000:8a2e:0370:7334", "fe80::1ff:fe23:4567:890a",
    "2001:db8::a", "FD00::1", "00:1a:2b:3c:4d:5e", "00-1A-2B-3C-4D-5E",
  ])
  func identifiers(_ id: String) {
    #expect(Self.text(id) == "*")
    #expect(Self.text("a:\(id)") == "a:¦*")
    #expect(Self.text("a:\(id):x") == "a:¦*:¦x")
    #expect(Self.text("{\(id)}:x") == "{*}:¦x")
  }

  /// IDs beside words in one segment.
  @Test(arguments: [
    ("cus_NffrFeUfNV2Hib", "cus_*"), ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", "sk_live_*"),
    ("4f3aB9xKq2mN-profile", "*-profile"), ("jti-123e4567-e89b-12d3-a456-426614174000", "jti-*"),
    ("123e4567-e89b-12d3-a456-426614174000-x", "*-x"), ("log-2026-11-28.gz", "log-*.gz"),
    ("at=2026-11-28T10:20:30Z", "at=*"), ("mail/jane@example.com/inbox", "mail/*/inbox"),
    ("jane@home", "jane@home"), ("@jane", "@jane"), ("[2001:db8::1]", "[*]"),
    ("host10.example.com", "host*.example.com"),
  ])
  func identifiersBesideWords(_ key: String, _ expected: String) {
    #expect(Self.text(key) == expected)
    #expect(Self.text("a:\(key):b") == "a:¦\(expected):¦b")
  }

  /// What is almost an address or a moment.
  @Test(arguments: [
    ("cafe::babe", "cafe::¦babe"), ("1234::5", "*::¦*"),
    ("1:2:3:4:5:6:7:8", "*:¦*:¦*:¦*:¦*:¦*:¦*:¦*"),
    ("12:ab:x", "*:¦ab:¦x"), ("2026:11:28", "*:¦*:¦*"), ("2001:db8::1:profile", "*:¦profile"),
    ("aa:bb:cc:dd:ee:ff", "*"), ("2026-11-28T99", "*-*"), ("2026-11-28Tx", "*-*Tx"),
    ("2001:db8:x", "*:¦db*:¦x"),
    ("00:1a:2b:3c:4d:5e6", "*:¦*a:¦*b:¦*c:¦*d:¦*e*"),
  ])
  func near(_ key: String, _ expected: String) {
    #expect(Self.text(key) == expected)
  }

  @Test(
    arguments: [
      ([0x00, 0x01, 0x02], "*"),
      ([0xAC, 0xED, 0x00, 0x05, 0x74, 0x00, 0x07] + Array("user:17".utf8), "*user:¦*"),
      (
        Array("s:".utf8) + [0x80, 0x41, 0xFF, 0x37, 0x62, 0x03, 0x41] + Array(":x".utf8), "s:¦*:¦x"
      ),
      (Array("word".utf8) + [0x01], "word*"),
      ([0x7F] + Array("word".utf8), "*word"),
      ([0xC3], "*"), ([0xC0, 0x80], "*"), ([0xED, 0xA0, 0x80], "*"),
      ([0xF5, 0x80, 0x80, 0x80], "*"),
      ([0xE2, 0x82, 0xAC], "€"), (Array("naïve 😀".utf8), "naïve 😀"), (Array("a\tb".utf8), "*"),
    ] as [([UInt8], String)])
  func binary(_ key: [UInt8], _ expected: String) {
    #expect(Self.text(key) == expected)
  }

  /// Patterns are bounded, whatever the key is.
  @Test func longKeys() {
    let letters = String(repeating: "x", count: 300)
    #expect(Self.text(letters) == String(repeating: "x", count: 127) + "*")
    #expect(Self.text("a:" + letters + ":b") == "a:¦" + String(repeating: "x", count: 125) + "*")
    #expect(Self.text(String(repeating: "7", count: 100_000)) == "*")
    #expect(Self.text("a:" + String(repeating: "7", count: 511)) == "a:¦*")
    #expect(
      Self.text("a" + String(repeating: ":", count: 126)) == "a"
        + String(repeating: ":", count: 126))
    #expect(
      Self.text("a" + String(repeating: ":", count: 127)) == "a"
        + String(repeating: ":", count: 126) + "*")
    let number = String(repeating: "7", count: 509)
    #expect(Self.text("a:\(number):") == "a:¦*:")
    #expect(Self.text("a:\(number):b") == "a:¦*:¦*")
    #expect(Self.text("a:b:c:d:e:f:g:\(number):") == "a:¦b:¦c:¦d:¦e:¦f:¦g:¦*")
    // A character is not cut in two.
    #expect(
      Self.text("a" + String(repeating: "é", count: 99)) == "a" + String(repeating: "é", count: 63)
        + "*")
    #expect(Self.text(String(repeating: "é", count: 99)) == String(repeating: "é", count: 63) + "*")
    #expect(Self.text(String(repeating: "😀", count: 99)) == String(repeating: "😀", count: 31) + "*")
  }

  /// Whatever the bytes are: the segments are within the bounds, all but the last one end in separators, no
  /// two `*` stand together, and what has been folded folds no further.
  @Test func anyBytes() {
    var random = SeededRandom(seed: 17)
    let alphabets = [
      Array("0123456789abcdef:-".utf8), Array("aB3:_-.@{}".utf8), Array("2026-11T:Z0fe8.".utf8),
      (UInt8.min...UInt8.max).filter { $0 != UInt8(ascii: "*") }, Array("é😀:1\0".utf8),
    ]
    for round in 0..<3000 {
      let alphabet = alphabets[round % alphabets.count]
      let count = Int.random(in: 0...(round % 50 == 0 ? 600 : 60), using: &random)
      let key = (0..<count).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
      let segments = Self.segments(key)
      #expect(segments.count <= KeyPattern.mostSegments)
      #expect(segments.joined().count <= KeyPattern.mostBytes)
      #expect(segments.isEmpty == key.isEmpty)
      for (index, segment) in segments.enumerated() {
        #expect(!segment.isEmpty)
        #expect(index == segments.count - 1 || segment.last == UInt8(ascii: ":"))
        #expect(!String(decoding: segment, as: UTF8.self).contains("**"))
      }
      let digits = segments.joined().filter { (0x30...0x39).contains($0) }
      if round % alphabets.count == 0 { #expect(digits.isEmpty, "\(key)") }
    }
  }

  /// IDs of the usual generators, made at random, fold as a whole in most cases; a ``PrefixTree`` folds what
  /// is left of them.
  @Test func randomTokens() {
    var random = SeededRandom(seed: 5)
    let base62 = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    let base64 = base62 + Array("-_".utf8)
    let base36 = Array("0123456789abcdefghijklmnopqrstuvwxyz".utf8)
    for (alphabet, count, least) in [
      (base62, 22, 930), (base62, 32, 960), (base64, 21, 650), (base64, 43, 650), (base36, 25, 930),
    ] {
      let folded = (0..<1000).count { _ in
        let id = (0..<count).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
        return Self.text(Array("id:".utf8) + id) == "id:¦*"
      }
      #expect(folded >= least, "\(alphabet.count) \(count): \(folded)")
    }
  }
}
