package import Persistence

/// Writes a dataset as an RDB file, its keys slot by slot and in the order of their names: the same dataset
/// gives the same bytes.
package struct RDBRewriter: Sendable {
  /// The release to write for.
  package var target: RDBTarget
  /// Threads, at least 1.
  package var jobs = 1
  /// Whether strings are compressed as a server does.
  package var compresses = true
  /// Whether the file has a checksum.
  package var hasChecksum = true
  /// Aux fields, in their order.
  package var aux: [(name: ByteString, value: ByteString)] = []
  /// Losses that are kept; more are counted.
  package var lossLimit = 1000
  /// Called about every tenth of a millisecond by a thread that is to let others have the processor.
  package var makeWay: (@Sendable () -> Void)?

  /// Bytes that are handed over between two calls of ``makeWay``.
  private static let bytesPerWay = 64 << 10

  package init(_ target: RDBTarget) { self.target = target }

  /// Writes all of a dataset; `put` gets the file in pieces, and what it throws ends the work.
  package func write<Failure: Error>(
    _ snapshot: Snapshot, to put: @escaping (RawSpan) throws(Failure) -> Void,
    progress: (UInt64) -> Void = { _ in }
  ) throws(Failure) -> RewriteReport {
    var report = RewriteReport()
    var writer = RDBWriter<Failure>(target) { [makeWay] (piece) throws(Failure) in
      guard let makeWay else { return try put(piece) }
      for start in stride(from: 0, to: piece.byteCount, by: Self.bytesPerWay) {
        try put(piece.extracting(start..<min(start + Self.bytesPerWay, piece.byteCount)))
        makeWay()
      }
    }
    writer.hasChecksum = hasChecksum
    for (name, value) in aux { _ = try writer.append(aux: name, value) }
    for code in snapshot.functions {
      if try !writer.append(function: code).isEmpty { report.functionsLeftOut += 1 }
    }
    var current: Int?
    try snapshot.encode(
      jobs: jobs,
      makeWorker: { [target, compresses, makeWay] in
        RDBChunkEncoder(target, snapshot, compresses: compresses, makeWay: makeWay)
      }
    ) { (chunk, database) throws(Failure) in
      report.add(chunk, limit: lossLimit)
      if current != database {
        current = database
        try writer.select(database: UInt64(database))
        let counts = snapshot.databases[database]
        try writer.resize(keys: UInt64(counts.count), expires: UInt64(counts.expires))
      }
      try writer.append(
        records: unsafe chunk.bytes.span.bytes, databaseAfter: UInt64(database))
      progress(report.keys)
    }
    report.bytes = writer.count
    try writer.finish()
    return report
  }
}

/// Encodes runs of slots as records.
struct RDBChunkEncoder: PipelineWorker, ~Copyable {
  typealias Item = SlotRange
  typealias Output = EncodedChunk

  private let snapshot: Snapshot
  private var encoder: EntryEncoder

  init(
    _ target: RDBTarget, _ snapshot: Snapshot, compresses: Bool,
    makeWay: (@Sendable () -> Void)? = nil
  ) {
    self.snapshot = snapshot
    encoder = EntryEncoder(target, compresses: compresses)
    encoder.makeWay = makeWay
  }

  mutating func process(_ range: SlotRange) -> EncodedChunk {
    var chunk = EncodedChunk()
    snapshot.forEach(in: range) { entry in
      let losses = encoder.append(entry, database: range.database)
      chunk.add(losses, of: entry, in: range.database)
    }
    chunk.bytes = encoder.take()
    return chunk
  }
}
