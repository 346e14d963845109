/// A command, or an annotation of time, at some place of a content, and how much speaks for it being one.
package struct WeighedCommand: Sendable {
  package var start: UInt64
  /// Behind its last byte; nil for one with more arguments than are looked at.
  package var end: UInt64?
  /// In bits: an n means that one in 2ⁿ places of arbitrary bytes would pass.
  package var evidence: Int
  /// Whether it is a command that a server logs, of a name in the table.
  package var isKnown: Bool
}

/// Looks for commands at arbitrary places of a content, where framing no longer leads.
///
/// Servers write plain numbers, exact CRLFs, and commands that change something: nothing else counts. What
/// lies inside an argument is never looked at, so that the work does not depend on how long it is.
package struct CommandWeigher: ~Copyable {
  /// Bytes of a line with a number, beyond which none is believed.
  private static let longestLine = 16
  /// Bytes that are looked at for a line, or a name.
  private static let look = 64
  /// Arguments of a command that are looked at.
  private static let mostArguments = 1024
  /// Bits of a name that servers log, with a right number of arguments.
  private static let name = 20
  /// Bits of a name as modules have them.
  private static let moduleName = 8
  /// Bits of every further argument, and of all of them together at most.
  private static let argument = 8
  private static let arguments = 24
  /// Bits of an annotation of time.
  private static let annotation = 24

  /// Where the content ends, as far as is looked.
  package let end: UInt64
  private let near: ContentWindow
  private let far: ContentWindow
  private let table = CommandTable.shared

  package init(_ content: any RandomAccess, end: UInt64) {
    self.end = end
    near = ContentWindow(content, size: end)
    far = ContentWindow(content, size: end, capacity: 4096)
  }

  // MARK: Places

  /// The first place of `range` at which a command (`*3`), an argument (`$3`) or an annotation of time
  /// (`#T`) may begin by its first two bytes, and the first of these; nil without any.
  package func nextMark(
    in range: Range<UInt64>
  ) throws(SourceError) -> (place: UInt64, first: UInt8)? {
    var at = range.lowerBound
    while at < range.upperBound {
      try near.load(at: at, count: 2)
      let near = near
      let bytes = near.bytes(from: at)
      let count = Int(min(range.upperBound - at, end - at, UInt64(bytes.byteCount)))
      guard count >= 2 else { return nil }
      if let offset = Self.mark(in: bytes.extracting(0..<count)) {
        return (at + UInt64(offset), bytes.byte(at: offset))
      }
      at += UInt64(count - 1)
    }
    return nil
  }

  private static func mark(in bytes: RawSpan) -> Int? {
    for offset in 0..<(bytes.byteCount &- 1) {
      // In bounds by the loop's range.
      let first = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
      guard first &- 0x23 <= 7 else { continue }
      let second = unsafe bytes.unsafeLoad(
        fromUncheckedByteOffset: offset &+ 1, as: UInt8.self)
      switch first {
      case UInt8(ascii: "*"), UInt8(ascii: "$"):
        if second &- UInt8(ascii: "0") <= 9 { return offset }
      case UInt8(ascii: "#"):
        if second == UInt8(ascii: "T") { return offset }
      default: continue
      }
    }
    return nil
  }

  /// At most `count` bytes at a place, up to 4096: fewer at the end.
  package func bytes(at place: UInt64, count: Int) throws(SourceError) -> [UInt8] {
    let window = try window(at: place, count)
    let bytes = window.bytes(from: place)
    let count = Int(min(UInt64(count), end - min(place, end), UInt64(bytes.byteCount)))
    return unsafe bytes.extracting(0..<count).withUnsafeBytes { unsafe Array($0) }
  }

  /// The byte at a place; nil at the end.
  package func byte(at place: UInt64) throws(SourceError) -> UInt8? {
    guard place < end else { return nil }
    let window = try window(at: place, 1)
    return window.bytes(from: place).byte(at: 0)
  }

  /// Whether CRLF stands at a place.
  package func isLineEnd(at place: UInt64) throws(SourceError) -> Bool {
    guard place < end, end - place >= 2 else { return false }
    let window = try window(at: place, 2)
    return window.bytes(from: place).littleEndian(at: 0, as: UInt16.self) == 0x0A0D
  }

  /// A window that holds so many bytes from a place on, or those that there are: the one that moves over
  /// the content, or a small one for places far from it.
  private func window(at place: UInt64, _ count: Int) throws(SourceError) -> ContentWindow {
    let place = min(place, end)
    if near.holds(place, count: count) { return near }
    try far.load(at: place, count: count)
    return far
  }

  // MARK: Commands

  /// A prefix, a plain number and CRLF at a place, and where its line ends.
  package func number(
    _ prefix: UInt8, at place: UInt64
  ) throws(SourceError) -> (number: UInt64, end: UInt64)? {
    guard place < end else { return nil }
    let window = try window(at: place, Self.longestLine)
    let bytes = window.bytes(from: place)
    let count = Int(min(UInt64(Self.longestLine), end - place, UInt64(bytes.byteCount)))
    guard count >= 4, bytes.byte(at: 0) == prefix else { return nil }
    var value: UInt64 = 0
    var at = 1
    while at < count {
      let digit = bytes.byte(at: at) &- UInt8(ascii: "0")
      guard digit <= 9 else { break }
      // No zero in front. Of so short a line no number overflows.
      if at == 2, value == 0 { return nil }
      value = value * 10 + UInt64(digit)
      at += 1
    }
    guard at > 1, at + 2 <= count, bytes.littleEndian(at: at, as: UInt16.self) == 0x0A0D else {
      return nil
    }
    return (value, place + UInt64(at) + 2)
  }

  /// The argument that begins at a place with its length; nil when it does not end in CRLF.
  package func argument(at place: UInt64) throws(SourceError) -> FramedArgument? {
    guard let (length, start) = try number(UInt8(ascii: "$"), at: place), length <= end - start,
      try isLineEnd(at: start + length)
    else { return nil }
    return FramedArgument(header: place, start: start, count: length)
  }

  /// The command or annotation of time that begins at a place; nil when none does that a server would have
  /// written.
  package func weigh(at place: UInt64) throws(SourceError) -> WeighedCommand? {
    guard let first = try byte(at: place) else { return nil }
    if first == UInt8(ascii: "#") { return try annotation(at: place) }
    guard let (count, line) = try number(UInt8(ascii: "*"), at: place),
      count > 0, count <= CommandParser.mostArguments, let name = try argument(at: line),
      name.count > 0, name.count <= UInt64(Self.look)
    else { return nil }
    var at = name.end
    var left = count - 1
    var second: FramedArgument?
    if left > 0 {
      second = try argument(at: at)
      guard let second else { return nil }
      at = second.end
      left -= 1
    }
    guard let isKnown = try isPlausible(name, second, argumentCount: Int(count)) else { return nil }
    var looked = 2
    while left > 0, looked < Self.mostArguments {
      guard let argument = try argument(at: at) else { return nil }
      at = argument.end
      left -= 1
      looked += 1
    }
    let weight =
      (isKnown ? Self.name : Self.moduleName)
      + min(Self.argument * Int(min(count - 1, 8)), Self.arguments)
    return WeighedCommand(
      start: place, end: left == 0 ? at : nil, evidence: weight, isKnown: isKnown)
  }

  /// Whether servers log a command of that name, with so many arguments: true for one of the table, false
  /// for one that may be of a module, nil for all others.
  private func isPlausible(
    _ name: FramedArgument, _ second: FramedArgument?, argumentCount: Int
  ) throws(SourceError) -> Bool? {
    let name = try bytes(at: name.start, count: Int(name.count))
    // No subcommand has a longer name.
    let start = second?.start ?? end
    let word = try bytes(at: start, count: Int(min(second?.count ?? 0, UInt64(Self.look))))
    let found = table.command(
      unsafe name.span.bytes, unsafe word.span.bytes, argumentCount: argumentCount)
    guard let found else { return CommandName.isOfModule(unsafe name.span.bytes) ? false : nil }
    return found.isLogged && found.accepts(argumentCount: argumentCount) ? true : nil
  }

  private func annotation(at place: UInt64) throws(SourceError) -> WeighedCommand? {
    let line = try bytes(at: place, count: Self.look)
    var parser = CommandParser(unsafe line.span.bytes, inputEnd: UInt64(line.count))
    guard let head = try? parser.skip(), head.timestamp != nil, !head.isOdd else { return nil }
    return WeighedCommand(
      start: place, end: place + UInt64(head.end), evidence: Self.annotation, isKnown: false)
  }
}

/// An argument whose length and CRLF are in their places. Offsets in the content.
package struct FramedArgument: Sendable {
  /// The `$` of its length.
  package var header: UInt64
  /// The first byte.
  package var start: UInt64
  /// Bytes.
  package var count: UInt64

  /// Behind its CRLF.
  package var end: UInt64 { start + count + 2 }
}
