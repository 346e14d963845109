internal import Persistence

/// What the output of a salvage consists of: stretches of the input, in its order, and what stands in
/// place of some of their bytes.
struct SalvagePlan {
  /// Bytes of the input, whole records, that are replaced.
  struct Patch {
    var range: Range<UInt64>
    var bytes: [UInt8]
  }

  var dialect: RDBDialect
  /// Whole records, without the header, the EOF opcode and the checksum.
  private(set) var kept: [Range<UInt64>] = []
  /// Inside stretches that are kept, in their order.
  var patches: [Patch] = []
  /// Whether the file ends in a checksum of zero, which says that there is none.
  var hasNoChecksum = false

  init(_ dialect: RDBDialect) { self.dialect = dialect }

  mutating func keep(_ range: Range<UInt64>) {
    if !range.isEmpty { kept.append(range) }
  }

  /// Takes bytes out of the stretches that are kept.
  mutating func drop(_ range: Range<UInt64>) {
    kept = kept.flatMap { stretch in
      guard stretch.overlaps(range) else { return [stretch] }
      return [
        stretch.lowerBound..<max(stretch.lowerBound, range.lowerBound),
        min(stretch.upperBound, range.upperBound)..<stretch.upperBound,
      ].filter { !$0.isEmpty }
    }
    patches.removeAll { range.overlaps($0.range) }
  }

  /// Bytes read at once.
  private static let pieceSize = 1 << 20

  /// Writes the file: header, records, EOF opcode, checksum.
  func write(
    from content: any RandomAccess, _ put: (RawSpan) throws(SalvageError) -> Void
  ) throws(SalvageError) {
    var checksum: UInt64 = 0
    func add(_ bytes: RawSpan) throws(SalvageError) {
      checksum = CRC64.update(checksum, bytes)
      try put(bytes)
    }
    let version = String(dialect.version)
    let digits = RDBDialect.headerLength - dialect.magic.rawValue.utf8.count
    let header =
      dialect.magic.rawValue + String(repeating: "0", count: digits - version.utf8.count) + version
    let headerBytes = Array(header.utf8)
    try add(unsafe headerBytes.span.bytes)
    var buffer = [UInt8](repeating: 0, count: Self.pieceSize)
    func copy(_ range: Range<UInt64>) throws(SalvageError) {
      var at = range.lowerBound
      while at < range.upperBound {
        let count = Int(min(UInt64(Self.pieceSize), range.upperBound - at))
        let got: Int
        do throws(SourceError) {
          var span = buffer.mutableSpan
          var bytes = unsafe span.mutableBytes
          got = try unsafe bytes.withUnsafeMutableBytes { (buffer) throws(SourceError) -> Int in
            try unsafe content.read(
              at: at, into: UnsafeMutableRawBufferPointer(rebasing: buffer[0..<count]))
          }
        } catch {
          throw .source(error)
        }
        guard got == count else { throw .source(.changedWhileRead(at: at + UInt64(got))) }
        try add(unsafe buffer.span.bytes.extracting(0..<count))
        at += UInt64(count)
      }
    }
    var next = 0
    let patches = patches.sorted { $0.range.lowerBound < $1.range.lowerBound }
    for stretch in kept {
      var at = stretch.lowerBound
      while next < patches.count, patches[next].range.lowerBound < stretch.upperBound {
        let patch = patches[next]
        next += 1
        guard patch.range.lowerBound >= at else { continue }
        try copy(at..<patch.range.lowerBound)
        try add(unsafe patch.bytes.span.bytes)
        at = patch.range.upperBound
      }
      try copy(at..<stretch.upperBound)
    }
    let eof: [UInt8] = [0xFF]
    try add(unsafe eof.span.bytes)
    guard dialect.hasChecksum else { return }
    let stored = hasNoChecksum ? 0 : checksum
    let trailer = (0..<8).map { UInt8(truncatingIfNeeded: stored >> (8 * UInt64($0))) }
    try put(unsafe trailer.span.bytes)
  }
}

/// Why a salvage came to no end.
enum SalvageError: Error, Sendable {
  case source(SourceError)
  case output(OutputError)
}
