/// Multiplies by one polynomial modulo P, again and again: eight look-ups each, after some two
/// microseconds for the tables.
struct PolynomialMultiplier {
  /// Entry `256 × k + b` is the product for byte b of the other factor, which stands k bytes up.
  private let products: [UInt64]

  init(by factor: UInt64) {
    var products = [UInt64](repeating: 0, count: 8 * 256)
    // The topmost bit is the polynomial 1, and each bit below it one power of x more.
    var product = factor
    for bit in stride(from: 63, through: 0, by: -1) {
      let base = bit / 8 * 256
      products[base | 1 << (bit & 7)] = product
      product = CRC64.Polynomial.timesX(product)
    }
    for base in stride(from: 0, to: products.count, by: 256) {
      for byte in 1..<256 {
        let rest = byte & (byte - 1)
        if rest != 0 {
          products[base | byte] = products[base | rest] ^ products[base | byte ^ rest]
        }
      }
    }
    self.products = products
  }

  /// The product with `a`.
  @inline(__always)
  func times(_ a: UInt64) -> UInt64 {
    let table = products.span
    let low =
      table[Int(a & 0xff)] ^ table[1 << 8 | Int(a >> 8 & 0xff)]
      ^ table[2 << 8 | Int(a >> 16 & 0xff)] ^ table[3 << 8 | Int(a >> 24 & 0xff)]
    let high =
      table[4 << 8 | Int(a >> 32 & 0xff)] ^ table[5 << 8 | Int(a >> 40 & 0xff)]
      ^ table[6 << 8 | Int(a >> 48 & 0xff)] ^ table[7 << 8 | Int(a >> 56)]
    return low ^ high
  }
}
