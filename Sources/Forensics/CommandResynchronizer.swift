internal import Persistence

/// Finds the place at which commands go on behind a broken one.
///
/// A place is believed when what follows it weighs enough (`CommandWeigher`): several whole commands that
/// servers log; fewer where the file ends behind them, or where the next damage begins. What still is framed
/// as an argument is stepped over as a whole, since a value may hold commands. Of an argument whose length
/// is hit, `CommandResynchronizer+Lengths.swift` tells what that may have been.
struct CommandResynchronizer: ~Copyable {
  /// Odds of 2⁻⁸⁰ for one false resumption, on top of the number of places tried: framing repeats itself, so
  /// that what it says is worth less than its bits.
  private static let caution = 80
  /// Commands that have to follow one another.
  private static let leastCommands = 3
  /// Bits for an end of the run where the file ends.
  private static let end = 60
  /// Bits that are not asked for where a broken command follows.
  private static let leniency = 40
  /// Bytes behind a damage within which an argument need not begin a line.
  private static let cut: UInt64 = 16

  let weigher: CommandWeigher

  /// Where commands go on.
  struct Resumption {
    var at: UInt64
    /// What the commands there weigh, less what so many tried places ask for; in bits. Nil where
    /// nothing was searched.
    var confidence: Int?
    /// Whether the broken command is known to end there, so that nothing else is lost.
    var isExplained = false
    /// Whether what is left out was written twice.
    var isRepetition = false
    /// Up to where a broken argument reaches by its length: what is found before may be a part of it.
    var claimedEnd: UInt64 = 0
    /// Where the broken command may end by other lengths of its argument.
    var ends: [UInt64] = []
  }

  init(_ content: any RandomAccess, end: UInt64) {
    weigher = CommandWeigher(content, end: end)
  }

  /// Where commands go on behind the broken one at a place; nil when they do not. `lowest`: what lies
  /// before it is not looked at.
  mutating func resumption(
    behind place: UInt64, lowest: UInt64
  ) throws(SourceError) -> Resumption? {
    if let copy = try endOfRepetition(at: place, lowest: lowest) {
      return Resumption(at: copy, isExplained: true, isRepetition: true)
    }
    let broken = try brokenCommand(at: place)
    let first = try later(search(from: broken.place), of: broken)
    let ends = try possibleEnds(of: broken)
    guard var first else {
      return ends.first.map { Resumption(at: $0.place, isExplained: $0.isCertain) }
    }
    // The number of arguments is too large, or the rest of them is lost: no argument lies open.
    if broken.count != nil, first.at == broken.place { return first }
    if let end = ends.first(where: { $0.place == first.at }) {
      first.isExplained = end.isCertain
      return first
    }
    first.ends = ends.map(\.place)
    first.claimedEnd = broken.claimedEnd
    return first
  }

  /// What was found behind a broken command, or what is found from the inside of its longest argument: that
  /// may have swallowed the head of another one, in which the first search began.
  private mutating func later(
    _ found: Resumption?, of broken: BrokenCommand
  ) throws(SourceError) -> Resumption? {
    guard let found, found.at > broken.place, let longest = broken.longest,
      longest.count >= Self.shortest
    else { return found }
    let limit = found.at + Self.searchedEnd
    guard let other = try search(from: searchedStart(of: longest), before: limit),
      other.at > found.at
    else {
      return found
    }
    return other
  }

  /// Where commands go on inside the last argument of a framed command, if they lead beyond `place`, where
  /// the framing breaks: it broke off, or its length is damaged, and it swallowed what stands behind it.
  mutating func resumption(
    within command: UInt64, beyond place: UInt64
  ) throws(SourceError) -> Resumption? {
    guard let last = try brokenCommand(at: command).last, last.end <= place,
      let inside = try search(from: last.start), inside.at < last.end
    else { return nil }
    var at = inside.at
    while at < place {
      guard let end = try weigher.weigh(at: at)?.end else { return nil }
      at = end
    }
    return at == place ? nil : inside
  }

