/// The type of a value as the command `TYPE` names it.
public enum ValueType: String, Sendable, CaseIterable {
  case string, list, set, zset, hash, stream, module
}

extension ValueLayout {
  /// The type of the values that are laid out so.
  package var type: ValueType {
    switch self {
    case .string: .string
    case .list, .listZiplist, .listQuicklist, .listQuicklist2: .list
    case .set, .setIntset, .setListpack: .set
    case .zset, .zset2, .zsetZiplist, .zsetListpack: .zset
    case .hash, .hashZipmap, .hashZiplist, .hashListpack, .hashMetadataPreGA,
      .hashListpackExPreGA, .hashMetadata, .hashListpackEx, .valkeyHash2:
      .hash
    case .stream, .stream2, .stream3: .stream
    case .modulePreRelease, .module2: .module
    }
  }
}

/// The encoding of a value as `OBJECT ENCODING` names it, in a server of the release that wrote the
/// file once it has loaded it.
public enum ObjectEncoding: String, Sendable, CaseIterable {
  case raw, int, embstr
  case linkedlist, ziplist, quicklist, listpack, listpackex
  case hashtable, intset, zipmap, skiplist
  case stream
  case module
}

extension RDBDialect {
  /// The encoding of a value with these facts.
  ///
  /// Collections are written in the form they have in memory, so that the layout tells. Strings and
  /// one-node lists are judged by the limits of the release. Sources: object.c of Redis 2.4-7.4
  /// (integers up to 20 digits; embstr up to 44 bytes from 3.2 on); for Valkey 9, measured: an object
  /// of at most 128 bytes with its key in it.
  package func encoding(
    _ layout: ValueLayout, _ facts: ValueFacts, keyLength: UInt64, hasExpiry: Bool
  ) -> ObjectEncoding {
    switch layout {
    case .string:
      if facts.isInteger { return .int }
      return isEmbedded(facts.length, keyLength: keyLength, hasExpiry: hasExpiry) ? .embstr : .raw
    case .list: return version < 7 && magic == .redis ? .linkedlist : .quicklist
    case .listZiplist: return version < 7 && magic == .redis ? .ziplist : .quicklist
    case .listQuicklist: return .quicklist
    case .listQuicklist2:
      // From Redis 7.2 on, one node within the limit of list-max-listpack-size -2 is a listpack.
      return version >= 11 && facts.nodes == 1 && !facts.hasPlainNode && facts.length <= 8192
        ? .listpack : .quicklist
    case .set, .hash, .hashMetadata, .hashMetadataPreGA, .valkeyHash2: return .hashtable
    case .setIntset: return .intset
    case .hashZipmap: return .zipmap
    case .zset, .zset2: return .skiplist
    case .zsetZiplist, .hashZiplist: return .ziplist
    case .hashListpack, .zsetListpack, .setListpack: return .listpack
    case .hashListpackEx, .hashListpackExPreGA: return .listpackex
    case .stream, .stream2, .stream3: return .stream
    case .module2, .modulePreRelease: return .module
    }
  }

  private func isEmbedded(_ length: UInt64, keyLength: UInt64, hasExpiry: Bool) -> Bool {
    if magic == .valkey {
      guard length <= 128, keyLength <= 128 else { return false }
      let key = 1 + (keyLength < 32 ? 1 : 3) + keyLength + 1
      return 8 + (hasExpiry ? 8 : 0) + key + 3 + length + 1 <= 128
    }
    return version >= 7 && length <= 44
  }
}
