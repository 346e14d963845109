package import Forensics
import Persistence

/// A sound log and what is to be done to it.
package typealias AOFLabCase = DamageCase<AOFLabFile>

/// How a salvage did in one case.
package struct AOFLabOutcome: SalvageOutcome {
  package enum Count: String, CaseIterable, Sendable {
    case halfLost = "half-lost"
    case hitButKept = "hit, kept"
    case foreign
    case invented
  }

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

  package var missedCount: Int { missed.count }

  package subscript(_ count: Count) -> Int {
    switch count {
    case .halfLost: halfLost
    case .hitButKept: hitButKept
    case .foreign: foreign
    case .invented: invented.count
    }
  }
}

extension DamageCase where File == AOFLabFile {
  /// The salvage of the damaged log.
  package func plan() throws -> AOFSalvagePlan {
    let damaged = damaged
    return try AOFSalvagePlanner(MemoryAccess(damaged), 0..<UInt64(damaged.count)).run()
  }

  /// Salvages the damaged log, and compares what comes back with what the sound log held.
  package func judge() throws -> AOFLabOutcome {
    try judge(plan(), of: damaged)
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
