package import Persistence

/// A sample of the keys of a log, and what a rewrite would write of each.
///
/// A key is in the sample when its hash is not above a bound, which is halved whenever the keys become too
/// many; so it is with the fields of hashes and the members of sets and sorted sets. Which ones are in it
/// at the end depends on the log alone, and their history is known from the first command on.
package struct RewriteSample: Sendable {
  package private(set) var bounds = SampleBounds()
  /// Keys in the sample, with those of which nothing is left.
  package var count: Int { keys.count }
  /// Fields in the sample, with some of those that are gone.
  package var fieldCount: Int { fields.fields.count }

  private var keys: [SampledKey] = []
  /// Open addressing: 1 + the number of a key, or 0. A power of two of slots, at most half of them taken.
  private var slots: [UInt32]
  private var fields = FieldSample()
  private var databases = FlushedDatabases()
  /// Unknown to whoever wrote the file, so that nobody can make keys queue up for one slot.
  private let secret = ByteHash.seed

  private let keyCapacity: Int
  private let fieldCapacity: Int

  /// An empty sample of at most so many keys and fields.
  package init(keys: Int = 4096, fields: Int = 32_768) {
    precondition(keys > 0 && fields > 0)
    keyCapacity = keys
    fieldCapacity = fields
    slots = Array(repeating: 0, count: 64)
  }

  /// Takes in the run of commands that follows.
  package mutating func add(_ log: borrowing RewriteLog) {
    /// The key that events of fields belong to.
    var owner: Int?
    for event in log.events {
      switch event.kind {
      case .flushAll: databases.flushAll()
      case .flushDatabase: databases.flush(event.database)
      case .swapDatabases: databases.swap(event.database, UInt32(clamping: event.number))
      case .field, .fieldRemoved: if let owner { change(event, of: owner) }
      default:
        owner = place(of: event)
        guard let owner else { continue }
        if databases.isFlushed(keys[owner].database, since: keys[owner].epoch) {
          keys[owner].clear()
        }
        keys[owner].epoch = databases.epoch
        keys[owner].apply(event, share: fieldShare)
      }
    }
  }

  private var keyShare: Double { SampleBounds.share(bounds.keys) }
  private var fieldShare: Double { SampleBounds.share(bounds.fields) }

  // MARK: Keys

  /// The number of the key of an event; nil when it is not in the sample.
  private mutating func place(of event: KeyEvent) -> Int? {
    let database = databases.current(event.database)
    let slot = slot(of: event.key, database)
    if slots[slot] > 0 { return Int(slots[slot]) - 1 }
    while keys.count >= keyCapacity { halveKeys() }
    guard event.key <= bounds.keys else { return nil }
    keys.append(SampledKey(event, database: database, epoch: databases.epoch))
    if 2 * keys.count > slots.count {
      fillSlots(2 * slots.count)
    } else {
      // The table may have been filled anew.
      slots[self.slot(of: event.key, database)] = UInt32(keys.count)
    }
    return keys.count - 1
  }

  private func slot(of hash: UInt64, _ database: UInt32) -> Int {
    let mask = slots.count - 1
    let whole = StableHash.key(hash, database: UInt64(database))
    var slot = Int(truncatingIfNeeded: ByteHash.fold(whole ^ secret, 0x9e37_79b9_7f4a_7c15)) & mask
    while slots[slot] != 0 {
      let key = keys[Int(slots[slot]) - 1]
      if key.hash == hash, key.database == database { break }
      slot = (slot + 1) & mask
    }
    return slot
  }

  private mutating func fillSlots(_ count: Int) {
    slots = [UInt32](repeating: 0, count: count)
    for (index, key) in keys.enumerated() {
      slots[slot(of: key.hash, key.database)] = UInt32(index + 1)
    }
  }

  private mutating func halveKeys() {
    bounds.keys /= 2
    var moved = [Int32](repeating: -1, count: keys.count)
    var kept: [SampledKey] = []
    for (index, key) in keys.enumerated() where key.hash <= bounds.keys {
      moved[index] = Int32(kept.count)
      kept.append(key)
    }
    keys = kept
    fillSlots(slots.count)
    fields.keep { field in
      guard moved[Int(field.key)] >= 0 else { return nil }
      var field = field
      field.key = moved[Int(field.key)]
      return field
    }
  }

  // MARK: Fields

  private mutating func change(_ event: KeyEvent, of owner: Int) {
    guard event.key <= bounds.fields else { return }
    let (number, generation) = (Int32(owner), keys[owner].generation)
    let before: Int64?
    if event.kind == .field {
      before = fields.set(event.key, of: number, generation, size: event.size)
      keys[owner].changeField(from: before, to: event.size)
      if fields.fields.count > fieldCapacity { dropFields() }
    } else {
      before = fields.remove(event.key, of: number, generation)
      if before != nil { keys[owner].changeField(from: before, to: nil) }
    }
  }

  /// Drops the fields that are gone, and while there are still many, those above a bound half as high.
  private mutating func dropFields() {
    fields.keep { keys[Int($0.key)].generation == $0.generation ? $0 : nil }
    guard fields.fields.count > fieldCapacity / 4 * 3 else { return }
    while fields.fields.count > fieldCapacity / 4 * 3 {
      bounds.fields /= 2
      fields.keep { $0.hash <= bounds.fields ? $0 : nil }
    }
    for index in keys.indices { (keys[index].fields, keys[index].fieldBytes) = (0, 0) }
    for field in fields.fields { keys[Int(field.key)].changeField(from: nil, to: field.size) }
  }

  // MARK: Results

  /// What the sample tells of a quantity.
  package struct Estimate: Sendable, Equatable {
    package var value: Double
    /// 0 when it is no estimate.
    package var standardError: Double

    package init(_ value: Double, standardError: Double) {
      self.value = value
      self.standardError = standardError
    }
  }

  /// The number of distinct keys of the log.
  package var distinctKeys: Estimate {
    let count = Double(keys.count)
    let error = (count * (1 - keyShare)).squareRoot() / keyShare
    return Estimate(count / keyShare, standardError: bounds.keys == .max ? 0 : error)
  }

  /// The bytes of the commands that a rewrite would write of all keys, of whose commands the log has
  /// `logged` bytes. The error is that of the sample alone.
  ///
  /// The ratio of both within the sample, times `logged`: that varies much less than the bytes of a key do.
  package func liveBytes(ofLogged logged: UInt64, now: Int64) -> Estimate {
    var (live, sampled, variance) = (0.0, 0.0, 0.0)
    for key in keys {
      live += liveBytes(key, now)
      sampled += Double(key.logged)
    }
    guard sampled > 0 else { return Estimate(0, standardError: 0) }
    let ratio = live / sampled
    let missing = bounds.keys == .max ? 0 : 1 - keyShare
    for key in keys {
      let rest = liveBytes(key, now) - ratio * Double(key.logged)
      variance += missing * rest * rest
      if bounds.fields < .max { variance += key.fieldVariance(share: fieldShare) }
    }
    let scale = Double(logged) / sampled
    return Estimate(live * scale, standardError: variance.squareRoot() * scale)
  }

  private func liveBytes(_ key: SampledKey, _ now: Int64) -> Double {
    databases.isFlushed(key.database, since: key.epoch)
      ? 0 : key.liveBytes(share: fieldShare, now: now)
  }
}
