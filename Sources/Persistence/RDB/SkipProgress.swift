/// How far the framing of a value has been walked.
///
/// A value may be longer than the part of the input that is in memory. When a walk runs into the end of
/// the buffer, the cursor stands where the walk goes on: at the start of an element, or behind what there
/// is of a long text. Every byte before it may be dropped before the walk goes on with more.
package struct SkipProgress: BitwiseCopyable, Sendable {
  enum Stage: UInt8, Comparable, BitwiseCopyable, Sendable {
    case start
    /// Inside the text of a value that is one string.
    case text
    /// Before one of `left` elements, or before an operand of a module.
    case elements
    // The tail of a stream: before its counters, a group, one of `left` pending entries or the
    // number of consumers behind them, a consumer, or inside the IDs of a consumer.
    case counters, group, pending, consumer, owned
  }

  var stage = Stage.start
  /// Elements, or pending entries, up to the end of this stage; bytes, inside a text or IDs.
  var left: UInt64 = 0
  /// Bytes of the text, or of the IDs, before the cursor.
  var gone = 0
  /// Groups of a stream that have not been walked to their end.
  var groups: UInt64 = 0
  /// Consumers of the group that have not been walked to their end.
  var consumers: UInt64 = 0

  package init() {}
}

extension SkipProgress.Stage {
  static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// What the framing of a value consists of.
package enum ValueShape: Sendable {
  /// One string: a text, or a compact encoding.
  case string
  /// A count and so many elements; a stream has more behind them.
  case elements
  /// Operands of a module up to an end mark.
  case operands
  /// Nothing that tells where it ends.
  case endless
}

extension ValueLayout {
  /// What the framing of the values that are laid out so consists of.
  package var shape: ValueShape {
    switch self {
    case .string, .hashZipmap, .listZiplist, .setIntset, .zsetZiplist, .hashZiplist,
      .hashListpack, .zsetListpack, .setListpack, .hashListpackExPreGA, .hashListpackEx:
      .string
    case .list, .set, .listQuicklist, .hash, .zset, .listQuicklist2, .zset2, .valkeyHash2,
      .hashMetadataPreGA, .hashMetadata, .stream, .stream2, .stream3:
      .elements
    case .module2: .operands
    case .modulePreRelease: .endless
    }
  }

  /// The fewest bytes that an element takes.
  var smallestElement: UInt64 {
    switch self {
    case .hash, .zset, .listQuicklist2, .stream, .stream2, .stream3: 2
    case .hashMetadataPreGA, .hashMetadata: 3
    case .zset2: 9
    case .valkeyHash2: 10
    default: 1
    }
  }

  var isStream: Bool { self == .stream || self == .stream2 || self == .stream3 }
}
