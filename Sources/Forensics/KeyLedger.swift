internal import Persistence
internal import SystemPackage

/// Remembers the hash of every key of a file and finds those that came twice, in bounded memory.
///
/// Entries are kept in 256 partitions by the highest bits of their hash. When they outgrow the memory
/// they may have, all go to a temporary file, partition by partition. At the end each partition is
/// searched by itself, in several passes where it is large. Equal hashes are only candidates.
@safe struct KeyLedger: ~Copyable {
  /// Entries held in memory: 24 MB of 16 bytes each.
  static let defaultLimit = 3 << 19

  private static let partitions = 256
  /// Entries of a chunk: 4 KiB, so that half-filled chunks cost at most a megabyte.
  private static let chunk = 256
  /// Hashes searched at once: 8 MiB of table.
  private static let searchLimit = 1 << 19

  /// Room for all entries, cut into chunks that partitions take as they grow. Pages that nobody has
  /// written to cost nothing.
  private let entries: UnsafeMutableBufferPointer<KeyEntry>
  private var chunksUsed = 0
  /// The chunks of each partition, by their first entry.
  private var chunksOf = [[Int]](repeating: [], count: KeyLedger.partitions)
  /// Where the next entry of a partition goes; a multiple of the chunk's size when it needs a new one.
  private var next = InlineArray<256, Int>(repeating: 0)
  private var held = 0
  private let limit: Int

  private struct Segment {
    var offset: Int64
    var count: Int
  }
  private var spill: TemporaryFile?
  private var segmentsOf = [[Segment]](repeating: [], count: KeyLedger.partitions)

  init(limit: Int = KeyLedger.defaultLimit) {
    self.limit = limit
    // A batch may go beyond the limit before it is noticed, and every partition has an open chunk.
    let room = limit + (KeyLedger.partitions + 1) * KeyLedger.chunk
    unsafe entries = .allocate(capacity: room)
  }

  deinit { unsafe entries.deallocate() }

  /// Adds the keys of a batch.
  mutating func add(_ batch: [KeyEntry]) throws(Errno) {
    for entry in batch {
      let partition = Int(truncatingIfNeeded: entry.hash >> 56)
      var slot = next[partition]
      if slot % KeyLedger.chunk == 0 {
        if held >= limit { try spillAll() }
        slot = chunksUsed &* KeyLedger.chunk
        chunksUsed &+= 1
        chunksOf[partition].append(slot)
      }
      // Chunks are taken while fewer than `limit` entries are held, so that there is room for all.
      precondition(unsafe slot < entries.count)
      unsafe entries.initializeElement(at: slot, to: entry)
      next[partition] = slot &+ 1
      held &+= 1
    }
  }

  private func count(_ partition: Int) -> Int {
    guard let last = chunksOf[partition].last else { return 0 }
    return (chunksOf[partition].count - 1) * KeyLedger.chunk + next[partition] - last
  }

  private func forEachHeld(_ partition: Int, _ body: (KeyEntry) -> Void) {
    var left = count(partition)
    for start in chunksOf[partition] {
      for index in start..<(start + min(left, KeyLedger.chunk)) { body(unsafe entries[index]) }
      left -= KeyLedger.chunk
    }
  }

  private mutating func spillAll() throws(Errno) {
    var file = if let open = spill.take() { open } else { try TemporaryFile() }
    var buffer: [KeyEntry] = []
    for partition in 0..<KeyLedger.partitions where count(partition) > 0 {
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
      next[partition] = 0
    }
    spill = consume file
    chunksUsed = 0
    held = 0
  }

  /// The entries whose hash another entry has too, by hash and then by offset.
  ///
  /// At most `limit` of them are returned; a file that has more is damaged beyond the use of a list.
  mutating func candidates(limit: Int) throws(Errno) -> [KeyEntry] {
    if spill != nil, held > 0 { try spillAll() }
    var result: [KeyEntry] = []
    for partition in 0..<KeyLedger.partitions {
      let count =
        segmentsOf[partition].reduce(count(partition)) { $0 + $1.count }
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
