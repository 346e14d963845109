internal import Persistence

/// Finds the next place of a damaged file at which whole, sane records follow one another.
///
/// A place is believed when the records from there on weigh enough (`RecordEvidence`): the more places
/// have been tried since the damage, the more they have to weigh, so that the odds of taking a run of
/// arbitrary bytes for records stay the same. A run that ends before it weighs enough is dropped, with
/// all places inside it that lead to the same end.
struct Resynchronizer: ~Copyable {
  /// Odds of 2⁻²⁴ for one false resumption, on top of the number of places tried.
  private static let caution = 24
  /// Bits that are not asked for inside a record that is known to be broken.
  private static let leniency = 18
  /// Records of a run that are followed; the rest is for the inspection to see.
  private static let longestRun = 4096
  /// Places remembered as leading nowhere.
  private static let memory = 1 << 16

  var weigher: RecordWeigher
  private let dialect: RDBDialect
  private let size: UInt64
  private var deadEnds = Set<UInt64>()

  /// Where records go on.
  struct Resumption {
    var at: UInt64
    /// What the records there weigh, less what so many tried places ask for; in bits. Nil where
    /// nothing was searched.
    var confidence: Int?
  }

  init(_ content: any RandomAccess, size: UInt64, _ dialect: RDBDialect) {
    self.size = size
    self.dialect = dialect
    weigher = RecordWeigher(content, size: size, dialect)
  }

  /// Offset of the EOF opcode of a file that ends as it should.
  var endOfRecords: UInt64 {
    let tail: UInt64 = dialect.hasChecksum ? 9 : 1
    return size >= tail ? size - tail : size
  }

  /// The first place of `range` from which records go on beyond `goal`.
  mutating func search(
    _ range: Range<UInt64>, beyond goal: UInt64
  ) throws(SourceError) -> Resumption? {
    var at = range.lowerBound
    while let place = try weigher.nextCandidate(in: at..<range.upperBound) {
      let distance = place - range.lowerBound + 1
      if let resumption = try resumption(at: place, distance: distance, beyond: goal) {
        return try withoutSwallower(resumption)
      }
      at = place + 1
    }
    return nil
  }

  /// The first record of a run may be a piece of a broken value that leads by accident over sound records
  /// to one of them.
  private mutating func withoutSwallower(
    _ resumption: Resumption
  ) throws(SourceError) -> Resumption {
    guard let first = try weigher.weigh(at: resumption.at), first.kind == .key,
      let end = first.end, end - first.start >= Self.leastSwallower
    else { return resumption }
    return try search(leadingToEndOf: (first.start + 1)..<end, isBroken: false) ?? resumption
  }

  /// Bytes of a record that can have another one in it.
  private static let leastSwallower: UInt64 = 32

  /// Records that stand first behind a gap and do not weigh enough by themselves for as many places as
  /// were tried: a place inside a broken value may lead to the same run behind it.
  struct Beginning {
    /// Records that do not weigh enough together for as many places as were tried.
    var doubtful: [UInt64] = []
  }

  /// Bits below which no run begins with a record.
  private static let least = 10
  /// Bits that the value of such a record adds at most: inside a broken collection, the elements of a
  /// bogus one are real.
  private static let mostOfValue = 12

  mutating func doubtfulRecords(
    behind resumption: Resumption, distance: UInt64
  ) throws(SourceError) -> [UInt64] {
    var doubtful: [UInt64] = []
    var at = resumption.at
    var weight = 0
    while weight < asked(distance: distance), let record = try weigher.weigh(at: at),
      record.kind != .eof, let end = record.end
    {
      weight += worth(record)
      if record.kind == .key { doubtful.append(at) }
      at = end
    }
    return doubtful
  }

  /// What a record is worth at the start of a run.
  private func worth(_ record: WeighedRecord) -> Int {
    min(record.evidence, record.headEvidence + Self.mostOfValue)
  }

