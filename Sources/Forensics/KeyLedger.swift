package import Persistence
package import SystemPackage

/// Remembers the hash of every key of a file and finds those that came twice, in bounded memory.
///
/// Entries are kept in 256 partitions by the highest bits of their hash. When they outgrow the memory
/// they may have, all go to a temporary file, partition by partition. At the end each partition is
/// searched by itself, in several passes where it is large. Equal hashes are only candidates.
package struct KeyLedger: ~Copyable {
  /// Entries held in memory: 24 MB of 16 bytes each.
  package static let defaultLimit = 3 << 19

  private static let partitions = 256
  /// Entries of a chunk: 4 KiB, so that half-filled chunks cost at most a megabyte.
  private static let chunk = 256
  private static let block = 64 * 1024
  /// Hashes searched at once: 8 MiB of table.
  private static let searchLimit = 1 << 19

  private var blocks: [[KeyEntry]] = []
  private var chunksUsed = 0
  private var chunksOf = [[UInt32]](repeating: [], count: KeyLedger.partitions)
  private var countOf = [Int](repeating: 0, count: KeyLedger.partitions)
  private var held = 0
  private let limit: Int

  private struct Segment {
    var offset: Int64
    var count: Int
  }
  private var spill: TemporaryFile?
  private var segmentsOf = [[Segment]](repeating: [], count: KeyLedger.partitions)

  package init(limit: Int = KeyLedger.defaultLimit) { self.limit = limit }

  /// Adds the keys of a batch.
  package mutating func add(_ entries: [KeyEntry]) throws(Errno) {
    for entry in entries {
      let partition = Int(entry.hash >> 56)
      let slot = countOf[partition] % KeyLedger.chunk
      if slot == 0 { chunksOf[partition].append(newChunk()) }
      guard let chunk = chunksOf[partition].last else { continue }
      let (block, start) = place(chunk)
      blocks[block][start &+ slot] = entry
      countOf[partition] &+= 1
    }
    held += entries.count
    if held >= limit { try spillAll() }
  }

  private mutating func newChunk() -> UInt32 {
    if chunksUsed * KeyLedger.chunk == blocks.count * KeyLedger.block {
      blocks.append([KeyEntry](repeating: KeyEntry(hash: 0, offset: 0), count: KeyLedger.block))
    }
    chunksUsed += 1
    return UInt32(chunksUsed - 1)
  }

  private func place(_ chunk: UInt32) -> (block: Int, start: Int) {
    let entry = Int(chunk) * KeyLedger.chunk
    return (entry / KeyLedger.block, entry % KeyLedger.block)
  }

  private func forEachHeld(_ partition: Int, _ body: (KeyEntry) -> Void) {
    var left = countOf[partition]
    for chunk in chunksOf[partition] {
      let (block, start) = place(chunk)
      for index in start..<(start + min(left, KeyLedger.chunk)) { body(blocks[block][index]) }
      left -= KeyLedger.chunk
    }
  }

  private mutating func spillAll() throws(Errno) {
    var file = if let open = spill.take() { open } else { try TemporaryFile() }
    var buffer: [KeyEntry] = []
    for partition in 0..<KeyLedger.partitions where countOf[partition] > 0 {
      buffer.removeAll(keepingCapacity: true)
      forEachHeld(partition) { buffer.append($0) }
      let offset: Int64
      do {
        offset = try unsafe buffer.withUnsafeBytes { try unsafe file.append($0) }
      } catch {
        throw (error as? Errno) ?? .ioError
      }
      segmentsOf[partition].append(Segment(offset: offset, count: buffer.count))
      chunksOf[partition] = []
      countOf[partition] = 0
    }
    spill = consume file
    chunksUsed = 0
    held = 0
  }

  /// The entries whose hash another entry has too, by hash and then by offset.
  ///
  /// At most `limit` of them are returned; a file that has more is damaged beyond the use of a list.
  package mutating func candidates(limit: Int) throws(Errno) -> [KeyEntry] {
    if spill != nil, held > 0 { try spillAll() }
    var result: [KeyEntry] = []
    for partition in 0..<KeyLedger.partitions {
      let count =
        segmentsOf[partition].reduce(countOf[partition]) { $0 + $1.count }
      let passes = count / KeyLedger.searchLimit + 1
      for pass in 0..<passes where result.count < limit {
        var search = RepeatSearch(capacity: count / passes)
        func isInPass(_ entry: KeyEntry) -> Bool {
          passes == 1
            || Int((entry.hash << 8).multipliedFullWidth(by: UInt64(passes)).high) == pass
        }
        try forEach(partition) { if isInPass($0) { search.insert($0.hash) } }
        guard !search.repeated.isEmpty else { continue }
        try forEach(partition) {
          if isInPass($0), search.repeated.contains($0.hash) { result.append($0) }
        }
      }
    }
    result.sort { ($0.hash, $0.offset) < ($1.hash, $1.offset) }
    return result
  }

  private func forEach(_ partition: Int, _ body: (KeyEntry) -> Void) throws(Errno) {
    forEachHeld(partition, body)
    guard !segmentsOf[partition].isEmpty else { return }
    var buffer: [KeyEntry] = []
    for segment in segmentsOf[partition] {
      buffer = [KeyEntry](repeating: KeyEntry(hash: 0, offset: 0), count: segment.count)
      try readSegment(segment.offset, &buffer)
      for entry in buffer { body(entry) }
    }
  }

  private func readSegment(_ offset: Int64, _ buffer: inout [KeyEntry]) throws(Errno) {
    // Copies out of the optional are not possible; the ledger borrows its own file.
    switch spill {
    case .none: return
    case .some(let file):
      do {
        _ = try unsafe buffer.withUnsafeMutableBytes { try unsafe file.read(at: offset, into: $0) }
      } catch {
        throw (error as? Errno) ?? .ioError
      }
    }
  }
}

/// Finds the hashes that come more than once.
private struct RepeatSearch {
  private var slots: [UInt64]
  private let mask: UInt64
  private(set) var repeated = Set<UInt64>()

  init(capacity: Int) {
    var size = 64
    while size < capacity * 2 { size *= 2 }
    slots = [UInt64](repeating: 0, count: size)
    mask = UInt64(size - 1)
  }

  mutating func insert(_ hash: UInt64) {
    // Zero marks an empty slot; the ledger's lowest bits are as good as any.
    let key = hash == 0 ? 1 : hash
    var slot = key & mask
    while true {
      let found = slots[Int(truncatingIfNeeded: slot)]
      if found == 0 {
        slots[Int(truncatingIfNeeded: slot)] = key
        return
      }
      if found == key {
        repeated.insert(hash)
        return
      }
      slot = (slot &+ 1) & mask
    }
  }
}
