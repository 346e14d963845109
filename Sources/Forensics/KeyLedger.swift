package import Persistence
package import SystemPackage

/// Remembers the hash of every key of a file and finds those that came twice, in bounded memory.
///
/// Entries are kept in 256 partitions by the highest bits of their hash. When they outgrow the memory
/// they may have, all go to a temporary file, partition by partition. At the end each partition is
/// searched by itself, in several passes where it is large. Equal hashes are only candidates.
@safe package struct KeyLedger: ~Copyable {
  /// Entries held in memory: 24 MB of 16 bytes each.
  package static let defaultLimit = 3 << 19

  private static let partitions = 256
  /// Entries of a chunk: 4 KiB, so that half-filled chunks cost at most a megabyte.
  private static let chunk = 256
  /// Bytes that are written to, and read from, the temporary file at once.
  private static let pieceSize = 64 << 10
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
  private var runs: [UInt64: KeyRun] = [:]
  private let limit: Int

  private struct Segment {
    var offset: Int64
    var count: Int
  }
  private var spill: TemporaryFile?
  private var segmentsOf = [[Segment]](repeating: [], count: KeyLedger.partitions)

  package init(limit: Int = KeyLedger.defaultLimit) {
    self.limit = limit
    // A chunk is only taken while fewer than `limit` entries are held, and every partition may have
    // one that is all but empty.
    let room = limit + (KeyLedger.partitions + 1) * KeyLedger.chunk
    unsafe entries = .allocate(capacity: room)
  }

  deinit { unsafe entries.deallocate() }

  /// Adds keys that repeat the ones before them. Runs are few, unless a file is damaged beyond the use
  /// of a list.
  package mutating func add(_ run: KeyRun) {
    guard runs.count < KeyLedger.searchLimit / 8 || runs[run.hash] != nil else { return }
    runs[run.hash, default: KeyRun(hash: run.hash, count: 0, last: 0)].count += run.count
    runs[run.hash]?.last = run.last
  }

  /// Adds the keys of a batch.
  package mutating func add(_ batch: [KeyEntry]) throws(Errno) {
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
    let entrySize = MemoryLayout<KeyEntry>.size
    var buffer: [UInt8] = []
    for partition in 0..<KeyLedger.partitions where count(partition) > 0 {
      var left = count(partition)
      let segment = Segment(offset: file.size, count: left)
      for start in chunksOf[partition] {
        let part = unsafe UnsafeRawBufferPointer(
          rebasing: UnsafeRawBufferPointer(entries)[
            (start * entrySize)..<((start + min(left, KeyLedger.chunk)) * entrySize)])
        unsafe buffer.append(contentsOf: part)
        if buffer.count >= KeyLedger.pieceSize { try file.append(emptying: &buffer) }
        left -= KeyLedger.chunk
      }
      try file.append(emptying: &buffer)
      segmentsOf[partition].append(segment)
      chunksOf[partition] = []
      next[partition] = 0
    }
    spill = consume file
    chunksUsed = 0
    held = 0
  }

  /// A hash that several entries have.
  package struct Repeated: Sendable {
    package var hash: UInt64
    /// Offsets of the first entries, in the order of the file, at most `offsetLimit`.
    package var offsets: [UInt64] = []
    /// Offset of the last one.
    package var last: UInt64 = 0
    /// All of them.
    package var count: UInt64 = 0
    /// Those of them that followed others at once, which have no entries.
    package var run: KeyRun?

    /// A run of zeros in a file reads as millions of records with the same empty key.
    package static let offsetLimit = 16
  }

  /// The hashes that several entries have, in no particular order.
  ///
  /// At most about `limit` are returned; a file that has more is damaged beyond the use of a list.
  package func repeatedHashes(limit: Int) throws(Errno) -> [Repeated] {
    var result: [Repeated] = []
    for partition in 0..<KeyLedger.partitions where total(partition) > 1 {
      var range: ClosedRange<UInt64>? = 0...UInt64.max
      while let wanted = range, result.count < limit {
        let (repeated, searched) = try search(partition, wanted)
        if !repeated.isEmpty { result += try collect(partition, repeated.prefix(limit)) }
        range = searched < .max ? (searched + 1)...UInt64.max : nil
      }
    }
    return result
  }

  /// The repeated hashes of a partition from the lower bound of `range` up to as far as the table
  /// reaches, and how far that is. A hash that comes a million times takes one place in it.
  private func search(
    _ partition: Int, _ range: ClosedRange<UInt64>
  ) throws(Errno) -> (repeated: Set<UInt64>, upTo: UInt64) {
    var table = RepeatSearch(capacity: min(total(partition), KeyLedger.searchLimit))
    var upper = range.upperBound
    try forEach(partition) { entry in
      guard entry.hash >= range.lowerBound, entry.hash <= upper else { return }
      table.insert(entry.hash)
      while table.count > KeyLedger.searchLimit { upper = table.dropUpperHalf() }
    }
    return (table.repeated, upper)
  }

  /// Offsets and counts of some hashes of a partition.
  private func collect(
    _ partition: Int, _ hashes: some Sequence<UInt64>
  ) throws(Errno) -> Dictionary<UInt64, Repeated>.Values {
    var found: [UInt64: Repeated] = [:]
    for hash in hashes { found[hash] = Repeated(hash: hash, run: runs[hash]) }
    try forEach(partition) { entry in
      guard let index = found.index(forKey: entry.hash) else { return }
      found.values[index].count += 1
      found.values[index].last = entry.offset
      if found.values[index].count <= Repeated.offsetLimit {
        found.values[index].offsets.append(entry.offset)
      }
    }
    return found.values
  }

  private func total(_ partition: Int) -> Int {
    segmentsOf[partition].reduce(count(partition)) { $0 + $1.count }
  }

  /// All entries of a partition in the order of the file.
  private func forEach(_ partition: Int, _ body: (KeyEntry) -> Void) throws(Errno) {
    guard !segmentsOf[partition].isEmpty else { return forEachHeld(partition, body) }
    let piece = KeyLedger.pieceSize / MemoryLayout<KeyEntry>.size
    var buffer = [KeyEntry](repeating: KeyEntry(hash: 0, offset: 0), count: piece)
    for segment in segmentsOf[partition] {
      var done = 0
      while done < segment.count {
        let count = min(piece, segment.count - done)
        try readSegment(
          segment.offset + Int64(done * MemoryLayout<KeyEntry>.size), count, &buffer)
        for entry in buffer[0..<count] { body(entry) }
        done += count
      }
    }
    forEachHeld(partition, body)
  }

  /// Reads `count` entries into the front of the buffer.
  private func readSegment(
    _ offset: Int64, _ count: Int, _ buffer: inout [KeyEntry]
  ) throws(Errno) {
    // Copies out of the optional are not possible; the ledger borrows its own file.
    switch spill {
    case .none: return
    case .some(let file):
      do {
        _ = try unsafe buffer.withUnsafeMutableBytes { bytes in
          try unsafe file.read(
            at: offset,
            into: UnsafeMutableRawBufferPointer(
              rebasing: bytes[0..<(count * MemoryLayout<KeyEntry>.size)]))
        }
      } catch {
        throw (error as? Errno) ?? .ioError
      }
    }
  }
}

