package import Forensics
import Persistence

/// A sound log and what is to be done to it. The same case makes the same damage.
package struct AOFLabCase: Sendable, CustomStringConvertible {
  package var file: AOFLabFile
  package var damage: Damage
  package var seed: UInt64

  package init(file: AOFLabFile, damage: Damage, seed: UInt64) {
    self.file = file
    self.damage = damage
    self.seed = seed
  }

  package var description: String {
    let places = damage.edits.map { "\($0.range) by \($0.bytes.count) bytes" }
    return "\(file) \(damage.kind.rawValue) seed \(seed): \(places.joined(separator: ", "))"
  }

  /// So many cases of some kinds in turn, of logs drawn at random.
  package static func draw(
    _ count: Int, of files: [AOFLabFile], kinds: [DamageKind] = DamageKind.ofAOF, seed: UInt64
  ) -> [AOFLabCase] {
    DamageMaker.draw(count, of: files, kinds: kinds, seed: seed).map {
      AOFLabCase(file: $0.file, damage: $0.damage, seed: $0.seed)
    }
  }
}

/// How a salvage did in one case.
package struct AOFLabOutcome: Sendable {
  /// Commands that the damage did not hit, and no command of their transaction.
  package var undamaged = 0
  /// Those of them that did not come back, or not in their database though the plan does not doubt it.
  package var missed: [Range<Int>] = []
  /// How many of these came back in another database.
  package var misplaced = 0
  /// Whole commands whose transaction is hit: they are left out on purpose.
  package var halfLost = 0
  /// Commands that the damage hit and of which something came back: with another byte inside a value,
  /// or with other numbers of arguments.
  package var hitButKept = 0
  /// Commands that came out of bytes that the damage brought: of a block that was moved or written twice.
  package var foreign = 0
  /// Commands in the output that never were, though no byte of them is damaged: where they stand in the
  /// damaged log.
  package var invented: [Range<Int>] = []
  /// Why the output is no sound log; nil when it is one.
  package var failure: String?

  package init() {}
}

extension AOFLabCase {
  /// The salvage of the damaged log.
  package func plan() throws -> AOFSalvagePlan {
    let damaged = damage.applied(to: file.bytes)
    return try AOFSalvagePlanner(MemoryAccess(damaged), 0..<UInt64(damaged.count)).run()
  }

  /// Salvages the damaged log, and compares what comes back with what the sound log held.
  package func judge() throws -> AOFLabOutcome {
    try judge(plan(), of: damage.applied(to: file.bytes))
  }

  /// Compares what a plan keeps of the damaged log with what the sound log held.
  package func judge(_ plan: AOFSalvagePlan, of damaged: [UInt8]) throws -> AOFLabOutcome {
    var outcome = AOFLabOutcome()
    outcome.failure = try AOFSalvageProperties.violation(plan, of: damaged)
    let index = Dictionary(
      uniqueKeysWithValues: file.items.indices.map { (file.items[$0].range, $0) })
    var isBack = [Bool](repeating: false, count: file.items.count)
    var misplaced: Set<Int> = []
    let output = plan.kept.flatMap { damaged[Int($0.lowerBound)..<Int($0.upperBound)] }
    var doubts = plan.doubts[...]
    // From an offset in the output to one in the damaged log.
    var stretches = Array(plan.kept)[...]
    var skipped = Int(stretches.first?.lowerBound ?? 0)
    for item in (try? AOFLabFile.items(of: output)) ?? [] {
      while let stretch = stretches.first, item.range.lowerBound + skipped >= stretch.upperBound {
        stretches.removeFirst()
        skipped += Int((stretches.first?.lowerBound ?? 0) - stretch.upperBound)
      }
      guard item.isCommand else { continue }
      let place = (item.range.lowerBound + skipped)..<(item.range.upperBound + skipped)
      while let doubt = doubts.first, doubt.to <= place.lowerBound { doubts.removeFirst() }
      let isDoubted = doubts.first.map { $0.from <= place.lowerBound } ?? false
      switch damage.origin(of: place) {
      case .sound(let origin):
        if let number = index[origin] {
          isBack[number] =
            isDoubted || item.isSelect || item.database == file.items[number].database
          if !isBack[number] { misplaced.insert(number) }
        } else {
          outcome.invented.append(place)
        }
      case .touched: outcome.hitButKept += 1
      case .brought: outcome.foreign += 1
      }
    }
    for (number, item) in file.items.enumerated() where item.isCommand && !damage.hits(item.range) {
      if let transaction = item.transaction, damage.hits(transaction) {
        outcome.halfLost += 1
      } else {
        outcome.undamaged += 1
        if !isBack[number] { outcome.missed.append(item.range) }
        if misplaced.contains(number) { outcome.misplaced += 1 }
      }
    }
    return outcome
  }
}

/// The sum of many outcomes.
package struct AOFLabTally: Sendable {
  package private(set) var logs = 0
  package private(set) var undamaged = 0
  package private(set) var missed = 0
  package private(set) var halfLost = 0
  package private(set) var hitButKept = 0
  package private(set) var foreign = 0
  package private(set) var invented = 0
  package private(set) var failures = 0

  package init() {}

  package mutating func add(_ outcome: AOFLabOutcome) {
    logs += 1
    undamaged += outcome.undamaged
    missed += outcome.missed.count
    halfLost += outcome.halfLost
    hitButKept += outcome.hitButKept
    foreign += outcome.foreign
    invented += outcome.invented.count
    failures += outcome.failure == nil ? 0 : 1
  }

  package mutating func add(_ other: AOFLabTally) {
    logs += other.logs
    undamaged += other.undamaged
    missed += other.missed
    halfLost += other.halfLost
    hitButKept += other.hitButKept
    foreign += other.foreign
    invented += other.invented
    failures += other.failures
  }

  /// The part of the undamaged commands that came back right, 0...1; 1 when there were none.
  package var recoveredShare: Double {
    undamaged == 0 ? 1 : Double(undamaged - missed) / Double(undamaged)
  }
}
