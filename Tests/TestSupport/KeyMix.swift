/// Draws keys and values of every type and encoding.
package struct KeyMix {
  private var random: SeededRandom

  package init(seed: UInt64) { random = SeededRandom(seed: seed) }

  /// The commands that make one key, with a lifetime for every third.
  package mutating func commands(forKey index: Int) -> [[Word]] {
    let (key, commands) = value(index)
    guard index % 3 == 0 else { return commands }
    let year2100 = 4_102_444_800_000
    return commands + [["PEXPIREAT", key, Word(year2100 + index)]]
  }

  private mutating func value(_ index: Int) -> (key: Word, commands: [[Word]]) {
    if index % 100_000 == 50_000 { return large(index, count: number(100_000...150_000)) }
    if index % 5_000 == 2_500 { return large(index, count: number(1_000...10_000)) }
    switch number(0...99) {
    case ..<12:
      let widths = [Int(Int8.max), Int(Int16.max), Int(Int32.max), Int.max]
      let limit = widths[number(0...3)]
      return string("counter:\(index)", Word(number(-limit...limit)))
    case ..<34: return string("token:\(index)", Word(text(number(8...44))))
    case ..<44: return string("page:\(index)", Word(prose(number(200...1_000))))
    case ..<49: return string("blob:\(index)", Word(random.bytes(number(100...500))))
    case ..<50: return odd(index)
    case ..<67:
      let fields = (0..<number(3...10)).flatMap {
        [Word("field\($0)"), Word(text(number(4...20)))]
      }
      return ("user:\(index)", [["HSET", "user:\(index)"] + fields])
    case ..<70:
      // A value over 64 bytes makes it a table.
      let fields = (0..<number(3...8)).flatMap { [Word("column \($0)"), Word(prose(80))] }
      return ("row:\(index)", [["HSET", "row:\(index)"] + fields])
    case ..<77:
      return small("home:\(index)", "ZADD") { mix, position in
        [mix.scored(position), Word(mix.number(1...9_999_999))]
      }
    case ..<83: return small("ids:\(index)", "SADD") { mix, _ in [Word(mix.number(0...(1 << 40)))] }
    case ..<88:
      return small("tags:\(index)", "SADD") { mix, _ in [Word(mix.text(mix.number(4...16)))] }
    case ..<98:
      return small("log:\(index)", "RPUSH") { mix, _ in [Word(mix.text(mix.number(5...30)))] }
    default: return stream(index, count: number(3...40))
    }
  }

  private func string(_ key: Word, _ value: Word) -> (Word, [[Word]]) {
    (key, [["SET", key, value]])
  }

  /// One command with three to twenty elements.
  private mutating func small(
    _ key: Word, _ command: Word, _ element: (inout KeyMix, Int) -> [Word]
  ) -> (Word, [[Word]]) {
    var words = [command, key]
    for position in 0..<number(3...20) { words += element(&self, position) }
    return (key, [words])
  }

  /// Keys of which any dump has a few: binary, counting by bits, and strings of megabytes.
  private mutating func odd(_ index: Int) -> (Word, [[Word]]) {
    let key: Word = "odd:\(index)"
    switch number(0...999) {
    case ..<400:
      let binary = Word(random.bytes(16))
      return (binary, [["SET", binary, ""]])
    case ..<700: return (key, [["PFADD", key, Word(text(8)), Word(text(8))]])
    case ..<998: return (key, [["SETBIT", key, Word(number(0...20_000)), 1]])
    case 998: return string(key, Word(prose(1 << 20)))
    default: return string(key, Word(random.bytes(1 << 20)))
    }
  }

  private mutating func large(_ index: Int, count: Int) -> (Word, [[Word]]) {
    let key: Word = "large:\(index)"
    switch number(0...5) {
    case 0: return batches(key, "RPUSH", count) { mix, _ in [Word(mix.text(mix.number(5...40)))] }
    case 1:
      return batches(key, "HSET", count) { mix, position in
        [Word("field:\(position)"), Word(mix.text(mix.number(4...30)))]
      }
    case 2: return batches(key, "SADD", count) { mix, _ in [Word(mix.text(12))] }
    case 3: return batches(key, "SADD", count) { mix, _ in [Word(mix.number(0...(1 << 48)))] }
    case 4:
      return batches(key, "ZADD", count) { mix, position in
        [mix.scored(position), Word("member:\(position)")]
      }
    default: return stream(index, count: count)
    }
  }

  private mutating func batches(
    _ key: Word, _ command: Word, _ count: Int, _ element: (inout KeyMix, Int) -> [Word]
  ) -> (Word, [[Word]]) {
    let commands = stride(from: 0, to: count, by: 500).map { start in
      var words = [command, key]
      for position in start..<min(start + 500, count) { words += element(&self, position) }
      return words
    }
    return (key, commands)
  }

  /// Events, for every third key with a group of two consumers that have some of them pending.
  private mutating func stream(_ index: Int, count: Int) -> (Word, [[Word]]) {
    let key: Word = "events:\(index)"
    var milliseconds = 1_700_000_000_000
    var commands: [[Word]] = []
    for position in 0..<count {
      milliseconds += number(0...5_000)
      commands.append([
        "XADD", key, "\(milliseconds)-\(position)", "kind", Word(text(6)), "amount",
        Word(number(0...100_000)),
      ])
    }
    if index % 3 == 1 {
      commands.append(["XGROUP", "CREATE", key, "workers", "0"])
      for (consumer, share) in [("first", 5), ("second", 3)] {
        commands.append([
          "XREADGROUP", "GROUP", "workers", Word(consumer), "COUNT", Word(max(1, count / share)),
          "STREAMS", key, ">",
        ])
      }
    }
    return (key, commands)
  }

  /// Scores that are stored as integers, and scores that are not.
  private mutating func scored(_ position: Int) -> Word {
    position % 3 == 0
      ? Word("\(Double(number(0...1_000_000_000)) / 1024)") : Word(number(-1_000...2_000_000_000))
  }

  private mutating func number(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &random)
  }

  /// Letters and digits that LZF finds nothing in. There is no f among them: redis-check-aof 7.0 takes a log
  /// for a manifest when any line of it, and any value, begins with `file`.
  private mutating func text(_ count: Int) -> [UInt8] {
    let alphabet = Array("abcdeghijklmnopqrstuvwxyz0123456789".utf8)
    return (0..<count).map { _ in alphabet[number(0...alphabet.count - 1)] }
  }

  /// About `count` bytes of words that compress to half or less.
  private mutating func prose(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 16)
    while bytes.count < count {
      bytes += Self.words[number(0...Self.words.count - 1)]
      bytes.append(32)
    }
    return bytes
  }

  private static let words = """
    {"id": "name": "price": "title": null, true, false, order customer delivery address quantity
    the and of with from <div class="item"> </div> <p> </p> http://shop.example/ 2023-11-14
    """.split { $0 == " " || $0 == "\n" }.map { Array($0.utf8) }
}
