package import Persistence

/// How servers of a release make digests; they differ in the text of scores, and in what they know of the
/// lifetimes of fields.
package struct DigestStyle: Sendable, Equatable {
  /// Scores are taken as the shortest text (from Redis 7.2 on), not with 17 digits.
  package var hasShortestScores: Bool
  /// That a field of a hash has a lifetime counts (from Redis 7.4 on).
  package var seesFieldExpiries: Bool
  /// Whether what no server's digest sees counts, too: when keys and fields expire, consumer groups, and the
  /// counters of streams.
  package var seesEverything = false

  /// As Redis 7.0 does.
  package static let redis7 = DigestStyle(hasShortestScores: false, seesFieldExpiries: false)

  /// For comparisons of our own.
  package static let complete = DigestStyle(
    hasShortestScores: true, seesFieldExpiries: true, seesEverything: true)

  /// As servers of a release do.
  package init(_ target: RDBTarget) {
    let isRedis = target.magic == .redis
    hasShortestScores = target.version >= 11
    seesFieldExpiries = isRedis && target.version >= 12
  }

  private init(hasShortestScores: Bool, seesFieldExpiries: Bool, seesEverything: Bool = false) {
    self.hasShortestScores = hasShortestScores
    self.seesFieldExpiries = seesFieldExpiries
    self.seesEverything = seesEverything
  }
}

extension DigestState {
  /// Mixes in type and value of a key, and that it expires if it does: what `DEBUG DIGEST-VALUE` shows of it
  /// when nothing stands before. Source: `xorObjectDigest` of debug.c, Redis 7.0.
  mutating func mixValue(of entry: Entry, _ style: DigestStyle) {
    switch entry.value {
    case .text:
      mix(0)
      mix(entry.text)
    case .integer(let number):
      mix(0)
      mix(NumberText.bytes(number))
    case .buffer(let bytes):
      mix(0)
      mix(bytes)
    case .list(let list):
      mix(1)
      for element in list.elements { mix(element.bytes) }
    case .set(let set):
      mix(2)
      for member in set.members { add(member.bytes) }
    case .sortedSet(let sortedSet):
      mix(3)
      for member in sortedSet.members {
        var element = DigestState()
        element.mix(member.member.bytes)
        element.mix(style.text(of: member.score))
        addHash(of: element)
      }
    case .hash(let hash):
      mix(4)
      for field in hash.fields { addHash(of: .init(field, style)) }
    case .module:
      // A server asks the module, and one without a word leaves the digest as it is.
      mix(5)
      if style.seesEverything { mixModule(entry) }
    case .stream(let box):
      mix(6)
      mixStream(box.content.rdb, style)
    }
    if entry.hasExpiry {
      add(Array("!!expire!!".utf8))
      if style.seesEverything { mix(Array("\(entry.expiresAt)".utf8)) }
    }
  }

  private init(_ field: RDBField, _ style: DigestStyle) {
    self.init()
    mix(field.name.bytes)
    mix(field.value.bytes)
    guard let expiry = field.expiresAt else { return }
    if style.seesFieldExpiries { add(Array("!!hexpire!!".utf8)) }
    if style.seesEverything { mix(Array("\(expiry)".utf8)) }
  }

  private mutating func mixModule(_ entry: Entry) {
    guard case .module(let module) = entry.value else { return }
    mix(module.content.name.bytes)
    mix(module.content.raw.bytes)
  }

  private mutating func mixStream(_ stream: RDBStream, _ style: DigestStyle) {
    for entry in stream.entries {
      mix(Array("\(entry.id.milliseconds).\(entry.id.sequence)".utf8))
      for field in entry.fields {
        mix(field.name.bytes)
        mix(field.value.bytes)
      }
    }
    guard style.seesEverything else { return }
    mix(
      Array(
        "\(stream.lastID) \(stream.maxDeletedID) \(stream.entriesAdded) \(stream.groups.count)".utf8
      ))
    for group in stream.groups.sorted(by: { $0.name < $1.name }) {
      mix(group.name.bytes)
      mix(Array("\(group.lastID) \(group.entriesRead.map { "\($0)" } ?? "-")".utf8))
      let owners = Dictionary(
        group.consumers.flatMap { consumer in consumer.pending.map { ($0, consumer.name) } },
        uniquingKeysWith: { first, _ in first })
      for pending in group.pending.sorted(by: { $0.id < $1.id }) {
        mix(Array("\(pending.id) \(pending.deliveredAt) \(pending.deliveries)".utf8))
        mix(owners[pending.id]?.bytes ?? [])
      }
      for consumer in group.consumers.sorted(by: { $0.name < $1.name }) { mix(consumer.name.bytes) }
    }
  }
}

extension DigestStyle {
  fileprivate func text(of score: Double) -> [UInt8] {
    ScoreText.digest(score, isShortest: hasShortestScores)
  }
}
