package import Foundation
package import Forensics
package import Persistence
internal import SystemPackage

/// Gathers the statistics of the commands of AOFs, as a tool does.
package struct StatisticsRun {
  /// Workers.
  package var jobs = 1
  /// Bytes of commands that a batch aims at, and above which a command is large.
  package var batchSize = CommandScanner.batchSize
  package var largeCommand = CommandScanner.largeCommand

  package init(
    jobs: Int = 1, batchSize: Int = CommandScanner.batchSize,
    largeCommand: Int = CommandScanner.largeCommand
  ) {
    self.jobs = jobs
    self.batchSize = batchSize
    self.largeCommand = largeCommand
  }

  /// The statistics of a log in memory.
  package func statistics(of log: [UInt8], top: Int = 20, now: Int64? = nil) throws -> AOFStatistics
  {
    var collector = AOFStatisticsCollector()
    try add(log, to: &collector)
    return collector.statistics(top: top, now: now)
  }

  /// The statistics of files, in the order of loading. Their preambles are stepped over.
  package func statistics(of files: [URL], now: Int64? = nil) throws -> AOFStatistics {
    var collector = AOFStatisticsCollector()
    for url in files {
      let file = try AOFFile(FilePath(url.path))
      if file.format == .rdb {
        let preamble = try file.preamble()
        while try preamble.next() != nil {}
      }
      guard let scanner = file.commands() else { continue }
      try add(scanner, to: &collector)
    }
    return collector.statistics(now: now)
  }

  /// Adds a log in memory.
  package func add(_ log: [UInt8], to collector: inout AOFStatisticsCollector) throws {
    let size = UInt64(log.count)
    let scanner = CommandScanner(
      MemorySource(log), inputSize: { size }, batchSize: batchSize, largeCommand: largeCommand)
    try add(scanner, to: &collector)
  }

  private func add(
    _ scanner: CommandScanner, to collector: inout AOFStatisticsCollector
  ) throws {
    let supply = collector.supply
    let recycle = scanner.recycler()
    try OrderedPipeline.run(
      jobs: jobs, fetch: { () throws(SourceError) in try scanner.next() },
      makeWorker: { TallyWorker(supply, recycle) }, merge: { collector.add($0) })
    if let error = scanner.ending.error { throw error }
    collector.endFile()
  }
}

/// Tallies batches.
package struct TallyWorker: ~Copyable, PipelineWorker {
  private let supply: TallySupply
  private let recycle: @Sendable (CommandBatch) -> Void
  private var arguments = ArgumentTable()

  package init(_ supply: TallySupply, _ recycle: @escaping @Sendable (CommandBatch) -> Void) {
    self.supply = supply
    self.recycle = recycle
  }

  package mutating func process(_ item: ScannedCommands) -> CommandTally {
    var tally = supply.take()
    let table = CommandTable.shared
    switch item {
    case .batch(let batch):
      let bytes = batch.bytes
      var state = batch.state
      var parser = CommandParser(bytes, inputEnd: UInt64(bytes.byteCount))
      // The scanner has walked it: no error is left.
      while !parser.cursor.isAtEnd, let head = try? parser.next(&arguments) {
        let entry = head.kind == .command ? table.command(arguments, in: bytes) : nil
        tally.add(head, entry, arguments, in: bytes, at: batch.fileOffset, state: state)
        state.follow(head, in: bytes, at: batch.fileOffset)
      }
      recycle(batch)
    case .large(let large):
      let name = large.firstArguments.first?.bytes ?? []
      tally.add(large, table.command(name.raw))
    }
    return tally
  }
}
