internal import Persistence

extension Keyspace {
  /// A set to read from; nil when there is no such key. Throws `wrongType`.
  mutating func set(_ key: RawSpan) throws(CommandError) -> SetValue? {
    guard let place = find(key) else { return nil }
    guard case .set(let set) = databases[selected][place].value else { throw .wrongType }
    return set
  }

  /// Throws `wrongType` for a key that is there and no set.
  func checkSet(_ place: Database.Place) throws(CommandError) {
    guard case .set = databases[selected][place].value else { throw .wrongType }
  }

  /// Changes a set where it lies. One without members is removed with its key.
  @inline(__always)
  mutating func modifySet<R>(
    _ place: Database.Place, _ body: (inout SetValue) throws(CommandError) -> R
  ) throws(CommandError) -> R {
    var isEmpty = false
    let result = try databases[selected].modify(place) { (value) throws(CommandError) -> R in
      guard case .set(var set) = value else { throw .wrongType }
      // Its memory is to be held by nobody else while it changes.
      value = .integer(0)
      defer {
        isEmpty = set.isEmpty
        value = .set(set)
      }
      return try body(&set)
    }
    if isEmpty { databases[selected].remove(at: place) }
    return result
  }
}
