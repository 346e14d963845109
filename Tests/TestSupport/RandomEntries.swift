package import Persistence

/// Keys of every type with values at random, sound ones, of a fixed seed.
package struct RandomEntries {
  private var random: SeededRandom

  package init(seed: UInt64) { random = SeededRandom(seed: seed) }

  /// So many keys of different names; expiries are far from now, and in whole seconds before 2038.
  package mutating func entries(_ count: Int) -> [RDBEntry] {
    (0..<count).map { index in
      var entry = RDBEntry(
        key: ByteString("\(index):\(number(1 << 40))"), value: value(),
        database: UInt64(index) / 7)
      if number(3) == 0 {
        entry.expiresAt = Int64(1_900_000_000 + number(200_000_000)) * 1000
      }
      switch number(6) {
      case 0: entry.idle = number(1 << (number(4) * 10 + 1))
      case 1: entry.frequency = UInt8(number(256))
      default: break
      }
      return entry
    }
  }

  private mutating func number(_ below: UInt64) -> UInt64 { random.next() % below }

  /// Empty, short and long ones, integers of every width, what compresses and what does not.
  private mutating func string() -> ByteString {
    switch number(8) {
    case 0: return ""
    case 1, 2: return ByteString("\(Int64(bitPattern: random.next()) >> Int64(number(64)))")
    case 3: return ByteString(random.bytes(Int(number(70))))
    case 4: return ByteString([UInt8](repeating: UInt8(97 + number(3)), count: Int(number(300))))
    case 5: return ByteString(random.bytes(Int(number(40) == 0 ? 20_000 : 3)))
    default: return ByteString("text \(number(50)) text \(number(50))")
    }
  }

  /// Strings of which none is there twice.
  private mutating func strings(_ count: Int) -> [ByteString] {
    var seen = Set<ByteString>()
    while seen.count < count {
      let next = string()
      seen.insert(seen.contains(next) ? ByteString("\(random.next())") : next)
    }
    return seen.sorted().shuffled(using: &random)
  }

  private mutating func size() -> Int { Int(1 + number([4, 30, 140, 600][Int(number(4))])) }

  private mutating func score() -> Double {
    switch number(6) {
    case 0: return Double(Int64(bitPattern: random.next()) >> Int64(number(64)))
    case 1: return number(2) == 0 ? .infinity : -.infinity
    case 2: return Double(number(1000)) / 10
    case 3:
      let score = Double(bitPattern: random.next())
      return score.isNaN ? -0.0 : score
    default: return Double(number(5))
    }
  }

  private mutating func value() -> RDBValue {
    switch number(9) {
    case 0, 1: return .string(string())
    case 2: return .list((0..<size()).map { _ in string() })
    case 3: return .set(strings(size()))
    case 4:
      let count = size()
      return .set((0..<count).map { ByteString("\($0 << Int(number(2) * 20))") }.unique)
    case 5: return .hash(strings(size()).map { RDBField(name: $0, value: string()) })
    case 6:
      return .hash(
        strings(size()).map {
          RDBField(
            name: $0, value: string(),
            expiresAt: number(2) == 0 ? nil : 4_000_000_000_000 + number(1 << 40))
        })
    case 7: return .sortedSet(strings(size()).map { RDBScoredMember(member: $0, score: score()) })
    default: return .stream(stream())
    }
  }

  private mutating func stream() -> RDBStream {
    var id = StreamID(number(1 << 41), number(100))
    var entries: [RDBStream.Entry] = []
    for _ in 0..<(size() - 1) {
      id =
        number(2) == 0
        ? StreamID(id.milliseconds, id.sequence + 1 + number(9))
        : StreamID(id.milliseconds + 1 + number(1 << 20), number(1 << 50))
      let names = number(4) == 0 ? ["a", string(), "a"] : ["a", "b"] as [ByteString]
      entries.append(
        RDBStream.Entry(id: id, fields: names.map { (name: $0, value: string()) }))
    }
    var stream = RDBStream(entries)
    stream.lastID = StreamID(id.milliseconds + number(2), id.sequence)
    if number(2) == 0 {
      stream.entriesAdded += number(5)
      stream.maxDeletedID = number(2) == 0 ? .zero : StreamID(0, 1)
    }
    stream.groups = strings(Int(number(4))).sorted().map { group(of: entries, $0) }
    return stream
  }

  private mutating func group(
    of entries: [RDBStream.Entry], _ name: ByteString
  ) -> RDBStream.Group {
    var group = RDBStream.Group(
      name: name, lastID: entries.randomElement(using: &random)?.id ?? .zero,
      entriesRead: number(2) == 0 ? nil : number(1000))
    group.consumers = strings(Int(number(4))).sorted().map {
      let seen = Int64(number(1 << 42))
      return RDBStream.Consumer(
        name: $0, seenAt: seen, activeAt: number(3) == 0 ? -1 : seen - Int64(number(2)))
    }
    guard !group.consumers.isEmpty else { return group }
    for entry in entries where number(4) == 0 {
      group.pending.append(
        RDBStream.Pending(
          id: entry.id, deliveredAt: Int64(number(1 << 42)), deliveries: number(1 << 20)))
      group.consumers[Int(number(UInt64(group.consumers.count)))].pending.append(entry.id)
    }
    return group
  }
}

extension [ByteString] {
  fileprivate var unique: [ByteString] { Array(Set(self)).sorted() }
}
