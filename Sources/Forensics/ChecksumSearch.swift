internal import Crypto
package import Persistence

/// Looks for the change that explains why the checksum of an RDB file is wrong.
///
/// What is found:
/// - bits altered close together, as many as leave the odds of a wrong answer at 2^-20: 22 in a file
///   of 1 MiB, 13 in one of 275 MB, 30 when the place is known to 4 KiB; in the header and in the
///   stored checksum too. When nothing else explains the checksum, ten bits more, which is no proof,
/// - two aligned blocks of 512 bytes to 64 KiB in each other's place,
/// - bytes that were inserted, any number in one place: a block that stands there twice is one case,
///   something behind the end another. In more than 4 MiB only whole blocks at their multiples,
/// - two single bits anywhere in 1 MiB.
///
/// Bytes that are missing, or overwritten at length, are lost: nothing in the file says what they were.
package struct ChecksumSearch: Sendable {
  let content: any RandomAccess
  let size: UInt64
  let syndrome: ChecksumSyndrome
  /// Of the smallest blocks that are looked at.
  let blocks: BlockChecksums
  /// Where the damage has to be when the file as it stands has no checksum: in the version.
  private let limits: Range<UInt64>

  /// Bytes that are read at once. A multiple of every size of blocks.
  private static let readSize = 1 << 20
  /// Blocks whose checksums are held while they can be made larger instead: 8 MiB.
  private static let blockLimit: UInt64 = 1 << 20
  /// Bytes of the smallest RDB with a checksum: a header, the opcode of the end, the checksum.
  private static let leastSize: UInt64 = 18

  /// Reads the file, of `size` bytes, once. Nil when its checksum is right, or is not there.
  package init?(_ content: any RandomAccess, size: UInt64) throws(SourceError) {
    guard size >= Self.leastSize else { return nil }
    var blockSize = Self.blockSizes.lowerBound
    while size / blockSize > Self.blockLimit, blockSize < Self.readSize { blockSize *= 2 }
    var blocks = BlockChecksums(blockSize: blockSize)
    var checksum: UInt64 = 0
    var isChecked = true
    try Self.read(content, 0..<size) { offset, bytes in
      if offset == 0, let dialect = try? RDBHeader.read(bytes) { isChecked = dialect.hasChecksum }
      checksum = CRC64.update(checksum, bytes)
      var start = 0
      while bytes.byteCount - start >= Int(blockSize) {
        blocks.append(CRC64.update(0, bytes.extracting(start..<(start + Int(blockSize)))))
        start += Int(blockSize)
      }
    }
    let stored = try Self.bytes(of: content, (size - 8)..<size)
    guard stored.contains(where: { $0 != 0 }),
      let syndrome = ChecksumSyndrome(checksum: checksum, fileSize: size)
    else { return nil }
    self.content = content
    self.size = size
    self.syndrome = syndrome
    self.blocks = blocks
    limits = 0..<(isChecked ? size : UInt64(RDBDialect.headerLength))
  }

  /// The one change within a range of the file, by default all of it, that explains the checksum.
  ///
  /// Kinds of damage are tried one after another, until one explains it. Takes up to two seconds and
  /// 64 MiB of memory.
  package func repair(within range: Range<UInt64>? = nil) throws(SourceError) -> ChecksumRepair? {
    let range = (range ?? limits).clamped(to: limits)
    var weighed: UInt64 = 0
    for kind in Kind.allCases where !range.isEmpty {
      let candidates = try candidates(kind, within: range)
      weighed += candidates.weighed
      if candidates.isFound { return try proved(candidates.changes, weighed) }
    }
    return nil
  }

  /// What is proved by the checksum of the whole repaired file: the change that makes it an RDB file
  /// with a right checksum; nil when none does, or when two give different files.
  private func proved(
    _ candidates: [[ChecksumRepair.Change]], _ weighed: UInt64
  ) throws(SourceError) -> ChecksumRepair? {
    var proved: ChecksumRepair?
    var digest: SHA256.Digest?
    for changes in candidates {
      let repair = ChecksumRepair(
        changes: changes, weighed: UInt64.bitWidth - (weighed - 1).leadingZeroBitCount)
      let repaired = RepairedContent(content, size: size, repair)
      guard try Self.isFramed(repaired) else { continue }
      var checksum: UInt64 = 0
      var hash = SHA256()
      try Self.read(repaired, 0..<repaired.size) { _, bytes in
        checksum = CRC64.update(checksum, bytes)
        if candidates.count > 1 {
          unsafe bytes.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
        }
      }
      guard checksum == 0 else { continue }
      let own = hash.finalize()
      if let digest, digest != own { return nil }
      if proved == nil { proved = repair }
      digest = own
    }
    return proved
  }

  /// Whether a file begins with the header of a version that has a checksum, and ends as such a file.
  private static func isFramed(_ file: RepairedContent) throws(SourceError) -> Bool {
    guard file.size >= leastSize else { return false }
    let header = try bytes(of: file, 0..<UInt64(RDBDialect.headerLength))
    guard let dialect = try? RDBHeader.read(unsafe header.span.bytes), dialect.hasChecksum else {
      return false
    }
    let end = try bytes(of: file, (file.size - 9)..<file.size)
    return end[0] == 0xFF && end.dropFirst().contains { $0 != 0 }
  }
}

// Reading.
extension ChecksumSearch {
  /// Reads a range piece by piece, each 1 MiB but for the last.
  static func read(
    _ content: any RandomAccess, _ range: Range<UInt64>, use: (UInt64, RawSpan) -> Void
  ) throws(SourceError) {
    var buffer = [UInt8](repeating: 0, count: Int(min(UInt64(range.count), UInt64(readSize))))
    var offset = range.lowerBound
    while offset < range.upperBound {
      let count = Int(min(UInt64(buffer.count), range.upperBound - offset))
      try fill(&buffer, count, from: content, at: offset)
      use(offset, unsafe buffer.span.bytes.extracting(0..<count))
      offset += UInt64(count)
    }
  }

  /// A range that is small enough to be held.
  static func bytes(
    of content: any RandomAccess, _ range: Range<UInt64>
  ) throws(SourceError) -> [UInt8] {
    let bytes = try content.bytes(at: range.lowerBound, count: range.count)
    guard bytes.count == range.count else {
      throw .changedWhileRead(at: range.lowerBound + UInt64(bytes.count))
    }
    return bytes
  }

  private static func fill(
    _ buffer: inout [UInt8], _ count: Int, from content: any RandomAccess, at offset: UInt64
  ) throws(SourceError) {
    var span = buffer.mutableSpan
    var bytes = unsafe span.mutableBytes
    let filled = try unsafe bytes.withUnsafeMutableBytes { (all) throws(SourceError) -> Int in
      let part = unsafe UnsafeMutableRawBufferPointer(rebasing: all[..<count])
      return try unsafe content.read(at: offset, into: part)
    }
    guard filled == count else { throw .changedWhileRead(at: offset + UInt64(filled)) }
  }
}
