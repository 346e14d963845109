internal import Persistence

extension Entry {
  /// Calls `body` with the bytes of a string. Throws `wrongType` for any other value.
  @inline(__always)
  func withString<R>(_ body: (RawSpan) throws(CommandError) -> R) throws(CommandError) -> R {
    switch value {
    case .text: return try body(text)
    case .integer(let number):
      var digits = InlineArray<20, UInt8>(repeating: 0)
      let start = NumberText.write(number, toEndOf: &digits)
      return try body(unsafe digits.span.bytes.extracting(start..<20))
    case .buffer(let bytes): return try body(unsafe bytes.span.bytes)
    default: throw .wrongType
    }
  }

  /// A copy of the bytes of a string. Throws `wrongType` for any other value.
  func string() throws(CommandError) -> [UInt8] {
    try withString { bytes in unsafe bytes.withUnsafeBytes { unsafe Array($0) } }
  }
}

extension Keyspace {
  /// The largest string that commands make (`proto-max-bulk-len`).
  static var largestString: Int { 512 << 20 }

  /// A string that is to be changed, as bytes of its own; nil when there is no such key. Throws `wrongType`.
  ///
  /// The key holds an empty string until ``put(_:at:)``.
  mutating func takeString(
    _ place: Database.Place
  ) throws(CommandError) -> [UInt8] {
    let entry = databases[selected][place]
    guard case .buffer = entry.value else { return try entry.string() }
    return try databases[selected].modify(place) { (value) throws(CommandError) in
      guard case .buffer(let bytes) = value else { throw .wrongType }
      value = .integer(0)
      return bytes
    }
  }

  /// Gives a key a string that has been changed.
  mutating func put(_ bytes: [UInt8], at place: Database.Place) {
    tryModify(place) { $0 = .buffer(bytes) }
    changes += 1
  }

  /// A change that cannot be refused.
  mutating func tryModify(_ place: Database.Place, _ body: (inout Value) -> Void) {
    do throws(CommandError) {
      try databases[selected].modify(place) { (value) throws(CommandError) in body(&value) }
    } catch {
      preconditionFailure("a change that cannot be refused")
    }
  }

  /// Throws when a string of so many bytes, beginning at an offset, would be too large.
  func checkStringSize(_ offset: Int64, _ count: Int) throws(CommandError) {
    let (size, overflow) = offset.addingReportingOverflow(Int64(count))
    guard !overflow, size <= Int64(longestString) else {
      throw .text("string exceeds maximum allowed size (proto-max-bulk-len)")
    }
  }
}
