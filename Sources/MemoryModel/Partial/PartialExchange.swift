internal import Persistence

/// Why a partial report cannot be read or merged: a sentence.
package struct PartialError: Error, Equatable, CustomStringConvertible {
  package var description: String
  /// Whether nothing is wrong with it but that it belongs to another report.
  package var isMismatch = false

  package static let tooLarge = PartialError(description: "the partial report is too large for one")
  static let truncated = PartialError(description: "the partial report ends in the middle")
  static let outOfRange = PartialError(
    description: "a number in the partial report is out of range")
}

/// Writes values to the bytes of a partial report, or reads them from there, by the same code.
///
///     partial = "SALVAGEMEM1\n" · values · CRC64 of all before it, little-endian
///     value   = number: groups of 7 bits, the lowest first, bit 7 set in all but the last
///             | text: number of bytes · bytes
///
/// Every value goes through one function for both directions, so that what is written is what is read.
struct PartialExchange {
  static let magic = Array("SALVAGEMEM1\n".utf8)
  /// Counts and sums are below: their own sums do not overflow then.
  private static let limit: UInt64 = 1 << 48

  private(set) var bytes: [UInt8]
  let isReading: Bool
  private var offset: Int
  private let end: Int

  /// Begins to write.
  init() {
    bytes = Self.magic
    isReading = false
    offset = 0
    end = 0
  }

  /// Begins to read. Throws when it is no partial report, or damaged.
  init(reading bytes: [UInt8]) throws(PartialError) {
    guard bytes.starts(with: Self.magic) else {
      throw PartialError(description: "not a partial report")
    }
    guard bytes.count >= Self.magic.count + 8 else { throw .truncated }
    let end = bytes.count - 8
    let sum = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[end + $1]) << UInt64(8 * $1) }
    guard CRC64.update(0, unsafe bytes.span.bytes.extracting(0..<end)) == sum else {
      throw PartialError(description: "the checksum of the partial report is wrong")
    }
    self.bytes = bytes
    self.end = end
    isReading = true
    offset = Self.magic.count
  }

  /// The bytes that were written, with their checksum.
  consuming func finished() -> [UInt8] {
    let sum = CRC64.update(0, unsafe bytes.span.bytes)
    for index in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: sum >> UInt64(8 * index))) }
    return bytes
  }

  /// Throws unless all has been read.
  func checkEnd() throws(PartialError) {
    guard !isReading || offset == end else {
      throw PartialError(description: "the partial report is longer than its values")
    }
  }

  /// A number of 64 bits.
  mutating func word(_ value: inout UInt64) throws(PartialError) {
    guard isReading else {
      var rest = value
      while rest >= 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
      bytes.append(UInt8(rest))
      return
    }
    value = 0
    var shift: UInt64 = 0
    while true {
      guard offset < end else { throw .truncated }
      let byte = bytes[offset]
      offset += 1
      guard shift < 63 || byte < 2 else { throw .outOfRange }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return }
      shift += 7
    }
  }

  /// A count or a sum.
  mutating func number(_ value: inout UInt64) throws(PartialError) {
    try word(&value)
    guard !isReading || value < Self.limit else { throw .outOfRange }
  }

  mutating func signed(_ value: inout Int64) throws(PartialError) {
    var word = UInt64(bitPattern: value << 1 ^ value >> 63)
    try self.word(&word)
    value = Int64(bitPattern: word >> 1) ^ -Int64(bitPattern: word & 1)
  }

  mutating func flag(_ value: inout Bool) throws(PartialError) {
    var word: UInt64 = value ? 1 : 0
    try self.word(&word)
    guard word < 2 else { throw .outOfRange }
    value = word == 1
  }

  /// How many values follow, each of at least a byte.
  mutating func count(_ value: inout Int) throws(PartialError) {
    var word = UInt64(value)
    try self.word(&word)
    guard !isReading || word <= UInt64(end - offset) else { throw .truncated }
    value = Int(word)
  }

  mutating func text(_ value: inout [UInt8]) throws(PartialError) {
    var count = value.count
    try self.count(&count)
    guard isReading else { return bytes += value }
    value = Array(bytes[offset..<(offset + count)])
    offset += count
  }

  mutating func text(_ value: inout String) throws(PartialError) {
    var bytes = Array(value.utf8)
    try text(&bytes)
    guard isReading else { return }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .outOfRange }
    value = text
  }

  /// A value that may be missing.
  mutating func optional<Value>(
    _ value: inout Value?, _ blank: Value,
    _ body: (inout PartialExchange, inout Value) throws(PartialError) -> Void
  ) throws(PartialError) {
    var isThere = value != nil
    try flag(&isThere)
    guard isThere else { return value = nil }
    var present = value ?? blank
    try body(&self, &present)
    value = present
  }

  /// A list.
  mutating func list<Value>(
    _ values: inout [Value], _ blank: @autoclosure () -> Value,
    _ body: (inout PartialExchange, inout Value) throws(PartialError) -> Void
  ) throws(PartialError) {
    var count = values.count
    try self.count(&count)
    if isReading { values = [] }
    for index in 0..<count {
      var value = isReading ? blank() : values[index]
      try body(&self, &value)
      if isReading { values.append(value) }
    }
  }

  /// One of the cases of an enumeration whose raw values are words.
  mutating func choice<Value: CaseIterable & Equatable & RawRepresentable>(
    _ value: inout Value
  ) throws(PartialError) where Value.RawValue == String {
    var text = value.rawValue
    try self.text(&text)
    guard let known = Value(rawValue: text) else { throw .outOfRange }
    value = known
  }
}
