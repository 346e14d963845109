/// Bytes as the format notes write them.
///
/// Words are pairs of hexadecimal digits (`FE 00`, `F5AA59`), a byte and a count (`FF×8`), or text in
/// quotation marks without blanks (`"k2"`, where `\n` is a line feed and `~` a blank). `|` and `·` mean
/// nothing. Traps on anything else.
package func hex(_ text: String) -> [UInt8] {
  var bytes: [UInt8] = []
  for word in text.split(whereSeparator: \.isWhitespace) where word != "|" && word != "·" {
    if word.hasPrefix("\"") {
      precondition(word.count >= 2 && word.hasSuffix("\""), "a quotation mark is missing: \(word)")
      let inner = word.dropFirst().dropLast()
      bytes += inner.utf8.map { $0 == UInt8(ascii: "~") ? UInt8(ascii: " ") : $0 }
    } else {
      let parts = word.split(separator: "×", omittingEmptySubsequences: false)
      let count = parts.count == 2 ? Int(parts[1]) : 1
      let digits = Array(parts[0].utf8)
      guard let count, digits.count.isMultiple(of: 2) else { preconditionFailure("\(word)") }
      var piece: [UInt8] = []
      for index in stride(from: 0, to: digits.count, by: 2) {
        guard
          let byte = UInt8(String(decoding: digits[index..<(index + 2)], as: UTF8.self), radix: 16)
        else { preconditionFailure("no hexadecimal digits: \(word)") }
        piece.append(byte)
      }
      for _ in 0..<count { bytes += piece }
    }
  }
  return bytes
}
