import Persistence
import TestSupport
import Testing

/// What is left of damaged values in compact encodings.
@Suite struct CompactRemainsTests {
  // MARK: Listpacks

  /// Five entries of three bytes, the first one at 6.
  static let five = Encode.listpack(letters(5))

  @Test(arguments: [
    (6, 0xF7, "bcde"), (8, 9, "bcde"), (12, 0xF7, "abde"), (14, 0, "abde"), (18, 0xF7, "abcd"),
    (20, 0, "abcd"),
    // The header and the terminator are claims.
    (0, 9, "abcde"), (3, 1, "abcde"), (4, 9, "abcde"), (5, 1, "abcde"), (21, 0, "abcde"),
    (21, 0x81, "abcde"),
  ])
  func setOfFive(offset: Int, byte: UInt8, expected: String) throws {
    let left = try remains(20, Encode.string(Self.five.hit(at: offset, byte)))
    #expect(texts(left) == letters(expected))
    #expect(left?.elements == UInt64(expected.count))
    #expect(left?.entry.key == "k")
    #expect(left?.entry.database == 3)
  }

  @Test func claimedElements() throws {
    #expect(try remains(20, Encode.string(Self.five.hit(at: 12, 0xF7)))?.claimed == 5)
    // 300 entries do not fit in 22 bytes, and 2 are fewer than are there.
    #expect(try remains(20, Encode.string(Self.five.hit(at: 5, 1)))?.claimed == nil)
    #expect(try remains(20, Encode.string(Self.five.hit(at: 4, 2)))?.claimed == nil)
    let pairs = Encode.listpack(letters(8))
    #expect(try remains(16, Encode.string(pairs.hit(at: 12, 0xF7)))?.claimed == 4)
  }

  @Test func zerosAreNoEntries() throws {
    let zeros = [UInt8](repeating: 0, count: 16) + Encode.listpack(letters(10)).dropFirst(16)
    #expect(texts(try remains(20, Encode.string(zeros))) == letters("efghij"))
    #expect(texts(try remains(20, Encode.string([UInt8](repeating: 0, count: 40)))) == nil)
  }

  @Test func cutListpack() throws {
    let value = Encode.string(Self.five)
    for kept in 0..<value.count {
      let expected = max(0, kept - 1 - 6) / 3
      let left = texts(try remains(20, Array(value[..<kept])))
      #expect(left == (expected == 0 ? nil : letters("abcde").dropLast(5 - expected)), "\(kept)")
    }
  }

  /// The length of the string is wrong, but the listpack has its own; the record that follows is no part.
  @Test(arguments: [UInt8(0), 5, 21, 23, 40, 60])
  func wrongLength(_ length: UInt8) throws {
    let value = Encode.string(Self.five).hit(at: 0, length)
    let after = hex("00 03 6B 65 79 05 76 61 6C 75 65 00 04 6B 65 79 32 02 FF FF 00 00 00 00 00")
    #expect(texts(try remains(20, value, after: after)) == letters("abcde"))
  }

  @Test func longEntries() throws {
    // Sizes whose backlen takes two and three bytes.
    let entries: [CompactEntry] = [
      .text([UInt8](repeating: 1, count: 200)), 5000, .text([UInt8](repeating: 2, count: 17000)),
      .text([UInt8](repeating: 3, count: 130)), -70000,
    ]
    let blob = Encode.listpack(entries)
    let left = try remains(20, Encode.string(blob.hit(at: 6, 0xFD)))
    #expect(left?.elements == 4)
    guard case .set(let members)? = left?.entry.value else {
      Issue.record("no set")
      return
    }
    #expect(members.map(\.count) == [4, 17000, 130, 6])
  }

