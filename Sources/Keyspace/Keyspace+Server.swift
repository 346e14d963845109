package import Persistence

// What a server wants to know beside the commands.
extension Keyspace {
  /// The databases with keys: their numbers, how many keys they have, and how many of these expire.
  package var databaseCounts: [(number: Int, keys: Int, expires: Int)] {
    databases.indices.compactMap { number in
      let database = databases[number]
      return database.isEmpty ? nil : (number, database.count, database.expires)
    }
  }

  /// Whether a key is there whose time is over.
  package func isExpired(_ key: RawSpan, database number: Int) -> Bool {
    guard number < databases.count, let place = databases[number].find(key) else { return false }
    return isOver(databases[number][place])
  }

  /// The type of a key; nil when it is not there.
  package func type(of key: RawSpan, database number: Int) -> ValueType? {
    guard number < databases.count, let place = databases[number].find(key) else { return nil }
    let entry = databases[number][place]
    return isOver(entry) ? nil : entry.value.type
  }

  /// The last ID that a stream has had; nil where there is none.
  package func lastID(ofStream key: RawSpan, database number: Int) -> StreamID? {
    guard number < databases.count, let place = databases[number].find(key),
      case .stream(let box) = databases[number][place].value
    else { return nil }
    return box.content.lastID
  }

  /// What DEBUG OBJECT tells of a key; nil when it is not there.
  package mutating func debugFacts(of key: RawSpan) -> String? {
    guard let entry = storedEntry(key), !isOver(entry) else { return nil }
    var encoder = EntryEncoder(release, compresses: true)
    // Behind the type and before the version and the checksum.
    let length = encoder.payload(of: entry).map { $0.count - 11 } ?? 0
    let idle = entry.eviction.idle ?? 0
    return
      "Value at:0x0 refcount:1 encoding:\(encoding(of: entry).rawValue) serializedlength:\(length) "
      + "lru:0 lru_seconds_idle:\(idle)" + listFacts(of: entry)
  }

  private func listFacts(of entry: Entry) -> String {
    guard case .list(let list) = entry.value else { return "" }
    let size = (0..<list.nodeCount).reduce(0) { $0 + list.node($1).bytes.count }
    let average = Double(list.count) / Double(max(list.nodeCount, 1))
    return " ql_nodes:\(list.nodeCount) ql_avg_node:\(Self.twoDigits(average)) "
      + "ql_listpack_max:-2 ql_compressed:0 ql_uncompressed_size:\(size)"
  }

  private static func twoDigits(_ number: Double) -> String {
    let hundredths = Int((number * 100).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100)." + (rest < 10 ? "0\(rest)" : "\(rest)")
  }

  /// A key as a record of an RDB file of the release; nil when it is not there, or no file can hold it.
  package mutating func record(of key: RawSpan, database number: Int) -> RecordBatch? {
    guard number < databases.count, let place = databases[number].find(key) else { return nil }
    let entry = databases[number][place]
    guard !isOver(entry) else { return nil }
    var encoder = EntryEncoder(release, compresses: true)
    guard !encoder.append(entry, database: number).contains(where: \.isWhole) else { return nil }
    let bytes = encoder.take()
    return RecordBatch(unsafe bytes.span.bytes, database: UInt64(number), for: release)
  }
}
