internal import Persistence
internal import Synchronization

/// Runs the commands of a log on several threads, as far as commands touch the keys of one lane each.
///
/// While lanes run, the tables of the dataset are on loan to them; ``join(_:)`` brings them back, for what
/// needs all keys and at the end.
final class ReplayLanes {
  private let lanes: [ReplayLane]
  private let threads: [JoinableThread]
  private let failed = StopFlag()
  /// Whether the tables are with the lanes.
  private var areRunning = false

  /// Whether a lane has met a command that ends the replay: then there is no need for more batches.
  var haveFailed: Bool { failed.isSet }

  /// Lanes for a file; nil where the system gives no threads for them.
  ///
  /// - `count`: at least 2, and at most ``LanePlan/mostLanes``.
  init?(count: Int, file: String, _ replay: Replay) {
    let failed = failed
    let lanes = (0..<count).map {
      ReplayLane(number: $0, of: count, file: file, replay, failed: failed)
    }
    threads = lanes.compactMap { lane in JoinableThread { lane.runToEnd() } }
    self.lanes = lanes
    guard threads.count == count else {
      end()
      return nil
    }
  }

  /// Ends the threads, when they have done what they were given.
  func end() {
    for lane in lanes { lane.end() }
    for thread in threads { thread.join() }
  }

  /// Has the lanes run a section of a batch, before long.
  func run(_ section: LaneSection, of keyspace: inout Keyspace) {
    if !areRunning {
      for lane in lanes { lane.state.withLock { $0.begin(like: keyspace) } }
      exchangeGroups(&keyspace)
      areRunning = true
    }
    for lane in lanes { lane.add(section) }
  }

  /// What lanes have met.
  struct Findings {
    /// The first command that was refused, and ended the replay, and the last time that was told before it.
    var failure: (ReplayProblem, lastTimestamp: Int64?)?
    /// The first commands that were refused while the replay goes on, and how many there are.
    var problems: [ReplayProblem] = []
    var problemCount: UInt64 = 0
  }

  /// Waits for all lanes and brings all keys back into the dataset. After a failure, what lanes ran behind
  /// it is there, too.
  func join(_ keyspace: inout Keyspace) -> Findings {
    var findings = Findings()
    guard areRunning else { return findings }
    for lane in lanes { lane.waitUntilIdle() }
    exchangeGroups(&keyspace)
    // All lanes have these in common.
    (keyspace.selected, keyspace.clock) = lanes[0].state.withLock {
      ($0.keyspace.selected, $0.keyspace.clock)
    }
    areRunning = false
    for lane in lanes {
      lane.state.withLock { state in
        findings.problems += state.problems
        findings.problemCount += state.problemCount
        state.problems = []
        state.problemCount = 0
        if let failure = state.failure, failure.number < findings.failure?.0.number ?? .max {
          findings.failure = (failure, state.lastTimestamp)
        }
      }
    }
    findings.problems.sort { $0.number < $1.number }
    return findings
  }

  private func exchangeGroups(_ keyspace: inout Keyspace) {
    for (number, lane) in lanes.enumerated() {
      lane.state.withLock {
        keyspace.exchangeGroups(with: &$0.keyspace, from: number, every: lanes.count)
      }
    }
  }
}

extension Keyspace {
  /// Takes over all that commands depend on beside the keys.
  mutating func prepare(like other: borrowing Keyspace) {
    selected = other.selected
    databaseLimit = other.databaseLimit
    semantics = other.semantics
    limits = other.limits
    release = other.release
    clock = other.clock
  }

  /// Exchanges every so many-th group of slots of all databases.
  fileprivate mutating func exchangeGroups(
    with other: inout Keyspace, from first: Int, every step: Int
  ) {
    while databases.count < other.databases.count { databases.append(Database()) }
    while other.databases.count < databases.count { other.databases.append(Database()) }
    for number in databases.indices {
      databases[number].exchangeGroups(
        with: &other.databases[number], from: first, every: step)
    }
    changes += other.changes
    other.changes = 0
  }
}
