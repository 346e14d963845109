/// Reads the value of a large record in sections of whole elements, in constant memory.
///
///     var reader = LargeValueReader(record)
///     while let section = try reader.next() { … reader.bytes … }
///
/// For values of one string there are `forEachPiece` (texts) and `whole` (compact encodings) instead. One
/// thread uses a reader; several readers may read one record. Every read that comes to the end has seen
/// the bytes that the scanner saw, or it throws `changed`.
@safe package struct LargeValueReader: ~Copyable {
  /// Bytes of a section, about.
  package static let sectionSize = 1 << 20

  package enum Section: Equatable, Sendable {
    /// What stands before the elements: a lifetime in some hashes and their number; the id of a module.
    case head
    /// So many whole elements, at least 1: nodes, members, pairs as they stand in the file; operands.
    case elements(UInt64)
    /// What follows the nodes of a stream, as a whole, or the end mark of a module value.
    case tail
  }

  private enum Stage {
    case head
    case elements(left: UInt64)
    case operands
    case tail
    case end
  }

  private let record: LargeRecord
  private var buffer: UnsafeMutableRawBufferPointer
  private var filled = 0
  /// Offset in the record of the buffer's first byte.
  private var bufferOffset: UInt64
  /// Where the current section is in the buffer; the next one begins at its end.
  private var section = 0..<0
  private var stage = Stage.head
  /// How far the tail has been walked, and where in the buffer.
  private var progress = SkipProgress()
  private var walked = 0
  /// CRC64 of the record up to the current section.
  private var checksum: UInt64 = 0

  /// Starts at the value. The record's bytes have to have been kept (`LargeValueKeeping`).
  package init(_ record: LargeRecord) {
    self.record = record
    bufferOffset = record.valueOffset
    unsafe buffer = .allocate(
      byteCount: min(record.sectionSize, Int(clamping: record.count - record.valueOffset)),
      alignment: 64)
    rewind()
  }

  deinit { unsafe buffer.deallocate() }

  /// The bytes of the current section.
  package var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let span = unsafe UnsafeRawBufferPointer(rebasing: buffer[section]).bytes
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Offset of the current section in the record.
  package var offset: UInt64 { bufferOffset + UInt64(section.lowerBound) }

  /// Starts again at the value.
  package mutating func rewind() {
    bufferOffset = record.valueOffset
    filled = 0
    section = 0..<0
    stage = .head
    progress = SkipProgress()
    walked = 0
    let beginning = record.beginning
    checksum = CRC64.update(
      0, unsafe beginning.span.bytes.extracting(0..<record.head.valueOffset))
  }

  // MARK: Sections

  /// The next section of a value that has elements or operands; nil at the end.
  package mutating func next() throws(LargeValueError) -> Section? {
    precondition(record.head.layout.shape != .string, "a value of one string has no sections")
    release()
    if case .end = stage {
      try checkEnd()
      return nil
    }
    while true {
      try fill()
      let window = unsafe UnsafeRawBufferPointer(rebasing: buffer[0..<filled])
      var cursor = ByteCursor(unsafe window.bytes)
      do throws(FormatError) {
        let found = try walk(&cursor)
        section = 0..<cursor.offset
        return found
      } catch {
        guard error.code == .truncated, !isAtEnd else { throw .changed }
        enlarge(to: 2 * (unsafe buffer.count))
      }
    }
  }

  /// Walks one section. Throws `truncated` when not even one element of it is in the buffer.
  @_lifetime(cursor: copy cursor)
  private mutating func walk(_ cursor: inout ByteCursor) throws(FormatError) -> Section {
    let layout = record.head.layout
    switch stage {
    case .head:
      if layout.shape == .operands {
        _ = try cursor.readModuleID()
        stage = .operands
      } else {
        stage = .elements(left: try cursor.readElementCount(layout, .max))
        finishElements()
      }
      return .head
    case .elements(let count):
      var left = count
      do throws(FormatError) {
        try cursor.skipElements(layout, &left)
      } catch {
        guard error.code == .truncated, left < count else { throw error }
      }
      stage = .elements(left: left)
      finishElements()
      return .elements(count - left)
    case .operands:
      var count: UInt64 = 0
      do throws(FormatError) {
        var start = cursor.offset
        while try cursor.skipOperand() {
          count += 1
          start = cursor.offset
        }
        if count == 0 {
          stage = .end
          return .tail
        }
        cursor.offset = start
      } catch {
        guard error.code == .truncated, count > 0 else { throw error }
      }
      return .elements(count)
    case .tail, .end:
      cursor.offset = walked
      defer { walked = cursor.offset }
      try cursor.skipStreamTail(layout, .max, &progress)
      stage = .end
      return .tail
    }
  }

  private mutating func finishElements() {
    guard case .elements(0) = stage else { return }
    stage = record.head.layout.isStream ? .tail : .end
  }

  // MARK: Values of one string

  /// Calls `body` with the text of a string (layout `.string` only), decoded, in pieces of at most about
  /// 1 MiB, from its start to its end.
  package mutating func forEachPiece(
    _ body: (RawSpan) throws(LargeValueError) -> Void
  ) throws(LargeValueError) {
    let head = try openText()
    switch head.form {
    case .integer:
      var decoder = StringDecoder()
      let beginning = record.beginning
      var cursor = ByteCursor(unsafe beginning.span.bytes, at: record.head.valueOffset)
      let text: ByteString
      do throws(FormatError) {
        text = try decoder.copy(cursor.readString(), in: cursor.bytes)
      } catch {
        throw .changed
      }
      try body(unsafe text.bytes.span.bytes)
      while try nextStored() {}
    case .raw:
      while try nextStored() { try body(bytes) }
    case .lzf:
      let start = offset + UInt64(section.count)
      var stream = try openStream(head, at: start)
      while try nextStored() {
        var used = 0
        while used < section.count {
          do throws(FormatError) {
            used += try stream.decode(bytes.extracting(used...))
          } catch {
            throw error.inRecord(start)
          }
          if stream.output.byteCount > 0 { try body(stream.output) }
        }
      }
      try finish(stream, at: start)
    }
  }

  /// Checks a text (layout `.string` only) without decoding it.
  package mutating func checkText() throws(LargeValueError) {
    let head = try openText()
    guard head.form == .lzf else { return }
    let start = offset + UInt64(section.count)
    var stream = try openStream(head, at: start)
    while try nextStored() {
      do throws(FormatError) {
        try stream.check(bytes)
      } catch {
        throw error.inRecord(start)
      }
    }
    try finish(stream, at: start)
  }

  private func openStream(
    _ head: StringHead, at start: UInt64
  ) throws(LargeValueError) -> LZFStream {
    do throws(FormatError) {
      return try LZFStream(compressed: Int(head.payload), output: head.length)
    } catch {
      throw error.inRecord(start)
    }
  }

  private func finish(
    _ stream: borrowing LZFStream, at start: UInt64
  ) throws(LargeValueError) {
    do throws(FormatError) {
      try stream.finish()
    } catch {
      throw error.inRecord(start)
    }
  }

  /// Reads the value of a record that is one string as it stands in the file, with what stands before
  /// the string, to ``bytes``: all of it in memory.
  package mutating func whole() throws(LargeValueError) {
    rewind()
    enlarge(to: Int(record.count - record.valueOffset))
    try fill()
    section = 0..<filled
    let sum = CRC64.update(checksum, bytes)
    guard sum == record.checksum else { throw .changed }
  }

  /// Steps over what stands before a text.
  private mutating func openText() throws(LargeValueError) -> StringHead {
    precondition(record.head.layout == .string, "only a text is read in pieces")
    rewind()
    let beginning = record.beginning
    var cursor = ByteCursor(unsafe beginning.span.bytes, at: record.head.valueOffset)
    let head: StringHead
    do throws(FormatError) {
      head = try cursor.readStringHead()
    } catch {
      preconditionFailure("the scanner has walked over it: \(error)")
    }
    let count = cursor.offset - record.head.valueOffset
    enlarge(to: count)
    try fill()
    section = 0..<count
    return head
  }

  /// Goes on to the next bytes of a text as they are stored; false behind the last ones.
  private mutating func nextStored() throws(LargeValueError) -> Bool {
    release()
    try fill()
    section = 0..<filled
    if filled == 0 { try checkEnd() }
    return filled > 0
  }

  // MARK: The buffer

  /// Whether the buffer reaches to the end of the record.
  private var isAtEnd: Bool { bufferOffset + UInt64(filled) == record.count }

  /// Lets go of the current section.
  private mutating func release() {
    checksum = CRC64.update(checksum, bytes)
    let (end, left) = (section.upperBound, filled - section.upperBound)
    unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[end..<filled]))
    bufferOffset += UInt64(end)
    filled = left
    section = 0..<0
    let size = max(record.sectionSize, left)
    if unsafe buffer.count > 2 * size { resize(size) }
  }

  private mutating func fill() throws(LargeValueError) {
    let start = bufferOffset + UInt64(filled)
    let count = unsafe min(buffer.count - filled, Int(clamping: record.count - start))
    guard count > 0 else { return }
    try unsafe record.read(
      at: start, into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<(filled + count)]))
    filled += count
  }

  private mutating func enlarge(to size: Int) {
    if unsafe size > buffer.count { resize(size) }
  }

  private mutating func resize(_ size: Int) {
    let moved = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
    unsafe moved.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[0..<filled]))
    unsafe buffer.deallocate()
    unsafe buffer = moved
  }

  /// Throws unless what was read is what the scanner walked, from the value to its end.
  private func checkEnd() throws(LargeValueError) {
    guard filled == 0, bufferOffset == record.count, checksum == record.checksum else {
      throw .changed
    }
  }
}

extension FormatError {
  /// The same error as seen from the start of the record, in which the text begins at `start`.
  fileprivate func inRecord(_ start: UInt64) -> LargeValueError {
    .format(moved(by: start))
  }
}
