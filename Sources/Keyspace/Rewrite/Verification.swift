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
    _ wanted: borrowing Keyspace, with found: borrowing Keyspace, as output: OutputForm
  ) {
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
        if let place, b[place].isSame(as: entry, in: output) {
          result.equal += 1
        } else if output.isLossy(entry) {
          result.lossy += 1
        } else {
          result.add(number, ByteString(entry.key))
        }
      }
      self = result
      guard matched < b.count else { continue }
      b.forEach { entry in
        if a.find(entry.key) == nil { result.add(number, ByteString(entry.key)) }
      }
      self = result
    }
    hasEqualFunctions = wanted.functions == found.functions || !output.target.hasFunctions
  }

  private mutating func add(_ database: Int, _ key: ByteString) {
    differentCount += 1
    if different.count < Self.kept { different.append((database, key)) }
  }
}

/// What the form and the release of an output can hold.
struct OutputForm {
  let target: RDBTarget
  /// Of an output that is made of commands; nil for a dump.
  let commands: CommandForm?

  init(_ form: Rewriter.Form, for target: RDBTarget) {
    self.target = target
    commands = form == .aof ? CommandForm(target: target) : nil
  }

  /// Whether more of a key than bookkeeping is left out.
  fileprivate func isLossy(_ entry: Entry) -> Bool {
    let record = entry.rdbEntry(database: 0)
    let losses = commands?.losses(of: record) ?? target.losses(of: record)
    return !losses.allSatisfy(\.isBookkeeping)
  }
}

extension Entry {
  /// Whether an entry that was read back has the same value and lifetime, groups and counters of streams
  /// included, as far as the output can tell.
  fileprivate func isSame(as other: Entry, in output: OutputForm) -> Bool {
    let digest = valueDigest(.complete)
    if digest == other.valueDigest(.complete) { return true }
    if output.commands != nil, let added = other.withScoresOfCommands {
      return digest == added.valueDigest(.complete)
    }
    guard !output.target.hasStreamCounters, let own = withoutCounters,
      let other = other.withoutCounters
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
  /// A release before Redis 7.0 has none: those that come of reading its files are guesses, or of the way in
  /// which commands make the stream.
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
