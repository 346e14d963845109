/// Adds up the elements of one collection.
struct ElementTally: BitwiseCopyable {
  var measure: ValueMeasure
  /// Bytes of the last entry in a ziplist: they are written into the next one.
  private var lastEntry: UInt64 = 0

  init(_ layout: ValueLayout) {
    measure = ValueMeasure(layout)
    measure.elements = 0
  }

  /// Counts an entry for the compact form, and its bytes for the longest element.
  @inline(__always)
  mutating func add(_ text: ElementText, _ form: CompactForm) {
    if text.length > measure.longest { measure.longest = text.length }
    measure.strings &+= StringHeader.size(text.length)
    addEntry(text, form)
  }

  /// Counts an entry for the compact form.
  @inline(__always)
  mutating func addEntry(_ text: ElementText, _ form: CompactForm) {
    switch form {
    case .listpack: measure.compact &+= text.listpackEntry
    case .ziplist:
      lastEntry = text.ziplistEntry(after: lastEntry)
      measure.compact &+= lastEntry
    }
  }

  /// Begins another blob of the compact form.
  mutating func beginBlob() { lastEntry = 0 }

  /// Counts a member of a set.
  @inline(__always)
  mutating func addMember(_ text: ElementText, _ sizes: borrowing ElementAllocations) {
    measure.elements &+= 1
    add(text, sizes.compactForm)
    measure.table &+= sizes.member[text.length]
    guard text.isInteger else { return }
    measure.integers &+= 1
    let integer = text.integer
    if Int16(exactly: integer) == nil {
      measure.integerWidth = max(measure.integerWidth, Int32(exactly: integer) == nil ? 8 : 4)
    }
  }

  /// Counts a member of a sorted set; the score is an entry by itself.
  @inline(__always)
  mutating func addScored(_ text: ElementText, _ sizes: borrowing ElementAllocations) {
    measure.elements &+= 1
    add(text, sizes.compactForm)
    measure.table &+= sizes.scored[text.length]
  }

  /// Counts an element of a list.
  @inline(__always)
  mutating func addElement(_ text: ElementText, _ sizes: borrowing ElementAllocations) {
    measure.elements &+= 1
    add(text, sizes.compactForm)
    measure.table &+= sizes.element[text.length]
  }

  /// Counts a field of a hash with its value.
  @inline(__always)
  mutating func addField(
    _ name: ElementText, _ value: ElementText, expires: Bool = false,
    _ sizes: borrowing ElementAllocations
  ) {
    measure.elements &+= 1
    add(name, sizes.compactForm)
    add(value, sizes.compactForm)
    if expires { measure.expiringFields &+= 1 }
    if let joined = sizes.joined {
      let field = StringHeader.size(name.length) &+ (expires ? joined.lifetime : 0)
      let both = field &+ StringHeader.sizeFromType8(value.length)
      if both <= joined.largest {
        measure.table &+= joined.entry[both]
        return
      }
    }
    measure.table &+=
      (expires ? sizes.expiringField[name.length] : sizes.field[name.length])
      &+ sizes.value[value.length]
  }
}

/// The text of an element as far as its size depends on it.
struct ElementText: BitwiseCopyable {
  /// Bytes.
  var length: UInt64
  /// Whether it is the canonical text of a 64-bit integer.
  var isInteger: Bool
  var integer: Int64

  @inline(__always)
  init(length: UInt64) {
    self.length = length
    isInteger = false
    integer = 0
  }

  @inline(__always)
  init(integer: Int64) {
    length = UInt64(NumberText.digits(integer))
    isInteger = true
    self.integer = integer
  }

  /// An entry of a compact encoding.
  @inline(__always)
  init(_ element: Element) {
    self =
      element.isInteger
      ? ElementText(integer: element.integer) : ElementText(length: UInt64(element.count))
  }

  /// A string of the file; an LZF payload is walked, since nothing else tells whether its length is true.
  @inline(__always)
  init(_ string: StringReference, in bytes: RawSpan) throws(FormatError) {
    switch string.form {
    case .integer: self.init(integer: string.integer)
    case .raw where string.count <= 20:
      let text = bytes.extracting(string.offset..<(string.offset &+ string.count))
      if let integer = NumberText.canonicalInteger(text) {
        self.init(integer: integer)
      } else {
        self.init(length: string.length)
      }
    case .raw: self.init(length: string.length)
    case .lzf:
      try StringDecoder.check(string, in: bytes)
      self.init(length: string.length)
    }
  }

  /// Bytes of the entry in a listpack (`ListpackCursor`).
  var listpackEntry: UInt64 {
    @inline(__always) get {
      guard isInteger else {
        let size = length &+ (length < 64 ? 1 : length < 4096 ? 2 : 5)
        return size &+ (size < 128 ? 1 : UInt64(ListpackCursor.backlenSize(Int(clamping: size))))
      }
      switch integer {
      case 0...127: return 2
      case -4096...4095: return 3
      case -32_768...32_767: return 4
      case -8_388_608...8_388_607: return 5
      case -2_147_483_648...2_147_483_647: return 6
      default: return 10
      }
    }
  }

  /// Bytes of the entry in a ziplist behind one of so many bytes (`ZiplistCursor`).
  func ziplistEntry(after last: UInt64) -> UInt64 {
    let head: UInt64 = last < 254 ? 1 : 5
    guard isInteger else {
      return head &+ length &+ (length < 64 ? 1 : length < 16_384 ? 2 : 5)
    }
    switch integer {
    case 0...12: return head &+ 1
    case -128...127: return head &+ 2
    case -32_768...32_767: return head &+ 3
    case -8_388_608...8_388_607: return head &+ 4
    case -2_147_483_648...2_147_483_647: return head &+ 5
    default: return head &+ 9
    }
  }
}

extension CompactForm {
  /// Bytes of a blob beside its entries.
  package var frame: UInt64 {
    switch self {
    case .ziplist: 11
    case .listpack: 7
    }
  }
}
