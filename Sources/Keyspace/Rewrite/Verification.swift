package import Persistence

/// What a comparison of two datasets found.
package struct Verification: Sendable {
  /// Why the output could not be read back.
  package var failure: ReplayOutcome.Failure?
  package var tail: ReplayOutcome.Tail?
  /// Keys that are the same in value, lifetime, groups and counters.
  package var equal: UInt64 = 0
  /// Keys that the output holds otherwise, or does not hold, or holds and should not; the first ones.
  package var different: [(database: Int, key: ByteString)] = []
  /// All of these.
  package var differentCount: UInt64 = 0
  /// Keys that were not compared, since something of them was left out.
  package var lossy: UInt64 = 0
  /// Whether the libraries of functions are the same.
  package var hasEqualFunctions = true

  private static let kept = 100

  init(failure: ReplayOutcome.Failure?, tail: ReplayOutcome.Tail?) {
    self.failure = failure
    self.tail = tail
  }

  /// Whether nothing is wrong.
  package var isEqual: Bool {
    failure == nil && tail == nil && differentCount == 0 && hasEqualFunctions
  }

  /// Compares key by key. What `DEBUG DIGEST` does not see counts, too.
  mutating func compare(
    _ wanted: borrowing Keyspace, with found: borrowing Keyspace,
    except losses: [RewriteReport.Loss]
  ) {
    struct Name: Hashable {
      var database: Int
      var key: ByteString
    }
    let skipped = Set(losses.map { Name(database: $0.database, key: $0.key) })
    let count = max(wanted.databases.count, found.databases.count)
    for number in 0..<count {
      let empty = Database()
      let a = number < wanted.databases.count ? wanted.databases[number] : empty
      let b = number < found.databases.count ? found.databases[number] : empty
      var matched = 0
      var result = self
      a.forEach { entry in
        let place = b.find(entry.key)
        if place != nil { matched += 1 }
        let key = ByteString(entry.key)
        if skipped.contains(Name(database: number, key: key)) {
          result.lossy += 1
        } else if let place, b[place].isSame(as: entry) {
          result.equal += 1
        } else {
          result.add(number, key)
        }
      }
      self = result
      guard matched < b.count else { continue }
      b.forEach { entry in
        if a.find(entry.key) == nil { result.add(number, ByteString(entry.key)) }
      }
      self = result
    }
    hasEqualFunctions = wanted.functions == found.functions || !losses.isEmpty
  }

  private mutating func add(_ database: Int, _ key: ByteString) {
    differentCount += 1
    if different.count < Self.kept { different.append((database, key)) }
  }
}

extension Entry {
  /// Whether another entry has the same value and lifetime, groups and counters of streams included.
  fileprivate func isSame(as other: Entry) -> Bool {
    valueDigest(.complete) == other.valueDigest(.complete)
  }
}
