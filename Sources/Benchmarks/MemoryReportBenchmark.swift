package import ArgumentParser
import MemoryModel
import TestSupport
import ToolKit

/// `benchmarks memory-report`: memory-report and Redis's checker, which reads the same file, in turn.
package struct MemoryReportBenchmark: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "memory-report",
    abstract: "Time memory-report against redis-check-rdb.",
    discussion: """
      Makes a dump with a real server, once, unless --file names one. Each round runs all programs one \
      after the other; the figures are medians over the rounds after one run of each that warms the page \
      cache up and in which memory is watched.
      """)

  @OptionGroup package var options: FileOptions

  package init() {}

  package func run() throws {
    try options.compare(
      "memory-report", with: [["--jobs", "1"], ["--format", "html"]], on: options.dump(),
      against: "redis-check-rdb")
  }
}

/// `benchmarks memory-accuracy`: what memory-report says of a dump, and what servers say that have loaded
/// it.
package struct MemoryAccuracyBenchmark: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "memory-accuracy",
    abstract: "Compare the estimates of memory-report with real servers.",
    discussion: """
      Makes a dump of every type and encoding with each of Redis 7.0, Redis 6.2 and Valkey 9, lets the \
      server load it, and compares the answers to MEMORY USAGE key SAMPLES 0 for all keys, and \
      used_memory less what the server uses without keys: with its own settings, and with others, which \
      --what-if predicts. Then the two cases of "Redis in Action", 9.2: a hash and a set as a whole, and \
      spread as the advice of memory-report says.
      """)

  @Option(help: "Keys of the dumps.")
  package var keys = 200_000

  @Option(help: "Fields of the hash; the set has three times as many members.")
  package var fields = 370_000

  package init() {}

  package func validate() throws {
    guard keys >= 1000, fields >= 10_000 else {
      throw ValidationError("--keys takes 1000 or more, and --fields 10000 or more.")
    }
  }

  package func run() throws {
    print("here  \(Machine.description)\n")
    for oracle in Oracle.allCases {
      let lab = try MemoryLab(oracle)
      let folder = try TemporaryFolder()
      print(Self.text(try lab.figures(try lab.dump(keys: keys, in: folder))))
    }
    let lab = try MemoryLab(.redis7)
    var table = Table([
      .left("case"), .right("in one key"), .right("in shards"), .right("saved"),
      .right("predicted"), .right("off"),
    ])
    for (name, sharding) in [
      ("hash of cities", try lab.cities(fields)), ("set of visitors", try lab.visitors(3 * fields)),
    ] {
      table.add(
        name, Text.byteSize(sharding.before), Text.byteSize(sharding.after),
        Text.byteSize(sharding.measured), Text.byteSize(sharding.advice.savedBytes),
        Self.percent(sharding.difference))
    }
    print(table.render(), terminator: "")
  }

  private static func text(_ figures: MemoryLab.Figures) -> String {
    let near = Double(figures.near) / Double(max(figures.keys, 1))
    var text = "\(figures.server): \(Text.grouped(figures.keys)) keys, "
    text += "\((near * 1000).rounded() / 10) % of them within 2 %\n"
    var encodings = Table([
      .left("encoding"), .right("keys"), .right("MEMORY USAGE"), .right("estimate"), .right("off"),
    ])
    for row in figures.encodings {
      encodings.add(
        row.name, Text.grouped(row.keys), Text.grouped(row.usage), Text.grouped(row.own),
        percent(row.difference))
    }
    text += encodings.render(indent: 2)
    var totals = Table([
      .left("settings"), .right("used_memory"), .right("estimate"), .right("off"),
    ])
    let rows = [(settings: "as they come", total: figures.total)] + figures.whatIfs
    for row in rows {
      let names = row.settings.split(separator: ",").map(String.init)
      totals.add(
        names[0], Text.grouped(row.total.used), Text.grouped(row.total.own),
        percent(row.total.difference))
      for name in names.dropFirst() { totals.add(name, "", "", "") }
    }
    return text + totals.render(indent: 2)
  }

  /// `+0.12 %`.
  private static func percent(_ difference: Double) -> String {
    let hundredths = Int((abs(difference) * 10_000).rounded())
    let rest = hundredths % 100
    let sign = hundredths == 0 ? "" : difference < 0 ? "-" : "+"
    return "\(sign)\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) %"
  }
}
