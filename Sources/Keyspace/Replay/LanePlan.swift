internal import Persistence

/// Which lane runs each command of a batch, where commands touch the keys of one lane only.
///
/// A lane has the keys of some cluster slots. Commands of different lanes do not see each other, so that
/// lanes may run them at the same time, each its own in their order.
struct LanePlan: Sendable {
  /// By the place of an item in its batch: the number of its lane, or one of the following.
  let lanes: [UInt8]
  /// The batch in runs of items that lanes can take, and of items that they cannot.
  let sections: [Section]

  /// For annotations and SELECT, which concern all lanes.
  static let everyLane = UInt8.max
  /// For MULTI and EXEC around commands that lanes run: they only count.
  private static let noLane = UInt8.max - 1
  /// For commands that each lane runs with its own keys.
  static let sharedByLanes = UInt8.max - 2
  /// For all others: commands on keys of several lanes or on whole databases, transactions with such
  /// commands or without an end, what is to be left out, and what a keyspace does not run.
  private static let needsAllKeys = UInt8.max - 3

  /// The most lanes that there may be.
  static let mostLanes = 16
  /// Databases up to which a dataset is run in lanes.
  static let mostDatabases = 16
  /// A run of fewer items is not worth the waiting for all lanes.
  private static let leastItems = 64

  struct Section: Sendable {
    /// Places in the batch.
    var items: Range<Int>
    var isForLanes: Bool
    /// Commands: items that are no annotations.
    var commands: UInt64 = 0
    /// The last and the latest time that an annotation tells, in Unix seconds.
    var lastTimestamp: Int64?
    var latestTimestamp: Int64?
  }

  /// The plan of a batch for so many lanes; for one, everything needs all keys.
  init(_ parsed: ParsedCommands, lanes laneCount: Int, _ replay: Replay) {
    let items = parsed.items
    guard laneCount > 1 else {
      lanes = []
      sections = [Section(items: items.indices, isForLanes: false)]
      return
    }
    var lanes = items.map { Self.lane(of: $0, parsed, laneCount, replay) }
    Self.markTransactions(parsed, &lanes)
    self.lanes = lanes
    var sections: [Section] = []
    for run in Self.runs(of: lanes) {
      var section = Section(items: run.items, isForLanes: run.isForLanes)
      for item in items[run.items] {
        guard item.isAnnotation else {
          section.commands += 1
          continue
        }
        guard let time = item.timestamp else { continue }
        section.lastTimestamp = time
        section.latestTimestamp = max(section.latestTimestamp ?? time, time)
      }
      sections.append(section)
    }
    self.sections = sections
  }

  /// Whether a lane runs an item of the batch, or its part of it.
  @inline(__always)
  func concerns(_ lane: UInt8, _ index: Int) -> Bool {
    let wanted = lanes[index]
    return wanted == lane || wanted == Self.everyLane || wanted == Self.sharedByLanes
  }

  /// The lane that has a slot.
  static func lane(ofSlot slot: Int, of count: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: SlotGroup.group(of: slot) % count)
  }

  // MARK: Commands

  private enum Reach {
    /// Its keys and nothing else.
    case keys
    /// Its keys, each by itself: what it does to one does not depend on the others.
    case eachKey
    case everything
  }

  /// By the place in the command table: what a command touches.
  private static let reaches: [Reach] = CommandTable.shared.entries.map { entry in
    guard Keyspace.runs(entry), entry.keys.first > 0 || entry.keys.movable != .none else {
      return .everything
    }
    return switch CommandTable.shared.name(entry) {
    // Patterns of SORT name more keys, and the others reach into another database.
    case "sort", "sort_ro", "move", "copy": .everything
    case "del", "unlink", "touch", "exists", "mset": .eachKey
    default: .keys
    }
  }

  private static func lane(
    of item: ParsedCommands.Item, _ parsed: ParsedCommands, _ laneCount: Int, _ replay: Replay
  ) -> UInt8 {
    guard !item.isAnnotation else { return everyLane }
    guard item.entry >= 0, item.end - item.start <= Entry.largestKey else { return needsAllKeys }
    let entry = CommandTable.shared.entries[item.entry]
    guard !replay.skips(entry) else { return needsAllKeys }
    let arguments = parsed.arguments(of: item)
    let bytes = parsed.batch.bytes
    switch entry.mark {
    case .multi, .exec: return noLane
    case .discard: return needsAllKeys
    case .select:
      guard arguments.count == 2,
        let number = NumberText.unsigned(arguments[1].bytes(in: bytes)), number < mostDatabases
      else { return needsAllKeys }
      return everyLane
    case nil: break
    }
    let reach = reaches[item.entry]
    guard reach != .everything else { return needsAllKeys }
    var found: UInt8?
    var isOne = true
    entry.keys.forEachKey(in: arguments, of: bytes) { index in
      let slot = HashSlot.slot(of: arguments[index].bytes(in: bytes))
      let lane = lane(ofSlot: slot, of: laneCount)
      if let other = found, other != lane { isOne = false }
      found = lane
    }
    if isOne, let found { return found }
    // A key without a value is an error of the whole command.
    let isWhole = entry.keys.step == 1 || arguments.count % entry.keys.step == 1
    return reach == .eachKey && isWhole ? sharedByLanes : needsAllKeys
  }

  // MARK: Runs

  /// Leaves transactions to lanes that end in the batch and have nothing in them that needs all keys.
  private static func markTransactions(_ parsed: ParsedCommands, _ lanes: inout [UInt8]) {
    /// Where the transaction begins that is open; before the first MULTI one may be from earlier on.
    var start: Int?
    var isFirst = true
    for index in lanes.indices {
      let item = parsed.items[index]
      guard item.entry >= 0, let mark = CommandTable.shared.entries[item.entry].mark else {
        continue
      }
      switch mark {
      case .multi where start == nil: start = index
      case .exec, .discard, .multi:
        let first = start ?? (isFirst ? 0 : index)
        if start == nil || mark != .exec || lanes[first...index].contains(needsAllKeys) {
          for place in first...index { lanes[place] = needsAllKeys }
        }
        if mark != .multi { start = nil }
      case .select: continue
      }
      isFirst = false
    }
    if let start {
      for place in start..<lanes.count { lanes[place] = needsAllKeys }
    }
  }

  private struct Run {
    var items: Range<Int>
    var isForLanes: Bool
  }

  private static func runs(of lanes: [UInt8]) -> [Run] {
    var runs: [Run] = []
    func add(_ run: Run) {
      if let last = runs.last, last.isForLanes == run.isForLanes {
        runs[runs.count - 1].items = last.items.lowerBound..<run.items.upperBound
      } else {
        runs.append(run)
      }
    }
    var start = 0
    while start < lanes.count {
      let isForLanes = lanes[start] != needsAllKeys
      var end = start + 1
      while end < lanes.count, (lanes[end] != needsAllKeys) == isForLanes { end += 1 }
      let isWhole = end - start == lanes.count
      add(
        Run(items: start..<end, isForLanes: isForLanes && (isWhole || end - start >= leastItems)))
      start = end
    }
    return runs
  }
}
