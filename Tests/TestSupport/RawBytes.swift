extension [UInt8] {
  /// The bytes as the parsers take them.
  public var raw: RawSpan {
    @_lifetime(borrow self)
    get { unsafe span.bytes }
  }
}
