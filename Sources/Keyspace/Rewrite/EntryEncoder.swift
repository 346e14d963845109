internal import Persistence

/// Writes keys of a dataset as records: what is held in the form in which the target's files have it is copied,
/// all else goes through its elements.
struct EntryEncoder: ~Copyable {
  private(set) var encoder: RDBEncoder
  /// Whether the compact encodings of the dataset are those of the target's files: listpacks.
  private let hasListpacks: Bool

  init(_ target: RDBTarget, compresses: Bool) {
    encoder = RDBEncoder(target: target)
    encoder.compresses = compresses
    hasListpacks = target.version >= 10
  }

  var target: RDBTarget { encoder.target }

  /// The records written since the last call.
  mutating func take() -> [UInt8] {
    let bytes = ByteString(encoder.buffer.bytes).bytes
    encoder.buffer.removeAll()
    return bytes
  }

  /// Writes a key. Returns what the target cannot hold of it; with a loss of the whole, nothing is written.
  mutating func append(_ entry: Entry, database: Int) -> [ConversionLoss] {
    if hasListpacks, appendAsHeld(entry) { return [] }
    let record = entry.rdbEntry(database: database)
    let losses = encoder.target.losses(of: record)
    if !losses.contains(where: \.isWhole) { encoder.append(record) }
    return losses
  }

  /// Writes a key whose value is held as the target's files hold it, of which then nothing is lost; false for
  /// any other.
  private mutating func appendAsHeld(_ entry: Entry) -> Bool {
    switch entry.value {
    case .text:
      begin(entry, .string)
      encoder.append(string: entry.text)
    case .integer(let number):
      begin(entry, .string)
      NumberText.withBytes(of: number) { encoder.append(string: $0) }
    case .buffer(let bytes):
      begin(entry, .string)
      encoder.append(string: unsafe bytes.span.bytes)
    case .list(let list): append(list, of: entry)
    case .hash(let hash): return append(hash, of: entry)
    case .set, .sortedSet, .stream, .module: return false
    }
    return true
  }

  private mutating func begin(_ entry: Entry, _ layout: ValueLayout) {
    encoder.begin(
      layout, key: entry.key, expiresAt: entry.hasExpiry ? entry.expiresAt : nil,
      idle: entry.eviction.idle, frequency: entry.eviction.frequency)
  }

  private mutating func append(_ list: ListValue, of entry: Entry) {
    begin(entry, .listQuicklist2)
    encoder.append(count: list.nodeCount)
    for index in 0..<list.nodeCount {
      let node = list.node(index)
      encoder.append(listNode: unsafe node.bytes.span.bytes, isPlain: node.isPlain)
    }
  }

  private mutating func append(_ hash: HashValue, of entry: Entry) -> Bool {
    guard hash.lifetimes == nil else { return false }
    switch hash.content {
    case .listpack(let pack):
      begin(entry, .hashListpack)
      encoder.append(string: unsafe pack.bytes.span.bytes)
    case .table(let box):
      begin(entry, .hash)
      encoder.append(count: box.content.count)
      box.content.all { field, value in
        encoder.append(string: field)
        encoder.append(string: value)
        return true
      }
    }
    return true
  }
}
