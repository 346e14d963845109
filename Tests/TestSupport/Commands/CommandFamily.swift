/// Commands of some kinds that are drawn together.
package struct CommandFamily: Sendable, CustomStringConvertible {
  package var description: String
  package var seed: UInt64
  package var makers: [[CommandGenerator.Maker]]

  package init(_ name: String, seed: UInt64, _ makers: [CommandGenerator.Maker]...) {
    (description, self.seed, self.makers) = (name, seed, makers)
  }

  /// A generator of its own; a number makes it another one than that of the other numbers.
  package func generator(_ number: UInt64 = 0) -> CommandGenerator {
    CommandGenerator(seed: seed + 1000 * number, makers)
  }

  /// Families of what all releases from Redis 6.2 on have.
  package static let all = [
    CommandFamily("strings", seed: 101, CommandGenerator.strings, CommandGenerator.keys),
    CommandFamily("bits", seed: 102, CommandGenerator.bits, CommandGenerator.hyperLogLogs),
    CommandFamily("lists", seed: 103, CommandGenerator.lists),
    CommandFamily("sets", seed: 104, CommandGenerator.sets, CommandGenerator.largeSets),
    CommandFamily("hashes", seed: 105, CommandGenerator.hashs, CommandGenerator.largeHashs),
    CommandFamily("sorted sets", seed: 106, CommandGenerator.sortedSets),
    CommandFamily("places", seed: 107, CommandGenerator.geos),
    CommandFamily("streams", seed: 108, CommandGenerator.streams),
  ]
}
