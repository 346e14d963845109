internal import Persistence

/// Settings of encodings that are tried on every file.
struct Thresholds: Sendable {
  struct Candidate: Sendable {
    var type: ValueType
    var change: @Sendable (inout EncodingSettings) -> Void
  }

  /// Those of one type from the careful to the bold ones: what compact encodings cost grows with their
  /// limits.
  static let candidates: [Candidate] = [
    Candidate(type: .hash) { $0.hashEntries = max($0.hashEntries, 1024) },
    Candidate(type: .hash) { $0.hashLongest = max($0.hashLongest, 128) },
    Candidate(type: .hash) { settings in
      settings.hashEntries = max(settings.hashEntries, 1024)
      settings.hashLongest = max(settings.hashLongest, 128)
    },
    Candidate(type: .zset) { $0.sortedSetEntries = max($0.sortedSetEntries, 256) },
    Candidate(type: .zset) { $0.sortedSetEntries = max($0.sortedSetEntries, 512) },
    Candidate(type: .zset) { settings in
      settings.sortedSetEntries = max(settings.sortedSetEntries, 512)
      settings.sortedSetLongest = max(settings.sortedSetLongest, 128)
    },
    Candidate(type: .set) { $0.setIntsetEntries = max($0.setIntsetEntries, 1024) },
    Candidate(type: .set) { $0.setIntsetEntries = max($0.setIntsetEntries, 2048) },
    Candidate(type: .set) { $0.setEntries = max($0.setEntries, 512) },
    Candidate(type: .set) { settings in
      settings.setEntries = max(settings.setEntries, 512)
      settings.setLongest = max(settings.setLongest, 128)
    },
  ]

  /// Elements above which no candidate makes a value compact.
  private static let mostElements: UInt64 = 2048

  /// By candidates.
  var savings = [Saving](repeating: Saving(), count: candidates.count)

  /// Counts a key whose encoding one of them may change.
  mutating func add(
    _ key: MeasuredKey, _ memory: KeyMemory, _ model: borrowing MemoryModel,
    _ tried: [EncodingSettings]
  ) {
    guard memory.encoding == .hashtable || memory.encoding == .skiplist,
      key.value.elements <= Self.mostElements
    else { return }
    let type = key.value.layout.type
    for (index, settings) in tried.enumerated() where Self.candidates[index].type == type {
      savings[index].note(memory.bytes, model.memory(of: key, settings).bytes)
    }
  }

  mutating func merge(_ other: Thresholds) {
    for index in savings.indices { savings[index].add(other.savings[index]) }
  }

  /// The settings that the candidates make of some.
  static func tried(on settings: EncodingSettings) -> [EncodingSettings] {
    candidates.map { candidate in
      var settings = settings
      candidate.change(&settings)
      return settings
    }
  }
}

extension EncodingSettings {
  /// How these settings differ from others, as lines of redis.conf.
  func changes(from others: EncodingSettings, _ server: ServerModel) -> [(
    name: String, value: Int64
  )] {
    Self.names(for: server).compactMap { row in
      let value = self[keyPath: row.setting]
      return value == others[keyPath: row.setting] ? nil : (row.name, value)
    }
  }

  /// The names that a server knows, one for each setting.
  private static func names(
    for server: ServerModel
  ) -> [(name: String, setting: any WritableKeyPath<EncodingSettings, Int64> & Sendable)] {
    let isOld = server.compactForm == .ziplist
    return names.filter { row in
      if row.name.contains("zipmap") { return false }
      if row.name.hasPrefix("list-max-ziplist-") { return isOld && row.name.hasSuffix("size") }
      return row.name.contains("ziplist") ? isOld : !(row.name.contains("listpack") && isOld)
    }
  }
}