  /// Bytes at the end of an argument in which commands are searched that go on over it.
  private static let searchedEnd: UInt64 = 64 << 10
  /// Bytes of the shortest argument that can hold a command.
  private static let shortest: UInt64 = 16

  /// From where on commands are searched in an argument that may have swallowed some.
  private func searchedStart(of argument: FramedArgument) -> UInt64 {
    max(argument.start, argument.end - min(argument.end, Self.searchedEnd))
  }

  /// Where commands begin inside an argument of a framed command that do not end with it: its length is
  /// older than the bytes that follow. A log inside a value has the end of its last command to itself.
  mutating func commands(
    acrossEndIn command: Range<UInt64>
  ) throws(SourceError) -> UInt64? {
    guard command.upperBound - command.lowerBound > Self.shortest,
      let (count, line) = try weigher.number(UInt8(ascii: "*"), at: command.lowerBound)
    else { return nil }
    var header = line
    for _ in 0..<min(count, Self.mostArguments) {
      guard let argument = try weigher.argument(at: header) else { return nil }
      header = argument.end
      guard argument.count >= Self.shortest else { continue }
      var at = searchedStart(of: argument)
      while let found = try search(from: at, before: argument.end) {
        at = found.at
        while at < argument.end, let end = try weigher.weigh(at: at)?.end { at = end }
        if at == argument.end { return found.at }
        at = max(at, found.at + 1)
      }
    }
    return nil
  }

  // MARK: Searching

  /// The first place from `start` on, and before `limit`, at which commands go on.
  mutating func search(
    from start: UInt64, before limit: UInt64 = .max
  ) throws(SourceError) -> Resumption? {
    var at = start
    let limit = min(limit, weigher.end)
    while let mark = try weigher.nextMark(in: at..<max(at, limit)) {
      if mark.first == UInt8(ascii: "$") {
        at = try endOfArgument(at: mark.place, from: start) ?? mark.place + 1
        continue
      }
      let asked = asked(distance: mark.place - start + 1)
      if let weight = try run(from: mark.place, asked: asked) {
        return Resumption(at: mark.place, confidence: weight - asked + Self.caution)
      }
      at = mark.place + 1
    }
    return nil
  }

  /// Where the argument that begins at a place ends, if something follows that may stand there.
  private func endOfArgument(
    at place: UInt64, from start: UInt64
  ) throws(SourceError) -> UInt64? {
    if place - start >= Self.cut, try weigher.byte(at: place - 1) != UInt8(ascii: "\n") {
      return nil
    }
    guard let argument = try weigher.argument(at: place) else { return nil }
    switch try weigher.byte(at: argument.end) {
    case nil, UInt8(ascii: "$"), UInt8(ascii: "*"), UInt8(ascii: "#"): return argument.end
    default: return nil
    }
  }

  private func asked(distance: UInt64) -> Int {
    Self.caution + (UInt64.bitWidth - distance.leadingZeroBitCount)
  }

  /// What a run of commands weighs, once it weighs enough; nil for one that does not.
  private func run(from place: UInt64, asked: Int) throws(SourceError) -> Int? {
    var at = place
    var weight = 0
    var commands = 0
    while at != weigher.end {
      guard let command = try weigher.weigh(at: at) else {
        guard commands > 0, weight + Self.leniency >= asked, try isBrokenCommand(at: at) else {
          return nil
        }
        return weight
      }
      weight += command.evidence
      commands += 1
      // So many arguments, all of them framed, say enough.
      guard let end = command.end else { return max(weight, asked) }
      if commands >= Self.leastCommands, weight >= asked { return weight }
      at = end
    }
    return commands > 0 && weight + Self.end >= asked ? weight + Self.end : nil
  }

  /// Whether the next damage may begin at a place behind a command: in the command there, whose head is
  /// left, or with bytes that are no text.
  private func isBrokenCommand(at place: UInt64) throws(SourceError) -> Bool {
    let bytes = try weigher.bytes(at: place, count: 2)
    guard bytes.count == 2 else { return true }
    if bytes[0] == UInt8(ascii: "*") { return bytes[1] &- UInt8(ascii: "0") <= 9 }
    return !(0x20...0x7E).contains(bytes[0]) && bytes[0] != UInt8(ascii: "\r")
  }

