package import Persistence

/// Writes a dataset as commands, in the forms and numbers of a server's own rewrite, its keys slot by slot and
/// in the order of their names.
package struct AOFRewriter: Sendable {
  /// The release to write for.
  package var target: RDBTarget
  /// Threads, at least 1.
  package var jobs = 1
  /// Losses that are kept; more are counted.
  package var lossLimit = 1000

  package init(_ target: RDBTarget) { self.target = target }

  /// Writes all of a dataset; `put` gets the file in pieces, and what it throws ends the work.
  package func write<Failure: Error>(
    _ snapshot: Snapshot, to put: @escaping (RawSpan) throws(Failure) -> Void,
    progress: (UInt64) -> Void = { _ in }
  ) throws(Failure) -> RewriteReport {
    var report = RewriteReport()
    var writer = AOFWriter<Failure>(to: put)
    for code in snapshot.functions {
      if target.hasFunctions {
        try writer.append(["FUNCTION", "LOAD", code])
      } else {
        report.functionsLeftOut += 1
      }
    }
    let ranges = SlotRange.all(of: snapshot)
    var queue = ItemQueue(ranges)
    var merged = 0
    var failure: Failure?
    let stop = StopFlag()
    OrderedPipeline.run(
      jobs: jobs, fetch: { stop.isSet ? nil : queue.next() },
      makeWorker: { [target] in CommandChunkEncoder(target, snapshot) },
      merge: { chunk in
        guard failure == nil else { return }
        let database = UInt64(ranges[merged].database)
        merged += 1
        report.add(chunk, limit: lossLimit)
        do throws(Failure) {
          try writer.select(database: database)
          try writer.append(
            framed: unsafe chunk.bytes.span.bytes, commands: chunk.commands,
            databaseAfter: database)
        } catch {
          failure = error
          stop.set()
        }
        progress(report.keys)
      })
    if let failure { throw failure }
    report.bytes = writer.count
    try writer.finish()
    return report
  }
}

/// Encodes runs of slots as commands.
private struct CommandChunkEncoder: PipelineWorker, ~Copyable {
  typealias Item = SlotRange
  typealias Output = EncodedChunk

  private let snapshot: Snapshot
  private var writer: KeyCommandWriter

  init(_ target: RDBTarget, _ snapshot: Snapshot) {
    self.snapshot = snapshot
    writer = KeyCommandWriter(CommandForm(target: target))
  }

  mutating func process(_ range: SlotRange) -> EncodedChunk {
    var chunk = EncodedChunk()
    for slot in range.slots {
      for entry in snapshot.databases[range.database].tables[slot].sortedEntries {
        let record = entry.rdbEntry(database: range.database)
        let losses = writer.form.losses(of: record)
        chunk.add(losses, of: entry, in: range.database)
        if !losses.contains(where: \.isWhole) { writer.append(record) }
      }
    }
    (chunk.bytes, chunk.commands) = writer.take()
    return chunk
  }
}