/// Finds the hashes that come more than once.
private struct RepeatSearch {
  private var slots: [UInt64]
  private var mask: Int
  /// Different hashes in the table.
  private(set) var count = 0
  private(set) var repeated = Set<UInt64>()

  init(capacity: Int) {
    var size = 64
    while size < capacity * 2 { size *= 2 }
    slots = [UInt64](repeating: 0, count: size)
    mask = size - 1
  }

  mutating func insert(_ hash: UInt64) {
    // Zero marks an empty slot. The highest bits are those of the partition.
    let key = hash == 0 ? 1 : hash
    var slot = Int(truncatingIfNeeded: key) & mask
    while true {
      let found = slots[slot]
      if found == 0 {
        slots[slot] = key
        count += 1
        return
      }
      if found == key {
        repeated.insert(hash)
        return
      }
      slot = (slot &+ 1) & mask
    }
  }

  /// Forgets the larger half of the hashes and returns the largest that is left.
  mutating func dropUpperHalf() -> UInt64 {
    let sorted = slots.filter { $0 != 0 }.sorted()
    let kept = sorted[0..<max(1, sorted.count / 2)]
    let upper = kept[kept.count - 1]
    let known = repeated.filter { $0 <= upper }
    for index in slots.indices { slots[index] = 0 }
    count = 0
    for hash in kept { insert(hash) }
    repeated = known
    return upper
  }
}
