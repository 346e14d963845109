/// Eight bytes of JSON text at once, the first in the lowest bits.
enum JSONWord {
  private static var ones: UInt64 { 0x0101_0101_0101_0101 }
  private static var sevens: UInt64 { 0x8080_8080_8080_8080 }

  /// A bit 7 for every byte that cannot stand in a string as it is: quotation mark, backslash, control
  /// characters, and what is not ASCII. Right up to the lowest of them.
  @inline(__always)
  static func specials(_ word: UInt64) -> UInt64 {
    let control = (word &- 0x2020_2020_2020_2020) & ~word & sevens
    let quote = zeros(word ^ 0x2222_2222_2222_2222)
    let backslash = zeros(word ^ 0x5C5C_5C5C_5C5C_5C5C)
    return control | quote | backslash | (word & sevens)
  }

  /// A bit 7 for every byte that is zero, right up to the lowest of them.
  @inline(__always)
  static func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & sevens }
}
