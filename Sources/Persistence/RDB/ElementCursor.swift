/// A cursor over the entries of a compact encoding.
protocol ElementCursor: ~Escapable {
  @_lifetime(copy blob)
  init(_ blob: RawSpan) throws(FormatError)
  @_lifetime(self: copy self)
  mutating func next() throws(FormatError) -> Element?
  var offset: Int { get }
  static var code: FindingCode { get }
}

extension ListpackCursor: ElementCursor {
  static var code: FindingCode { .badListpack }
}
extension ZiplistCursor: ElementCursor {
  static var code: FindingCode { .badZiplist }
}

extension ElementCursor where Self: ~Escapable {
  /// The next field of a hash with its value, or nil at the end.
  @_lifetime(self: copy self)
  @inline(__always)
  mutating func nextField() throws(FormatError) -> (name: Element, value: Element)? {
    let at = offset
    guard let name = try next() else { return nil }
    guard let value = try next() else {
      throw FormatError(Self.code, at: at, "a field without a value at the end of the hash")
    }
    return (name, value)
  }

  /// The lifetime that follows a field and its value in a hash of fields with lifetimes: Unix time in
  /// milliseconds; nil for never.
  @_lifetime(self: copy self)
  mutating func nextExpiry() throws(FormatError) -> UInt64? {
    let at = offset
    guard let expiry = try next(), expiry.isInteger, expiry.integer >= 0 else {
      throw FormatError(.badExpire, at: at, "the lifetime of a field is no time")
    }
    return expiry.integer == 0 ? nil : UInt64(expiry.integer)
  }

  /// The next member of a sorted set with its score and where that stands, or nil at the end. `blob` is
  /// what the cursor walks.
  @_lifetime(self: copy self)
  @inline(__always)
  mutating func nextScored(
    in blob: RawSpan
  ) throws(FormatError) -> (member: Element, score: Double, scoreOffset: Int)? {
    let at = offset
    guard let member = try next() else { return nil }
    let scoreAt = offset
    guard let score = try next() else {
      throw FormatError(Self.code, at: at, "a member without a score at the end")
    }
    return (member, try score.score(at: scoreAt, in: blob), scoreAt)
  }
}

extension Element {
  /// The score that an entry of a sorted set is; `offset` is for errors.
  @inline(__always)
  func score(at offset: Int, in blob: RawSpan) throws(FormatError) -> Double {
    if isInteger { return Double(integer) }
    let text = blob.extracting(self.offset..<(self.offset &+ count))
    guard let score = NumberText.double(text) else {
      throw FormatError(.badScore, at: offset, "the score is no number")
    }
    guard !score.isNaN else {
      throw FormatError(.badScore, at: offset, "the score is not a number (NaN)")
    }
    return score
  }
}
