package import Persistence

/// What a salvage did with every byte of its input: it is kept, or in a gap.
package struct SalvageReport: Sendable {
  /// Bytes of the input that are not in the output as they stand.
  package struct Gap: Sendable, Equatable {
    package var from: UInt64
    /// Behind the last byte.
    package var to: UInt64
    package var reason: FindingCode
    /// How sure it is that records go on behind the gap: the odds of an accident are 2 to the minus
    /// this. Nil where the framing led there, and at the end of the file.
    package var confidence: Int?
  }

  /// A key that is not in the output, or not with its whole value, as far as it has a name.
  package struct LostKey: Sendable, Equatable {
    package var database: UInt64
    package var key: ByteString
    /// Offset of its record.
    package var offset: UInt64
    package var reason: FindingCode
    /// Elements that were kept of a collection.
    package var elementsKept: UInt64?
  }

  /// Where the new RDB was written; nil when nothing was.
  package var output: String?
  package var keysRecovered: UInt64 = 0
  /// Those of them that a finding `suspect-value` names.
  package var keysSuspect: UInt64 = 0
  /// By the numbers that the file announces for its databases, where it does and they are larger than
  /// what was found; else the keys that are known to be lost, which is the least there can be.
  package var keysLost: UInt64 = 0
  /// Whether `keysLost` is a number the file states.
  package var lossIsStated = false
  /// Bytes of the input that are in the output as they stand.
  package var bytesKept: UInt64 = 0
  /// In the order of the file.
  package var gaps: [Gap] = []
  package var lostKeys: [LostKey] = []
  /// Lost keys beyond those that are listed.
  package var omittedKeys: UInt64 = 0

  package init() {}

  /// Nothing is missing, and nothing in doubt.
  package var isComplete: Bool {
    gaps.isEmpty && lostKeys.isEmpty && keysLost == 0 && keysSuspect == 0
  }

  static let keyLimit = 1 << 16

  mutating func lose(_ key: LostKey) {
    if lostKeys.count < Self.keyLimit { lostKeys.append(key) } else { omittedKeys += 1 }
  }

  /// Puts the databases right that were noted as they were walked.
  mutating func correct(_ databases: SalvagedDatabases) {
    for index in lostKeys.indices {
      lostKeys[index].database = databases.database(
        of: lostKeys[index].offset, walkedAs: lostKeys[index].database)
    }
  }
}
