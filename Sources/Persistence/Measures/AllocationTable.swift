/// The bytes that strings take in a server, by their lengths: what a memory model says, as data for the
/// loops that walk over elements.
package struct AllocationTable: Sendable {
  private let short: [UInt32]
  private let model: @Sendable (UInt64) -> UInt64

  /// Lengths that are looked up; longer strings are asked for, which their copying outweighs.
  private static let shortest = 2048

  /// `bytes`: what a string of so many bytes takes; below 2³² for lengths below 2,048.
  package init(_ bytes: @escaping @Sendable (UInt64) -> UInt64) {
    short = (0..<UInt64(Self.shortest)).map { UInt32(bytes($0)) }
    model = bytes
  }

  @inline(__always)
  package subscript(length: UInt64) -> UInt64 {
    if length < UInt64(Self.shortest) { return UInt64(short[Int(length)]) }
    return model(length)
  }
}

/// The compact encoding of a server: what hashes, sorted sets and the nodes of lists are packed into.
package enum CompactForm: Sendable, BitwiseCopyable {
  /// Up to Redis 6.2.
  case ziplist
  /// From Redis 7.0 on.
  case listpack
}

/// What elements of collections take in a server.
package struct ElementAllocations: Sendable {
  package var compactForm: CompactForm
  /// A member of a set, its table entry left out.
  package var member: AllocationTable
  /// A member of a sorted set with its node in the skiplist; the table entry left out.
  package var scored: AllocationTable
  /// A field of a hash, and its value, the table entry left out.
  package var field: AllocationTable
  package var value: AllocationTable
  /// A field that has a lifetime.
  package var expiringField: AllocationTable
  /// An element of a linked list, its node left out.
  package var element: AllocationTable
  /// A listpack, ziplist or intset by itself.
  package var blob: AllocationTable
  /// A node of a radix tree of so many bytes.
  package var treeNode: AllocationTable
  /// Fields and values that lie in one allocation (Valkey from 8.1 on); nil where they never do.
  package var joined: JoinedFields?
  /// Nodes at each end of a list that are not compressed; 0 when none is (`list-compress-depth`).
  package var compressDepth = 0

  package init(
    compactForm: CompactForm, member: AllocationTable, scored: AllocationTable,
    field: AllocationTable, value: AllocationTable, expiringField: AllocationTable,
    element: AllocationTable, blob: AllocationTable, treeNode: AllocationTable,
    joined: JoinedFields? = nil
  ) {
    self.compactForm = compactForm
    self.member = member
    self.scored = scored
    self.field = field
    self.value = value
    self.expiringField = expiringField
    self.element = element
    self.blob = blob
    self.treeNode = treeNode
    self.joined = joined
  }
}

/// Fields of hashes that hold their values in the same allocation.
package struct JoinedFields: Sendable {
  /// By the bytes of the field's string with header and terminator, the value's, and the lifetime's.
  package var entry: AllocationTable
  /// Bytes above which the value has an allocation of its own.
  package var largest: UInt64
  /// Bytes of a lifetime.
  package var lifetime: UInt64

  package init(entry: AllocationTable, largest: UInt64, lifetime: UInt64) {
    self.entry = entry
    self.largest = largest
    self.lifetime = lifetime
  }
}

/// Bytes of dynamic strings (sds) with their headers and terminators. Source: sds.h since Redis 3.2.
package enum StringHeader {
  /// Of a string that was made in one go: up to 31 bytes have the smallest header, but for the empty
  /// string, which is expected to grow.
  @inline(__always)
  package static func size(_ length: UInt64) -> UInt64 {
    let header: UInt64 =
      length < 32
      ? (length == 0 ? 3 : 1) : length < 256 ? 3 : length < 65536 ? 5 : length < 1 << 32 ? 9 : 17
    return length &+ header &+ 1
  }

  /// Of a string whose header is never the smallest one.
  @inline(__always)
  package static func sizeFromType8(_ length: UInt64) -> UInt64 {
    length < 32 ? length &+ 4 : size(length)
  }
}
