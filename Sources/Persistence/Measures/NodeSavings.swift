/// What the compression of a list's inner nodes saves, as the nodes come one after another.
struct NodeSavings: ~Copyable {
  /// A node that is not larger is left as it is, and so is one that would not become smaller by more than
  /// the second number. Source: MIN_COMPRESS_BYTES and MIN_COMPRESS_IMPROVE of quicklist.c.
  private static let leastBytes: UInt64 = 48
  private static let leastSaving: UInt64 = 8

  private var compressor = LZFCompressor()
  /// Savings of the last nodes, which may turn out to be at the end of the list: the next one takes the
  /// place of the oldest.
  private var recent: [UInt64] = []
  private var next = 0
  private var count = 0

  init() {}

  /// Begins a list of which so many nodes at each end are not compressed.
  mutating func begin(_ depth: Int) {
    if recent.count != depth { recent = [UInt64](repeating: 0, count: depth) }
    for index in 0..<min(count, depth) { recent[index] = 0 }
    next = 0
    count = 0
  }

  /// Adds a node; returns the saving of the node that is now known to be an inner one.
  mutating func add(
    _ size: UInt64, _ compressed: UInt64, _ sizes: borrowing ElementAllocations
  ) -> UInt64 {
    let known = recent[next]
    var saving: UInt64 = 0
    if count >= recent.count, size >= Self.leastBytes, compressed &+ Self.leastSaving < size {
      // Before the compressed bytes stands their number.
      saving = sizes.blob[size] &- min(sizes.blob[size], sizes.blob[compressed &+ 8])
    }
    recent[next] = saving
    next = next &+ 1 == recent.count ? 0 : next &+ 1
    count &+= 1
    return known
  }

  /// Bytes of a node compressed; the bytes themselves when it does not shrink.
  mutating func compressedSize(_ blob: RawSpan) -> UInt64 {
    guard UInt64(blob.byteCount) >= Self.leastBytes,
      let limit = LZFCompressor.limit(blob.byteCount)
    else { return UInt64(blob.byteCount) }
    let count = unsafe withUnsafeTemporaryAllocation(byteCount: limit, alignment: 8) {
      unsafe compressor.compress(blob, into: $0)
    }
    return UInt64(count == 0 ? blob.byteCount : count)
  }
}
