import Persistence
import TestSupport
import Testing

@Suite struct EditableListpackTests {
  private static func add(_ texts: [[UInt8]], to listpack: inout EditableListpack) {
    for text in texts { listpack.append(text.raw) }
  }

  /// The entries as a client sees them, walked forth; and walked back.
  private static func entries(_ listpack: EditableListpack) -> [[UInt8]] {
    var entries: [[UInt8]] = []
    var offset = EditableListpack.start
    while offset < listpack.end {
      let (element, next) = listpack.elementAndNext(at: offset)
      entries.append(element.bytes(in: listpack.bytes.raw).bytes)
      offset = next
    }
    return entries
  }

  private static func backwards(_ listpack: EditableListpack) -> [[UInt8]] {
    var entries: [[UInt8]] = []
    var offset = listpack.end
    while let before = listpack.previous(before: offset) {
      entries.append(listpack.element(at: before).bytes(in: listpack.bytes.raw).bytes)
      offset = before
    }
    return entries.reversed()
  }

  /// The bytes that Redis 7.0 has for RPUSH of these: FORMATS, A.8.1, checked with DUMP.
  @Test func knownBytes() {
    var listpack = EditableListpack()
    #expect(listpack.bytes == [7, 0, 0, 0, 0, 0, 0xFF])
    Self.add(
      [Array("a".utf8), Array("1".utf8), Array("-1".utf8), Array("1000".utf8)], to: &listpack)
    #expect(
      listpack.bytes == [
        0x12, 0, 0, 0, 4, 0, 0x81, 0x61, 2, 1, 1, 0xDF, 0xFF, 2, 0xC3, 0xE8, 2, 0xFF,
      ])
  }

  /// Every form of entry, on both sides of every limit, is the one that the builder makes.
  @Test func everyFormIsThatOfTheBuilder() throws {
    var texts: [[UInt8]] = [
      [], Array("-0".utf8), Array("01".utf8), Array("9223372036854775808".utf8),
    ]
    for limit in [
      0, 127, 4095, -4096, 32_767, -32_768, 8_388_607, -8_388_608, 2_147_483_647,
      -2_147_483_648, Int.max, Int.min,
    ] {
      for number in [limit, limit &+ 1, limit &- 1] { texts.append(Array("\(number)".utf8)) }
    }
    for count in [1, 63, 64, 126, 127, 128, 4095, 4096, 16_381, 16_382, 16_383, 16_384] {
      texts.append([UInt8](repeating: 0x78, count: count))
    }
    var builder = ListpackBuilder()
    var listpack = EditableListpack()
    for text in texts {
      builder.append(text.raw)
      listpack.append(text.raw)
    }
    builder.finish()
    #expect(ByteString(builder.blob.bytes).bytes == listpack.bytes)
    #expect(Self.backwards(listpack) == Self.entries(listpack))
    for text in texts { #expect(listpack.find(text.raw) != nil) }
    #expect(listpack.find([1, 2, 3].raw) == nil)
  }

  /// Random changes, compared with an array, and checked by the strict walk.
  @Test(arguments: 1...20)
  func behavesAsAnArray(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var listpack = EditableListpack()
    var model: [[UInt8]] = []
    for _ in 0..<400 {
      let text: [UInt8] =
        switch Int.random(in: 0...4, using: &random) {
        case 0: Array("\(Int.random(in: -200_000...200_000, using: &random))".utf8)
        case 1: random.bytes(Int.random(in: 0...300, using: &random))
        case 2: Array("\(Int.random(in: .min ... .max, using: &random))".utf8)
        default: Array("entry \(Int.random(in: 0...20, using: &random))".utf8)
        }
      let place = Int.random(in: 0...model.count, using: &random)
      let offset = listpack.offset(of: place) ?? listpack.end
      switch Int.random(in: 0...6, using: &random) {
      case 0...3:
        listpack.insert(text.raw, at: offset)
        model.insert(text, at: place)
      case 4 where place < model.count:
        listpack.replace(at: offset, with: text.raw)
        model[place] = text
      case 5 where place < model.count:
        let count = Int.random(in: 1...min(5, model.count - place), using: &random)
        listpack.remove(at: offset, entries: count)
        model.removeSubrange(place..<(place + count))
      case 6 where Int.random(in: 0...20, using: &random) == 0:
        listpack.truncate(at: offset)
        model.removeSubrange(place...)
      default: break
      }
      #expect(listpack.count == model.count)
    }
    #expect(Self.entries(listpack) == model)
    #expect(Self.backwards(listpack) == model)
    var cursor = try ListpackCursor(listpack.bytes.raw)
    var walked = 0
    while try cursor.next() != nil { walked += 1 }
    #expect(walked == model.count)
    for text in Set(model) {
      #expect(listpack.find(text.raw) == listpack.offset(of: model.firstIndex(of: text) ?? -1))
    }
  }

  @Test func countsBeyondTheHeader() throws {
    var listpack = EditableListpack()
    for number in 0..<70_000 { listpack.append(Int64(number)) }
    #expect(listpack.count == 70_000)
    listpack.remove(at: EditableListpack.start, entries: 10_000)
    #expect(listpack.count == 60_000)
    var cursor = try ListpackCursor(listpack.bytes.raw)
    while try cursor.next() != nil {}
  }
}
