package import Forensics
import Persistence

/// What holds for the salvage of any bytes as the commands of an AOF, sound or not.
package enum AOFSalvageProperties {
  /// The first property that does not hold for these bytes; nil when all do.
  package static func violation(_ bytes: [UInt8], random: UInt64) -> String? {
    do {
      var planner = AOFSalvagePlanner(MemoryAccess(bytes), 0..<UInt64(bytes.count))
      planner.keepsPartialTransactions = random & 1 == 0
      let keepsPartialTransactions = planner.keepsPartialTransactions
      return try violation(
        planner.run(), of: bytes, keepsPartialTransactions: keepsPartialTransactions)
    } catch {
      return "\(error)"
    }
  }

  /// The first property that does not hold for a plan.
  ///
  /// Every byte is kept or left out, in its order; what is kept is a sound log of as many commands as are
  /// said to be kept, and its salvage changes nothing.
  package static func violation(
    _ plan: AOFSalvagePlan, of bytes: [UInt8], keepsPartialTransactions: Bool = false
  ) throws -> String? {
    var end = plan.range.lowerBound
    for gap in plan.gaps {
      guard gap.from >= end, gap.from < gap.to, gap.to <= plan.range.upperBound else {
        return "a gap at \(gap.from)..<\(gap.to) behind \(end)"
      }
      end = gap.to
    }
    for doubt in plan.doubts {
      guard doubt.from < doubt.to, doubt.to <= plan.range.upperBound else {
        return "a doubt at \(doubt.from)..<\(doubt.to)"
      }
    }
    for command in plan.omittedCommands {
      guard
        plan.gaps.contains(where: { $0.from <= command.offset && command.offset < $0.to })
      else { return "a command that is left out at \(command.offset), but kept" }
    }
    let (output, skipped) = try (written(plan, of: bytes), skipped(plan, of: bytes))
    if output.count + skipped.count != plan.range.count {
      return "\(output.count) bytes kept, \(skipped.count) left out of \(plan.range.count)"
    }
    if UInt64(output.count) != plan.bytesKept { return "\(plan.bytesKept) bytes said to be kept" }
    if let broken = unsound(output, commands: plan.commandsKept) { return broken }
    var again = AOFSalvagePlanner(MemoryAccess(output), 0..<UInt64(output.count))
    again.keepsPartialTransactions = keepsPartialTransactions
    let second = try again.run()
    if let gap = second.gaps.first {
      return "a second salvage leaves out \(gap.from)..<\(gap.to): \(gap.reason.rawValue)"
    }
    return second.commandsKept == plan.commandsKept ? nil : "a second salvage counts otherwise"
  }

  /// Why a log is no sound one, of so many commands; nil when it is one.
  private static func unsound(_ log: [UInt8], commands: UInt64) -> String? {
    var parser = CommandParser(log.raw, inputEnd: UInt64(log.count))
    var arguments = ArgumentTable()
    var count: UInt64 = 0
    var isInTransaction = false
    while !parser.cursor.isAtEnd {
      guard let head = try? parser.next(&arguments) else {
        return "broken framing at \(parser.cursor.offset) of the output"
      }
      if head.isBadTimestamp { return "a bad timestamp at \(head.start) of the output" }
      guard head.kind == .command else { continue }
      count += 1
      let name = arguments[0].copy(from: log.raw).description.uppercased()
      let entry = CommandTable.shared.command(arguments, in: log.raw)
      guard entry != nil || name.contains(".") else { return "unknown: \(name)" }
      if let entry, !entry.accepts(argumentCount: arguments.count) { return "arity of \(name)" }
      switch name {
      case "MULTI":
        if isInTransaction { return "nested MULTI at \(head.start) of the output" }
        isInTransaction = true
      case "EXEC", "DISCARD":
        if !isInTransaction { return "EXEC without MULTI at \(head.start) of the output" }
        isInTransaction = false
      default: break
      }
    }
    if isInTransaction { return "an open transaction at the end of the output" }
    return count == commands ? nil : "\(count) commands in the output, said to be \(commands)"
  }

  /// What a plan keeps of some bytes.
  package static func written(
    _ plan: AOFSalvagePlan, of bytes: [UInt8]
  ) throws(AOFSalvageError) -> [UInt8] {
    var output: [UInt8] = []
    try plan.write(from: MemoryAccess(bytes)) { (piece) throws(AOFSalvageError) in
      unsafe piece.withUnsafeBytes { unsafe output.append(contentsOf: $0) }
    }
    return output
  }

  /// What a plan leaves out of some bytes.
  package static func skipped(
    _ plan: AOFSalvagePlan, of bytes: [UInt8]
  ) throws(AOFSalvageError) -> [UInt8] {
    var output: [UInt8] = []
    try plan.writeSkipped(from: MemoryAccess(bytes)) { (piece) throws(AOFSalvageError) in
      unsafe piece.withUnsafeBytes { unsafe output.append(contentsOf: $0) }
    }
    return output
  }
}
