package import Persistence

/// What is summed up over the keys of files. It depends on the set of keys alone: tallies of parts, merged
/// in any order, are the tally of the whole.
package struct MemoryTally: Sendable {
  /// Sums of one database.
  package struct Database: Sendable, Equatable {
    package var sums = MemorySums()
    package var expired: UInt64 = 0
  }

  /// What would be under other settings.
  package struct WhatIf: Sendable, Equatable {
    package var bytes: UInt64 = 0
    /// Keys that would have another encoding or another size.
    package var keysChanged: UInt64 = 0
    /// Keys among those that would become slow: a compact encoding of more than 2,000 elements, or of an
    /// element of more than 128 bytes. Source: measurements in "Redis in Action", 9.1.3.
    package var slowKeys: UInt64 = 0
  }

  package var total = MemorySums()
  /// By type and encoding: `encoding(_:_:)`.
  var encodings = [MemorySums](
    repeating: MemorySums(), count: ValueType.allCases.count * ObjectEncoding.allCases.count)
  package internal(set) var databases: [UInt64: Database] = [:]
  package internal(set) var expiry = ExpiryTally()
  package internal(set) var largest: LargestKeys
  /// By powers of two: the sums of keys of 2ⁿ bytes up to twice as many.
  package internal(set) var sizes = [MemorySums](repeating: MemorySums(), count: 64)
  /// By cluster slots, when they are asked for; else empty.
  package internal(set) var slots: [MemorySums]
  package internal(set) var whatIfs: [WhatIf]
  package internal(set) var prefixes: PrefixTree<GroupSums>
  /// Bytes that streams take more while they are written to.
  package internal(set) var streamRoom: UInt64 = 0
  var thresholds = Thresholds()
  var duplicates = DuplicateValues()

  /// What is summed up.
  package struct Wishes: Sendable {
    /// Keys to be named.
    package var largestKeys = 10
    package var bySlot = false
    package var whatIfs: [EncodingSettings] = []
    /// What those are called.
    package var whatIfNames: [String] = []
    /// Prefixes to be told, those with most bytes.
    package var prefixes = 1000
    package var separators = KeySeparators.colon
    /// Unix time in milliseconds.
    package var now: Int64 = 0
    package init() {}
  }

  package init(_ wishes: Wishes) {
    largest = LargestKeys(limit: wishes.largestKeys)
    slots = wishes.bySlot ? Array(repeating: MemorySums(), count: HashSlot.count) : []
    whatIfs = Array(repeating: WhatIf(), count: wishes.whatIfs.count)
    prefixes = PrefixTree(wishes.separators)
  }

  /// The sums of keys of a type and an encoding.
  package func sums(_ type: ValueType, _ encoding: ObjectEncoding) -> MemorySums {
    encodings[Self.index(type, encoding)]
  }

  private static func index(_ type: ValueType, _ encoding: ObjectEncoding) -> Int {
    type.index * ObjectEncoding.allCases.count + encoding.index
  }

  /// Databases that are told apart; those of higher numbers count as this one.
  package static let mostDatabases: UInt64 = 1 << 16

  /// Adds a key.
  mutating func add(
    _ key: MeasuredKey, _ memory: KeyMemory, _ name: RawSpan, _ pattern: borrowing KeyPattern,
    _ model: borrowing MemoryModel, _ settings: EncodingSettings, now: Int64
  ) {
    let sums = MemorySums(key, memory)
    total.add(sums)
    encodings[Self.index(key.value.layout.type, memory.encoding)].add(sums)
    let isExpired = key.expiresAt.map { $0 < now } ?? false
    databases[min(key.database, Self.mostDatabases), default: Database()]
      .add(sums, isExpired: isExpired)
    expiry.add(key.expiresAt, now: now, sums)
    sizes[63 - max(memory.bytes, 1).leadingZeroBitCount].add(sums)
    if !slots.isEmpty { slots[HashSlot.slot(of: name)].add(sums) }
    largest.add(memory.bytes) { KeyRow(key, memory, name) }
    prefixes.add(pattern) { $0.add(key, memory, sums, model, settings) }
    if key.value.layout.type == .stream { streamRoom &+= model.roomForEntries(key.value) }
    if key.valueHash != 0 { duplicates.add(key.valueHash, bytes: memory.bytes) }
  }

  /// Adds what a key would take under the settings of a what-if.
  mutating func add(
    _ then: KeyMemory, insteadOf memory: KeyMemory, _ value: ValueMeasure, whatIf index: Int
  ) {
    whatIfs[index].bytes &+= then.bytes
    guard then != memory else { return }
    whatIfs[index].keysChanged += 1
    let isCompact = [.listpack, .ziplist, .zipmap, .listpackex, .intset].contains(then.encoding)
    if isCompact, value.elements > 2000 || value.longest > 128 { whatIfs[index].slowKeys += 1 }
  }

  /// Adds all of another tally of the same wishes.
  package mutating func merge(_ other: MemoryTally) {
    total.add(other.total)
    for index in encodings.indices { encodings[index].add(other.encodings[index]) }
    for (number, database) in other.databases {
      databases[number, default: Database()].merge(database)
    }
    expiry.merge(other.expiry)
    largest.merge(other.largest)
    for index in sizes.indices { sizes[index].add(other.sizes[index]) }
    for index in slots.indices { slots[index].add(other.slots[index]) }
    for index in whatIfs.indices {
      whatIfs[index].bytes &+= other.whatIfs[index].bytes
      whatIfs[index].keysChanged &+= other.whatIfs[index].keysChanged
      whatIfs[index].slowKeys &+= other.whatIfs[index].slowKeys
    }
    prefixes.merge(other.prefixes)
    streamRoom &+= other.streamRoom
    thresholds.merge(other.thresholds)
    duplicates.merge(other.duplicates)
  }
}

extension MemoryTally.Database {
  mutating func add(_ key: MemorySums, isExpired: Bool) {
    sums.add(key)
    if isExpired { expired += 1 }
  }

  mutating func merge(_ other: Self) {
    sums.add(other.sums)
    expired &+= other.expired
  }
}
