/// One element of a collection that is stored element by element (a hash table or skiplist on the
/// server): the member or field, and where what belongs to it lies.
struct TableElement: BitwiseCopyable {
  var name: StringReference
  /// The value of a hash's field.
  var value = StringReference.empty
  /// The lifetime of a field as written: relative, absolute or -1, as the layout has it.
  var expiry: UInt64 = 0
  /// Offset of a score's first byte.
  var scoreOffset = 0

  /// Reads one element.
  @_lifetime(cursor: copy cursor)
  @inline(__always)
  static func read(
    _ layout: ValueLayout, _ cursor: inout ByteCursor
  ) throws(FormatError) -> TableElement {
    var element: TableElement
    switch layout {
    case .hash:
      element = TableElement(name: try cursor.readString())
      element.value = try cursor.readString()
    case .set:
      element = TableElement(name: try cursor.readString())
    case .zset2:
      element = TableElement(name: try cursor.readString())
      element.scoreOffset = cursor.offset
      try cursor.skip(8)
    case .zset:
      element = TableElement(name: try cursor.readString())
      element.scoreOffset = cursor.offset
      let length = try cursor.readByte()
      if length < 253 { try cursor.skip(Int(length)) }
    case .hashMetadata, .hashMetadataPreGA:
      let expiry = try cursor.readLength()
      element = TableElement(name: try cursor.readString())
      element.value = try cursor.readString()
      element.expiry = expiry
    case .valkeyHash2:
      element = TableElement(name: try cursor.readString())
      element.value = try cursor.readString()
      element.expiry = try cursor.readLittleEndian(UInt64.self)
    default: preconditionFailure("not stored element by element")
    }
    return element
  }

  /// Checks everything but the name, which is checked as it is hashed.
  @inline(__always)
  func check(
    _ layout: ValueLayout, hint: UInt64, at offset: Int, in bytes: RawSpan
  ) throws(FormatError) {
    switch layout {
    case .set: break
    case .hash: try StringDecoder.check(value, in: bytes)
    case .zset, .zset2:
      let score = try score(layout, in: bytes)
      guard !score.isNaN else {
        throw FormatError(.badScore, at: scoreOffset, "the score is not a number (NaN)")
      }
    default:
      try StringDecoder.check(value, in: bytes)
      _ = try expiresAt(layout, hint: hint, at: offset)
    }
  }

  /// The score; NaN where the file says so.
  func score(_ layout: ValueLayout, in bytes: RawSpan) throws(FormatError) -> Double {
    if layout == .zset2 {
      return Double(bitPattern: bytes.littleEndian(at: scoreOffset, as: UInt64.self))
    }
    switch bytes.byte(at: scoreOffset) {
    case 255: return -.infinity
    case 254: return .infinity
    case 253: return .nan
    case let length:
      let start = scoreOffset + 1
      guard let score = NumberText.double(bytes.extracting(start..<(start + Int(length)))) else {
        throw FormatError(.badScore, at: scoreOffset, "the score is no number")
      }
      return score
    }
  }

  /// When the field expires, in Unix milliseconds; nil for never. `hint` is the smallest lifetime,
  /// which the layout `hashMetadata` counts from.
  func expiresAt(
    _ layout: ValueLayout, hint: UInt64, at offset: Int
  ) throws(FormatError) -> UInt64? {
    let absolute: UInt64
    switch layout {
    case .hashMetadata:
      guard expiry > 0 else { return nil }
      let (sum, overflow) = hint.addingReportingOverflow(expiry - 1)
      absolute = overflow ? .max : sum
    case .hashMetadataPreGA:
      guard expiry > 0 else { return nil }
      absolute = expiry
    case .valkeyHash2:
      guard expiry != .max else { return nil }
      absolute = expiry
    default: return nil
    }
    guard absolute <= FieldExpiry.largest else {
      throw FormatError(
        .badExpire, at: offset, "the lifetime of a field is out of range",
        expected: FieldExpiry.largest, found: absolute)
    }
    return absolute
  }
}
