internal import Forensics
package import Persistence

/// What is told of the memory of the keys of files.
package struct MemoryEstimate: Sendable {
  /// One file that was read.
  package struct File: Sendable, Equatable {
    package enum Status: String, Sendable, CaseIterable {
      case ok, warning, damaged, unreadable
    }

    package var path: String
    package var bytes: UInt64
    package var keys: UInt64
    package var status: Status
    /// What is wrong with it, or with a warning, what is not in the report: a sentence.
    package var error: String?
    /// The offset up to which records could be found; of several files of a log, in all of them one behind the
    /// other.
    package var readUpTo: UInt64
    /// Bytes that the server used when it wrote the file, as the file says.
    package var usedMemory: UInt64?
  }

  package var files: [File] = []
  /// The server that is asked about; nil until a file has told.
  package var server: ServerModel?
  package var allocator: Allocator
  package var settings: EncodingSettings
  package var wishes: MemoryTally.Wishes
  package var tally: MemoryTally
  /// Parts of the prefixes that are told; nil for all. What is summed up does not depend on it.
  package var prefixDepth: Int?

  package init(_ scan: MemoryScan) {
    server = scan.server
    allocator = scan.allocator
    settings = scan.settings
    wishes = scan.wishes
    tally = MemoryTally(scan.wishes)
  }

  mutating func add(_ verdict: RDBVerdict) {
    let status: File.Status =
      switch verdict.status {
      case .ok: .ok
      case .warning: .warning
      case .damaged: .damaged
      case .unreadable: .unreadable
      }
    let error = verdict.inputError?.description
    let finding = verdict.findings.findings.first { $0.severity == .error }
    files.append(
      File(
        path: verdict.file, bytes: verdict.bytes, keys: verdict.keys, status: status,
        error: error ?? finding.map { "offset \($0.offset): \($0.message)" },
        readUpTo: verdict.framedBytes,
        usedMemory: verdict.auxValue("used-mem").flatMap { UInt64($0.description) }))
  }

  /// Bytes of the tables that keys and lifetimes hang in, over all databases.
  package var tables: UInt64 {
    let server = server ?? .standard
    return tally.databases.values.reduce(0) { sum, database in
      sum + server.table(database.sums.keys, allocator)
        + server.table(database.sums.expires, allocator)
    }
  }

  /// Bytes of the entries by which lifetimes hang in their table.
  package var expiryEntries: UInt64 {
    (server ?? .standard).expiryEntry(allocator) * tally.total.expires
  }

  /// By types, the largest first.
  package var byType: [(type: ValueType, sums: MemorySums)] {
    let sums = ValueType.allCases.map { type in
      var sums = MemorySums()
      for encoding in ObjectEncoding.allCases { sums.add(tally.sums(type, encoding)) }
      return (type: type, sums: sums)
    }
    return sums.filter { $0.sums.keys > 0 }.sorted { $0.sums.bytes > $1.sums.bytes }
  }

  /// By types and encodings, the largest first.
  package var byEncoding: [(type: ValueType, encoding: ObjectEncoding, sums: MemorySums)] {
    let sums = ValueType.allCases.flatMap { type in
      ObjectEncoding.allCases.map { (type: type, encoding: $0, sums: tally.sums(type, $0)) }
    }
    return sums.filter { $0.sums.keys > 0 }.sorted { $0.sums.bytes > $1.sums.bytes }
  }

  /// The prefixes with most bytes.
  package var prefixes: PrefixReport<GroupSums> {
    tally.prefixes.report(most: wishes.prefixes, depth: prefixDepth ?? .max) { $0.sums.bytes }
  }

  /// Bytes of all keys and of the tables that they hang in.
  package var estimatedBytes: UInt64 { tally.total.bytes &+ tables }

  /// Bytes that the server that wrote the files used; nil unless all of them tell.
  package var usedMemory: UInt64? {
    var sum: UInt64 = 0
    for file in files {
      guard let used = file.usedMemory else { return nil }
      sum += used
    }
    return files.isEmpty ? nil : sum
  }
}

extension ServerModel {
  /// Bytes of the buckets of a table of so many keys.
  func table(_ keys: UInt64, _ allocator: Allocator) -> UInt64 {
    guard keys > 0 else { return 0 }
    let buckets =
      hasWideBuckets
      ? WideTable.buckets(for: keys) * WideTable.bucket : ChainedTable.buckets(keys) * 8
    return allocator.bytes(for: buckets)
  }

  /// Bytes of the entry by which the lifetime of a key hangs in its table.
  func expiryEntry(_ allocator: Allocator) -> UInt64 {
    hasWideBuckets ? 0 : allocator.bytes(for: Self.dictEntry)
  }
}
