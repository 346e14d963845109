/// What a memory model needs to know of a value: nothing in it depends on the limits of encodings, so that
/// one measure tells the memory under all of them.
///
/// Sums of allocations are those of the `ElementAllocations` that the measurer was given.
package struct ValueMeasure: BitwiseCopyable, Sendable {
  package var layout: ValueLayout
  /// Elements of a collection (pairs of a hash or sorted set, entries of a stream); 1 for a string.
  package var elements: UInt64 = 1
  /// Bytes of a string's text; of the only blob of a value or of a one-node list.
  package var length: UInt64 = 0
  /// Bytes of the value in the file.
  package var stored: UInt64 = 0
  /// Bytes of the longest element: a member, a field or a value.
  package var longest: UInt64 = 0
  /// The string is the canonical text of ``integer``.
  package var isInteger = false
  /// Of a string that is an integer, or nearly one.
  package var integer: Int64 = 0
  /// The string is a number that servers keep as text: one with zeros, a sign, blanks or a line's end
  /// around it, or with nothing but zeros behind its point.
  package var isNearlyInteger = false
  /// The string is stored compressed.
  package var isCompressed = false

  /// Bytes of all elements as entries of the compact form: without its header and end.
  package var compact: UInt64 = 0
  /// Bytes of all elements outside of any compact form, their table entries left out.
  package var table: UInt64 = 0
  /// Bytes of all elements as dynamic strings, allocations left out.
  package var strings: UInt64 = 0
  /// Members of a set that are integers, and the bytes of the widest one: 2, 4 or 8.
  package var integers: UInt64 = 0
  package var integerWidth: UInt64 = 2
  /// Fields that have a lifetime.
  package var expiringFields: UInt64 = 0

  /// Nodes of a quicklist or a stream.
  package var nodes: UInt64 = 0
  /// Bytes of those nodes' blobs, and the same with each as an allocation.
  package var nodeLengths: UInt64 = 0
  package var nodeBytes: UInt64 = 0
  /// Bytes of allocations that a quicklist saves when all nodes but some at its ends are compressed.
  package var savedByCompression: UInt64 = 0
  /// A list has a node that is one element.
  package var hasPlainNode = false

  package var stream = StreamMeasure()

  package init(_ layout: ValueLayout) { self.layout = layout }
}

/// What a stream has beside its nodes.
package struct StreamMeasure: BitwiseCopyable, Sendable {
  package var groups: UInt64 = 0
  package var consumers: UInt64 = 0
  /// Bytes of the last node.
  package var lastNode: UInt64 = 0
  /// Entries of the groups' pending lists.
  package var pending: UInt64 = 0
  /// Bytes of the names of groups and of consumers.
  package var groupNames: UInt64 = 0
  package var consumerNames: UInt64 = 0
  /// All radix trees together: of the nodes, and of the pending entries of groups and consumers.
  package var trees = RadixTreeMeasure()

  package init() {}
}

/// The size of radix trees.
package struct RadixTreeMeasure: BitwiseCopyable, Sendable {
  package var keys: UInt64 = 0
  package var nodes: UInt64 = 0
  /// Bytes of the nodes as allocations.
  package var bytes: UInt64 = 0

  package init() {}

  static func += (a: inout RadixTreeMeasure, b: RadixTreeMeasure) {
    a.keys &+= b.keys
    a.nodes &+= b.nodes
    a.bytes &+= b.bytes
  }
}
