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
  ///
  /// `form`: nil for an output that is not made of commands.
  mutating func compare(
    _ wanted: borrowing Keyspace, with found: borrowing Keyspace,
    except losses: [RewriteReport.Loss], by form: CommandForm?
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
        } else if let place, b[place].isSame(as: entry, by: form) {
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
  /// Whether another entry has the same value and lifetime, groups and counters of streams included, or comes
  /// to the same by the commands of a rewrite.
  fileprivate func isSame(as other: Entry, by form: CommandForm?) -> Bool {
    let digest = valueDigest(.complete)
    if digest == other.valueDigest(.complete) { return true }
    guard let form else { return false }
    if let added = other.withScoresOfCommands { return digest == added.valueDigest(.complete) }
    guard !form.hasStreamCounters, let own = withoutCounters, let other = other.withoutCounters
    else { return false }
    return own.valueDigest(.complete) == other.valueDigest(.complete)
  }

  /// The entry with the scores that it has when ZADD adds its members in their order; nil without a sorted set.
  ///
  /// A listpack of Redis 7.0 and later takes a score of -0 as the integer 0, but for one that comes in an RDB.
  /// The ziplist of a release before keeps the sign, which is lost when the output is read back here.
  private var withScoresOfCommands: Entry? {
    guard case .sortedSet(let members) = value else { return nil }
    var builder = SortedSetBuilder(limits: EncodingLimits())
    members.forEach { builder.append($0, $1) }
    return with(.sortedSet(builder.finish()))
  }

  /// The entry with the counters of a stream as they were never counted; nil without a stream.
  ///
  /// A release before Redis 7.0 has none: those that come of reading its commands are of the way in which
  /// the commands make the stream.
  private var withoutCounters: Entry? {
    guard case .stream(let box) = value else { return nil }
    var stream = box.content
    stream.maxDeletedID = .zero
    stream.entriesAdded = 0
    for group in stream.groups.indices { stream.groups[group].entriesRead = nil }
    return with(.stream(Box(stream)))
  }

  private func with(_ value: Value) -> Entry {
    let entry = copy()
    entry.value = value
    return entry
  }
}
