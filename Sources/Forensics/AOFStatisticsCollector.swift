package import Persistence

/// Puts the tallies of the batches of an AOF together, in the order of the file.
///
/// Memory is bounded, whatever the file holds: some 8 MiB. All results are the same for every number of
/// workers, and in every run. How the file is cut into batches matters only to the bounds of what comes
/// most often.
package struct AOFStatisticsCollector: ~Copyable {
  /// Hands out the tallies that workers fill.
  package let supply = TallySupply()

  private var commands: UInt64 = 0
  private var bytes: UInt64 = 0
  private var known: [CommandTally.Count]
  private var unknown: [String: CommandTally.Count] = [:]
  private var omittedNames = CommandTally.Count()
  private var largest: CommandTally.Argument?
  private var keys = FrequentItems()
  private var prefixes = FrequentItems(textCapacity: 1 << 20)
  private var timeline = WriteTimeline()
  private var transactions = TransactionTally()
  private var scripts = ScriptCounts()
  private var sample = RewriteSample()
  private var keyedBytes: UInt64 = 0
  private var keptBytes: UInt64 = 0

  /// Names of unknown commands that are kept.
  private static let mostNames = 1000

  /// Statistics of nothing.
  package init() {
    known = Array(repeating: .init(), count: CommandTable.shared.entries.count)
  }

  /// Adds the tally of the batch, or of the large command, that follows, and gives it back to the supply.
  package mutating func add(_ tally: CommandTally) {
    commands += tally.commands
    bytes += tally.bytes
    for index in known.indices {
      known[index].count += tally.known[index].count
      known[index].bytes += tally.known[index].bytes
    }
    addUnknown(tally.unknown)
    if let longest = tally.largest, longest.bytes > largest?.bytes ?? 0 || largest == nil {
      largest = longest
    }
    addKeys(tally.keys, tally.prefixes)
    timeline.add(tally.seconds)
    transactions.append(tally.transactions)
    scripts.add(tally.scripts)
    keyedBytes += tally.rewrite.keyedBytes
    keptBytes += tally.rewrite.keptBytes
    sample.add(tally.rewrite)
    supply.put(tally, bounds: sample.bounds)
  }

  /// Says that a file of the AOF ends here, and what follows comes from the next.
  package mutating func endFile() { transactions.endFile() }

  private mutating func addUnknown(_ names: borrowing ItemTable) {
    for item in names.items {
      let name = ScriptCounts.lowercased(names.string(item)).description
      let isKept = unknown.count < Self.mostNames || unknown[name] != nil
      var count = (isKept ? unknown[name] : omittedNames) ?? .init()
      count.count += item.count
      count.bytes += item.bytes
      if isKept { unknown[name] = count } else { omittedNames = count }
    }
  }

  private mutating func addKeys(_ written: borrowing ItemTable, _ names: borrowing ItemTable) {
    var sums = [CommandTally.Count](repeating: .init(), count: names.items.count)
    for item in written.items {
      sums[Int(item.note)].count += item.count
      sums[Int(item.note)].bytes += item.bytes
      keys.add(item, of: written, count: item.count, bytes: item.bytes)
    }
    for (index, item) in names.items.enumerated() {
      prefixes.add(item, of: names, count: sums[index].count, bytes: sums[index].bytes)
    }
  }

  // MARK: Results

  /// The statistics of what has been added.
  ///
  /// - `top`: how many keys, and prefixes, to name.
  /// - `now`: Unix time in milliseconds at which keys count as expired; the last annotation's, when that is
  ///   later.
  package func statistics(top: Int = 20, now: Int64? = nil) -> AOFStatistics {
    AOFStatistics(
      commands: commands, bytes: bytes, names: names, omittedNames: omittedNames,
      largest: largest, hottestKeys: keys.top(top), hottestPrefixes: prefixes.top(top),
      timeline: timeline, transactions: transactions, scripts: scripts.sortedScripts,
      functions: scripts.sortedFunctions, omittedScripts: scripts.omitted,
      distinctKeys: sample.distinctKeys, rewrite: rewrite(now))
  }

  private var names: [AOFStatistics.Name] {
    var counts = unknown
    let table = CommandTable.shared
    for entry in table.entries where known[entry.index].count > 0 {
      // What is unknown may be called `xgroup|create`, too.
      counts[table.name(entry), default: .init()].count += known[entry.index].count
      counts[table.name(entry), default: .init()].bytes += known[entry.index].bytes
    }
    return counts.map { AOFStatistics.Name(name: $0, count: $1.count, bytes: $1.bytes) }
      .sorted { ($1.count, $0.name) < ($0.count, $1.name) }
  }

  private func rewrite(_ now: Int64?) -> AOFStatistics.Rewrite {
    let (last, overflow) = (timeline.latest ?? 0).multipliedReportingOverflow(by: 1000)
    let annotated = timeline.latest == nil || overflow ? Int64.min : last
    let live = sample.liveBytes(ofLogged: keyedBytes, now: max(now ?? .min, annotated))
    let after = live.value + Double(keptBytes)
    let whole = max(1, Double(bytes))
    // What the sample says of others may be wrong of a key that has more than a hundredth of the log.
    let bound = sample.bounds.keys
    let heavy = keys.bytes(ofThoseAbove: bytes / 100) { hash, database in
      StableHash.key(hash, database: database) > bound
    }
    let ratio = live.value / max(1, Double(keyedBytes))
    let doubt = Double(heavy) * max(ratio, 1 - ratio) + 2 * live.standardError
    let isSampled = bound < .max || sample.bounds.fields < .max
    return AOFStatistics.Rewrite(
      bytes: bytes, bytesAfter: after < 0x1p63 ? UInt64(after) : .max,
      share: bytes == 0 ? 0 : max(0, 1 - after / whole),
      margin: min(1, doubt / whole + AOFStatistics.Rewrite.unknowable), isSampled: isSampled)
  }
}
