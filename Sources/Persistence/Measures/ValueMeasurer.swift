/// Measures values while walking over them: what a memory model needs to know, and no more. Structure is
/// checked as far as walking needs it.
///
/// One measurer belongs to one thread. A value in memory is measured in one call, a large one section by
/// section.
package struct ValueMeasurer: ~Copyable {
  let sizes: ElementAllocations
  var decoder = StringDecoder()
  var savings = NodeSavings()

  package init(_ sizes: ElementAllocations) { self.sizes = sizes }

  /// Gives back the memory of an unusually large value.
  package mutating func trim() { decoder.trim() }

  /// Measures the value at the cursor and steps over it. The cursor's framing must be sound.
  @_lifetime(cursor: copy cursor)
  package mutating func measure(
    _ layout: ValueLayout, _ cursor: inout ByteCursor
  ) throws(FormatError) -> ValueMeasure {
    let start = cursor.offset
    var measure: ValueMeasure
    switch layout {
    case .string: measure = try text(&cursor)
    case .stream, .stream2, .stream3: measure = try stream(layout, &cursor)
    case .module2:
      measure = ValueMeasure(layout)
      _ = try cursor.readLength()
      while try cursor.skipOperand() {}
      measure.length = UInt64(cursor.offset &- start)
    case .modulePreRelease:
      preconditionFailure("the scanner stops at a module without an end mark")
    default:
      var tally = ElementTally(layout)
      if layout == .hashMetadata { try cursor.skip(8) }
      if layout.isOneBlob {
        if layout == .hashListpackEx { try cursor.skip(8) }
        try Self.blob(&cursor, &tally, &decoder, sizes)
      } else {
        try elements(try cursor.readLength(), &cursor, &tally)
      }
      measure = tally.measure
    }
    measure.stored = UInt64(cursor.offset &- start)
    return measure
  }

  /// Measures a string by what its beginning tells, so that the payload need not be in memory.
  @_lifetime(cursor: copy cursor)
  private func text(_ cursor: inout ByteCursor) throws(FormatError) -> ValueMeasure {
    var measure = ValueMeasure(.string)
    let string = try cursor.readString()
    let text = try ElementText(string, in: cursor.bytes)
    measure.length = text.length
    measure.isInteger = text.isInteger
    measure.integer = text.integer
    measure.isCompressed = string.form == .lzf
    measure.compact =
      sizes.compactForm == .listpack ? text.listpackEntry : text.ziplistEntry(after: 0)
    if !text.isInteger, string.form == .raw, string.count <= 24 {
      let bytes = cursor.bytes
      let nearly = NumberText.nearlyInteger(
        bytes.extracting(string.offset..<(string.offset &+ string.count)))
      measure.isNearlyInteger = nearly != nil
      measure.integer = nearly ?? 0
    }
    measure.longest = measure.length
    return measure
  }

  // MARK: Elements

  /// Measures elements as they stand one after another: members, pairs, nodes of a quicklist.
  @_lifetime(cursor: copy cursor)
  mutating func elements(
    _ count: UInt64, _ cursor: inout ByteCursor, _ tally: inout ElementTally
  ) throws(FormatError) {
    let bytes = cursor.bytes
    let layout = tally.measure.layout
    switch layout {
    case .list:
      for _ in 0..<count {
        tally.addElement(try ElementText(cursor.readString(), in: bytes), sizes)
      }
    case .set:
      for _ in 0..<count {
        tally.addMember(try ElementText(cursor.readString(), in: bytes), sizes)
      }
    case .listQuicklist, .listQuicklist2:
      if tally.measure.nodes == 0 { savings.begin(sizes.compressDepth) }
      for _ in 0..<count { try Self.node(&cursor, &tally, &decoder, &savings, sizes) }
    case .zset, .zset2:
      for _ in 0..<count {
        let element = try TableElement.read(layout, &cursor)
        tally.addScored(try ElementText(element.name, in: bytes), sizes)
        tally.addScore(try element.score(layout, in: bytes), sizes.compactForm)
      }
    default:
      for _ in 0..<count {
        let element = try TableElement.read(layout, &cursor)
        let hasLifetime =
          switch layout {
          case .hash: false
          case .valkeyHash2: element.expiry != .max
          default: element.expiry != 0
          }
        tally.addField(
          try ElementText(element.name, in: bytes), try ElementText(element.value, in: bytes),
          expires: hasLifetime, sizes)
      }
    }
  }

  /// Measures a node of a quicklist.
  @_lifetime(cursor: copy cursor)
  private static func node(
    _ cursor: inout ByteCursor, _ tally: inout ElementTally, _ decoder: inout StringDecoder,
    _ savings: inout NodeSavings, _ sizes: borrowing ElementAllocations
  ) throws(FormatError) {
    let at = cursor.offset
    let isListpack = tally.measure.layout == .listQuicklist2
    let container = isListpack ? try cursor.readLength() : 2
    let string = try cursor.readString()
    let before = tally.measure.compact
    switch container {
    case 1:
      let text = try ElementText(string, in: cursor.bytes)
      tally.addElement(text, sizes)
      tally.measure.hasPlainNode = true
      tally.measure.nodeLengths &+= text.length
      tally.measure.nodeBytes &+= sizes.blob[text.length]
      if sizes.compressDepth > 0 {
        let compressed =
          string.form == .lzf
          ? UInt64(string.count)
          : savings.compressedSize(try decoder.decode(string, in: cursor.bytes))
        tally.measure.savedByCompression &+= savings.add(text.length, compressed, sizes)
      }
    case 2:
      let blob = try decoder.decode(string, in: cursor.bytes)
      do throws(FormatError) {
        tally.beginBlob()
        if isListpack {
          try sequence(ListpackCursor.self, blob, &tally, sizes)
        } else {
          try sequence(ZiplistCursor.self, blob, &tally, sizes)
        }
      } catch {
        throw error.inside(string)
      }
      // Blobs are kept as they are where the server knows their form.
      let isKept = (sizes.compactForm == .listpack) == isListpack
      let size =
        isKept
        ? UInt64(blob.byteCount) : tally.measure.compact &- before &+ sizes.compactForm.frame
      tally.measure.length = size
      tally.measure.nodeLengths &+= size
      tally.measure.nodeBytes &+= sizes.blob[size]
      if sizes.compressDepth > 0 {
        let compressed =
          string.form == .lzf ? UInt64(string.count) : savings.compressedSize(blob)
        tally.measure.savedByCompression &+= savings.add(size, compressed, sizes)
      }
    default:
      throw FormatError(
        .badQuicklist, at: at, "a node is neither plain (1) nor packed (2)", found: container)
    }
    tally.measure.nodes &+= 1
  }

  // MARK: Compact encodings

  /// Measures a value that is one blob, at its string.
  @_lifetime(cursor: copy cursor)
  static func blob(
    _ cursor: inout ByteCursor, _ tally: inout ElementTally, _ decoder: inout StringDecoder,
    _ sizes: borrowing ElementAllocations
  ) throws(FormatError) {
    let string = try cursor.readString()
    let blob = try decoder.decode(string, in: cursor.bytes)
    tally.measure.length = UInt64(blob.byteCount)
    do throws(FormatError) {
      try walk(blob, &tally, sizes)
    } catch {
      throw error.inside(string)
    }
  }

  private static func walk(
    _ blob: RawSpan, _ tally: inout ElementTally, _ sizes: borrowing ElementAllocations
  ) throws(FormatError) {
    switch tally.measure.layout {
    case .listZiplist: try sequence(ZiplistCursor.self, blob, &tally, sizes)
    case .setListpack:
      var cursor = try ListpackCursor(blob)
      while let element = try cursor.next() { tally.addMember(ElementText(element), sizes) }
    case .setIntset:
      let set = try Intset(blob)
      for index in 0..<set.count { tally.addMember(ElementText(integer: set[index]), sizes) }
      // A width that was once needed stays.
      tally.measure.integerWidth = UInt64(set.width)
    case .hashZipmap:
      var cursor = try ZipmapCursor(blob)
      while let pair = try cursor.next() {
        tally.addField(ElementText(pair.field), ElementText(pair.value), sizes)
      }
    case .hashZiplist: try pairs(ZiplistCursor.self, blob, &tally, sizes)
    case .hashListpack: try pairs(ListpackCursor.self, blob, &tally, sizes)
    case .hashListpackEx, .hashListpackExPreGA:
      var cursor = try ListpackCursor(blob)
      while let (name, value) = try cursor.nextField() {
        let expiry = try cursor.nextExpiry()
        tally.addField(ElementText(name), ElementText(value), expires: expiry != nil, sizes)
        tally.addEntry(
          ElementText(integer: Int64(clamping: expiry ?? 0)), sizes.compactForm)
      }
    case .zsetZiplist: try scored(ZiplistCursor.self, blob, &tally, sizes)
    case .zsetListpack: try scored(ListpackCursor.self, blob, &tally, sizes)
    default: preconditionFailure("no compact encoding")
    }
  }

  private static func sequence<Cursor: ElementCursor & ~Escapable>(
    _ type: Cursor.Type, _ blob: RawSpan, _ tally: inout ElementTally,
    _ sizes: borrowing ElementAllocations
  ) throws(FormatError) {
    var cursor = try Cursor(blob)
    while let element = try cursor.next() { tally.addElement(ElementText(element), sizes) }
  }

  private static func pairs<Cursor: ElementCursor & ~Escapable>(
    _ type: Cursor.Type, _ blob: RawSpan, _ tally: inout ElementTally,
    _ sizes: borrowing ElementAllocations
  ) throws(FormatError) {
    var cursor = try Cursor(blob)
    while let (name, value) = try cursor.nextField() {
      tally.addField(ElementText(name), ElementText(value), sizes)
    }
  }

  private static func scored<Cursor: ElementCursor & ~Escapable>(
    _ type: Cursor.Type, _ blob: RawSpan, _ tally: inout ElementTally,
    _ sizes: borrowing ElementAllocations
  ) throws(FormatError) {
    var cursor = try Cursor(blob)
    while let member = try cursor.next() {
      let at = cursor.offset
      guard let score = try cursor.next() else {
        throw FormatError(Cursor.code, at: at, "a member without a score at the end")
      }
      tally.addScored(ElementText(member), sizes)
      tally.addEntry(ElementText(score), sizes.compactForm)
    }
  }
}

extension ElementTally {
  /// Scores of large sorted sets that are written out to find how long their text is: the compact form,
  /// which needs it, is never used for so many.
  private static let mostScores: UInt64 = 16_384

  /// Counts a score for the compact form.
  @inline(__always)
  mutating func addScore(_ score: Double, _ form: CompactForm) {
    if abs(score) < 0x1p52, let integer = Int64(exactly: score) {
      addEntry(ElementText(integer: integer), form)
    } else if measure.elements <= Self.mostScores {
      let text = ScoreText.element(score, form == .ziplist ? .seventeenDigits : .shortest)
      addEntry(ElementText(length: UInt64(text.count)), form)
    } else {
      addEntry(ElementText(length: 17), form)
    }
  }
}

extension ValueLayout {
  /// Whether the whole value is one compact encoding.
  var isOneBlob: Bool {
    switch self {
    case .hashZipmap, .listZiplist, .setIntset, .zsetZiplist, .hashZiplist, .hashListpack,
      .zsetListpack, .setListpack, .hashListpackExPreGA, .hashListpackEx:
      true
    default: false
    }
  }
}
