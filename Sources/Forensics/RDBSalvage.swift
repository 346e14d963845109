package import Persistence

/// Brings back what can be brought back of a damaged RDB file. The input is only read.
package struct RDBSalvage: Sendable {
  /// Threads, at least 1.
  package var jobs = 1
  /// Good entries of damaged collections are kept.
  package var keepsPartialValues = false
  /// The RDB may begin anywhere in the input.
  package var carves = false
  /// A damage that the checksum gives away is undone.
  package var usesChecksum = true

  package init() {}

  /// Salvages the RDB in `content`, of `size` bytes, which the verdict calls `name`. `write` gets the
  /// bytes of the new RDB in order, from the calling thread.
  package func run(
    _ content: any RandomAccess, size: UInt64, named name: String,
    write: (RawSpan) throws(OutputError) -> Void
  ) throws(OutputError) -> RDBVerdict {
    RDBVerdict(file: name, isDeep: true, findings: FindingList(limit: 1000))
  }
}
