package import Persistence

/// A file as it is after a repair, read from the damaged one without a copy of it.
package final class RepairedContent: RandomAccess {
  /// Bytes of the repaired file.
  package let size: UInt64

  /// Bytes of the damaged file that stand together in the repaired one.
  private struct Piece {
    /// Where they stand in the repaired file.
    var start: UInt64
    /// Where they stand in the damaged one.
    var source: Range<UInt64>
  }

  /// Bytes that are not those of the damaged file.
  private struct Patch {
    /// Where they stand in the damaged file.
    var offset: UInt64
    var bytes: [UInt8]
  }

  private let content: any RandomAccess
  private let pieces: [Piece]
  private let patches: [Patch]

  /// `content` of `size` bytes with the changes made.
  package init(_ content: any RandomAccess, size: UInt64, _ repair: ChecksumRepair) {
    var sources = [0..<size]
    var patches: [Patch] = []
    for change in repair.changes {
      switch change {
      case .bytes(let offset, _, let bytes):
        patches.append(Patch(offset: offset, bytes: bytes))
      case .swappedBlocks(let one, let other, let blockSize):
        let (first, second) = (min(one, other), max(one, other))
        sources = [
          0..<first, second..<(second + blockSize), (first + blockSize)..<second,
          first..<(first + blockSize), (second + blockSize)..<size,
        ]
      case .inserted(let offset, let count):
        sources = [0..<offset, (offset + count)..<size]
      }
    }
    var pieces: [Piece] = []
    var start: UInt64 = 0
    for source in sources where !source.isEmpty {
      pieces.append(Piece(start: start, source: source))
      start += UInt64(source.count)
    }
    self.content = content
    self.size = start
    self.pieces = pieces
    self.patches = patches
  }

  package func read(
    at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SourceError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let position = offset &+ UInt64(filled)
      guard position >= offset, let piece = pieces.last(where: { $0.start <= position }) else {
        break
      }
      let skipped = position - piece.start
      guard skipped < UInt64(piece.source.count) else { break }
      let from = piece.source.lowerBound + skipped
      let wanted = Int(min(UInt64(buffer.count - filled), piece.source.upperBound - from))
      let part = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<(filled + wanted)])
      let count = try unsafe content.read(at: from, into: part)
      unsafe patch(part, count, from: from)
      filled += count
      if count < wanted { break }
    }
    return filled
  }

  /// Puts right the first `count` bytes of a buffer, which were read at `offset` of the damaged file.
  private func patch(_ buffer: UnsafeMutableRawBufferPointer, _ count: Int, from offset: UInt64) {
    for patch in patches {
      for (index, byte) in patch.bytes.enumerated() {
        let position = patch.offset + UInt64(index)
        if position >= offset, position - offset < UInt64(count) {
          unsafe buffer[Int(position - offset)] = byte
        }
      }
    }
  }
}
