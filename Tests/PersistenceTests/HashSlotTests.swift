import Persistence
import TestSupport
import Testing

@Suite struct HashSlotTests {
  @Test func checkValue() {
    let bytes = Array("123456789".utf8)
    #expect(HashSlot.crc16(bytes.raw) == 0x31C3)
    #expect(HashSlot.crc16([UInt8]().raw) == 0)
  }

  /// What `CLUSTER KEYSLOT` answers.
  @Test(arguments: [
    ("foo", 12182), ("bar", 5061), ("hello", 866), ("", 0), ("123456789", 0x31C3 % 16384),
  ])
  func knownSlot(key: String, slot: Int) {
    let bytes = Array(key.utf8)
    #expect(HashSlot.slot(of: bytes.raw) == slot)
  }

  /// The examples of the Redis cluster specification, and the edges of the rule.
  @Test(arguments: [
    ("{user1000}.following", "user1000"), ("{user1000}.followers", "user1000"),
    ("foo{}{bar}", "foo{}{bar}"), ("foo{{bar}}zap", "{bar"), ("foo{bar}{zap}", "bar"),
    ("foo", "foo"), ("foo{bar", "foo{bar"), ("foo}bar{", "foo}bar{"), ("}{a}", "a"), ("{}", "{}"),
    ("{", "{"), ("{x}", "x"),
  ])
  func hashTag(key: String, tag: String) {
    let bytes = Array(key.utf8)
    let expected = Array(tag.utf8)
    let found = HashSlot.tag(of: bytes.raw)
    #expect(unsafe found.withUnsafeBytes { unsafe Array($0) } == expected)
    #expect(
      HashSlot.slot(of: bytes.raw)
        == Int(HashSlot.crc16(expected.raw)) % HashSlot.count)
  }

  @Test func eightBytesAStepAgreesWithTheDefinition() {
    var random = SplitMix64(seed: 16)
    for length in 0...80 {
      let bytes = random.bytes(length)
      var crc: UInt16 = 0
      for byte in bytes {
        crc ^= UInt16(byte) << 8
        for _ in 0..<8 { crc = crc << 1 ^ (crc & 0x8000 == 0 ? 0 : 0x1021) }
      }
      #expect(HashSlot.crc16(bytes.raw) == crc)
    }
  }
}
