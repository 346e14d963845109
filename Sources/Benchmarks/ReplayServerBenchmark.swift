package import ArgumentParser
import Foundation
import TestSupport
import ToolKit

/// `benchmarks replay-server`: requests, loading, memory and the pauses of a save, beside Redis 7.0.
package struct ReplayServerBenchmark: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "replay-server",
    abstract: "Measure replay-server against Redis 7.0: requests, loading, memory, pauses.",
    discussion: """
      Requests are those of redis-benchmark, over TCP and with 100,000 keys. Files lie in the page cache and \
      are loaded from the start of the program to its first answer; the memory is the resident set after \
      that. A pause is the longest wait of any of 50 clients that set keys one after the other: without a \
      save, and while the dataset of the loaded dump is saved in the background; in three times as many \
      rounds, since one disturbance of the machine decides the longest of all waits. All is done in turn, by \
      servers that are started anew; figures are medians over the rounds.
      """)

  @OptionGroup package var options: FileOptions

  @Option(help: "Requests of each kind; with 16 in a pipeline, five times as many.")
  package var requests = 200_000

  @Option(help: "What to measure: requests, loading or pauses. Repeatable. (default: all)")
  package var part: [Part] = []

  package enum Part: String, CaseIterable, ExpressibleByArgument {
    case requests, loading, pauses
  }

  package init() {}

  package func validate() throws {
    guard requests > 0 else { throw ValidationError("--requests must be at least 1.") }
  }

  package func run() throws {
    _ = try options.tool("replay-server")
    let parts = part.isEmpty ? Part.allCases : part
    print("here  \(Machine.description)\n      \(options.rounds) rounds, in turn\n")
    if parts.contains(.requests) {
      for depth in [1, 16] { try measureRequests(depth) }
    }
    if parts.contains(.loading) {
      try measureLoading("dump", ServerInput.dump(try options.dump()))
      try measureLoading("log", ServerInput.log(try options.log()))
    }
    if parts.contains(.pauses) { try measurePauses(try options.dump()) }
  }

  // MARK: Requests

  private static let tests = [
    "set", "get", "incr", "lpush", "lpop", "sadd", "hset", "zadd", "lrange_100", "mset",
  ]

  private func measureRequests(_ depth: Int) throws {
    var rates = [ServerKind: [String: [Double]]]()
    var names: [String] = []
    for round in 0..<options.rounds {
      for kind in ServerKind.inTurn(round) {
        let server = try kind.start()
        let load = RequestLoad(
          arguments: ["-t", Self.tests.joined(separator: ","), "-r", "100000"],
          requests: depth == 1 ? requests : requests * 5, depth: depth)
        let lines = try load.run(on: server)
        names = lines.map(\.name)
        for line in lines { rates[kind, default: [:]][line.name, default: []].append(line.rate) }
        server.stop()
      }
    }
    var table = Table([
      .left("redis-benchmark -P \(depth)"), .right("replay-server"), .right("redis-server"),
      .right("ratio"),
    ])
    for name in names {
      let (ours, real) = (Self.median(rates[.ours]?[name]), Self.median(rates[.real]?[name]))
      table.add(
        Self.short(name), Text.grouped(Int(ours)), Text.grouped(Int(real)),
        Self.decimals(ours / real, 2))
    }
    print(table.render())
  }

  /// A test as it is asked for.
  private static func short(_ name: String) -> String {
    name.prefix { $0 != "(" }.trimmingCharacters(in: .whitespaces)
      + (name.contains("needed") ? ", for LRANGE" : "")
  }

  // MARK: Loading

  private func measureLoading(_ name: String, _ input: ServerInput) throws {
    var times = [ServerKind: [Double]]()
    var memory = [ServerKind: [Double]]()
    for round in 0...options.rounds {
      for kind in ServerKind.inTurn(round) {
        let start = ContinuousClock.now
        let server = try kind.start(input)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let process = try server.processIdentifier().map { "\($0)" } ?? ""
        let resident = ProcessMemory.bytes("VmRSS", of: process) ?? 0
        // The first round warms the page cache up.
        if round > 0 {
          times[kind, default: []].append(seconds)
          memory[kind, default: []].append(Double(resident))
        }
        server.stop()
      }
    }
    var table = Table([
      .left("loading the \(name)"), .right("replay-server"), .right("redis-server"),
      .right("ratio"),
    ])
    let (ours, real) = (Self.median(times[.ours]), Self.median(times[.real]))
    table.add(
      "milliseconds", Self.decimals(ours * 1000, 0), Self.decimals(real * 1000, 0),
      Self.decimals(real / ours, 2))
    let (held, realHeld) = (Self.median(memory[.ours]), Self.median(memory[.real]))
    table.add(
      "memory after that", Text.byteSize(UInt64(held)), Text.byteSize(UInt64(realHeld)),
      Self.decimals(held / realHeld, 2))
    print(table.render())
  }

  // MARK: Pauses

  private func measurePauses(_ dump: URL) throws {
    var pauses = [ServerKind: [(quiet: Double, saving: Double)]]()
    var holdUps: [Double] = []
    for round in 0..<(3 * options.rounds) {
      holdUps.append(Machine.longestHoldUp(in: .seconds(4)))
      for kind in ServerKind.inTurn(round) {
        let server = try kind.start(.dump(dump))
        let load = RequestLoad(
          arguments: ["-t", "set", "-r", "1000000"], requests: requests, depth: 1)
        let quiet = try load.run(on: server).map(\.longestWait).max() ?? 0
        var saving = 0.0
        let before = try server.info("persistence")["rdb_saves"]
        try server.command("BGSAVE")
        // As often as it takes to outlast the save.
        while try server.info("persistence")["rdb_bgsave_in_progress"] == "1" {
          saving = max(saving, try load.run(on: server).map(\.longestWait).max() ?? 0)
        }
        guard try server.info("persistence")["rdb_last_bgsave_status"] == "ok",
          saving > 0, try server.info("persistence")["rdb_saves"] != before
        else { throw ValidationError("the save of \(kind.name) failed, or was over too soon") }
        pauses[kind, default: []].append((quiet, saving))
        server.stop()
      }
    }
    var table = Table([
      .left("longest wait, in ms"), .right("replay-server"), .right("redis-server"),
    ])
    for (name, path) in [
      ("without a save", \(quiet: Double, saving: Double).quiet), ("while saving", \.saving),
    ] {
      let values = ServerKind.allCases.map { kind in
        let waits = pauses[kind, default: []].map { $0[keyPath: path] }
        return (median: Self.median(waits), most: waits.max() ?? 0)
      }
      table.add(name, Self.decimals(values[0].median, 1), Self.decimals(values[1].median, 1))
      table.add(
        "  longest of all rounds", Self.decimals(values[0].most, 1),
        Self.decimals(values[1].most, 1))
    }
    print(table.render())
    print(
      """
      Threads that only read the clock, one on each core, are held up for \
      \(Self.decimals(Self.median(holdUps), 1)) ms
      at the longest in four seconds (\(Self.decimals(holdUps.max() ?? 0, 1)) in all rounds).
      """)
  }

  // MARK: Figures

  private static func median(_ values: [Double]?) -> Double {
    Timing.median(values ?? []) ?? .nan
  }

  private static func decimals(_ number: Double, _ count: Int) -> String {
    count == 0 && number.isFinite
      ? Text.grouped(Int(number.rounded())) : String(format: "%.\(count)f", number)
  }
}