  /// The first place of `range` from which records lead exactly to its end.
  ///
  /// `isBroken`: the record that the range is a part of is known to be damaged. That others end just
  /// where it does then says something, too.
  mutating func search(
    leadingToEndOf range: Range<UInt64>, isBroken: Bool
  ) throws(SourceError) -> Resumption? {
    var at = range.lowerBound
    while let place = try weigher.nextCandidate(in: at..<range.upperBound) {
      let asked =
        asked(distance: place - range.lowerBound + 1) - (isBroken ? Self.leniency : 0)
      if let weight = try run(from: place, asked: asked, goal: range.upperBound, isExact: true) {
        return Resumption(at: place, confidence: weight - asked + Self.caution)
      }
      at = place + 1
    }
    return nil
  }

  /// Whether records go on at a place to which a frame led: the end of a record that is broken inside.
  mutating func goesOn(at place: UInt64) throws(SourceError) -> Bool {
    if place == endOfRecords { return true }
    if try weigher.headIsPlausible(at: place) { return true }
    guard let first = try weigher.weigh(at: place), let end = first.end else { return false }
    if end == endOfRecords || end == size { return true }
    guard let second = try weigher.weigh(at: end) else {
      return try weigher.headIsPlausible(at: end)
    }
    return first.evidence + second.evidence >= Self.least
  }

  /// Whether records other than plain strings weigh enough in the run that begins at a place, `distance`
  /// places after the first one that was tried.
  mutating func leadsBeyondStrings(
    from place: UInt64, distance: UInt64
  ) throws(SourceError) -> Bool {
    let asked = asked(distance: distance)
    var at = place
    var weight = 0
    while weight < asked {
      if let string = try weigher.plainString(at: at) {
        at = string.upperBound
        continue
      }
      if at == endOfRecords { return true }
      guard let record = try weigher.weigh(at: at), let end = record.end else { return false }
      weight += record.evidence
      at = end
    }
    return true
  }

  /// Records that go on at a place, `distance` places after the first one that was tried.
  private mutating func resumption(
    at place: UInt64, distance: UInt64, beyond goal: UInt64
  ) throws(SourceError) -> Resumption? {
    let asked = asked(distance: distance)
    guard let weight = try run(from: place, asked: asked, goal: goal, isExact: false) else {
      return nil
    }
    return Resumption(at: place, confidence: weight - asked + Self.caution)
  }

  private func asked(distance: UInt64) -> Int {
    Self.caution + (UInt64.bitWidth - distance.leadingZeroBitCount)
  }

  /// What a run of records weighs, once it weighs enough and has come to its goal; nil for a run that
  /// does not get there.
  private mutating func run(
    from place: UInt64, asked: Int, goal: UInt64, isExact: Bool
  ) throws(SourceError) -> Int? {
    var at = place
    var weight = 0
    var places: [UInt64] = []
    while places.count < Self.longestRun, !deadEnds.contains(at) {
      guard let record = try weigher.weigh(at: at) else {
        // The next damage may be near: what weighs twice as much as asked needs no second record.
        if !isExact, at > goal, weight >= asked, places.count > 1 || weight >= asked + 16 {
          return weight
        }
        break
      }
      if record.kind == .eof {
        guard at == endOfRecords, !isExact, weight + 40 >= asked else { break }
        return weight + 40
      }
      if places.isEmpty, worth(record) < (record.kind == .key ? Self.least : 0) { break }
      places.append(at)
      weight += record.evidence
      guard let end = record.end else {
        guard !isExact, weight >= asked else { break }
        return weight
      }
      at = end
      if isExact {
        if at == goal, weight >= asked { return weight }
        if at >= goal { break }
      } else if at > goal, places.count > 1, weight >= asked || at == size && weight + 8 >= asked {
        return weight
      }
    }
    if deadEnds.count > Self.memory { deadEnds = [] }
    deadEnds.formUnion(places)
    return nil
  }
}
