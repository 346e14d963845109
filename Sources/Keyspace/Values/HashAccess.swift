internal import Persistence

extension Keyspace {
  /// Where a hash is; nil when there is no such key. Throws `wrongType`. Fields that have expired are removed
  /// first.
  @inline(__always)
  mutating func findHash(_ key: RawSpan) throws(CommandError) -> Database.Place? {
    guard let place = find(key) else { return nil }
    guard let now = try expiredFieldsTime(place) else { return place }
    let over = try modifyHash(place) { $0.removeExpired(at: now) }
    if notesExpired, !over.isEmpty {
      expired.append(ExpiredKey(database: selected, key: ByteString(key), fields: over))
    } else {
      changes += UInt64(over.count)
    }
    return find(key)
  }

  /// What time it is, when fields of a hash have expired; else nil. Throws `wrongType`.
  @inline(__always)
  private func expiredFieldsTime(_ place: Database.Place) throws(CommandError) -> Int64? {
    guard case .hash(let hash) = databases[selected][place].value else { throw .wrongType }
    guard case .running(let now) = clock, hash.hasExpiredFields(at: now) else { return nil }
    return now
  }

  /// A hash to read from; nil when there is no such key. Throws `wrongType`.
  mutating func hash(_ key: RawSpan) throws(CommandError) -> HashValue? {
    hash(at: try findHash(key))
  }

  /// The hash at a place where one has been found.
  func hash(at place: Database.Place?) -> HashValue? {
    guard let place, case .hash(let hash) = databases[selected][place].value else { return nil }
    return hash
  }

  /// Changes a hash where it lies. One without fields is removed with its key.
  @inline(__always)
  mutating func modifyHash<R>(
    _ place: Database.Place, _ body: (inout HashValue) throws(CommandError) -> R
  ) throws(CommandError) -> R {
    var isEmpty = false
    let result = try databases[selected].modify(place) { (value) throws(CommandError) -> R in
      guard case .hash(var hash) = value else { throw .wrongType }
      // Its memory is to be held by nobody else while it changes.
      value = .integer(0)
      defer {
        isEmpty = hash.isEmpty
        value = .hash(hash)
      }
      return try body(&hash)
    }
    if isEmpty { databases[selected].remove(at: place) }
    return result
  }
}
