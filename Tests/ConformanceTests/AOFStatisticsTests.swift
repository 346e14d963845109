import Forensics
import Foundation
import Persistence
import SystemPackage
import TestSupport
import Testing

/// The statistics of the logs of twelve server releases.
@Suite struct AOFStatisticsCorpusTests {
  private func files(_ aof: SoundAOF) throws -> [URL] {
    try AOFLayout.find(FilePath(aof.url.path)).parts.map { URL(fileURLWithPath: $0.path.string) }
  }

  /// Subcommands are counted by themselves; the truth has them under their command.
  private func byCommand(_ names: [AOFStatistics.Name]) -> [String: UInt64] {
    names.reduce(into: [:]) { counts, name in
      let command = name.name.prefix { $0 != "|" }
      counts[String(command), default: 0] += name.count
    }
  }

  @Test(arguments: SoundAOF.all)
  func commandsByName(_ aof: SoundAOF) throws {
    let files = try files(aof)
    let statistics = try StatisticsRun().statistics(of: files)
    var truth: [String: UInt64] = [:]
    for url in files {
      for (name, count) in aof.files[url.lastPathComponent]?.commands ?? [:] {
        truth[name, default: 0] += UInt64(count)
      }
    }
    #expect(byCommand(statistics.names) == truth)
    #expect(statistics.commands == truth.values.reduce(0, +))
    #expect(statistics.omittedNames.count == 0 && statistics.omittedScripts == 0)
    let preambles = files.map { url -> UInt64 in
      let file = aof.files[url.lastPathComponent]
      return file?.rdb_preamble_bytes
        ?? (url.pathExtension == "rdb" ? file?.size ?? 0 : 0)
    }
    let sizes = files.map { aof.files[$0.lastPathComponent]?.size ?? 0 }
    #expect(statistics.bytes == sizes.reduce(0, +) - preambles.reduce(0, +))
    let annotations = files.reduce(0) { sum, url in
      sum
        + (aof.files[url.lastPathComponent]?.timestamps ?? []).reduce(0) { $0 + $1.utf8.count + 2 }
    }
    #expect(
      statistics.names.reduce(0) { $0 + $1.bytes } == statistics.bytes - UInt64(annotations))
  }

  /// As many MULTI as EXEC, and the seconds that the annotations tell.
  @Test(arguments: SoundAOF.all)
  func transactionsAndTimes(_ aof: SoundAOF) throws {
    let files = try files(aof)
    let statistics = try StatisticsRun().statistics(of: files)
    let named = Dictionary(uniqueKeysWithValues: statistics.names.map { ($0.name, $0.count) })
    #expect(statistics.transactions.count == named["exec"] ?? 0)
    let seconds = files.flatMap { aof.files[$0.lastPathComponent]?.timestamps ?? [] }
      .compactMap { Int64($0.dropFirst("#TS:".count)) }
    #expect(statistics.timeline.first == seconds.min())
    #expect(statistics.timeline.last == seconds.max())
    if seconds.isEmpty { #expect(statistics.timeline.writes == 0) }
  }

  /// However a file is cut, and whoever works on it, the answer is the same.
  @Test(arguments: SoundAOF.all)
  func batchesDoNotMatter(_ aof: SoundAOF) throws {
    let files = try files(aof)
    let whole = try JSON(StatisticsRun().statistics(of: files))
    #expect(try JSON(StatisticsRun(jobs: 4).statistics(of: files)) == whole)
    var collector = AOFStatisticsCollector()
    for url in files {
      let preamble = try AOFWalk(FilePath(url.path)).preambleBytes ?? 0
      let log = Array(try Data(contentsOf: url).dropFirst(Int(preamble)))
      try StatisticsRun(jobs: 3, batchSize: 100).add(log, to: &collector)
    }
    // Offsets count from the start of the file, which here is that of the commands.
    var statistics = collector.statistics()
    statistics.largest = try StatisticsRun().statistics(of: files).largest
    #expect(JSON(statistics) == whole)
  }

  /// What a server has just rewritten holds next to nothing that a rewrite would leave out.
  @Test func rewrittenBase() throws {
    let aof = try SoundAOF.named("7.4.1-rewrite-aof")
    let base = aof.url("appendonly.aof.2.base.aof")
    let estimate = try StatisticsRun().statistics(of: [base]).rewrite
    #expect(estimate.share <= estimate.margin, "\(estimate)")
    #expect(Double(estimate.bytesAfter) <= Double(estimate.bytes) * (1 + estimate.margin))
  }
}

/// The text that a tool would print.
private func JSON(_ statistics: AOFStatistics) -> String {
  var json = JSONWriter()
  json.beginArray()
  statistics.writeNames(to: &json)
  statistics.write(to: &json)
  json.endArray()
  return String(decoding: json.take(), as: UTF8.self)
}
