import Foundation
import Keyspace
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// Killed at any moment, the server comes back with what it has promised to keep.
@Suite(.serialized) struct CrashConformanceTests {
  /// A client that writes numbers from 1 on: as a string, as two keys in a transaction, and to a list.
  private final class Writer: Sendable {
    struct State {
      var sent = 0
      /// The numbers of which all was acknowledged, in turn, and when that was.
      var acknowledged: [ContinuousClock.Instant] = []
      /// An answer other than the loss of the connection that ended the writing.
      var refusal: String?
    }

    let number: Int
    private let state = Mutex(State())
    private let done = DispatchSemaphore(value: 0)

    /// Writes until the connection is lost, or up to a last number.
    init(_ number: Int, at socket: String, last: Int = .max) {
      self.number = number
      Thread.detachNewThread { [self] in
        write(to: socket, last)
        done.signal()
      }
    }

    private func write(to socket: String, _ last: Int) {
      guard let client = try? RESPClient(unixSocket: socket) else { return }
      for next in 1...last {
        state.withLock { $0.sent = next }
        for words in [
          ["SET", "counter:\(number)", Word(next)], ["MULTI"],
          ["SET", "one:\(number)", Word(next)],
          ["SET", "other:\(number)", Word(next)], ["EXEC"],
          ["LPUSH", "list:\(number)", Word(next)],
        ] as [[Word]] {
          client.enqueue(words)
        }
        guard let replies = try? client.drain() else { return }
        for case .error(let message) in replies {
          state.withLock { $0.refusal = message }
          return
        }
        state.withLock { $0.acknowledged.append(.now) }
      }
    }

    /// What came of it, when the server is gone.
    func finish() -> State {
      done.wait()
      return state.withLock { $0 }
    }
  }

  /// How long the server lives in each round, in milliseconds.
  private static func lives(_ sync: String) -> [UInt32] {
    var random = SeededRandom(seed: 41)
    let short = (0..<8).map { _ in UInt32.random(in: 20...300, using: &random) }
    // Long enough for something to be older than what may be lost.
    return sync == "everysec" ? short + [3000, 3500] : short
  }

  @Test(arguments: ["always", "everysec", "no"])
  func whatIsPromisedIsKept(_ sync: String) throws {
    let options = ["--appendonly", "yes", "--appendfsync", sync]
    for (round, life) in Self.lives(sync).enumerated() {
      let folder = try TemporaryFolder()
      let server = try OracleServer.ours(arguments: options, in: folder)
      let process = try #require(try server.processIdentifier())
      let writers = (0..<4).map { Writer($0, at: server.socket) }
      usleep(life * 500)
      // In every other round, the log is being rewritten or has just been.
      if round % 2 == 1 { try server.command("BGREWRITEAOF") }
      usleep(life * 500)
      let killed = ContinuousClock.now
      kill(process, SIGKILL)
      #expect(server.exitCode() == 128 + SIGKILL)
      let states = writers.map { $0.finish() }

      var keyspace = Keyspace()
      let log = folder.file("appendonlydir").path
      let outcome = Replay().run(FilePath(log), into: &keyspace)
      #expect(outcome.failure == nil, "round \(round)")

      let again = try OracleServer.ours(arguments: options, in: folder)
      for (writer, state) in zip(writers, states) {
        #expect(state.refusal == nil)
        let promised =
          switch sync {
          case "always": state.acknowledged.count
          // It may be a second late, and waits for a sync that runs a second more.
          case "everysec": state.acknowledged.count { $0 < killed - .seconds(2) }
          default: 0
          }
        let found = try Self.number(of: writer.number, in: again)
        #expect(
          (promised...state.sent).contains(found),
          "round \(round): \(found) of \(promised) that were promised and \(state.sent) sent")
      }
      if sync == "always" { #expect(states.contains { !$0.acknowledged.isEmpty }) }
      // It goes on where it was.
      try again.command("SET", "after", "1")
    }
  }

  /// The highest number of which all that a writer has sent is there. What is there has to be what some moment
  /// left: each part of a number comes after those before it.
  private static func number(of writer: Int, in server: OracleServer) throws -> Int {
    func value(_ key: String) throws -> Int {
      try server.command("GET", "\(key):\(writer)").text.flatMap { Int($0) } ?? 0
    }
    let (counter, one, other) = (try value("counter"), try value("one"), try value("other"))
    #expect(one == other, "half of a transaction")
    let list = try server.command("LRANGE", "list:\(writer)", "0", "-1").array ?? []
    #expect(list.map(\.text) == (0..<list.count).map { "\(list.count - $0)" })
    #expect((counter - 1...counter).contains(one) && (one - 1...one).contains(list.count))
    return list.count
  }

  /// A power failure leaves any part of what was not synced: cut off at any place, the log is loaded up to the last
  /// whole command or transaction, and what is taken off is kept.
  @Test func aTornLogIsCut() throws {
    let options = ["--appendonly", "yes"]
    let folder = try TemporaryFolder()
    let first = try OracleServer.ours(arguments: options, in: folder)
    #expect(Writer(0, at: first.socket, last: 100).finish().acknowledged.count == 100)
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
      #expect(try Self.number(of: 0, in: server) > 0)
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
