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
        return resumption
      }
      at = place + 1
    }
    return nil
  }

  /// What speaks for the records that stand first behind a gap, of which a run that is weighed as a
  /// whole says little: a place inside a broken value may lead to the same records behind it.
  struct Beginning {
    /// Where the records begin, when those in front that are hardly any are left out.
    var at: UInt64
    /// Records that do not weigh enough together for as many places as were tried.
    var doubtful: [UInt64] = []
  }

  /// Bits below which a record in front of a run is left out.
  private static let least = 10
  /// Bits that the value of such a record adds at most: inside a broken collection, the elements of a
  /// bogus one are real.
  private static let mostOfValue = 12

  mutating func beginning(
    of resumption: Resumption, distance: UInt64
  ) throws(SourceError) -> Beginning {
    var start = Beginning(at: resumption.at)
    var at = resumption.at
    var weight = 0
    while weight < asked(distance: distance), let record = try weigher.weigh(at: at),
      record.kind != .eof, let end = record.end
    {
      let evidence = min(record.evidence, record.headEvidence + Self.mostOfValue)
      if start.doubtful.isEmpty, evidence < Self.least {
        start.at = end
      } else {
        weight += evidence
        if record.kind == .key { start.doubtful.append(at) }
      }
      at = end
    }
    return start
  }

  /// The first place of `range` from which records lead exactly to its end.
  mutating func search(leadingToEndOf range: Range<UInt64>) throws(SourceError) -> Resumption? {
    var at = range.lowerBound
    while let place = try weigher.nextCandidate(in: at..<range.upperBound) {
      let asked = asked(distance: place - range.lowerBound + 1)
      if let weight = try run(from: place, asked: asked, goal: range.upperBound, isExact: true) {
        return Resumption(at: place, confidence: weight - asked + Self.caution)
      }
      at = place + 1
    }
    return nil
  }

  /// Whether records go on at a place, `distance` places after the first one that was tried.
  mutating func resumption(
    at place: UInt64, distance: UInt64, beyond goal: UInt64 = 0
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
