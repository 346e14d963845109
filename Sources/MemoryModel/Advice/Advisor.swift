internal import Persistence

/// Finds out what would take memory back.
struct Advisor {
  private let estimate: MemoryEstimate
  private let model: MemoryModel
  private let groups: [KeyGroup]
  /// Bytes below which nothing is said.
  private let least: UInt64
  private var advice: [Advice] = []

  /// Keys of a pattern that are worth a change of an application.
  private static let manyKeys: UInt64 = 1000
  /// A pointer for each key in the table of keys, and half of one that is empty.
  private static let slot: UInt64 = 12

  init(_ estimate: MemoryEstimate) {
    self.estimate = estimate
    model = MemoryModel(estimate.server ?? .standard, estimate.allocator)
    var groups: [KeyGroup] = []
    estimate.tally.prefixes.forEachLeaf { leaf, sums in
      groups.append(KeyGroup(pattern: leaf.text, segments: leaf.ends.count, sums: sums))
    }
    self.groups = groups
    // One in two hundred.
    least = max(estimate.estimatedBytes / 200, 1)
  }

  mutating func all() -> [Advice] {
    stuckEncodings()
    limits()
    shards()
    strings()
    names()
    lifetimes()
    values()
    return advice.sorted {
      $0.savedBytes != $1.savedBytes
        ? $0.savedBytes > $1.savedBytes : $0.code.rawValue < $1.code.rawValue
    }
  }

  /// Adds advice that is about whole patterns. `part`: keys of a pattern that it is about, and what they would
  /// save; nil when it does not hold for it.
  private mutating func add(
    _ code: Advice.Code, _ title: String, how: String, cost: String, commands: [String] = [],
    _ part: (KeyGroup) -> Saving?
  ) {
    var total = Saving()
    var parts: [(saving: Saving, pattern: [UInt8])] = []
    for group in groups {
      guard let saving = part(group), saving.keys > 0 else { continue }
      total.add(saving)
      parts.append((saving, group.pattern))
    }
    guard total.keys > 0, total.bytes >= least || code == .jsonValues else { return }
    parts.sort {
      $0.saving.bytes != $1.saving.bytes
        ? $0.saving.bytes > $1.saving.bytes : $0.pattern.lexicographicallyPrecedes($1.pattern)
    }
    advice.append(
      Advice(
        code: code, title: title, keys: total.keys, savedBytes: total.bytes,
        prefixes: parts.prefix(5).map { ByteString($0.pattern) }, how: how, commands: commands,
        cost: cost))
  }

  // MARK: Encodings

  private mutating func stuckEncodings() {
    add(
      .stuckEncoding, "Values that were once larger keep their large encoding",
      how:
        "Restart the server, fail over to a replica that has loaded a new dump, or write such a key "
        + "anew by DUMP and RESTORE: a value that is loaded gets the smallest encoding that it fits in.",
      cost:
        "The figures of this report are those after loading, so that this comes on top. It comes back "
        + "as values grow and shrink again."
    ) { $0.sums.stuck }
  }

  private mutating func limits() {
    let tried = Thresholds.tried(on: estimate.settings)
    for type in [ValueType.hash, .zset, .set] {
      let candidates = Thresholds.candidates.indices.filter {
        Thresholds.candidates[$0].type == type
      }
      let savings = estimate.tally.thresholds.savings
      guard let most = candidates.map({ savings[$0].bytes }).max(), most >= least,
        // The most careful one that brings nearly as much as the boldest.
        let best = candidates.first(where: { savings[$0].bytes * 10 >= most * 9 })
      else { continue }
      let changes = tried[best].changes(from: estimate.settings, model.server)
      let list = changes.map { "\($0.name) to \($0.value)" }.joined(separator: ", ")
      advice.append(
        Advice(
          code: .encodingLimit, title: "Raise \(list)",
          keys: savings[best].keys, savedBytes: savings[best].bytes,
          how:
            "Set it, in redis.conf too; values that are there change when they are written or loaded.",
          commands: changes.map { "CONFIG SET \($0.name) \($0.value)" },
          cost:
            "Every access walks through the value: keep below 2,000 elements and 128 bytes each, and "
            + "watch the latency."))
    }
  }

