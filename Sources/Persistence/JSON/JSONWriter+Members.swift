/// Members that objects of several reports have.
extension JSONWriter {
  /// A member whose value is a number; null without one.
  package mutating func writeMember(_ name: StaticString, _ value: UInt64?) {
    key(name)
    if let value { integer(value) } else { null() }
  }

  /// A member whose value is a text; null without one.
  package mutating func writeMember(_ name: StaticString, _ value: String?) {
    key(name)
    if let value { string(value) } else { null() }
  }

  /// A member whose value is a byte string, null without one. One that is not UTF-8 has one code point per
  /// byte, and the member `"bytes":"latin1"` behind it.
  package mutating func writeMember(_ name: StaticString, _ value: ByteString?) {
    key(name)
    guard let value else { return null() }
    string(value)
    guard value.utf8 == nil else { return }
    key("bytes")
    string("latin1")
  }

  /// The members of a gap: where bytes are left out, up to the one at `end`, why, and in bits how sure it is
  /// that the file goes on behind them, under a name of the caller's.
  package mutating func writeGapMembers(
    from start: UInt64, to end: UInt64, reason: String, _ confidenceName: StaticString,
    _ confidence: Int?
  ) {
    writeMember("from", start)
    writeMember("to", end)
    writeMember("reason", reason)
    writeMember(confidenceName, confidence.map { UInt64($0) })
  }
}
