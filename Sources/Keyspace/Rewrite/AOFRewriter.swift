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
  /// Called behind every key by a thread that is to let others have the processor.
  package var makeWay: (@Sendable () -> Void)?

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
    try snapshot.encode(
      jobs: jobs,
      makeWorker: { [target, makeWay] in CommandChunkEncoder(target, snapshot, makeWay) }
    ) { (chunk, database) throws(Failure) in
      report.add(chunk, limit: lossLimit)
      try writer.select(database: UInt64(database))
      try writer.append(
        framed: unsafe chunk.bytes.span.bytes, commands: chunk.commands,
        databaseAfter: UInt64(database))
      progress(report.keys)
    }
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
  private let makeWay: (@Sendable () -> Void)?
  private var writer: KeyCommandWriter

  init(_ target: RDBTarget, _ snapshot: Snapshot, _ makeWay: (@Sendable () -> Void)?) {
    self.snapshot = snapshot
    self.makeWay = makeWay
    writer = KeyCommandWriter(CommandForm(target: target))
  }

  mutating func process(_ range: SlotRange) -> EncodedChunk {
    var chunk = EncodedChunk()
    snapshot.forEach(in: range) { entry in
      let record = entry.rdbEntry(database: range.database)
      let losses = writer.form.losses(of: record)
      chunk.add(losses, of: entry, in: range.database)
      if !losses.contains(where: \.isWhole) { writer.append(record) }
      makeWay?()
    }
    (chunk.bytes, chunk.commands) = writer.take()
    return chunk
  }
}
