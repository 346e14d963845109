internal import Persistence

/// What is summed up for the keys of one pattern: memory, and what advice is made from.
package struct GroupSums: PrefixSums, Equatable, BitwiseCopyable {
  package var sums = MemorySums()
  /// Bytes of the names.
  var names: UInt64 = 0
  var texts = TextSums()
  var stuck = Saving()
  /// Large tables that would take less as many compact values.
  var shards = ShardSums()

  package init() {}

  /// Adds a key, which takes `memory` in a server with these settings.
  mutating func add(
    _ key: MeasuredKey, _ memory: KeyMemory, _ sums: MemorySums, _ model: borrowing MemoryModel,
    _ settings: EncodingSettings
  ) {
    self.sums.add(sums)
    names &+= key.nameLength
    if key.value.layout == .string {
      texts.add(key, memory, model, settings)
    } else if let stored = model.server.storedEncoding(key) {
      if memory.encoding == stored {
        shards.add(key, memory, model)
      } else {
        stuck.note(model.memory(of: key, as: stored, settings).bytes, memory.bytes)
      }
    }
  }

  package mutating func add(_ other: GroupSums) {
    sums.add(other.sums)
    names &+= other.names
    texts.add(other.texts)
    stuck.add(other.stuck)
    shards.add(other.shards)
  }
}

/// Keys that would take less, and how much.
struct Saving: Equatable, BitwiseCopyable {
  var keys: UInt64 = 0
  var bytes: UInt64 = 0

  /// Counts a key if it would take less.
  mutating func note(_ now: UInt64, _ then: UInt64) {
    guard then < now else { return }
    keys &+= 1
    bytes &+= now &- then
  }

  mutating func add(_ other: Saving) {
    keys &+= other.keys
    bytes &+= other.bytes
  }
}

/// What is known of strings.
struct TextSums: Equatable, BitwiseCopyable {
  var keys: UInt64 = 0
  /// Bytes of the texts; of the shortest one and of the longest one.
  var length: UInt64 = 0
  var shortest: UInt64 = .max
  var longest: UInt64 = 0
  /// Bytes of all texts as entries of a compact encoding.
  var entries: UInt64 = 0
  /// Bytes of the keys with everything that belongs to them.
  var bytes: UInt64 = 0
  /// Integers that are kept as text because they are not written as servers write integers.
  var integers = Saving()
  /// Long texts that compression would make smaller.
  var compressible = Saving()
  /// Texts that begin as JSON objects do.
  var objects: UInt64 = 0

  /// Bytes of texts whose compression is worth a word.
  private static let long: UInt64 = 1024

  init() {}

  @inline(__always)
  mutating func add(
    _ key: MeasuredKey, _ memory: KeyMemory, _ model: borrowing MemoryModel,
    _ settings: EncodingSettings
  ) {
    keys &+= 1
    let length = key.value.length
    self.length &+= length
    shortest = min(shortest, length)
    longest = max(longest, length)
    entries &+= key.value.compact
    bytes &+= memory.bytes
    if key.value.isNearlyInteger {
      integers.note(memory.bytes, model.memory(of: key, as: .int, settings).bytes)
    }
    if key.value.isCompressed, length >= Self.long {
      compressible.note(length, key.value.stored)
    }
    if key.beginsWithBrace { objects &+= 1 }
  }

  mutating func add(_ other: TextSums) {
    keys &+= other.keys
    length &+= other.length
    shortest = min(shortest, other.shortest)
    longest = max(longest, other.longest)
    entries &+= other.entries
    bytes &+= other.bytes
    integers.add(other.integers)
    compressible.add(other.compressible)
    objects &+= other.objects
  }
}

/// What large hashes and sets would save if their elements were spread over many keys, each small enough
/// for a compact encoding ("Redis in Action", 9.2).
struct ShardSums: Equatable, BitwiseCopyable {
  /// Elements of a shard that are looked at.
  static let sizes: [UInt64] = [128, 256, 512, 1024]
  /// Elements from which on a value is worth it.
  private static let least: UInt64 = 2048
  /// Bytes that the number of a shard adds to the name, with a separator.
  private static let suffix: UInt64 = 6
  /// Bytes of elements above which compact encodings become slow.
  private static let longest: UInt64 = 256

  /// By sizes.
  var hashes = InlineArray<4, UInt64>(repeating: 0)
  var hashKeys: UInt64 = 0
  var hashElements: UInt64 = 0
  /// Bytes of the longest element.
  var hashLongest: UInt64 = 0
  var sets = InlineArray<4, UInt64>(repeating: 0)
  var setKeys: UInt64 = 0
  var setElements: UInt64 = 0
  var setLongest: UInt64 = 0
  /// Sets among those of integers alone.
  var integerSets: UInt64 = 0

  init() {}

  mutating func add(_ key: MeasuredKey, _ memory: KeyMemory, _ model: borrowing MemoryModel) {
    let value = key.value
    guard value.elements >= Self.least, value.longest <= Self.longest,
      value.expiringFields == 0
    else { return }
    switch value.layout.type {
    case .hash:
      hashKeys &+= 1
      hashElements &+= value.elements
      hashLongest = max(hashLongest, value.longest)
    case .set:
      let isInteger = value.integers == value.elements
      guard isInteger || model.server.hasSetListpacks else { return }
      setKeys &+= 1
      setElements &+= value.elements
      if isInteger { integerSets &+= 1 } else { setLongest = max(setLongest, value.longest) }
    default: return
    }
    for (index, size) in Self.sizes.enumerated() {
      let then = Self.bytes(key, shard: size, model)
      let saved = memory.bytes > then ? memory.bytes - then : 0
      if value.layout.type == .hash { hashes[index] &+= saved } else { sets[index] &+= saved }
    }
  }

  /// Bytes of all shards of a value, in the tables of keys, too.
  private static func bytes(
    _ key: MeasuredKey, shard size: UInt64, _ model: borrowing MemoryModel
  ) -> UInt64 {
    let value = key.value
    let shards = (value.elements + size - 1) / size
    let average = value.elements / shards
    let blob =
      value.layout.type == .set && value.integers == value.elements
      ? 8 + average * value.integerWidth
      : model.server.compactForm.frame + value.compact / shards
    // A pointer of the table's buckets for each key, and half of one that is empty.
    return shards
      * (model.memoryOfName(key.nameLength + suffix) + model.memoryOfBlob(blob) + 12)
  }

  mutating func add(_ other: ShardSums) {
    for index in hashes.indices {
      hashes[index] &+= other.hashes[index]
      sets[index] &+= other.sets[index]
    }
    hashKeys &+= other.hashKeys
    hashElements &+= other.hashElements
    hashLongest = max(hashLongest, other.hashLongest)
    setKeys &+= other.setKeys
    setElements &+= other.setElements
    setLongest = max(setLongest, other.setLongest)
    integerSets &+= other.integerSets
  }

  static func == (a: ShardSums, b: ShardSums) -> Bool {
    a.hashes.indices.allSatisfy { a.hashes[$0] == b.hashes[$0] && a.sets[$0] == b.sets[$0] }
      && a.hashKeys == b.hashKeys && a.hashElements == b.hashElements
      && a.hashLongest == b.hashLongest && a.setKeys == b.setKeys
      && a.setElements == b.setElements && a.setLongest == b.setLongest
      && a.integerSets == b.integerSets
  }
}
