internal import Persistence

/// Sizes of strings and keys, and the encodings that values have once they are loaded.
extension ServerModel {
  /// Bytes of the name of a key.
  func keySize(_ length: UInt64) -> UInt64 {
    switch stringForm {
    case .fixed: length + 9
    case .byLength(true): StringHeader.size(length)
    case .byLength(false): StringHeader.sizeFromType8(length)
    }
  }

  /// Bytes of a string behind an object.
  func textSize(_ length: UInt64) -> UInt64 {
    switch stringForm {
    case .fixed: length + 9
    case .byLength: StringHeader.size(length)
    }
  }

  /// Bytes of a string in the same allocation as its object, which is left out.
  func embeddedSize(_ length: UInt64) -> UInt64 {
    switch stringForm {
    case .fixed: length + 9
    case .byLength: StringHeader.sizeFromType8(length)
    }
  }

  /// Bytes of the object of a key that holds its name (and a value of so many bytes).
  func keyedObject(_ key: MeasuredKey, embedding length: UInt64? = nil) -> UInt64 {
    let name = 1 + StringHeader.size(key.nameLength)
    let lifetime: UInt64 = key.expiresAt == nil ? 0 : 8
    if let length { return 8 + lifetime + name + StringHeader.sizeFromType8(length) }
    // Longer names have room for a lifetime from the start.
    return 16 + (key.nameLength >= 128 ? 8 : lifetime) + name
  }

  /// What elements take, for the measurer.
  func elements(_ allocator: Allocator) -> ElementAllocations {
    let form = stringForm
    let head: UInt64 = hasElementObjects ? allocator.bytes(for: Self.object) : 0
    let text = AllocationTable { length in
      switch form {
      case .fixed: head + allocator.bytes(for: length + 9)
      case .byLength: allocator.bytes(for: StringHeader.size(length))
      }
    }
    let lifetime = fieldLifetime
    let expiring = AllocationTable { allocator.bytes(for: StringHeader.size($0) + lifetime) }
    let blob = AllocationTable { allocator.bytes(for: $0) }
    var elements = ElementAllocations(
      compactForm: compactForm, member: text, scored: text, field: text, value: text,
      expiringField: expiring, element: text, blob: blob, treeNode: blob)
    if hasWideBuckets {
      elements.scored = AllocationTable { length in
        let average = SkiplistLevels.average { levels in
          allocator.bytes(for: 17 + 16 * levels + StringHeader.size(length))
        }
        return UInt64(average.rounded())
      }
      elements.joined = JoinedFields(
        entry: AllocationTable { allocator.bytes(for: $0) }, largest: 128, lifetime: 8)
    }
    return elements
  }

  /// The encoding of a value once it is loaded. Sources: rdbLoadObject of rdb.c and the conversions of
  /// t_*.c in Redis 2.4 to 7.4; the limit of a compact encoding's elements is not looked at again.
  func encoding(of key: MeasuredKey, _ settings: EncodingSettings) -> ObjectEncoding {
    let value = key.value
    switch value.layout.type {
    case .string: return stringEncoding(key)
    case .list: return listEncoding(value, settings)
    case .set: return setEncoding(value, settings)
    case .hash: return hashEncoding(value, settings)
    case .zset:
      let isPacked = value.layout == .zsetListpack || value.layout == .zsetZiplist
      return fits(
        value, settings.sortedSetEntries, isPacked ? .max : settings.sortedSetLongest)
        ? compactEncoding : .skiplist
    case .stream: return .stream
    case .module: return .module
    }
  }

  /// The encoding that a value had in the server that wrote it, as far as the file tells; nil when it is that
  /// which it has once it is loaded.
  func storedEncoding(_ key: MeasuredKey) -> ObjectEncoding? {
    switch key.value.layout {
    case .hash, .hashMetadata, .hashMetadataPreGA, .set: .hashtable
    case .zset, .zset2: .skiplist
    default: nil
    }
  }

  var compactEncoding: ObjectEncoding {
    compactForm == .ziplist ? .ziplist : .listpack
  }

  private func fits(_ value: ValueMeasure, _ entries: Int64, _ longest: Int64) -> Bool {
    value.elements <= UInt64(max(entries, 0)) && value.longest <= UInt64(max(longest, 0))
  }

  private func stringEncoding(_ key: MeasuredKey) -> ObjectEncoding {
    let value = key.value
    if value.isInteger { return .int }
    if case .inObject(let largest) = keyForm {
      return keyedObject(key, embedding: value.length) <= largest && key.nameLength <= 128
        ? .embstr : .raw
    }
    return longestEmbedded > 0 && value.length <= longestEmbedded ? .embstr : .raw
  }

  private func listEncoding(_ list: ValueMeasure, _ settings: EncodingSettings) -> ObjectEncoding {
    switch listForm {
    case .quicklist: return .quicklist
    case .ziplistOrLinked:
      let longest = list.layout == .listZiplist ? .max : settings.listLongest
      return fits(list, settings.listEntries, longest) ? .ziplist : .linkedlist
    case .listpackOrQuicklist:
      let isOne = list.nodes == 1 && !list.hasPlainNode || list.layout == .listZiplist
      let size = list.compact + compactForm.frame
      if list.layout == .list || isOne {
        return settings.holdsList(bytes: size, elements: list.elements) ? .listpack : .quicklist
      }
      return .quicklist
    }
  }

  private func setEncoding(_ set: ValueMeasure, _ settings: EncodingSettings) -> ObjectEncoding {
    let isInteger = set.integers == set.elements
    let isSmall = set.elements <= UInt64(max(settings.setIntsetEntries, 0))
    if isInteger, isSmall, set.layout != .setListpack { return .intset }
    // A set of single members becomes a table at once when it is too large for an intset, whatever is in it.
    if set.layout == .set, !isSmall { return .hashtable }
    guard hasSetListpacks, set.layout != .setIntset else { return .hashtable }
    return fits(
      set, settings.setEntries, set.layout == .setListpack ? .max : settings.setLongest)
      ? .listpack : .hashtable
  }

  private func hashEncoding(_ hash: ValueMeasure, _ settings: EncodingSettings) -> ObjectEncoding {
    let isPacked =
      switch hash.layout {
      case .hashListpack, .hashZiplist, .hashListpackEx, .hashListpackExPreGA: true
      default: false
      }
    guard fits(hash, settings.hashEntries, isPacked ? .max : settings.hashLongest) else {
      return .hashtable
    }
    switch hash.layout {
    case .hashListpackEx, .hashListpackExPreGA, .hashMetadata, .hashMetadataPreGA:
      return .listpackex
    case .valkeyHash2: return .hashtable
    default: return compactEncoding
    }
  }
}