  /// Whichever byte is hit, and by whatever: all entries but two come back.
  @Test func oneDamagedByte() throws {
    let entries: [CompactEntry] = (0..<20).map {
      $0 % 3 == 0 ? .integer(Int64($0 * 977)) : .text(Array("member:\($0)".utf8))
    }
    let names = Set(entries.map { ListName($0).text })
    let blob = Encode.listpack(entries)
    for offset in blob.indices {
      for byte in [UInt8(0), 0x01, 0x7F, 0x81, 0x85, 0xBF, 0xC1, 0xE1, 0xF0, 0xF1, 0xF4, 0xFF] {
        let value = Encode.string(blob.hit(at: offset, byte))
        let set = try #require(texts(try remains(20, value)))
        #expect(names.intersection(set).count >= 18, "\(byte) at \(offset)")
        #expect(set.count <= 20)
        // As a hash, the same entries are ten pairs.
        let hash = try #require(texts(try remains(16, value)))
        let pairs = stride(from: 0, to: 20, by: 2).map {
          "\(ListName(entries[$0]).text)=\(ListName(entries[$0 + 1]).text)"
        }
        #expect(Set(pairs).intersection(hash).count >= 8, "\(byte) at \(offset)")
      }
    }
  }

  private struct ListName {
    var text: String
    init(_ entry: CompactEntry) {
      switch entry {
      case .integer(let value): text = "\(value)"
      case .text(let bytes): text = String(decoding: bytes, as: UTF8.self)
      }
    }
  }

  // MARK: Pairs

