internal import Persistence

// Values of a dataset and of RDB files.
extension Value {
  /// A value as it is held that is no string; nil for a string, which lies with its key.
  init?(_ value: RDBValue) {
    switch value {
    case .string: return nil
    case .list(let elements): self = .list(ListValue(elements))
    case .set(let members): self = .set(SetValue(members))
    case .hash(let fields): self = .hash(HashValue(fields))
    case .sortedSet(let members): self = .sortedSet(SortedSetValue(members))
    case .stream(let stream): self = .stream(Box(StreamValue(stream)))
    case .module(let module): self = .module(Box(module))
    }
  }
}

extension Entry {
  /// A key as an RDB tells of it.
  static func make(key: RawSpan, _ value: RDBValue) -> Entry {
    if let value = Value(value) { return Entry.make(key: key, value: value) }
    guard case .string(let string) = value else { preconditionFailure("only strings are left") }
    return Keyspace.entry(key, string: unsafe string.bytes.span.bytes)
  }

  /// The value as an RDB holds it.
  var rdbValue: RDBValue {
    switch value {
    case .text: .string(ByteString(text))
    case .integer(let number): .string(ByteString(NumberText.bytes(number)))
    case .buffer(let bytes): .string(ByteString(bytes))
    case .list(let list): .list(list.elements)
    case .set(let set): .set(set.members)
    case .hash(let hash): .hash(hash.fields)
    case .sortedSet(let sortedSet): .sortedSet(sortedSet.members)
    case .stream(let stream): .stream(stream.content.rdb)
    case .module(let module): .module(module.content)
    }
  }

  /// The key as an RDB holds it.
  func rdbEntry(database: Int) -> RDBEntry {
    RDBEntry(
      key: ByteString(key), value: rdbValue, database: UInt64(database),
      expiresAt: hasExpiry ? expiresAt : nil, idle: eviction.idle, frequency: eviction.frequency)
  }
}
