/// Writes JSON text into a buffer of its own: commas and escapes are its business, nesting is the
/// caller's.
///
/// The one JSON writer of the project. Nothing is allocated for a value. The buffer grows by doubling;
/// whoever writes much empties it on the way (`removeText`).
@safe package struct JSONWriter: ~Copyable {
  /// How byte strings are written.
  package enum ByteStyle: String, Sendable, CaseIterable {
    /// As UTF-8 text; `hasInvalidUTF8` tells of one that is none.
    case utf8
    /// Each byte as a code point (U+0000-U+00FF).
    case latin1
    case base64
  }

  /// How `string(_:RawSpan)` and the pieces of a long string are written.
  package var byteStyle = ByteStyle.utf8
  /// A byte string was no valid UTF-8 in that style. Its text is cut short; the caller goes back to a
  /// mark and chooses another style.
  package internal(set) var hasInvalidUTF8 = false
  /// Bytes of text in the buffer.
  package internal(set) var count = 0

  var base: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private var needsComma = false
  /// Bytes of a long string that wait for the next piece.
  var carry = Carry()

  /// What a buffer holds at first.
  private static let initialCapacity = 64 << 10

  package init() {
    capacity = JSONWriter.initialCapacity
    unsafe base = .allocate(capacity: capacity)
  }

  deinit { unsafe base.deallocate() }

  // MARK: Taking the text

  /// The text in the buffer.
  package var text: RawSpan {
    @_lifetime(borrow self)
    get {
      let span = unsafe UnsafeRawBufferPointer(start: base, count: count).bytes
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Takes the text out and starts anew.
  package mutating func take() -> [UInt8] {
    defer { removeAll() }
    return unsafe Array(UnsafeBufferPointer(start: base, count: count))
  }

  /// Takes the text out with its memory and starts anew in the memory of `other`, which may be used.
  package mutating func exchange(with other: JSONText?) -> JSONText {
    let taken = unsafe JSONText(base: base, capacity: capacity, count: count)
    if let other {
      unsafe (base, capacity) = other.giveUp()
    } else {
      capacity = JSONWriter.initialCapacity
      unsafe base = .allocate(capacity: capacity)
    }
    removeAll()
    return taken
  }

  /// Forgets the text, which somebody else has now, in the middle of a document.
  package mutating func removeText() { count = 0 }

  /// Forgets the document and keeps the memory.
  package mutating func removeAll() {
    count = 0
    needsComma = false
    hasInvalidUTF8 = false
  }

  /// A place to go back to.
  package struct Mark: BitwiseCopyable {
    fileprivate var count: Int
    fileprivate var needsComma: Bool
  }

  package var mark: Mark { Mark(count: count, needsComma: needsComma) }

  /// Forgets what was written since the mark, and that it was no UTF-8.
  package mutating func goBack(to mark: Mark) {
    precondition(mark.count <= count, "what was handed out cannot be taken back")
    count = mark.count
    needsComma = mark.needsComma
    hasInvalidUTF8 = false
  }

  // MARK: Structure

  package mutating func beginObject() { open(UInt8(ascii: "{")) }
  package mutating func endObject() { close(UInt8(ascii: "}")) }
  package mutating func beginArray() { open(UInt8(ascii: "[")) }
  package mutating func endArray() { close(UInt8(ascii: "]")) }

  /// A member's name that needs no escape; its value comes next.
  @inline(__always)
  package mutating func key(_ name: StaticString) {
    let length = name.utf8CodeUnitCount
    reserve(length &+ 4)
    separate()
    store(UInt8(ascii: "\""))
    unsafe (base + count).update(from: name.utf8Start, count: length)
    count &+= length
    store(UInt8(ascii: "\""))
    store(UInt8(ascii: ":"))
    needsComma = false
  }

  /// A member's name; its value comes next.
  package mutating func key(text name: String) {
    string(name)
    endKey()
  }

  /// A member's name in the byte style; its value comes next.
  @inline(__always)
  package mutating func key(_ name: RawSpan) {
    string(name)
    endKey()
  }

  /// Makes the string that was written last a member's name; its value comes next.
  @inline(__always)
  package mutating func endKey() {
    reserve(1)
    store(UInt8(ascii: ":"))
    needsComma = false
  }

  /// The end of a document in JSON Lines.
  package mutating func newline() {
    reserve(1)
    store(UInt8(ascii: "\n"))
    needsComma = false
  }

  /// Text between documents or values: the caller knows that it fits.
  package mutating func raw(_ text: StaticString) {
    let length = text.utf8CodeUnitCount
    reserve(length)
    unsafe (base + count).update(from: text.utf8Start, count: length)
    count &+= length
    needsComma = false
  }

  /// Text of whole members, or up to where a value begins: commas and all.
  @inline(__always)
  mutating func fragment(_ text: RawSpan) {
    let length = text.byteCount
    reserve(length)
    unsafe text.withUnsafeBytes {
      unsafe UnsafeMutableRawPointer(base + count).copyMemory(
        from: $0.baseAddress.unsafelyUnwrapped, byteCount: length)
    }
    count &+= length
    needsComma = unsafe base[count &- 1] != UInt8(ascii: ":")
  }

  @inline(__always)
  private mutating func open(_ bracket: UInt8) {
    reserve(2)
    separate()
    store(bracket)
    needsComma = false
  }

  @inline(__always)
  private mutating func close(_ bracket: UInt8) {
    reserve(1)
    store(bracket)
    needsComma = true
  }

  /// Writes the comma before a value that has one before it. Room for a byte has been made.
  @inline(__always)
  mutating func separate() {
    if needsComma { store(UInt8(ascii: ",")) }
    needsComma = true
  }

  // MARK: Literals and numbers

  package mutating func boolean(_ value: Bool) { literal(value ? "true" : "false") }

  package mutating func null() { literal("null") }

  private mutating func literal(_ text: StaticString) {
    let length = text.utf8CodeUnitCount
    reserve(length &+ 1)
    separate()
    unsafe (base + count).update(from: text.utf8Start, count: length)
    count &+= length
  }

  @inline(__always)
  package mutating func integer(_ value: Int64) {
    reserve(22)
    separate()
    if value < 0 { store(UInt8(ascii: "-")) }
    digits(value.magnitude)
  }

  /// An unsigned number; readers that keep doubles lose digits above 2⁵³.
  @inline(__always)
  package mutating func integer(_ value: UInt64) {
    reserve(22)
    separate()
    digits(value)
  }

  /// The shortest decimal that reads back to the same double; `"inf"`, `"-inf"` and `"nan"` as strings,
  /// since JSON has no numbers for them.
  package mutating func double(_ value: Double) {
    if value.magnitude < 0x1p53, value == value.rounded(.towardZero), value != 0 {
      return integer(Int64(value))
    }
    guard value.isFinite else {
      return string(value.isNaN ? "nan" : value < 0 ? "-inf" : "inf")
    }
    reserve(32)
    separate()
    if value == 0 {
      // Without the point, readers take it for the integer 0, which has no sign.
      if value.sign == .minus { for byte in "-0.".utf8 { store(byte) } }
      return store(UInt8(ascii: "0"))
    }
    for byte in value.description.utf8 where byte != UInt8(ascii: "+") { store(byte) }
    // Integers too large for the way above: `9007199254740994.0`.
    if unsafe base[count &- 1] == UInt8(ascii: "0"), unsafe base[count &- 2] == UInt8(ascii: ".") {
      count &-= 2
    }
  }

  /// Writes decimal digits; room for 20 bytes has been made.
  @inline(__always)
  mutating func digits(_ value: UInt64) {
    if value < 10 {
      store(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value))
      return
    }
    var rest = value
    let length = NumberText.digits(value)
    var at = count &+ length
    while rest >= 10 {
      at &-= 1
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      unsafe base[at] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit)
      rest = quotient
    }
    unsafe base[at &- 1] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest)
    count &+= length
  }

  // MARK: The buffer

  @inline(__always)
  mutating func store(_ byte: UInt8) {
    // The caller has reserved.
    unsafe base[count] = byte
    count &+= 1
  }

  /// Makes room for `bytes` more.
  @inline(__always)
  mutating func reserve(_ bytes: Int) {
    if capacity &- count < bytes { makeRoom(bytes) }
  }

  @inline(never)
  private mutating func makeRoom(_ bytes: Int) {
    let enlarged = Swift.max(2 * capacity, count + bytes)
    let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: enlarged)
    unsafe moved.update(from: base, count: count)
    unsafe base.deallocate()
    unsafe base = moved
    capacity = enlarged
  }
}

/// JSON text with its memory, on the way from the thread that wrote it to the one that puts it out.
/// `@unchecked Sendable`: one thread has it at a time.
@safe package final class JSONText: @unchecked Sendable {
  private let base: UnsafeMutablePointer<UInt8>
  let capacity: Int
  private let count: Int
  private var isGivenUp = false

  init(base: UnsafeMutablePointer<UInt8>, capacity: Int, count: Int) {
    unsafe self.base = base
    self.capacity = capacity
    self.count = count
  }

  deinit {
    if !isGivenUp { unsafe base.deallocate() }
  }

  /// The text.
  package var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      precondition(!isGivenUp, "the memory is another's")
      let span = unsafe UnsafeRawBufferPointer(start: base, count: count).bytes
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Gives the memory to a writer; there is no text any more.
  func giveUp() -> (UnsafeMutablePointer<UInt8>, Int) {
    precondition(!isGivenUp, "the memory is another's")
    isGivenUp = true
    return unsafe (base, capacity)
  }
}
