package import Persistence

extension Snapshot {
  /// Hands all keys to workers of the caller's, as the records that a rewrite for a release writes, and in the
  /// order of such a file. No file is written.
  ///
  /// - `jobs`: threads, at least 1.
  /// - `makeWorker`: called once per thread.
  /// - `merge`: gets each result in order, from one thread at a time.
  ///
  /// Returns what the release cannot hold, with at most 1,000 losses by themselves.
  package func walk<Worker: PipelineWorker & ~Copyable>(
    as target: RDBTarget, jobs: Int, makeWorker: @escaping @Sendable () -> Worker,
    merge: (Worker.Output) -> Void
  ) -> RewriteReport where Worker.Item == ScannedItem {
    var report = RewriteReport()
    encode(
      jobs: jobs,
      makeWorker: {
        RecordWorker(RDBChunkEncoder(target, self, compresses: true), makeWorker(), target)
      }
    ) { (result, _) throws(Never) in
      report.add(result.chunk, limit: 1000)
      merge(result.output)
    }
    return report
  }
}

/// Encodes runs of slots and hands them on.
private struct RecordWorker<Worker: PipelineWorker & ~Copyable>: PipelineWorker, ~Copyable
where Worker.Item == ScannedItem {
  typealias Item = SlotRange

  struct Output: Sendable {
    var chunk: EncodedChunk
    var output: Worker.Output
  }

  private let target: RDBTarget
  private var encoder: RDBChunkEncoder
  private var worker: Worker

  init(_ encoder: consuming RDBChunkEncoder, _ worker: consuming Worker, _ target: RDBTarget) {
    self.encoder = encoder
    self.worker = worker
    self.target = target
  }

  mutating func process(_ range: SlotRange) -> Output {
    var chunk = encoder.process(range)
    let batch = RecordBatch(
      unsafe chunk.bytes.span.bytes, database: UInt64(range.database), for: target)
    chunk.bytes = []
    return Output(chunk: chunk, output: worker.process(.batch(batch)))
  }
}
