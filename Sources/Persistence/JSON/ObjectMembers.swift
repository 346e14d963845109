/// The members of a kind of object, numbered from 0 in the order in which they are written.
protocol MemberName: RawRepresentable where RawValue == Int {
  /// The names by number; at most 32.
  static var names: [StaticString] { get }
}

/// Reads the names of an object's members, in any order and each at most once.
struct ObjectMembers<Name: MemberName> {
  /// Where the object begins.
  let place: JSONPlace
  private var seen: UInt32 = 0
  private var guess = 0

  /// For an object that was opened just now.
  init(_ tokens: borrowing JSONTokenizer) { place = tokens.place }

  /// For the object that comes next.
  init(opening tokens: inout JSONTokenizer) throws(JSONReadError) {
    try tokens.expect(.beginObject)
    place = tokens.place
  }

  /// The name of the next member; nil behind the last one.
  mutating func next(_ tokens: inout JSONTokenizer) throws(JSONReadError) -> Name? {
    guard try tokens.next() != .endObject else { return nil }
    let names = Name.names
    var index = guess
    if index >= names.count || !tokens.textIs(names[index]) {
      index = 0
      while index < names.count, !tokens.textIs(names[index]) { index &+= 1 }
    }
    guard index < names.count, let name = Name(rawValue: index) else {
      let expected = names.map(\.description).joined(separator: ", ")
      throw tokens.refusal("one of \(expected)", .unknownMember, found: tokens.quotedText)
    }
    guard seen & 1 &<< UInt32(index) == 0 else {
      throw tokens.refusal(
        "each member once", .duplicateMember, found: "another \(tokens.quotedText)")
    }
    seen |= 1 &<< UInt32(index)
    guess = index &+ 1
    return name
  }

  /// Whether the member was there.
  func has(_ name: Name) -> Bool { seen & 1 &<< UInt32(name.rawValue) != 0 }

  /// Throws unless all of these were there.
  func require(_ names: Name...) throws(JSONReadError) {
    for name in names where !has(name) {
      throw JSONReadError(
        .missingMember, at: place, expected: "a member \"\(Name.names[name.rawValue])\"",
        found: "none")
    }
  }
}

// What the readers of objects ask for.
extension JSONTokenizer {
  /// The last text as a message shows it.
  var quotedText: String {
    let shown = text.extracting(0..<Swift.min(text.byteCount, 64))
    let name = ByteString(shown).description
    return "\"\(name)\"" + (text.byteCount > 64 ? "…" : "")
  }

  /// Steps over a token that must come next.
  mutating func expect(_ wanted: JSONToken) throws(JSONReadError) {
    guard try next() == wanted else { throw refusal(wanted.description) }
  }

  /// Whether another element comes in the open array, in which there are only ones that begin so.
  mutating func hasElement(_ wanted: JSONToken) throws(JSONReadError) -> Bool {
    let token = try next()
    guard token != .endArray else { return false }
    guard token == wanted else { throw refusal(wanted.description) }
    return true
  }

  mutating func readUnsigned(
    _ range: ClosedRange<UInt64> = 0 ... .max
  ) throws(JSONReadError) -> UInt64 {
    guard try next() == .number, let value = unsigned, range.contains(value) else {
      throw refusal(
        "an integer of \(range.lowerBound) to \(range.upperBound)", found: foundNumber)
    }
    return value
  }

  mutating func readSigned() throws(JSONReadError) -> Int64 {
    guard try next() == .number, let value = signed else {
      throw refusal("an integer of 64 bits", found: foundNumber)
    }
    return value
  }

  private var foundNumber: String? { token == .number ? quotedText : nil }

  /// A string of plain text, whatever the record's style.
  mutating func readPlain() throws(JSONReadError) -> String {
    try expect(.string)
    return ByteString(text).description
  }
}