  // MARK: Shards

  private mutating func shards() {
    let sums = groups.reduce(into: ShardSums()) { $0.add($1.sums.shards) }
    if let best = Self.best(sums.hashes) {
      let size = ShardSums.sizes[best]
      let settings = estimate.settings
      var changes: [String] = []
      let name = model.server.compactForm == .listpack ? "listpack" : "ziplist"
      if size > UInt64(max(settings.hashEntries, 0)) {
        changes.append("CONFIG SET hash-max-\(name)-entries \(size)")
      }
      if sums.hashLongest > UInt64(max(settings.hashLongest, 0)) {
        changes.append("CONFIG SET hash-max-\(name)-value \(sums.hashLongest)")
      }
      add(
        .shardHashes, "Spread large hashes over many of \(size) fields",
        how:
          "Put a field into the hash NAME:N, where N is the number in the field divided by \(size) "
          + "(or a hash of the field modulo the number of hashes), so that each stays compact.",
        cost:
          "One more step in the application; commands on the whole hash have to ask all parts. Reads "
          + "walk through \(size) fields at most.", commands: changes
      ) { Saving(keys: $0.sums.shards.hashKeys, bytes: $0.sums.shards.hashes[best]) }
    }
    if let best = Self.best(sums.sets) {
      let size = ShardSums.sizes[best]
      var changes: [String] = []
      if size > UInt64(max(estimate.settings.setIntsetEntries, 0)) {
        changes.append("CONFIG SET set-max-intset-entries \(size)")
      }
      if sums.integerSets < sums.setKeys {
        changes.append("CONFIG SET set-max-listpack-entries \(size)")
      }
      add(
        .shardSets, "Spread large sets over many of \(size) members",
        how:
          "Put a member into the set NAME:N, where N is a hash of the member modulo the number of sets, "
          + "so that each stays compact.",
        cost: "One more step in the application; SINTER and the like do not work across parts.",
        commands: changes
      ) { Saving(keys: $0.sums.shards.setKeys, bytes: $0.sums.shards.sets[best]) }
    }
  }

  /// The size that saves most; a smaller one that saves nearly as much, since it is faster.
  private static func best(_ savings: InlineArray<4, UInt64>) -> Int? {
    let most = savings.indices.map { savings[$0] }.max() ?? 0
    guard most > 0 else { return nil }
    return savings.indices.first { savings[$0] * 50 >= most * 49 }
  }

  // MARK: Strings

  private mutating func strings() {
    let limit = UInt64(max(estimate.settings.hashEntries, 1))
    let longest = UInt64(max(estimate.settings.hashLongest, 0))
    add(
      .packedStrings, "Pack short values of one length into large strings",
      how:
        "Number what the keys stand for, and keep the values side by side in strings of a million each: "
        + "SETRANGE and GETRANGE (or BITFIELD) at the number times the length.",
      cost:
        "Pays when the numbers have few gaps. Every value has to keep its length; none has a lifetime "
        + "of its own."
    ) { group in
      let texts = group.sums.texts
      guard group.isLastingText, group.isFolded, texts.keys >= Self.manyKeys,
        texts.shortest == texts.longest, (1...16).contains(texts.longest)
      else { return nil }
      var saving = Saving()
      saving.note(texts.bytes + Self.slot * texts.keys, texts.length)
      saving.keys = texts.keys
      return saving
    }
    add(
      .stringsInHashes, "Keep small strings as fields of hashes",
      how:
        "Keep the value of NAME:ID in the hash NAME:N under the rest of ID, with N = ID divided by "
        + "\(min(limit, 512)): HSET and HGET in place of SET and GET. Where IDs are no numbers, a hash of them "
        + "takes the place of the quotient; then have a fifth more hashes, as some fill up before others.",
      cost: "Fields have lifetimes from Redis 7.4 and Valkey 9 on only. Reads walk through "
        + "\(min(limit, 512)) fields at most."
    ) { [model] group in
      let texts = group.sums.texts
      guard group.isLastingText, group.isFolded, texts.keys >= Self.manyKeys,
        texts.longest <= longest
      else { return nil }
      let size = min(limit, 512)
      let shards = (texts.keys + size - 1) / size
      let rest = group.averageName - min(group.averageName, group.beginning)
      // Of a number, three digits stay.
      let field = rest <= 12 ? 3 : rest + 2
      let blob =
        model.server.compactForm.frame + (texts.entries + field * texts.keys) / shards
      let then =
        shards * (model.memoryOfName(group.beginning + 6) + model.memoryOfBlob(blob) + Self.slot)
      var saving = Saving()
      saving.note(texts.bytes + Self.slot * texts.keys, then)
      saving.keys = texts.keys
      return saving
    }
    add(
      .integersAsText, "Write integers as servers write them",
      how:
        "Write numbers without zeros or a plus before them, without a point, blanks or a line's end: "
        + "\"42\" takes no memory beside the object, \"042\" and \"42.0\" do.",
      cost: "Readers have to take the number for what it is."
    ) { $0.sums.texts.integers }
    add(
      .jsonValues, "JSON values that could be hashes",
      how:
        "Where single members are read or written, a hash does that without reading the whole; with "
        + "short members it takes no more memory.",
      cost: "Nested members need names of their own. How much it saves depends on the members."
    ) { [least] group in
      let texts = group.sums.texts
      guard texts.keys >= 100, texts.objects * 10 >= texts.keys * 9,
        texts.length / texts.keys <= 4096, group.sums.sums.bytes >= least
      else { return nil }
      return Saving(keys: texts.objects, bytes: 0)
    }
  }

