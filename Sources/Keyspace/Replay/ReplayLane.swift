internal import DequeModule
internal import Persistence
internal import Synchronization

/// Commands of a batch that all lanes run, each its part.
struct LaneSection: Sendable {
  var batch: ReplayBatch
  var items: Range<Int>
  /// The number of the first command in its file.
  var firstNumber: UInt64
}

/// Runs the commands on the keys of some slots, on a thread of its own.
final class ReplayLane: Sendable {
  private struct Work {
    var sections: Deque<LaneSection> = []
    var isBusy = false
    var isAtEnd = false
  }

  /// What the lane's thread works on. Others look at it while the lane has nothing to do.
  struct State: ~Copyable {
    /// The keys of the lane's slots, while these are on loan.
    var keyspace = Keyspace()
    /// Commands that could not be run while the replay goes on; the first ones.
    var problems: [ReplayProblem] = []
    /// All of these.
    var problemCount: UInt64 = 0
    /// The command that the lane ended with.
    fileprivate(set) var failure: ReplayProblem?
    /// The last time that an annotation had told then, in Unix seconds.
    fileprivate(set) var lastTimestamp: Int64?
    fileprivate var reply = ReplyWriter(.none)

    /// Prepares the lane for the keys that it is about to get.
    mutating func begin(like keyspace: borrowing Keyspace) {
      self.keyspace.prepare(like: keyspace)
      lastTimestamp = nil
    }
  }

  let state = Mutex(State())

  /// Sections of batches that wait for the lane, at most.
  private static let patience = 4

  private let number: UInt8
  private let laneCount: Int
  private let file: String
  private let replay: Replay
  /// Set by the lane that meets a command which ends the replay.
  private let failed: StopFlag
  private let work = Monitor(Work())

  init(number: Int, of laneCount: Int, file: String, _ replay: Replay, failed: StopFlag) {
    self.laneCount = laneCount
    self.failed = failed
    self.number = UInt8(number)
    self.file = file
    self.replay = replay
  }

  /// Hands the lane some commands, as soon as not too many wait for it.
  func add(_ section: LaneSection) {
    work.withLock(when: { $0.sections.count < Self.patience }) { $0.sections.append(section) }
    work.signalAll()
  }

  /// Waits until the lane has nothing to do.
  func waitUntilIdle() { work.withLock(when: { $0.sections.isEmpty && !$0.isBusy }) { _ in } }

  /// Lets the thread of the lane end.
  func end() {
    work.withLock { $0.isAtEnd = true }
    work.signalAll()
  }

  /// What the lane's thread does.
  func runToEnd() {
    while true {
      let section = work.withLock(when: { !$0.sections.isEmpty || $0.isAtEnd }) { work in
        let section = work.sections.popFirst()
        work.isBusy = section != nil
        return section
      }
      work.signalAll()
      guard let section else { return }
      state.withLock { state in
        if state.failure == nil { run(section, &state) }
      }
      work.withLock { $0.isBusy = false }
      work.signalAll()
    }
  }

  private func run(_ section: LaneSection, _ state: inout State) {
    let parsed = section.batch.parsed
    let plan = section.batch.plan
    var number = section.firstNumber
    for index in section.items {
      let item = parsed.items[index]
      if item.isAnnotation {
        if let seconds = item.timestamp {
          state.lastTimestamp = seconds
          state.keyspace.setTime(seconds: seconds)
        }
        continue
      }
      if plan.concerns(self.number, index) {
        run(item, index, section.batch, number, &state)
      }
      guard state.failure == nil else { return }
      number += 1
    }
  }

  private func run(
    _ item: ParsedCommands.Item, _ index: Int, _ batch: ReplayBatch, _ number: UInt64,
    _ state: inout State
  ) {
    let parsed = batch.parsed
    let entry = CommandTable.shared.entries[item.entry]
    let lane = batch.plan.lanes[index]
    if lane == LanePlan.sharedByLanes {
      let own = ownArguments(entry, item, parsed)
      guard own.count > 1 else { return }
      state.keyspace.run(entry, Arguments(own.span, in: parsed.batch.bytes), &state.reply)
    } else {
      let arguments = Arguments(parsed.arguments(of: item), in: parsed.batch.bytes)
      state.keyspace.run(entry, arguments, &state.reply)
    }
    // What all lanes meet, one of them tells.
    guard let error = state.reply.error, lane == self.number || self.number == 0 else { return }
    let database = state.keyspace.selected
    state.failure = replay.note(
      ReplayProblem(
        item, parsed, file: file, number: number, database: database, .refused(error)),
      among: &state.problems, &state.problemCount)
    if state.failure != nil { failed.set() }
  }

  /// The name of a command, and those of its keys that the lane has, with what stands behind each.
  private func ownArguments(
    _ entry: CommandEntry, _ item: ParsedCommands.Item, _ parsed: ParsedCommands
  ) -> [CommandArgument] {
    let all = parsed.arguments(of: item)
    var own = [all[0]]
    entry.keys.forEachKey(in: all, of: parsed.batch.bytes) { index in
      let slot = HashSlot.slot(of: all[index].bytes(in: parsed.batch.bytes))
      guard LanePlan.lane(ofSlot: slot, of: laneCount) == number else { return }
      for place in index..<min(index + entry.keys.step, all.count) { own.append(all[place]) }
    }
    return own
  }
}
