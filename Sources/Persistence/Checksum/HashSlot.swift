/// Which of the 16,384 cluster slots a key belongs to.
///
/// The slot is CRC16 modulo 16,384 of the key, or of its hash tag where it has one: the bytes
/// between the first `{` and the first `}` after it, unless there are none between them. The CRC is
/// XMODEM's: polynomial `1021`, not reflected, initial value 0; the check value of `123456789` is
/// `31C3` (Redis cluster specification, "Key distribution model").
package enum HashSlot {
  /// How many slots there are.
  package static let count = 16_384

  /// The slot of a key, in `0..<count`. Any bytes are a key, and so are none.
  package static func slot(of key: RawSpan) -> Int {
    Int(crc16(tag(of: key)) & UInt16(count - 1))
  }

  /// The bytes of `key` that decide its slot.
  @_lifetime(copy key)
  package static func tag(of key: RawSpan) -> RawSpan {
    guard let open = firstIndex(of: UInt8(ascii: "{"), in: key, from: 0),
      let close = firstIndex(of: UInt8(ascii: "}"), in: key, from: open + 1),
      close > open + 1
    else { return key }
    return key.extracting((open + 1)..<close)
  }

  /// CRC16/XMODEM, eight bytes a step.
  package static func crc16(_ bytes: RawSpan) -> UInt16 {
    let tables = slices.span
    var crc: UInt16 = 0
    var at = 0
    while bytes.byteCount &- at >= 8 {
      let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self)
      let rest = UInt64(bigEndian: word) ^ UInt64(crc) << 48
      let a = tables[7 << 8 | Int(rest >> 56)] ^ tables[6 << 8 | Int(rest >> 48 & 0xff)]
      let b = tables[5 << 8 | Int(rest >> 40 & 0xff)] ^ tables[4 << 8 | Int(rest >> 32 & 0xff)]
      let c = tables[3 << 8 | Int(rest >> 24 & 0xff)] ^ tables[2 << 8 | Int(rest >> 16 & 0xff)]
      let d = tables[1 << 8 | Int(rest >> 8 & 0xff)] ^ tables[Int(rest & 0xff)]
      crc = a ^ b ^ c ^ d
      at &+= 8
    }
    while at < bytes.byteCount {
      let byte = unsafe bytes.unsafeLoad(fromByteOffset: at, as: UInt8.self)
      crc = tables[Int(UInt8(truncatingIfNeeded: crc >> 8) ^ byte)] ^ crc << 8
      at &+= 1
    }
    return crc
  }

  /// Entry `256 × k + b` is the CRC of byte b followed by k zero bytes, k in 0...7.
  private static let slices: [UInt16] = {
    var slices = [UInt16](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var crc = UInt16(byte) << 8
      for _ in 0..<8 { crc = crc << 1 ^ (crc & 0x8000 == 0 ? 0 : 0x1021) }
      slices[byte] = crc
    }
    for entry in 256..<slices.count {
      let crc = slices[entry - 256]
      slices[entry] = slices[Int(crc >> 8)] ^ crc << 8
    }
    return slices
  }()

  private static func firstIndex(of byte: UInt8, in bytes: RawSpan, from start: Int) -> Int? {
    var at = start
    while at < bytes.byteCount {
      if unsafe bytes.unsafeLoad(fromByteOffset: at, as: UInt8.self) == byte { return at }
      at &+= 1
    }
    return nil
  }
}