  // MARK: The end of a value

  /// What tells, behind a run of commands, that they were a part of a value.
  enum ValueEnding {
    /// An empty line, whose CRLF is that of the argument.
    case emptyLine
    /// Another argument.
    case argument
    case text
  }

  /// What follows a run of commands, if it tells that they were a part of a value.
  func ending(at place: UInt64) throws(SourceError) -> ValueEnding? {
    let bytes = try weigher.bytes(at: place, count: 16)
    guard let first = bytes.first else { return nil }
    switch first {
    case UInt8(ascii: "\r"):
      guard bytes.count >= 2, bytes[1] == UInt8(ascii: "\n") else { return nil }
      return bytes.count == 2 || "$*#".utf8.contains(bytes[2]) ? .emptyLine : nil
    case UInt8(ascii: "$"): return try weigher.argument(at: place) == nil ? nil : .argument
    case UInt8(ascii: "*"), UInt8(ascii: "#"): return nil
    case 0x20...0x7E:
      // One byte of a command's head may be another one.
      let digits = bytes.dropFirst().prefix { $0 &- UInt8(ascii: "0") <= 9 }.count
      let isHead = digits > 0 && Array(bytes.dropFirst(1 + digits).prefix(2)) == [13, 10]
      return isHead ? nil : .text
    default: return nil
    }
  }

  // MARK: Blocks that were written twice

  /// Bytes of the blocks in which files are written.
  private static let blockSizes: [UInt64] = [
    512, 1024, 2048, 4096, 8192, 16384, 32768, 65536,
  ]
  /// Bytes that are compared before a whole block is.
  private static let sample = 8

  /// Where the command that begins at a place, and breaks off there or further on, stands a second time
  /// and whole, since a block was written twice; nil when none was.
  private func endOfRepetition(
    at place: UInt64, lowest: UInt64
  ) throws(SourceError) -> UInt64? {
    guard place - lowest >= UInt64(Self.sample) else { return nil }
    let before = try weigher.bytes(at: place - UInt64(Self.sample), count: Self.sample)
    for size in Self.blockSizes where weigher.end - place > size {
      let again = try weigher.bytes(
        at: place + size - UInt64(Self.sample), count: Self.sample)
      if again == before, try isRepeated(place, size: size, lowest: lowest),
        try run(from: place + size, asked: Self.caution) != nil
      {
        return place + size
      }
    }
    return nil
  }

  /// Whether a block that reaches to a place, or beyond it, stands there twice, one behind the other. Not
  /// true of bytes that repeat themselves more often.
  private func isRepeated(
    _ place: UInt64, size: UInt64, lowest: UInt64
  ) throws(SourceError) -> Bool {
    let behind = try commonPrefix(place, place + size, most: size)
    guard behind < size else { return false }
    let most = min(size + 1, place - lowest)
    let before = try commonSuffix(place, place + size, most: most)
    return behind + before >= size && before <= size
  }

  private func commonPrefix(
    _ one: UInt64, _ other: UInt64, most: UInt64
  ) throws(SourceError) -> UInt64 {
    var count: UInt64 = 0
    while count < most {
      let step = Int(min(4096, most - count))
      let a = try weigher.bytes(at: one + count, count: step)
      let b = try weigher.bytes(at: other + count, count: step)
      for (x, y) in zip(a, b) {
        guard x == y else { return count }
        count += 1
      }
      if a.count < step || b.count < step { break }
    }
    return count
  }

  private func commonSuffix(
    _ one: UInt64, _ other: UInt64, most: UInt64
  ) throws(SourceError) -> UInt64 {
    var count: UInt64 = 0
    while count < most {
      let step = Int(min(4096, most - count))
      let a = try weigher.bytes(at: one - count - UInt64(step), count: step)
      let b = try weigher.bytes(at: other - count - UInt64(step), count: step)
      for (x, y) in zip(a.reversed(), b.reversed()) {
        guard x == y else { return count }
        count += 1
      }
    }
    return count
  }
}
