/// Hashes of elements and of keys.
enum ElementHash {
  /// The hash of a text, the same as that of the number when it is the canonical text of one.
  @inline(__always)
  static func hash(_ text: RawSpan) -> UInt64 {
    if let integer = NumberText.canonicalInteger(text) {
      return ByteHash.hash(integer, seed: ByteHash.seed)
    }
    return ByteHash.hash(text, seed: ByteHash.seed)
  }

  /// The hash of an entry of a compact encoding.
  @inline(__always)
  static func hash(_ element: Element, in blob: RawSpan) -> UInt64 {
    element.isInteger
      ? ByteHash.hash(element.integer, seed: ByteHash.seed)
      : hash(blob.extracting(element.offset..<(element.offset &+ element.count)))
  }
}

/// The hash by which keys are searched for duplicates, over (database, key).
///
/// The database is mixed in by bijections, so that the database can be computed back from the hash and
/// the key, and two equal keys of different databases can never have the same hash.
package enum KeyHash {
  private static let multiplier: UInt64 = 0x9e37_79b9_7f4a_7c15
  private static let inverse: UInt64 = {
    // Newton's iteration doubles the correct low bits each time, from 3 to 96.
    var x = multiplier
    for _ in 0..<5 { x = x &* (2 &- multiplier &* x) }
    return x
  }()

  @inline(__always)
  package static func hash(_ key: RawSpan, database: UInt64) -> UInt64 {
    let x = (ByteHash.hash(key, seed: ByteHash.seed) ^ database) &* multiplier
    return x ^ (x >> 32)
  }

  /// The database of a key whose hash is known.
  package static func database(ofHash hash: UInt64, key: RawSpan) -> UInt64 {
    let x = (hash ^ (hash >> 32)) &* inverse
    return x ^ ByteHash.hash(key, seed: ByteHash.seed)
  }
}
