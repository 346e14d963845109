internal import Crypto
internal import Persistence
internal import SystemPackage

/// How many bytes a file has, and their SHA-256.
struct FileHash: Equatable, Sendable {
  var bytes: UInt64
  /// 64 hexadecimal digits.
  var sha256: String

  private static let pieceSize = 1 << 20

  /// Reads the first bytes of a file.
  ///
  /// - `count`: how many; nil for all.
  /// - `undoing`: what bytes are to be combined with, by exclusive or, before they count.
  /// - `extra`: bytes that count behind those of the file.
  static func read(
    _ content: any RandomAccess, count: UInt64? = nil, undoing turned: [UInt64: UInt8] = [:],
    extra: RawSpan = RawSpan()
  ) throws(SourceError) -> FileHash {
    var hash = RunningHash()
    var offset: UInt64 = 0
    while true {
      let wanted = count.map { min(UInt64(pieceSize), $0 - offset) } ?? UInt64(pieceSize)
      guard wanted > 0 else { break }
      var piece = try content.bytes(at: offset, count: Int(wanted))
      guard !piece.isEmpty else { break }
      for (place, mask) in turned where place >= offset && place - offset < UInt64(piece.count) {
        piece[Int(place - offset)] ^= mask
      }
      hash.add(unsafe piece.span.bytes)
      offset += UInt64(piece.count)
    }
    hash.add(extra)
    return hash.finish()
  }
}

/// The hash of bytes that come one after another.
struct RunningHash {
  private var hash = SHA256()
  private(set) var bytes: UInt64 = 0

  mutating func add(_ piece: RawSpan) {
    unsafe piece.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
    bytes += UInt64(piece.byteCount)
  }

  func finish() -> FileHash {
    FileHash(bytes: bytes, sha256: Hexadecimal.text(hash.finalize()))
  }
}
