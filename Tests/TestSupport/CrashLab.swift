import Foundation
import Glibc
import Synchronization

/// Kills our server under load, again and again in one folder, and looks at what comes back.
package final class CrashLab {
  /// How a server may be told to sync its log: `always`, `everysec` or `no`.
  package let sync: String
  private let folder: TemporaryFolder
  private var server: OracleServer
  /// The number up to which each writer has come, as far as is known to be in the file.
  private var reached: [Int]

  private static let writers = 4

  /// What one kill has left.
  package struct Outcome {
    /// Numbers of which all was acknowledged before the kill, of all writers.
    package var acknowledged = 0
    /// What is not as it has to be; empty when all is.
    package var faults: [String] = []
  }

  /// Throws what the start of a server throws.
  package init(sync: String) throws {
    self.sync = sync
    folder = try TemporaryFolder()
    server = try Self.start(sync, in: folder)
    reached = [Int](repeating: 0, count: Self.writers)
  }

  private static func start(_ sync: String, in folder: TemporaryFolder) throws -> OracleServer {
    try .ours(
      arguments: [
        "--appendonly", "yes", "--appendfsync", sync, "--auto-aof-rewrite-min-size", "256kb",
      ], in: folder)
  }

  /// Kills servers so many times, in chains of 20 in one folder, since lists that are compared as a whole are not to
  /// get too long; after random lives of 10 to 200 milliseconds, and then after some of given lengths.
  ///
  /// - `body`: gets what each kill has left, with its number and the milliseconds before it.
  package static func run(
    kills: Int, sync: String, seed: UInt64, then more: [UInt32] = [],
    _ body: (Int, UInt32, Outcome) -> Void
  ) throws {
    var random = SeededRandom(seed: seed)
    let lives = (0..<kills).map { _ in UInt32.random(in: 10...200, using: &random) } + more
    for chain in stride(from: 0, to: lives.count, by: 20) {
      let lab = try CrashLab(sync: sync)
      for kill in chain..<min(chain + 20, lives.count) {
        let outcome = try lab.kill(after: lives[kill], rewrites: (kill - chain) % 2 == 1)
        body(kill, lives[kill], outcome)
      }
    }
  }

  /// Has clients write for some milliseconds, kills the server, starts it again, and compares what is there with
  /// what the clients were told.
  ///
  /// - `rewrites`: whether the log is being rewritten, or has just been.
  package func kill(after life: UInt32, rewrites: Bool) throws -> Outcome {
    guard let process = try server.processIdentifier() else { throw RESPError.closed }
    let writers = reached.enumerated().map {
      CrashWriter($0.offset, from: $0.element + 1, at: server.socket)
    }
    usleep(life * 500)
    if rewrites { _ = try? server.command("BGREWRITEAOF") }
    usleep(life * 500)
    let killed = ContinuousClock.now
    _ = Glibc.kill(process, SIGKILL)
    var outcome = Outcome()
    if server.exitCode() != 128 + SIGKILL { outcome.faults.append("the server ended by itself") }
    let states = writers.map { $0.finish() }
    server = try Self.start(sync, in: folder)
    for (writer, state) in states.enumerated() {
      if let refusal = state.refusal { outcome.faults.append("refused: \(refusal)") }
      outcome.acknowledged += state.acknowledged.count
      let promised =
        switch sync {
        case "always": state.acknowledged.count
        // It may be a second late, and waits for a sync that runs a second more.
        case "everysec": state.acknowledged.count { $0 < killed - .seconds(2) }
        default: 0
        }
      let least = reached[writer] + promised
      let found = try Self.number(of: writer, in: server, &outcome.faults)
      if found < least || found > max(state.sent, least) {
        outcome.faults.append(
          "writer \(writer): \(found) is there, \(least) were promised, \(state.sent) sent")
      }
      reached[writer] = found
    }
    let check = try Run.built("check-aof", [folder.file("appendonlydir").path])
    if check.exitCode != 0 { outcome.faults.append("check-aof: \(check.outputText)") }
    return outcome
  }

  /// The highest number of which all that a writer has sent is there. What is there has to be what some moment left:
  /// each part of a number comes after those before it.
  package static func number(
    of writer: Int, in server: OracleServer, _ faults: inout [String]
  ) throws -> Int {
    func value(_ key: String) throws -> Int {
      try server.command("GET", "\(key):\(writer)").text.flatMap { Int($0) } ?? 0
    }
    let (counter, one, other) = (try value("counter"), try value("one"), try value("other"))
    if one != other { faults.append("half of a transaction: \(one) and \(other)") }
    let list = try server.command("LRANGE", "list:\(writer)", "0", "-1").array ?? []
    if list.map(\.text) != (0..<list.count).map({ "\(list.count - $0)" }) {
      faults.append("the list of writer \(writer) has gaps")
    }
    if !(counter - 1...counter).contains(one) || !(one - 1...one).contains(list.count) {
      faults.append("an order that never was: \(counter), \(one), \(list.count)")
    }
    return list.count
  }
}

/// A client that writes numbers: as a string, as two keys in a transaction, and to a list.
package final class CrashWriter: Sendable {
  package struct State: Sendable {
    /// The last number of which anything was sent.
    package var sent = 0
    /// When all of a number was acknowledged, one after the other.
    package var acknowledged: [ContinuousClock.Instant] = []
    /// An answer other than the loss of the connection that ended the writing.
    package var refusal: String?
  }

  package let number: Int
  private let state = Mutex(State())
  private let done = DispatchSemaphore(value: 0)

  /// Writes until the connection is lost, or up to a last number.
  package init(_ number: Int, from first: Int = 1, at socket: String, last: Int = .max) {
    self.number = number
    Thread.detachNewThread { [self] in
      write(to: socket, first, last)
      done.signal()
    }
  }

  private func write(to socket: String, _ first: Int, _ last: Int) {
    guard let client = try? RESPClient(unixSocket: socket) else { return }
    for next in first...last {
      state.withLock { $0.sent = next }
      for words in [
        ["SET", "counter:\(number)", Word(next)], ["MULTI"], ["SET", "one:\(number)", Word(next)],
        ["SET", "other:\(number)", Word(next)], ["EXEC"], ["LPUSH", "list:\(number)", Word(next)],
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
  package func finish() -> State {
    done.wait()
    return state.withLock { $0 }
  }
}
