extension Snapshot {
  /// The dataset in two parts: all but the last keys, with the functions, and the last keys in the order in which
  /// a rewrite writes them.
  ///
  /// - `count`: keys of the second part, or all that there are.
  package func split(last count: Int) -> (first: Snapshot, last: Snapshot) {
    var first = databases
    var last = [Database](repeating: Database(), count: databases.count)
    var left = max(count, 0)
    for number in databases.indices.reversed() where left > 0 {
      for slot in databases[number].slots.reversed() where left > 0 {
        let table = databases[number].table(of: slot)
        // Of one slot, the entries with the highest names.
        var entries: [Entry] = []
        table.forEachSorted { entries.append($0) }
        for entry in entries.suffix(left) {
          if let place = first[number].find(entry.key) { first[number].remove(at: place) }
          last[number].insert(entry)
        }
        left -= min(left, entries.count)
      }
    }
    return (
      Snapshot(databases: first, functions: functions), Snapshot(databases: last, functions: [])
    )
  }
}