/// What a server loads at its start.
enum ServerInput {
  case dump(URL)
  /// A log of one file.
  case log(URL)
}

/// The servers of the comparison.
enum ServerKind: CaseIterable {
  case ours, real

  var name: String { self == .ours ? "replay-server" : "redis-server" }

  /// Both, by turns the one and the other first.
  static func inTurn(_ round: Int) -> [ServerKind] {
    round.isMultiple(of: 2) ? [.ours, .real] : [.real, .ours]
  }

  /// Starts it, with a TCP port besides, and waits until it has loaded its files.
  func start(_ input: ServerInput? = nil) throws -> OracleServer {
    var arguments = ["--port", "\(try FreePort.find())"]
    if case .log = input { arguments += ["--appendonly", "yes", "--appendfsync", "no"] }
    let prepare = { (folder: URL) throws in
      switch input {
      case nil: break
      case .dump(let file):
        try FileManager.default.createSymbolicLink(
          at: folder.appendingPathComponent("dump.rdb"), withDestinationURL: file.absoluteURL)
      case .log(let file): try Self.link(log: file, in: folder)
      }
    }
    return switch self {
    case .ours:
      try .ours(arguments: arguments, timeout: .seconds(600), prepare: prepare)
    case .real:
      try OracleServer(.redis7, arguments: arguments, timeout: .seconds(600), prepare: prepare)
    }
  }

  /// Has a folder lead to a log as the first file that commands are added to.
  private static func link(log: URL, in folder: URL) throws {
    let files = folder.appendingPathComponent("appendonlydir")
    try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
    let name = "appendonly.aof.1.incr.aof"
    try FileManager.default.createSymbolicLink(
      at: files.appendingPathComponent(name), withDestinationURL: log.absoluteURL)
    try Data("file \(name) seq 1 type i\n".utf8).write(
      to: files.appendingPathComponent("appendonly.aof.manifest"))
  }
}

/// Requests that redis-benchmark sends.
struct RequestLoad {
  var arguments: [String]
  var requests: Int
  /// Requests that are sent together.
  var depth: Int
  var clients = 50

  struct Line {
    var name: String
    /// Requests per second.
    var rate: Double
    /// Milliseconds.
    var longestWait: Double
  }

  /// Sends them. Throws what keeps the program from its work.
  func run(on server: OracleServer) throws -> [Line] {
    let port = try server.command("CONFIG", "GET", "port").array?.last?.text ?? ""
    let options = [
      "-p", port, "-c", "\(clients)", "-n", "\(requests)", "-P", "\(depth)", "--csv",
    ]
    let run = try Run.program(
      try Oracle.installed("redis-benchmark").path, options + arguments, timeout: .seconds(600))
    let lines = run.outputText.split(separator: "\n").compactMap { line -> Line? in
      let fields = line.dropFirst().dropLast().components(separatedBy: "\",\"")
      guard fields.count == 8, let rate = Double(fields[1]), let wait = Double(fields[7]) else {
        return nil
      }
      return Line(name: fields[0], rate: rate, longestWait: wait)
    }
    guard run.exitCode == 0, !lines.isEmpty else {
      throw ValidationError("redis-benchmark: \(run.errorText)")
    }
    return lines
  }
}
