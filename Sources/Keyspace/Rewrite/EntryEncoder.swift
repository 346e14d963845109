internal import DequeModule
internal import Persistence

/// Writes keys of a dataset as records: what is held in the form in which the target's files have it is copied,
/// all else goes through its elements.
struct EntryEncoder: ~Copyable {
  private(set) var encoder: RDBEncoder
  /// Whether the compact encodings of the dataset are those of the target's files: listpacks.
  private let hasListpacks: Bool
  /// Whether values are written for DUMP, behind their types alone.
  private var isPayload = false
  /// Called again and again while much is written; nil where nobody waits for the processor.
  var makeWay: (@Sendable () -> Void)? {
    get { encoder.makeWay }
    set { encoder.makeWay = newValue }
  }
  /// Bytes of the buffer when way was last made.
  private var sizeAtWay = 0
  /// Bytes that are written between two calls of ``makeWay``: a tenth of a millisecond's work.
  private static let bytesPerWay = 16 << 10

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
    sizeAtWay = 0
    return bytes
  }

  @inline(__always)
  private mutating func makeWayIfDue() {
    guard encoder.buffer.count &- sizeAtWay >= Self.bytesPerWay else { return }
    sizeAtWay = encoder.buffer.count
    makeWay?()
  }

  /// Writes a key. Returns what the target cannot hold of it; with a loss of the whole, nothing is written.
  mutating func append(_ entry: Entry, database: Int) -> [ConversionLoss] {
    makeWayIfDue()
    if hasListpacks, appendAsHeld(entry) { return [] }
    let record = entry.rdbEntry(database: database)
    let losses = encoder.target.losses(of: record)
    if !losses.contains(where: \.isWhole) { encoder.append(record) }
    return losses
  }

  /// What DUMP answers for a key; nil where the target cannot hold the value.
  mutating func payload(of entry: Entry) -> ByteString? {
    isPayload = true
    defer {
      isPayload = false
      encoder.buffer.removeAll()
    }
    encoder.buffer.removeAll()
    guard hasListpacks, appendAsHeld(entry) else {
      return encoder.target.dumpPayload(of: entry.rdbValue, compresses: encoder.compresses)
    }
    return encoder.endPayload()
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
    case .set(let set): append(set, of: entry)
    case .sortedSet(let sortedSet): append(sortedSet, of: entry)
    case .stream(let box): append(box.content, of: entry)
    case .module: return false
    }
    return true
  }

  private mutating func begin(_ entry: Entry, _ layout: ValueLayout) {
    guard !isPayload else { return encoder.append(typeOf: layout) }
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
      makeWayIfDue()
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
        makeWayIfDue()
        return true
      }
    }
    return true
  }

  private mutating func append(_ set: SetValue, of entry: Entry) {
    switch set {
    case .intset(let intset):
      begin(entry, .setIntset)
      encoder.append(string: unsafe intset.bytes.span.bytes)
    case .listpack(let pack) where encoder.target.version >= 11:
      begin(entry, .setListpack)
      encoder.append(string: unsafe pack.bytes.span.bytes)
    case .listpack, .table:
      begin(entry, .set)
      encoder.append(count: set.count)
      set.forEach { member in
        encoder.append(string: member)
        makeWayIfDue()
      }
    }
  }

  private mutating func append(_ sortedSet: SortedSetValue, of entry: Entry) {
    guard sortedSet.isSmall else {
      begin(entry, .zset2)
      encoder.append(count: sortedSet.count)
      // From the highest score on: each member is then the first of a server's skiplist as it loads.
      sortedSet.forEach(0..<sortedSet.count, reversed: true) { member, score in
        encoder.append(string: member)
        encoder.append(score: score)
        makeWayIfDue()
      }
      return
    }
    begin(entry, .zsetListpack)
    encoder.beginListpack()
    sortedSet.forEach { member, score in
      encoder.append(toListpack: member)
      encoder.append(toListpack: score)
    }
    encoder.endListpack()
  }

  private mutating func append(_ stream: StreamValue, of entry: Entry) {
    let layout = encoder.target.layout(for: .stream(RDBStream()))
    begin(entry, layout)
    encoder.append(count: stream.nodes.count)
    for node in stream.nodes {
      encoder.append(streamNode: node.key, unsafe node.pack.bytes.span.bytes)
      makeWayIfDue()
    }
    encoder.append(countersAndGroupsOf: stream.rdbFacts, length: stream.length, as: layout)
  }
}