  private mutating func names() {
    add(
      .longNames, "Shorten the names of keys",
      how: "Write the parts that all names of a prefix share in two characters: us:17:fr for "
        + "user:17:friends.",
      cost: "Names are harder to read; every user of the keys has to change at once."
    ) { [model] group in
      let short = 3 * UInt64(group.segments)
      guard group.sums.sums.keys >= Self.manyKeys, group.literalBytes > short + 8 else {
        return nil
      }
      let name = group.averageName
      let then = name - min(name, group.literalBytes) + short
      var saving = Saving()
      saving.note(model.memoryOfName(name), model.memoryOfName(then))
      return Saving(keys: group.sums.sums.keys, bytes: saving.bytes * group.sums.sums.keys)
    }
  }

  // MARK: Lifetimes and values

  private mutating func lifetimes() {
    add(
      .missingLifetimes, "Keys without a lifetime among many that have one",
      how:
        "Find out why these were written without EXPIRE (a SET takes a lifetime away), and give them one.",
      cost: "What expires is gone."
    ) { group in
      let sums = group.sums.sums
      guard sums.expires < sums.keys, sums.expires * 10 >= sums.keys * 8 else { return nil }
      return Saving(keys: sums.keys - sums.expires, bytes: sums.bytes - sums.expiringBytes)
    }
    let expired = estimate.tally.expiry.expired
    if expired.bytes >= least {
      advice.append(
        Advice(
          code: .expiredKeys, title: "Keys that have expired and are still there",
          keys: expired.keys, savedBytes: expired.bytes,
          how:
            "A server that loads the file as a primary leaves them out. In a running one, raise hz or "
            + "active-expire-effort, or walk through all keys once by SCAN.",
          commands: ["CONFIG SET active-expire-effort 5"], cost: "Some processor time."))
    }
  }

  private mutating func values() {
    add(
      .compressibleValues, "Compress long values",
      how: "Let the application compress values of more than 1 KiB (LZ4, zstd).",
      cost:
        "Processor time of clients; servers cannot look into such values any more. The estimate is what "
        + "LZF made of them in the file."
    ) { $0.sums.texts.compressible }
    let duplicates = estimate.tally.duplicates.saving
    if duplicates.bytes >= least {
      advice.append(
        Advice(
          code: .duplicateValues, title: "Long values that several keys hold",
          keys: duplicates.keys, savedBytes: duplicates.bytes,
          how: "Keep such a value once, under a hash of its bytes, and that hash in the keys.",
          cost: "One more read for each access, and something that takes unused values away."))
    }
  }
}
