import Foundation
import Forensics
import Persistence
import TestSupport
import Testing

/// What is written for a release is sound, and reads back as what was given, but for what is told.
@Suite struct EncoderPropertyTests {
  /// What an entry is once a target has held it: the meaning of each loss.
  static func after(_ losses: [ConversionLoss], _ entry: RDBEntry) -> RDBEntry? {
    var entry = entry
    for loss in losses {
      if loss.isWhole { return nil }
      switch loss.what {
      case .idle: entry.idle = nil
      case .frequency: entry.frequency = nil
      case .expiry: entry.expiresAt = nil
      case .fieldExpiries:
        guard case .hash(let fields) = entry.value else { return nil }
        entry.value = .hash(fields.map { RDBField(name: $0.name, value: $0.value) })
      case .streamCounters, .entriesRead, .consumerActivity:
        guard case .stream(let stream) = entry.value else { return nil }
        entry.value = .stream(withoutLosses(stream, loss.what))
      default: return nil
      }
    }
    return entry
  }

  private static func withoutLosses(
    _ stream: RDBStream, _ what: ConversionLoss.What
  ) -> RDBStream {
    var stream = stream
    switch what {
    case .streamCounters:
      stream.firstID = stream.entries.first?.id ?? .zero
      stream.maxDeletedID = .zero
      stream.entriesAdded = stream.length
    case .entriesRead(let name):
      // What the reader estimates is compared with what a server does elsewhere.
      for index in stream.groups.indices where stream.groups[index].name == name {
        stream.groups[index].entriesRead = .max
      }
    case .consumerActivity(let name, let consumer):
      for index in stream.groups.indices where stream.groups[index].name == name {
        for place in stream.groups[index].consumers.indices
        where stream.groups[index].consumers[place].name == consumer {
          stream.groups[index].consumers[place].activeAt =
            stream.groups[index].consumers[place].seenAt
        }
      }
    default: break
    }
    return stream
  }

  /// Members and fields in an order of their own, and estimates out of the way.
  private static func comparable(_ value: RDBValue, _ expected: RDBValue) -> RDBValue {
    guard case .stream(var stream) = value, case .stream(let other) = expected else {
      return Written.sorted(value)
    }
    for (index, group) in other.groups.enumerated()
    where group.entriesRead == .max && index < stream.groups.count {
      stream.groups[index].entriesRead = .max
    }
    return .stream(stream)
  }

  @Test(arguments: RDBTarget.all, [1, 2, 3] as [UInt64])
  func readsBackAsWritten(_ target: RDBTarget, seed: UInt64) throws {
    var random = RandomEntries(seed: seed)
    let entries = random.entries(90)
    let expected = entries.compactMap { entry in
      Self.after(target.losses(of: entry), entry)
    }
    let file = Written.file(entries, for: target)
    #expect(file.losses == entries.flatMap { target.losses(of: $0) })
    #expect(entries.count - expected.count == file.losses.count(where: \.isWhole))
    #expect(target.version < 9 || expected.count == entries.count)
    let read = try Written.entries(file.bytes)
    #expect(read.map(\.key) == expected.map(\.key))
    for (read, expected) in zip(read, expected) {
      #expect(read.database == expected.database)
      #expect(read.type == expected.type)
      #expect(read.expiresAt == expected.expiresAt)
      #expect(read.idle == expected.idle)
      #expect(read.frequency == expected.frequency)
      let value = Self.comparable(read.value, expected.value)
      #expect(value == Written.sorted(expected.value), "\(expected.key)")
    }
    let verdict = CheckProperties.verdict(file.bytes)
    // Databases beyond the sixteen of a default server are the only thing to be said.
    let findings = verdict.findings.findings.filter { $0.code != .dbOutOfRange }
    #expect(findings.isEmpty, "\(findings.prefix(3))")
    #expect(verdict.keys == UInt64(expected.count))
    #expect(verdict.checksumStatus == (target.version < 5 ? .absent : .ok))
  }

  /// The same for every key of every real file.
  @Test(arguments: RDBTarget.all) func realKeys(_ target: RDBTarget) throws {
    for name in ["2.4.18-census", "6.2.16-module", "7.4.1-hfe", "valkey-9.1.2-census"] {
      let url = Fixtures.folder.appendingPathComponent("rdb/\(name).rdb")
      var reader = try RDBReader(path: url.path)
      var entries: [RDBEntry] = []
      while let entry = try reader.next() {
        // Text of a mebibyte takes a while to compress in a build without optimisation.
        if case .string(let text) = entry.value, text.count > 100_000 { continue }
        entries.append(entry)
      }
      let file = Written.file(entries, for: target)
      let wholes = file.losses.count(where: \.isWhole)
      #expect(try Written.entries(file.bytes).count == entries.count - wholes)
      let verdict = CheckProperties.verdict(file.bytes)
      #expect(verdict.findings.errors == 0, "\(name): \(verdict.findings.findings.prefix(2))")
    }
  }
}
