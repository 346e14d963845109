/// What keys of one kind have in common.
package enum KeyPrefix {
  /// The bytes of a key that are its prefix.
  ///
  /// A segment ends in one of the separators `:`, `/`, `|` and `.`. The prefix reaches to the end of the
  /// last separator before the first digit: `user:` of `user:1234:profile`. Where no separator stands
  /// there, it reaches to the digit: `user` of `user12:profile`, nothing of `1234`. Of a key without
  /// digits it is all up to the end of the last separator, `cache:page:` of `cache:page:home`, and the
  /// whole key when there is none.
  package static func length(_ key: RawSpan) -> Int {
    var behindSeparator = 0
    for offset in 0..<key.byteCount {
      let byte = key.byte(at: offset)
      // `.`, `/`, the digits and `:` follow one another.
      guard byte &- UInt8(ascii: ".") <= 12 || byte == UInt8(ascii: "|") else { continue }
      if byte &- UInt8(ascii: "0") <= 9 { return behindSeparator > 0 ? behindSeparator : offset }
      behindSeparator = offset &+ 1
    }
    return behindSeparator > 0 ? behindSeparator : key.byteCount
  }
}
