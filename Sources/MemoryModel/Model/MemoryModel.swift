package import Persistence

/// What a key takes.
package struct KeyMemory: BitwiseCopyable, Sendable, Equatable {
  /// The encoding after loading.
  package var encoding: ObjectEncoding
  /// Bytes as `MEMORY USAGE key SAMPLES 0` answers.
  package var usage: UInt64
  /// Bytes that the allocator gives for the key, its value, its entry in the table of keys and that in
  /// the table of lifetimes; the buckets of those tables left out.
  package var bytes: UInt64
}

/// What values take in a server of a release, with an allocator, once it has loaded them.
package struct MemoryModel: Sendable {
  package let server: ServerModel
  package let allocator: Allocator
  /// What the measurer is to add up.
  package let elements: ElementAllocations
  /// The average bytes of a node of a skiplist, its member left out.
  private let skiplistNode: Double

  package init(_ server: ServerModel, _ allocator: Allocator) {
    self.server = server
    self.allocator = allocator
    elements = server.elements(allocator)
    skiplistNode = SkiplistLevels.average { allocator.bytes(for: 24 + 16 * $0) }
  }

  /// The memory of a key once it is loaded by a server with settings of encodings.
  package func memory(of key: MeasuredKey, _ settings: EncodingSettings) -> KeyMemory {
    memory(of: key, as: server.encoding(of: key, settings), settings)
  }

  /// The memory of a key in an encoding that its value can have.
  func memory(
    of key: MeasuredKey, as encoding: ObjectEncoding, _ settings: EncodingSettings
  ) -> KeyMemory {
    var memory = KeyMemory(encoding: encoding, usage: 0, bytes: 0)
    addKey(key, &memory)
    let value = key.value
    switch value.layout.type {
    case .string: addString(key, &memory)
    case .list: addList(value, settings, &memory)
    case .set: addSet(value, &memory)
    case .zset: addSortedSet(value, &memory)
    case .hash: addHash(value, &memory)
    case .stream: addStream(value, &memory)
    case .module:
      // Nobody but the module knows; what it takes in the file is the least that is known.
      memory.bytes += allocator.bytes(for: value.stored)
    }
    if key.expiresAt != nil { memory.bytes += server.expiryEntry(allocator) }
    return memory
  }

  /// The memory of a key by itself, without any value but an object.
  func memoryOfName(_ length: UInt64) -> UInt64 {
    let key = MeasuredKey(
      database: 0, nameLength: length, expiresAt: nil, idle: nil, offset: 0,
      value: ValueMeasure(.hashListpack))
    var memory = KeyMemory(encoding: .listpack, usage: 0, bytes: 0)
    addKey(key, &memory)
    return memory.bytes
  }

  /// What a blob takes.
  func memoryOfBlob(_ size: UInt64) -> UInt64 { allocated(size) }

  // MARK: Parts

  /// What the allocator makes of a structure.
  private func allocated(_ bytes: UInt64) -> UInt64 { allocator.bytes(for: bytes) }

  /// Adds structures, which `MEMORY USAGE` counts as they are declared. `isPartOfAnother`: they lie in the
  /// allocation of another one.
  private func add(
    _ size: UInt64, times count: UInt64 = 1, _ memory: inout KeyMemory,
    isPartOfAnother: Bool = false
  ) {
    memory.usage &+= size &* count
    memory.bytes &+= (isPartOfAnother ? size : allocated(size)) &* count
  }

  /// Adds a blob, which `MEMORY USAGE` counts as it is allocated, but for old releases.
  private func addBlob(_ size: UInt64, _ memory: inout KeyMemory) {
    memory.usage &+= server.countsBlobClasses ? allocated(size) : size
    memory.bytes &+= allocated(size)
  }

  /// Adds a string by itself.
  private func addText(_ size: UInt64, _ memory: inout KeyMemory) {
    memory.usage &+= server.countsStringClasses ? allocated(size) : size
    memory.bytes &+= allocated(size)
  }

  // MARK: Keys and strings

  /// Adds what the name of a key takes, and its object where that holds the name.
  private func addKey(_ key: MeasuredKey, _ memory: inout KeyMemory) {
    switch server.keyForm {
    case .separate:
      addText(server.keySize(key.nameLength), &memory)
      add(ServerModel.dictEntry, &memory)
      add(ServerModel.object, &memory)
    case .inEntry:
      let entry = allocated(17 + server.keySize(key.nameLength))
      memory.usage += entry
      memory.bytes += entry
      add(ServerModel.object, &memory)
    case .inObject:
      guard memory.encoding != .embstr else { return }
      let object = allocated(server.keyedObject(key))
      memory.usage += object
      memory.bytes += object
    }
  }

  private func addString(_ key: MeasuredKey, _ memory: inout KeyMemory) {
    let length = key.value.length
    switch memory.encoding {
    case .int:
      // Small integers are shared objects, which `MEMORY USAGE` counts each time.
      if case .separate = server.keyForm, (0..<10_000).contains(key.value.integer) {
        memory.bytes -= allocated(ServerModel.object)
      }
    case .embstr:
      if case .inObject = server.keyForm {
        let object = allocated(server.keyedObject(key, embedding: length))
        memory.usage += object
        memory.bytes += object
        return
      }
      // The object is in the same allocation.
      let text = server.embeddedSize(length)
      memory.bytes += allocated(ServerModel.object + text) - allocated(ServerModel.object)
      memory.usage +=
        server.countsBlobClasses
        ? allocated(ServerModel.object + text) - ServerModel.object : length + 2
    default: addText(server.textSize(length), &memory)
    }
  }

  // MARK: Collections

  private func addList(
    _ list: ValueMeasure, _ settings: EncodingSettings, _ memory: inout KeyMemory
  ) {
    switch memory.encoding {
    case .quicklist:
      add(ServerModel.quicklist, &memory)
      let nodes = list.layout == .list || list.layout == .listZiplist ? Self.packed(list) : list
      add(server.quicklistNode, times: nodes.nodes, &memory)
      memory.usage &+= server.countsBlobClasses ? nodes.nodeBytes : nodes.nodeLengths
      memory.bytes &+= nodes.nodeBytes
      if settings.compressDepth > 0 {
        memory.usage &-= nodes.savedByCompression
        memory.bytes &-= nodes.savedByCompression
      }
    case .linkedlist:
      // list and listNode of adlist.h.
      add(48, &memory)
      add(24, times: list.elements, &memory)
      addElements(list, &memory)
    default: addBlob(compactSize(list), &memory)
    }
  }

  /// The nodes that elements are packed into which the file holds one by one: 8 KiB, all of one size.
  private static func packed(_ list: ValueMeasure) -> ValueMeasure {
    var packed = list
    packed.nodes = max(1, (list.compact + 8191) / 8192)
    packed.nodeLengths = list.compact + 7 * packed.nodes
    packed.nodeBytes = packed.nodeLengths
    return packed
  }

  private func addSet(_ set: ValueMeasure, _ memory: inout KeyMemory) {
    switch memory.encoding {
    case .intset: addBlob(8 &+ set.elements &* set.integerWidth, &memory)
    case .listpack: addBlob(compactSize(set), &memory)
    default:
      addTable(set.elements, &memory)
      addElements(set, &memory)
      switch server.setEntries {
      case .whole: add(ServerModel.dictEntry, times: set.elements, &memory)
      case .forCollisions(let isCounted):
        let entries = ChainedTable.collisions(set.elements)
        memory.bytes &+= allocated(16) &* entries
        memory.usage &+= isCounted ? 16 &* entries : ServerModel.dictEntry &* set.elements
      case .none: break
      }
    }
  }

  private func addHash(_ hash: ValueMeasure, _ memory: inout KeyMemory) {
    switch memory.encoding {
    case .listpack, .ziplist, .zipmap: addBlob(compactSize(hash), &memory)
    case .listpackex:
      // listpackEx of t_hash.c (7.4).
      add(32, &memory)
      addBlob(compactSize(hash), &memory)
    default:
      // Setting a lifetime looks the field up, which is a step of rehashing, too.
      let steps =
        hash.expiringFields > 0 ? 1 + Double(hash.expiringFields) / Double(hash.elements) : 1
      let grows = server.growsTables || hash.expiringFields > 0 && !server.hasWideBuckets
      addTable(hash.elements, rehashSteps: grows ? steps : nil, &memory)
      addEntries(hash.elements, &memory)
      addElements(hash, &memory)
      guard server.hasWideBuckets else { return }
      // What a hash has beside its table, and a vector of the fields with lifetimes.
      add(8, &memory, isPartOfAnother: true)
      if hash.expiringFields > 1 { add(8 + 8 * hash.expiringFields, &memory) }
    }
  }

  private func addSortedSet(_ set: ValueMeasure, _ memory: inout KeyMemory) {
    guard memory.encoding == .skiplist else { return addBlob(compactSize(set), &memory) }
    let usage = memory.usage
    add(server.sortedSet.0, &memory)
    add(server.sortedSet.1, &memory)
    if !server.hasWideBuckets {
      let header = allocated(24 + 16 * server.skiplistLevels)
      memory.usage += header
      memory.bytes += header
    }
    addTable(set.elements, rehashSteps: server.growsTables ? 1 : nil, &memory)
    if !server.countsSortedSetHeads {
      // Neither the table's own structure nor the skiplist's, nor its head.
      let table = memory.usage - usage
      let head = allocated(24 + 16 * server.skiplistLevels)
      memory.usage = usage + table - server.dict - server.sortedSet.1 - head
    }
    addEntries(set.elements, &memory)
    addElements(set, &memory)
    guard !server.hasWideBuckets else { return }
    let nodes = UInt64((skiplistNode * Double(set.elements)).rounded())
    memory.usage &+= nodes
    memory.bytes &+= nodes
  }

  /// Adds the strings of elements.
  private func addElements(_ value: ValueMeasure, _ memory: inout KeyMemory) {
    memory.usage &+= server.countsStringClasses ? value.table : value.strings
    memory.bytes &+= value.table
  }

  /// Bytes of all elements in the compact form. A blob of that form is kept as it is.
  private func compactSize(_ value: ValueMeasure) -> UInt64 {
    let isKept =
      switch value.layout {
      case .hashListpack, .zsetListpack, .setListpack, .hashListpackEx, .hashListpackExPreGA:
        server.compactForm == .listpack
      case .hashZiplist, .zsetZiplist, .listZiplist: server.compactForm == .ziplist
      default: false
      }
    return isKept ? value.length : value.compact &+ server.compactForm.frame
  }

  /// Adds a hash table of so many elements, which are left out. `rehashSteps`: for a table that doubles again
  /// and again, the steps that each new element takes the move to the larger one further.
  private func addTable(
    _ elements: UInt64, rehashSteps: Double? = nil, _ memory: inout KeyMemory
  ) {
    add(server.dict, &memory)
    if server.hasWideBuckets {
      let buckets = WideTable.buckets(for: elements) * WideTable.bucket
      memory.usage += buckets
      memory.bytes += allocated(buckets)
      return
    }
    let buckets = ChainedTable.buckets(elements)
    addBuckets(buckets, &memory)
    if let rehashSteps, ChainedTable.isRehashing(elements, steps: rehashSteps) {
      addBuckets(buckets / 2, &memory)
    }
  }

  private func addBuckets(_ count: UInt64, _ memory: inout KeyMemory) {
    memory.usage &+= 8 &* count
    memory.bytes &+= allocated(8 &* count)
  }

  /// Adds the entries of a table of hashes or sorted sets.
  private func addEntries(_ elements: UInt64, _ memory: inout KeyMemory) {
    if !server.hasWideBuckets { add(ServerModel.dictEntry, times: elements, &memory) }
  }

  // MARK: Streams

  /// Bytes that the last node of a stream takes more while the stream is written to than once it is loaded.
  func roomForEntries(_ value: ValueMeasure) -> UInt64 {
    let reserved: UInt64 = 4096
    guard server.reservesNodes, value.nodes > 0, value.stream.lastNode < reserved else { return 0 }
    return allocated(reserved) - allocated(value.stream.lastNode)
  }

  private func addStream(_ value: ValueMeasure, _ memory: inout KeyMemory) {
    let stream = value.stream
    let trees = 1 + stream.groups + stream.consumers
    let usage = memory.usage
    add(server.stream, &memory)
    if !server.countsStreamHead { memory.usage = usage }
    memory.usage &+= server.countsStreamClasses ? value.nodeBytes : value.nodeLengths
    memory.bytes &+= value.nodeBytes
    // Up to Redis 8.0, `MEMORY USAGE` takes every node of a radix tree for one of 30 children, and leaves
    // the tree's own structure out.
    memory.usage &+=
      server.countsTrees
      ? stream.trees.bytes &+ allocated(32) &* trees
      : 16 &* stream.trees.keys &+ 244 &* stream.trees.nodes
    memory.bytes &+= stream.trees.bytes
    memory.bytes &+= allocated(24) &* trees
    add(server.consumerGroup, times: stream.groups, &memory)
    add(ServerModel.pendingEntry, times: stream.pending, &memory)
    memory.usage &+= server.consumer &* stream.consumers &+ stream.consumerNames
    memory.bytes &+= allocated(server.consumer) &* stream.consumers
    // Names lie in radix trees, each with a compressed node and one that points to what it names; those
    // of consumers are strings, too.
    let average = stream.consumers > 0 ? stream.consumerNames / stream.consumers : 0
    memory.bytes &+= (elements.member[average] &+ allocated(12 + average)) &* stream.consumers
    if stream.groups > 0 {
      let average = stream.groupNames / stream.groups
      // The tree of groups, and for each group one of its consumers.
      memory.bytes &+= allocated(24) &* (1 + stream.groups)
      memory.bytes &+= allocated(12 + average) &* stream.groups
    }
    memory.bytes &+= allocated(16) &* (stream.groups + stream.consumers)
  }
}
