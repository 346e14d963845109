/// Reads an input into batches, each of which begins with what the one before it did not use.
///
/// A scanner looks at what is held, hands over what is whole, and asks for more. One thread uses a reader at
/// a time; batches come back from any (`recycler`).
struct BatchReader<Batch: ByteBatch>: ~Copyable {
  /// What is read.
  let input: any ByteSource
  /// Bytes that a batch aims at.
  let batchSize: Int
  /// What is being read into: what is to be handed out, or a part of something large.
  private(set) var current: Batch
  /// Bytes read into the current batch.
  private(set) var filled = 0
  private(set) var isAtEnd = false
  /// Why a compressed input ends where it does. What came before is as good as a file that ends there.
  private(set) var compressionError: SourceError?

  /// Bytes that the whole input has, as far as known at this moment.
  private let inputSize: () -> UInt64?
  private let makeBatch: (_ capacity: Int) -> Batch
  private let pool: BatchPool<Batch>

  /// - `offset`: that of the first byte of the input in the file.
  /// - `inputSize`: tells how many bytes the file has up to the end of the input, when that is known.
  /// - `largestKept`: bytes of a buffer that is used again, at most.
  init(
    _ input: any ByteSource, from offset: UInt64, inputSize: @escaping () -> UInt64?,
    batchSize: Int, largestKept: Int, makeBatch: @escaping (_ capacity: Int) -> Batch
  ) {
    precondition(batchSize > 0)
    self.input = input
    self.inputSize = inputSize
    self.batchSize = batchSize
    self.makeBatch = makeBatch
    pool = BatchPool(largest: largestKept)
    current = makeBatch(2 * batchSize)
    current.fileOffset = offset
  }

  /// Gives a batch back for reuse.
  func recycler() -> @Sendable (Batch) -> Void {
    let pool = pool
    return { pool.put($0) }
  }

  /// All that has been read into the current batch.
  var held: UnsafeRawBufferPointer { unsafe current.filled(filled) }

  /// Offset in the file behind what has been read.
  var heldEnd: UInt64 { current.fileOffset + UInt64(filled) }

  /// Bytes from the start of the current batch to the end of the input; `.max` when unknown.
  var inputEnd: UInt64 {
    if isAtEnd { return UInt64(filled) }
    let start = current.fileOffset
    guard let size = inputSize() else { return .max }
    return max(size > start ? size - start : 0, UInt64(filled))
  }

  /// Whether an error, met when the input was to end at `inputEnd`, means that more has to be read.
  func isShortOfInput(_ error: FormatError, _ inputEnd: UInt64) -> Bool {
    guard error.code == .truncated, let needed = error.expected else { return false }
    return needed <= inputEnd && !isAtEnd
  }

  // MARK: Reading

  /// Reads until a batch is full, or the whole buffer where a batch was not enough.
  mutating func fill() throws(SourceError) {
    try fill(to: filled < batchSize ? batchSize : current.capacity)
  }

  /// Reads until so many bytes are held, or the input ends. Makes room for them.
  mutating func fill(to target: Int) throws(SourceError) {
    current.enlarge(to: target)
    while filled < target, !isAtEnd {
      let space = unsafe UnsafeMutableRawBufferPointer(rebasing: current.buffer[filled..<target])
      let got: Int
      do throws(SourceError) {
        got = try unsafe input.read(into: space)
      } catch {
        guard error.isOfCompression else { throw error }
        compressionError = error
        isAtEnd = true
        return
      }
      if got == 0 { isAtEnd = true }
      filled += got
    }
  }

  /// Throws away what is held, and fills the buffer again.
  mutating func refill() throws(SourceError) {
    drop(filled)
    try fill(to: current.capacity)
  }

  /// Makes room for more of what fills the buffer. The room doubles, whatever a length claims: a claim must
  /// be paid in bytes.
  mutating func enlarge() {
    guard filled == current.capacity else { return }
    current.enlarge(to: 2 * current.capacity)
  }

  /// Reads on behind what is held. Where the buffer is full, what stands before `place`, but for so many
  /// bytes, goes to `passage` and leaves the buffer, and the place moves; without any the room doubles.
  mutating func slide(
    to place: inout Int, keeping kept: Int = 0, into passage: inout Passage
  ) throws(SourceError) {
    if filled == current.capacity {
      let gone = place - kept
      if gone > 0 {
        try passage.add(unsafe current.filled(gone).bytes)
        drop(gone)
        place = kept
      } else {
        enlarge()
      }
    }
    try fill(to: current.capacity)
  }

  private mutating func drop(_ count: Int) {
    current.dropFirst(count, of: filled)
    filled -= count
  }

  // MARK: Handing over

  /// Takes the first `end` bytes out as a batch; what is left begins the next one.
  mutating func handOver(_ end: Int) -> Batch {
    let batch = current
    batch.count = end
    startBatch(after: end)
    return batch
  }

  /// The same with the last batch: what is left stays behind its end.
  func handOverLast(_ end: Int) -> Batch {
    current.count = end
    return current
  }

  /// Ends a passage with the first `end` bytes; what is left begins the next batch.
  mutating func finish(_ passage: inout Passage, at end: Int) throws(SourceError) {
    try passage.add(unsafe current.filled(end).bytes)
    startBatch(after: end)
  }

  private mutating func startBatch(after end: Int) {
    let left = filled - end
    let capacity = max(2 * batchSize, left)
    let next = pool.take(capacity: capacity) ?? makeBatch(capacity)
    next.take(from: current, after: end, of: filled)
    filled = left
    current = next
  }
}
