/// A sound file and what is to be done to it. The same case makes the same damage.
package struct DamageCase<File: DamageTarget>: Sendable, CustomStringConvertible {
  package var file: File
  package var damage: Damage
  package var seed: UInt64

  package init(file: File, damage: Damage, seed: UInt64) {
    self.file = file
    self.damage = damage
    self.seed = seed
  }

  package var description: String {
    let places = damage.edits.map { "\($0.range) by \($0.bytes.count) bytes" }
    return "\(file) \(damage.kind.rawValue) seed \(seed): \(places.joined(separator: ", "))"
  }

  /// The file with its damage.
  package var damaged: [UInt8] { damage.applied(to: file.bytes) }

  /// So many cases of some kinds in turn, of files drawn at random, each with its own seed.
  package static func draw(
    _ count: Int, of files: [File], kinds: [DamageKind] = File.kinds, seed: UInt64
  ) -> [DamageCase] {
    precondition(!files.isEmpty && !kinds.isEmpty)
    return (0..<count).compactMap { index in
      let own = seed &* 1_000_003 &+ UInt64(index)
      var random = SeededRandom(seed: own)
      // Some files have no place for some kinds.
      for _ in 0..<100 {
        let file = files[Int.random(in: 0..<files.count, using: &random)]
        var maker = DamageMaker(file, seed: random.next())
        if let damage = maker.damage(kinds[index % kinds.count]) {
          return DamageCase(file: file, damage: damage, seed: own)
        }
      }
      return nil
    }
  }
}

/// How a salvage did in one case.
package protocol SalvageOutcome: Sendable {
  /// What is counted beside what was not damaged; the raw values stand above the columns of tables.
  associatedtype Count: RawRepresentable<String> & CaseIterable & Hashable & Sendable

  /// Records that the damage did not hit.
  var undamaged: Int { get }
  /// How many of these did not come back right.
  var missedCount: Int { get }
  /// Why the output is no good file; nil when it is one.
  var failure: String? { get }

  subscript(_ count: Count) -> Int { get }
}

/// The sum of many outcomes.
package struct SalvageTally<Outcome: SalvageOutcome>: Sendable {
  /// Outcomes that were added.
  package private(set) var cases = 0
  package private(set) var undamaged = 0
  package private(set) var missed = 0
  package private(set) var failures = 0
  private var counts: [Outcome.Count: Int] = [:]

  package init() {}

  package subscript(_ count: Outcome.Count) -> Int { counts[count] ?? 0 }

  package mutating func add(_ outcome: Outcome) {
    cases += 1
    undamaged += outcome.undamaged
    missed += outcome.missedCount
    failures += outcome.failure == nil ? 0 : 1
    for count in Outcome.Count.allCases { counts[count, default: 0] += outcome[count] }
  }

  package mutating func add(_ other: SalvageTally) {
    cases += other.cases
    undamaged += other.undamaged
    missed += other.missed
    failures += other.failures
    for count in Outcome.Count.allCases { counts[count, default: 0] += other[count] }
  }

  /// The part of what was not damaged that came back right, 0...1; 1 when there was none.
  package var recoveredShare: Double {
    undamaged == 0 ? 1 : Double(undamaged - missed) / Double(undamaged)
  }
}