  @Test func pairsStayPairs() throws {
    let blob = Encode.listpack(["a", 1, "b", 2, "c", 3, "d", 4])
    // a at 6, 1 at 9, b at 11, 2 at 14, c at 16, 3 at 19, d at 21, 4 at 24
    #expect(texts(try remains(16, Encode.string(blob.hit(at: 11, 0xF7)))) == ["a=1", "c=3", "d=4"])
    #expect(texts(try remains(16, Encode.string(blob.hit(at: 14, 0xF7)))) == ["a=1", "c=3", "d=4"])
    #expect(
      texts(try remains(17, Encode.string(blob.hit(at: 9, 0xF7)))) == ["b=2.0", "c=3.0", "d=4.0"])
    #expect(texts(try remains(16, Encode.string(blob.hit(at: 24, 0xF7)))) == ["a=1", "b=2", "c=3"])
  }

  @Test func threesStayThrees() throws {
    let blob = Encode.listpack(["a", 1, 1000, "b", 2, 2000, "c", 3, 0])
    let value = Encode.string(blob)
    #expect(texts(try remains(25, hex("E8 03 00×6") + value)) == ["a=1@1000", "b=2@2000", "c=3"])
    // b at 14, 2 at 17, 2000 at 19
    for offset in [14, 17, 19] {
      let hit = Encode.string(blob.hit(at: offset, 0xF7))
      #expect(texts(try remains(25, hex("FF×8") + hit)) == ["a=1@1000", "c=3"])
      #expect(texts(try remains(23, hit)) == ["a=1@1000", "c=3"])
    }
    let never = Encode.listpack(["a", 1, "x", "b", 2, -5, "c", 3, .integer(1 << 48), "d", 4, 7])
    #expect(texts(try remains(25, hex("00×8") + Encode.string(never))) == ["d=4@7"])
  }

  /// Nobody knows where the pairs begin.
  @Test func anOddNumberOfEntries() throws {
    #expect(texts(try remains(16, Encode.string(Encode.listpack(letters(5))))) == nil)
  }

  @Test func scoresThatAreNone() throws {
    let blob = Encode.listpack(["a", "1.5", "b", "nan", "c", "x", "d", "-inf", "e", ""])
    #expect(texts(try remains(17, Encode.string(blob))) == ["a=1.5", "d=-inf"])
  }

  @Test func theFirstOfEqualNamesIsKept() throws {
    let blob = Encode.listpack(["a", 1, "b", 2, "a", 3])
    #expect(texts(try remains(16, Encode.string(blob))) == ["a=1", "b=2"])
    #expect(texts(try remains(17, Encode.string(blob))) == ["a=1.0", "b=2.0"])
    #expect(texts(try remains(20, Encode.string(Encode.listpack([5, "5", 6])))) == ["5", "6"])
  }

  // MARK: LZF

  /// Literal runs of 16 bytes; the token at `bad` reaches before the start.
  private static func packed(_ blob: [UInt8], bad: Int? = nil) -> [UInt8] {
    var payload: [UInt8] = []
    for (index, start) in stride(from: 0, to: blob.count, by: 16).enumerated() {
      let part = blob[start..<min(start + 16, blob.count)]
      payload += index == bad ? [0x3F, 0xFF] : [UInt8(part.count - 1)] + part
    }
    return [0xC3] + Encode.length(UInt64(payload.count)) + Encode.length(UInt64(blob.count))
      + payload
  }

  @Test func damagedLZF() throws {
    let blob = Encode.listpack(letters(20))
    #expect(texts(try remains(20, Self.packed(blob)))?.count == 20)
    // 16 and 32 bytes are left: 3 and 8 entries behind the header.
    #expect(texts(try remains(20, Self.packed(blob, bad: 1))) == letters("abc"))
    #expect(texts(try remains(20, Self.packed(blob, bad: 2))) == letters("abcdefgh"))
    #expect(texts(try remains(20, Self.packed(blob, bad: 0))) == nil)
    // The stated length is of no account, and neither is an end that is missing.
    #expect(texts(try remains(20, Self.packed(blob).hit(at: 3, 0x44)))?.count == 20)
    #expect(
      texts(try remains(20, Array(Self.packed(blob).prefix(5 + 17 + 17)))) == letters("abcdefgh"))
  }

  @Test func prefixOfALongStream() {
    // A literal and 2000 matches of 264 bytes, then one that is cut.
    let input = hex("00 61") + (0..<2000).flatMap { _ in hex("E0 FF 00") } + hex("E0")
    let output = LZF.prefix(input.raw)
    #expect(output == [UInt8](repeating: 0x61, count: 1 + 2000 * 264))
    let nothing = LZF.prefix([UInt8]().raw)
    #expect(nothing == [])
  }

  // MARK: Ziplists

  /// Five entries of three bytes, the first one at 10: its prevlen, its length, its letter.
  private static let ziplist = Encode.ziplist("abcde".utf8.map { [1, $0] })

  @Test(arguments: [
    (11, 0xFF, "bcde"), (11, 4, "bcde"), (17, 4, "abde"), (17, 0xFF, "abde"), (23, 5, "abcd"),
    // A wrong prevlen, between two entries that are sound.
    (16, 9, "abcde"), (13, 0, "abcde"),
    (0, 1, "abcde"), (4, 1, "abcde"), (8, 9, "abcde"), (25, 0, "abcde"),
  ])
  func ziplistOfFive(offset: Int, byte: UInt8, expected: String) throws {
    let left = try remains(
      10, Encode.string(Self.ziplist.hit(at: offset, byte)), header: "REDIS0006")
    #expect(texts(left) == letters(expected))
  }

  /// Without the offset of the last entry, there is no way from the end.
  @Test func ziplistWithoutTail() throws {
    let blob = Self.ziplist.hit(at: 17, 0xFF).hit(at: 4, 0, 0, 0, 0)
    #expect(texts(try remains(10, Encode.string(blob), header: "REDIS0006")) == letters("ab"))
  }

  @Test func ziplistPairs() throws {
    let blob = Encode.ziplist([[1, 0x61], [0xF2], [1, 0x62], [0xF3], [1, 0x63], [0xF4]])
    // a at 10, 1 at 13, b at 15, 2 at 18
    let hit = Encode.string(blob.hit(at: 16, 0xFF))
    #expect(texts(try remains(13, hit, header: "REDIS0006")) == ["a=1", "c=3"])
    #expect(texts(try remains(12, hit, header: "REDIS0006")) == ["a=1.0", "c=3.0"])
  }

  // MARK: Intsets

  private static let intset = Encode.intset(width: 2, [1, 5, 9, 13, 17])

  @Test func damagedMembers() throws {
    func left(_ blob: [UInt8]) throws -> [String]? { texts(try remains(11, Encode.string(blob))) }
    #expect(try left(Self.intset.hit(at: 13, 0x20)) == ["1", "5", "13", "17"])
    #expect(try left(Self.intset.hit(at: 13, 0x80)) == ["1", "5", "13", "17"])
    #expect(try left(Self.intset.hit(at: 9, 0x20)) == ["5", "9", "13", "17"])
    #expect(try left(Self.intset.hit(at: 17, 0x80)) == ["1", "5", "9", "13"])
    // Zeros in place of the third and fourth; of the second to the fourth, so that either the first is
    // too large or what follows too small.
    #expect(try left(Self.intset.hit(at: 12, 0, 0, 0, 0)) == ["1", "5", "17"])
    #expect(try left(Self.intset.hit(at: 10, 0, 0, 0, 0, 0, 0)) == ["17"])
  }

  @Test func damagedHeaderOfAnIntset() throws {
    let all = ["1", "5", "9", "13", "17"]
    for (offset, byte) in [(0, UInt8(0)), (0, 4), (0, 8), (3, 7), (4, 4), (4, 200), (7, 1)] {
      let blob = Self.intset.hit(at: offset, byte)
      #expect(texts(try remains(11, Encode.string(blob))) == all, "\(byte) at \(offset)")
    }
    let wide = Encode.intset(width: 8, [-1 << 40, 7, 1 << 40])
    #expect(texts(try remains(11, Encode.string(wide.hit(at: 0, 2))))?.count == 3)
    #expect(try remains(11, Encode.string(Self.intset))?.claimed == 5)
  }

  @Test func cutIntset() throws {
    let value = Encode.string(Self.intset)
    #expect(texts(try remains(11, value.dropLast(3))) == ["1", "5", "9"])
    #expect(texts(try remains(11, value.dropLast(9))) == nil)
    // A length that is too large takes in what follows.
    #expect(texts(try remains(11, value.hit(at: 0, 40), after: hex("20 21 00×40")))?.count == 5)
  }

  @Test func ascendingRuns() {
    #expect(AscendingRuns.indices(of: [Int]()) == [])
    #expect(AscendingRuns.indices(of: [4]) == [0])
    #expect(AscendingRuns.indices(of: [1, 2, 3]) == [0, 1, 2])
    #expect(AscendingRuns.indices(of: [1, 9, 3, 4]) == [0, 2, 3])
    #expect(AscendingRuns.indices(of: [1, 4, 0, 6]) == [0, 1, 3])
    // Either of the two may be the wrong one.
    #expect(AscendingRuns.indices(of: [1, 5, 4, 6]) == [0, 3])
    #expect(AscendingRuns.indices(of: [1, 1]) == [])
    #expect(AscendingRuns.indices(of: [1, 2, 0, 0, 0, 9, 10]) == [0, 1, 5, 6])
    #expect(AscendingRuns.indices(of: [1, 2, 0, 5], isCut: true) == [0, 1])
  }

  // MARK: Zipmaps

  @Test func zipmaps() throws {
    func left(_ text: String) throws -> [String]? {
      texts(try remains(9, hex(text), header: "REDIS0003"))
    }
    #expect(try left("0E 02 01 61 01 00 31 01 62 01 01 32 00 FF") == ["a=1", "b=2"])
    // A field that runs over the end; a count that is wrong; a cut.
    #expect(try left("0E 02 01 61 01 00 31 31 62 01 01 32 00 FF") == ["a=1"])
    #expect(try left("0E 09 01 61 01 00 31 01 62 01 01 32 00 FF") == ["a=1", "b=2"])
    #expect(try left("0E 02 01 61 01 00 31 01 62 01 01") == ["a=1"])
    #expect(try left("0E 02 01 61 01 00 31 01 61 01 01 32 00 FF") == ["a=1"])
    #expect(try left("0E 02 31") == nil)
  }

  // MARK: Nothing

  @Test func noEntry() throws {
    #expect(texts(try remains(0, hex("01 61"))) == nil)
    #expect(texts(try remains(7, hex("81 00×8 00"))) == nil)
    #expect(texts(try remains(20, [])) == nil)
    #expect(texts(try remains(20, hex("C9"))) == nil)
    #expect(texts(try remains(20, hex("C0 05"))) == nil)
    #expect(texts(try remains(20, Encode.string(Encode.listpack([])))) == nil)
    let dialect = try #require(RDBDialect(magic: .redis, version: 12))
    for bytes in ["", "14", "14 05 61", "FE 00", "64 01 6B 00", "14 C3 02 09 FF FF 00"] {
      #expect(texts(remains(hex(bytes), dialect)) == nil)
    }
  }

  @Test func attributes() throws {
    let dialect = try #require(RDBDialect(magic: .redis, version: 12))
    let record =
      hex("FC 00 D8 C3 2C BB 03 00 00 F8 07 14 01 6B") + Encode.string(Self.five.hit(at: 12, 0xF7))
    let left = try #require(remains(record, dialect))
    #expect(left.entry.expiresAt == 4_102_444_800_000)
    #expect(left.entry.idle == 7)
    #expect(left.entry.frequency == nil)
    #expect(left.entry.type == .set)
  }
}
