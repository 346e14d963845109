/// Draws commands on few keys, so that most of them meet something: every command with every option, in good
/// and in bad use, from a seed.
///
/// Each family of commands has a list of makers in a file of its own; a maker draws one command.
package struct CommandGenerator {
  package typealias Maker = @Sendable (inout CommandGenerator) -> [Word]

  package var random: SeededRandom
  /// Counts up, for IDs that ascend.
  var ticks = 0
  private let makers: [Maker]

  package init(seed: UInt64, _ families: [[Maker]]) {
    random = SeededRandom(seed: seed)
    makers = families.flatMap { $0 }
  }

  package mutating func next() -> [Word] { pick(makers)(&self) }

  /// The next command that has none of these names.
  package mutating func next(besides unsent: Set<String>) -> [Word] {
    while true {
      let words = next()
      if !unsent.contains(String(decoding: words[0].bytes, as: UTF8.self)) { return words }
    }
  }

  // MARK: Drawing

  package mutating func number(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &random)
  }

  /// True one time in so many.
  package mutating func oneIn(_ times: Int) -> Bool { number(1...times) == 1 }

  package mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[number(0...elements.count - 1)]
  }

  /// Some words, or none.
  package mutating func maybe(_ words: Word...) -> [Word] { oneIn(2) ? words : [] }

  /// A key of a family, as a rule; now and then one of another, which holds another type.
  package mutating func key(_ family: String) -> Word {
    let families = ["str", "list", "set", "hash", "zset", "stream", "hll", "bits", "geo"]
    return Word("\(oneIn(25) ? pick(families) : family):\(number(0...7))")
  }

  /// A short value: numbers of every width, texts, and binary.
  package mutating func value() -> Word {
    switch number(0...11) {
    case 0: return Word(number(-130...130))
    case 1: return Word(number(-33_000...33_000))
    case 2: return Word(number(-9_000_000...9_000_000))
    case 3: return Word(number(-3_000_000_000...3_000_000_000))
    case 4: return Word(number(Int.min...Int.max))
    case 5: return ""
    case 6: return Word(random.bytes(number(1...20)))
    case 7: return Word([UInt8](repeating: UInt8(number(97...122)), count: number(60...70)))
    case 8: return oneIn(4) ? Word(random.bytes(number(100...5000))) : "x"
    default: return member()
    }
  }

  /// One of a few dozen members, so that collections overlap.
  package mutating func member() -> Word {
    oneIn(3) ? Word(number(0...40)) : Word("member:\(number(0...40))")
  }

  /// An integer as text, now and then at an edge or none at all.
  package mutating func integer(_ range: ClosedRange<Int> = -20...20) -> Word {
    switch number(0...30) {
    case 0: pick([Word(Int.max), Word(Int.min), Word(Int.max - 1)])
    case 1: pick(["", "abc", "1.5", " 1", "1 ", "+1", "01", "-0", "9223372036854775808"])
    default: Word(number(range))
    }
  }

  /// A number with a fraction, now and then none at all.
  mutating func double() -> Word {
    switch number(0...20) {
    case 0: pick(["inf", "-inf", "+inf", "1e400", "nan", "abc", "", "1e-400", "0x10"])
    case 1: pick(["1e300", "-1e300", "5e-324", "3.0000000000000001", "1e21", "-0"])
    case 2...8: Word(number(-100...100))
    default: Word("\(Double(number(-100_000...100_000)) / Double(pick([1, 3, 7, 10, 1000])))")
    }
  }

  /// Seconds from now that stay in their order however long a test takes.
  package mutating func farSeconds() -> Int { 1_000_000 * number(9...99) }

  /// Unix milliseconds far from now.
  package mutating func farTime() -> Int { number(4_102_444_800_000...4_202_444_800_000) }
}
