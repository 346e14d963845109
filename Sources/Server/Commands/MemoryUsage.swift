internal import Forensics
internal import Keyspace
internal import MemoryModel
internal import Persistence

/// What keys take in the server whose release this one speaks for.
enum MemoryUsage {
  private static let model = MemoryModel(.standard, .jemalloc16)

  /// Bytes as `MEMORY USAGE` of Redis 7.0 tells them; nil for a key that is not there.
  static func bytes(
    of key: RawSpan, in keyspace: inout Keyspace, database: Int
  ) -> UInt64? {
    guard let record = keyspace.record(of: key, database: database) else { return nil }
    var measurer = BatchMeasurer(model.elements, selection: KeySelection()) { _ in }
    var usage: UInt64?
    _ = measurer.measure(.batch(record)) { key, _ in
      usage = model.memory(of: key, EncodingSettings()).usage
    }
    return usage
  }
}
