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
    /// The bytes never belonged to the file: nothing is lost with them.
    package var isExcess = false
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
  /// Where the file lies in a larger one it was carved from; offsets count from there.
  package var carvedFrom: Range<UInt64>?
  /// Keys in the output with their whole value.
  package var keysRecovered: UInt64 = 0
  /// Keys in the output with a part of their value.
  package var keysPartial: UInt64 = 0
  /// Those of them that a finding `suspect-value` names.
  package var keysSuspect: UInt64 = 0
  /// By the numbers that the file announces for its databases, where it does and they are larger than
  /// what was found; else the keys that are known to be lost, which is the least there can be.
  package var keysLost: UInt64 = 0
  /// Whether `keysLost` is a number the file states.
  package var lossIsStated = false
  /// Bytes of the input that are in the output: as they stand, but for the header, the numbers of
  /// RESIZEDB, and the end, which are written anew.
  package var bytesKept: UInt64 = 0
  /// In the order of the file.
  package var gaps: [Gap] = []
  /// What was changed back in the input, as the checksum proves.
  package var repair: ChecksumRepair?
  package var lostKeys: [LostKey] = []
  /// Lost keys beyond those that are listed.
  package var omittedKeys: UInt64 = 0

  package init() {}

  /// Nothing is missing, and nothing in doubt.
  package var isComplete: Bool {
    gaps.allSatisfy(\.isExcess) && lostKeys.isEmpty && keysLost == 0 && keysSuspect == 0
  }

  static let keyLimit = 1 << 16

  mutating func lose(_ key: LostKey) {
    if lostKeys.count < Self.keyLimit { lostKeys.append(key) } else { omittedKeys += 1 }
  }

  /// A part of a value, whose record is at an offset, is left out after all.
  mutating func forgetPart(at offset: UInt64) {
    keysPartial -= 1
    for index in lostKeys.indices where lostKeys[index].offset == offset {
      lostKeys[index].elementsKept = nil
    }
  }

  /// Puts the databases right that were noted as they were walked.
  mutating func correct(_ databases: SalvagedDatabases) {
    for index in lostKeys.indices {
      lostKeys[index].database = databases.database(
        of: lostKeys[index].offset, walkedAs: lostKeys[index].database)
    }
  }

  /// Takes a repair into account, after which the file was planned: offsets then count in the input, of
  /// `size` bytes.
  mutating func add(_ repair: ChecksumRepair, from size: UInt64) {
    self.repair = repair
    for change in repair.changes {
      guard case .inserted(let start, let count) = change else { continue }
      for index in gaps.indices {
        if gaps[index].from >= start { gaps[index].from += count }
        if gaps[index].to > start { gaps[index].to += count }
      }
      for index in lostKeys.indices where lostKeys[index].offset >= start {
        lostKeys[index].offset += count
      }
      // In a gap they are accounted for.
      guard !gaps.contains(where: { $0.from < start && $0.to > start }) else { continue }
      gaps.append(
        Gap(from: start, to: start + count, reason: .checksumMismatch, isExcess: true))
      gaps.sort { $0.from < $1.from }
    }
  }

  /// Where a single damage has to be, as far as the records tell; nil when there are several, or none.
  func placeOfDamage(in verdict: RDBVerdict, size: UInt64) -> Range<UInt64>? {
    switch gaps.count {
    case 0: return verdict.checksumStatus == .mismatch ? 0..<size : nil
    case 1:
      // The record before a gap may be the one that is damaged.
      let suspect = verdict.findings.findings.lazy
        .filter { $0.code == .suspectValue && $0.offset < gaps[0].from }.map(\.offset).max()
      return (suspect ?? gaps[0].from)..<min(size, gaps[0].to + 1)
    default: return nil
    }
  }
}

extension ChecksumRepair {
  /// Where the first of its changes is.
  var place: UInt64 {
    changes.map { change in
      switch change {
      case .bytes(let offset, _, _): offset
      case .swappedBlocks(let one, let other, _): min(one, other)
      case .inserted(let offset, _): offset
      }
    }.min() ?? 0
  }

  /// What was changed, in words.
  package var summary: String {
    changes.map { change in
      switch change {
      case .bytes(let offset, let was, let now):
        "\(was.count == 1 ? "byte" : "\(was.count) bytes at") \(offset) "
          + "\(was.count == 1 ? "was" : "were") \(Self.hex(now)), found \(Self.hex(was))"
      case .swappedBlocks(let one, let other, let size):
        "the blocks of \(size) bytes at \(one) and \(other) had changed places"
      case .inserted(let offset, let count):
        "\(count) bytes at \(offset) do not belong there"
      }
    }.joined(separator: "; ")
  }

  static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}
