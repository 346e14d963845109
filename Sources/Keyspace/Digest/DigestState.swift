internal import Crypto
internal import Persistence

/// A digest of 160 bits that grows as `DEBUG DIGEST` of a server lets it: parts whose order does not matter
/// are added by exclusive or, parts whose order matters are mixed in. Source: debug.c of Redis 7.0.
struct DigestState: Equatable, Sendable {
  private var words = InlineArray<20, UInt8>(repeating: 0)

  static func == (a: DigestState, b: DigestState) -> Bool {
    a.words.indices.allSatisfy { a.words[$0] == b.words[$0] }
  }

  /// The 20 bytes.
  var bytes: [UInt8] { words.indices.map { words[$0] } }

  /// Adds a part whose order among others does not matter.
  mutating func add(_ part: RawSpan) { xor(Self.hash(part)) }

  /// Adds a digest through its own hash, likewise: how a server adds what has a digest to a collection.
  mutating func addHash(of part: DigestState) { xor(Self.hash(unsafe part.words.span.bytes)) }

  /// Mixes in a part that stands behind those before it.
  mutating func mix(_ part: RawSpan) {
    add(part)
    let mixed = Self.hash(unsafe words.span.bytes)
    for (index, byte) in mixed.enumerated() { words[index] = byte }
  }

  mutating func add(_ bytes: [UInt8]) { add(unsafe bytes.span.bytes) }
  mutating func mix(_ bytes: [UInt8]) { mix(unsafe bytes.span.bytes) }

  /// Mixes in a number of 32 bits, highest byte first.
  mutating func mix(_ number: UInt32) {
    mix((0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * UInt32($0))) })
  }

  private mutating func xor(_ hash: Insecure.SHA1.Digest) {
    for (index, byte) in hash.enumerated() { words[index] ^= byte }
  }

  /// The SHA1 of some bytes.
  static func sha1(_ bytes: RawSpan) -> [UInt8] { Array(hash(bytes)) }

  private static func hash(_ part: RawSpan) -> Insecure.SHA1.Digest {
    unsafe part.withUnsafeBytes { bytes in
      var sha = Insecure.SHA1()
      unsafe sha.update(bufferPointer: bytes)
      return sha.finalize()
    }
  }
}

/// The digest of a dataset or of a value.
package struct DatasetDigest: Equatable, Sendable, CustomStringConvertible {
  /// 20 bytes.
  package let bytes: [UInt8]

  init(_ state: DigestState) { bytes = state.bytes }

  /// 40 hexadecimal digits, as `DEBUG DIGEST` prints them.
  package var description: String { Hexadecimal.text(bytes) }
}
