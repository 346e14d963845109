internal import Persistence

extension Keyspace {
  /// The sorted set under a key; nil when there is no such key. Throws `wrongType`.
  mutating func sortedSet(_ key: RawSpan) throws(CommandError) -> SortedSetValue? {
    guard let place = find(key) else { return nil }
    return try sortedSet(at: place)
  }

  /// The sorted set at a place. Throws `wrongType`.
  func sortedSet(at place: Database.Place) throws(CommandError) -> SortedSetValue {
    guard case .sortedSet(let set) = databases[selected][place].value else { throw .wrongType }
    return set
  }

  /// Changes a sorted set where it lies. One that becomes empty is removed with its key. Throws `wrongType`, and
  /// what `body` throws.
  @inline(__always)
  mutating func modifySortedSet<R>(
    _ place: Database.Place, _ body: (inout SortedSetValue) throws(CommandError) -> R
  ) throws(CommandError) -> R {
    var isEmpty = false
    defer { if isEmpty { databases[selected].remove(at: place) } }
    return try databases[selected].modify(place) { (value) throws(CommandError) in
      guard case .sortedSet(var set) = value else { throw .wrongType }
      value = .integer(0)
      defer {
        isEmpty = set.isEmpty
        value = .sortedSet(set)
      }
      return try body(&set)
    }
  }

  /// Puts a sorted set under a key, in the place of what was there; without members, removes what was there.
  mutating func store(_ set: SortedSetValue, at key: RawSpan) {
    if !set.isEmpty {
      self.set(key, .sortedSet(set))
      changes += 1
    } else if remove(key) {
      changes += 1
    }
  }
}
