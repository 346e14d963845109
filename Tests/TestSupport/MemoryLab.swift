package import Foundation
import Forensics
import Glibc
import MemoryModel
import Persistence

/// Compares what the memory model says of a dump or a log with what a real server that has loaded it says.
package struct MemoryLab {
  /// Keys of one encoding: the sums of `MEMORY USAGE key SAMPLES 0`, and ours.
  package struct Encoding: Sendable {
    package var name: String
    package var keys = 0
    package var usage: UInt64 = 0
    package var own: UInt64 = 0
    package var difference: Double { Double(own) / Double(max(usage, 1)) - 1 }
  }

  /// What a server uses for a dump beyond what it uses for none, and what we say.
  package struct Total: Sendable {
    package var used: UInt64
    package var own: UInt64
    package var difference: Double { Double(own) / Double(max(used, 1)) - 1 }
  }

  /// One dump in one server.
  package struct Figures: Sendable {
    package var server: String
    package var encodings: [Encoding]
    package var keys = 0
    /// Keys for which our figure is within 2 % of the server's.
    package var near = 0
    package var total: Total
    /// By settings, other than the ones that the server comes with.
    package var whatIfs: [(settings: String, total: Total)]
  }

  /// A server that did not do what it was asked for.
  package struct Failure: Error, CustomStringConvertible {
    package var description: String
  }

  package let oracle: Oracle
  /// Bytes that a server without keys uses.
  let start: UInt64
  private let allocator: Allocator

  /// Settings that are tried, by names that all servers know.
  package static let whatIfs = [
    "hash-max-ziplist-entries=2000,hash-max-ziplist-value=128", "zset-max-ziplist-entries=1000",
    "set-max-intset-entries=4000", "list-compress-depth=1",
  ]

  package init(_ oracle: Oracle) throws {
    self.oracle = oracle
    let server = try OracleServer(oracle)
    start = try Self.used(server)
    let name = try server.info("memory")["mem_allocator"] ?? ""
    // A jemalloc that is no part of the server's own source is that of the distribution.
    allocator = name.hasPrefix("jemalloc") ? .jemalloc16 : .libc
  }

  /// Bytes that a server uses once it has come to rest.
  static func used(_ server: OracleServer) throws -> UInt64 {
    _ = try server.info("memory")
    return try server.info("memory")["used_memory"].flatMap { UInt64($0) } ?? 0
  }

  /// A dump of a server of every type and encoding.
  package func dump(keys: Int, in folder: TemporaryFolder) throws -> URL {
    let server = try OracleServer(oracle)
    var mix = KeyMix(seed: UInt64(keys))
    var batch: [[Word]] = []
    for index in 0..<keys {
      batch += mix.commands(forKey: index)
      if batch.count >= 5000 || index == keys - 1 {
        try Self.send(batch, to: server)
        batch.removeAll(keepingCapacity: true)
      }
    }
    return try Self.take(try server.save(), to: folder.file("mix.rdb"))
  }

  /// The folder of the log of a server of every type and encoding: half of the keys in its base, the others as
  /// commands behind it.
  package func log(keys: Int, in folder: TemporaryFolder) throws -> URL {
    let server = try OracleServer(oracle, arguments: Self.logging)
    var mix = KeyMix(seed: UInt64(keys))
    for half in [0..<(keys / 2), (keys / 2)..<keys] {
      try Self.send(half.flatMap { mix.commands(forKey: $0) }, to: server)
      guard half.lowerBound == 0 else { continue }
      try server.command("BGREWRITEAOF")
      while try server.info("persistence")["aof_rewrite_in_progress"] != "0" { usleep(20_000) }
    }
    server.stop()
    return try Self.take(
      server.folder.appendingPathComponent(Self.logFolder), to: folder.file(Self.logFolder))
  }

  private static let logging = ["--appendonly", "yes", "--auto-aof-rewrite-percentage", "0"]
  private static let logFolder = "appendonlydir"

  static func send(_ batch: [[Word]], to server: OracleServer) throws {
    for case .error(let message) in try server.pipeline(batch) {
      throw Failure(description: message)
    }
  }

  static func take(_ dump: URL, to place: URL) throws -> URL {
    try? FileManager.default.removeItem(at: place)
    try FileManager.default.copyItem(at: dump, to: place)
    return place
  }

  /// A server that has loaded a dump or a log, with settings (`name=value,name=value`).
  func server(with input: URL, _ settings: String = "") throws -> OracleServer {
    let isLog = input.lastPathComponent == Self.logFolder
    let options = settings.split(separator: ",").flatMap { setting in
      let parts = setting.split(separator: "=").map(String.init)
      return ["--\(parts[0])", parts[1]]
    }
    return try OracleServer(
      oracle, arguments: options + (isLog ? Self.logging : []), timeout: .seconds(300)
    ) { folder in
      let name = isLog ? Self.logFolder : "dump.rdb"
      try FileManager.default.copyItem(at: input, to: folder.appendingPathComponent(name))
    }
  }

  private static func settings(_ text: String) throws -> EncodingSettings {
    var settings = EncodingSettings()
    for setting in text.split(separator: ",") {
      let parts = setting.split(separator: "=").map(String.init)
      guard let value = Int64(parts[1]), settings.set(parts[0], to: value) else {
        throw Failure(description: "\(setting) is no setting")
      }
    }
    return settings
  }

  func estimate(
    _ input: URL, whatIfs: [String] = [], now: Int64 = 0, rows: ([KeyRow]) -> Void = { _ in }
  ) throws -> MemoryEstimate {
    var wishes = MemoryTally.Wishes()
    wishes.now = now
    wishes.whatIfNames = whatIfs
    wishes.whatIfs = try whatIfs.map(Self.settings)
    var scan = MemoryScan(wishes)
    scan.allocator = allocator
    scan.jobs = 2
    scan.wantsRows = true
    var estimate = MemoryEstimate(scan)
    if case .log(let log) = MemoryInput(input.path) {
      let reading = scan.run(log: log, named: input.path, into: &estimate, put: rows)
      guard reading.isWhole else { throw Failure(description: "a damaged log") }
    } else {
      let verdict = scan.run(input.path, into: &estimate, put: rows)
      guard verdict.outcome == .sound else { throw Failure(description: "a damaged dump") }
    }
    return estimate
  }

  /// Compares everything about a dump or a log.
  ///
  /// - `reloading`: whether the server, once it has its data, saves and loads them.
  package func figures(_ input: URL, reloading: Bool = false) throws -> Figures {
    var rows: [ByteString: KeyRow] = [:]
    let estimate = try estimate(input, whatIfs: Self.whatIfs) { batch in
      for row in batch { rows[row.name] = row }
    }
    let server = try server(with: input)
    if reloading { try server.command("DEBUG", "RELOAD") }
    let used = try Self.used(server)
    var figures = Figures(
      server: estimate.server?.name ?? "", encodings: [],
      total: Total(used: used - min(used, start), own: estimate.estimatedBytes), whatIfs: [])
    try compare(rows, with: server, &figures)
    for (index, settings) in Self.whatIfs.enumerated() {
      let server = try self.server(with: input, settings)
      if reloading { try server.command("DEBUG", "RELOAD") }
      let other = try Self.used(server)
      let own = estimate.tally.whatIfs[index].bytes + estimate.tables
      figures.whatIfs.append((settings, Total(used: other - min(other, start), own: own)))
    }
    return figures
  }

  private func compare(
    _ rows: [ByteString: KeyRow], with server: OracleServer, _ figures: inout Figures
  ) throws {
    var sums: [String: Encoding] = [:]
    let names = rows.keys.sorted()
    for start in stride(from: 0, to: names.count, by: 1000) {
      let part = names[start..<min(start + 1000, names.count)]
      let replies = try server.pipeline(
        part.flatMap { name in
          let key = Word(name.bytes)
          return [["MEMORY", "USAGE", key, "SAMPLES", "0"], ["OBJECT", "ENCODING", key]]
        })
      for (index, name) in part.enumerated() {
        guard case .integer(let usage) = replies[2 * index],
          let encoding = replies[2 * index + 1].text, let row = rows[name]
        else { throw Failure(description: "no answer for \(name)") }
        var sum = sums[encoding] ?? Encoding(name: encoding)
        sum.keys += 1
        sum.usage += UInt64(usage)
        sum.own += row.memory.usage
        sums[encoding] = sum
        figures.keys += 1
        let difference = Double(row.memory.usage) - Double(usage)
        if abs(difference) <= 0.02 * Double(usage) { figures.near += 1 }
      }
    }
    figures.encodings = sums.values.sorted { $0.name < $1.name }
  }

  // MARK: The cases of "Redis in Action", 9.2

  /// A hash of cities by number, each a list of city, region and country as JSON (9.2.1).
  package func cities(_ count: Int) throws -> Followed {
    var random = SeededRandom(seed: 9)
    func word(_ length: ClosedRange<Int>) -> String {
      let letters = (0..<Int.random(in: length, using: &random)).map { _ in
        Character(UnicodeScalar(UInt8.random(in: 97...122, using: &random)))
      }
      return String(letters).capitalized
    }
    let rows = (1...count).map { number in
      (Word(number), Word("[\"\(word(4...14))\", \"\(word(2...2))\", \"\(word(4...12))\"]"))
    }
    return try sharding(
      .shardHashes, rows.map { ["HSET", "cityid2city:", $0.0, $0.1] }
    ) { size in
      rows.enumerated().map { index, row in
        ["HSET", Word("cityid2city:\((index + 1) / size)"), row.0, row.1]
      }
    }
  }

  /// A set of the visitors of a day, numbers of 60 bits (9.2.2).
  package func visitors(_ count: Int) throws -> Followed {
    var random = SeededRandom(seed: 9)
    let members = (0..<count).map { _ in Int(UInt64.random(in: 0..<(1 << 60), using: &random)) }
    return try sharding(
      .shardSets, members.map { ["SADD", "unique:2026-11-28", Word($0)] }
    ) { size in
      let shards = (count + size - 1) / size
      return members.map { member in
        // Any hash will do.
        let hash = UInt64(member) &* 0x9E37_79B9_7F4A_7C15 >> 32
        return ["SADD", Word("unique:2026-11-28:\(hash % UInt64(shards))"), Word(member)]
      }
    }
  }

  /// Lets a server hold a value in one key and in shards, as the advice of the first says.
  private func sharding(
    _ code: Advice.Code, _ commands: [[Word]], _ sharded: (Int) -> [[Word]]
  ) throws -> Followed {
    let folder = try TemporaryFolder()
    let dump = try dump(of: commands, in: folder)
    // A table that has grown may have the smaller one beside it for long; a loaded one has not.
    let whole = try Self.used(try self.server(with: dump))
    let advice = try advice(code, in: dump)
    guard let size = advice.title.split(separator: " ").compactMap({ Int($0) }).first else {
      throw Failure(description: "no size of shards in \(advice.title)")
    }
    let other = try OracleServer(oracle)
    for command in advice.commands {
      try other.command(command.split(separator: " ").map { Word(String($0)) })
    }
    try Self.send(sharded(size), to: other)
    return result(advice, whole, try Self.used(other))
  }

  // MARK: Streams

  /// What streams of few and of many entries take more in the server that they were written to than in one
  /// that has loaded them.
  package func streamRoom() throws -> Total {
    let folder = try TemporaryFolder()
    let server = try OracleServer(oracle)
    for stream in 0..<1000 {
      let entries = (0..<(stream % 140 + 1)).map { entry in
        ["XADD", Word("events:\(stream)"), Word("1-\(entry + 1)"), "field", Word("value \(entry)")]
      }
      try Self.send(entries, to: server)
    }
    let written = try Self.used(server)
    let dump = try Self.take(try server.save(), to: folder.file("streams.rdb"))
    let loaded = try Self.used(try self.server(with: dump))
    return Total(used: written - min(written, loaded), own: try estimate(dump).tally.streamRoom)
  }
}
