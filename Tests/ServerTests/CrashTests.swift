import Foundation
import TestSupport
import Testing

/// Killed at any moment, the server comes back with what it has promised to keep.
@Suite(.serialized) struct CrashConformanceTests {
  /// Random lives of 10 to 200 ms, and with `everysec` some in which something gets older than what may be lost.
  @Test(arguments: ["always", "everysec", "no"])
  func whatIsPromisedIsKept(_ sync: String) throws {
    let long: [UInt32] = sync == "everysec" ? [3000, 3500] : []
    try Self.kill(10, sync, seed: 41, long)
  }

  /// Kills a server so many times.
  static func kill(_ kills: Int, _ sync: String, seed: UInt64, _ more: [UInt32] = []) throws {
    var acknowledged = 0
    try CrashLab.run(kills: kills, sync: sync, seed: seed, then: more) { kill, life, outcome in
      acknowledged += outcome.acknowledged
      #expect(outcome.faults.isEmpty, "kill \(kill), after \(life) ms")
    }
    #expect(acknowledged > 20 * kills, "too little to lose")
  }

  /// A power failure leaves any part of what was not synced: cut off at any place, the log is loaded up to the last
  /// whole command or transaction, and what is taken off is kept.
  @Test func aTornLogIsCut() throws {
    let options = ["--appendonly", "yes"]
    let folder = try TemporaryFolder()
    let first = try OracleServer.ours(arguments: options, in: folder)
    #expect(CrashWriter(0, at: first.socket, last: 100).finish().acknowledged.count == 100)
    first.stop()
    let name = "appendonlydir/appendonly.aof.1.incr.aof"
    let whole = try Array(Data(contentsOf: folder.file(name)))
    var random = SeededRandom(seed: 43)
    var cuts = 0
    // Behind the first numbers, so that there is something of everything.
    for _ in 0..<12 {
      let end = Int.random(in: whole.count / 2..<whole.count, using: &random)
      let server = try OracleServer.ours(arguments: options) { new in
        try FileManager.default.copyItem(
          at: folder.file("appendonlydir"), to: new.appendingPathComponent("appendonlydir"))
        try Data(whole[..<end]).write(to: new.appendingPathComponent(name))
      }
      var faults: [String] = []
      #expect(try CrashLab.number(of: 0, in: server, &faults) > 0)
      #expect(faults.isEmpty)
      let log = server.folder.appendingPathComponent("appendonlydir")
      let kept = try FileManager.default.contentsOfDirectory(atPath: log.path)
        .filter { $0.contains(".cut-") }
      let left = try Array(Data(contentsOf: server.folder.appendingPathComponent(name)))
      if let cut = kept.first {
        cuts += 1
        #expect(kept.count == 1 && cut == "appendonly.aof.1.incr.aof.cut-\(left.count)")
        let rest = try Array(Data(contentsOf: log.appendingPathComponent(cut)))
        #expect(left + rest == Array(whole[..<end]))
      } else {
        #expect(left == Array(whole[..<end]))
      }
      // What is left is a sound log, to which commands are added.
      try server.command("SET", "counter:0", "7")
      #expect(
        try Oracle.redisCheckAOF(log.appendingPathComponent("appendonly.aof.manifest")).exitCode
          == 0)
    }
    #expect(cuts > 6)
  }

  /// The last command is cut off: `aof-load-truncated no` has somebody look before anything is lost.
  @Test func aTornLogMayBeRefused() throws {
    let folder = try TemporaryFolder()
    let server = try OracleServer.ours(arguments: ["--appendonly", "yes"], in: folder)
    try server.command("SET", "key", "value")
    server.stop()
    let file = folder.file("appendonlydir/appendonly.aof.1.incr.aof")
    let torn = try Data(contentsOf: file).dropLast(3)
    try torn.write(to: file)
    do {
      _ = try OracleServer.ours(
        arguments: ["--appendonly", "yes", "--aof-load-truncated", "no"], in: folder)
      Issue.record("it has started")
    } catch let error as OracleServer.StartError {
      #expect(error.exitCode == 1)
      #expect(error.log.contains("aof-load-truncated"), "\(error.log)")
    }
    #expect(try Data(contentsOf: file) == torn)
    let again = try OracleServer.ours(arguments: ["--appendonly", "yes"], in: folder)
    #expect(try again.command("EXISTS", "key") == .integer(0))
  }
}

/// The same, five hundred times.
@Suite(.serialized) struct CrashLoadTests {
  @Test(arguments: [("always", 250), ("everysec", 200), ("no", 50)])
  func whatIsPromisedIsKept(_ sync: String, _ kills: Int) throws {
    try CrashConformanceTests.kill(kills, sync, seed: 47)
  }
}
