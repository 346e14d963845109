package import Persistence

/// Writes replies in RESP 2 or 3, or nothing where nobody waits for them.
package struct ReplyWriter: ~Copyable {
  package enum Form: Sendable {
    /// Nobody reads the replies: only errors are kept.
    case none
    case resp2
    case resp3
  }

  package var form: Form
  /// The replies, one behind the other.
  package var buffer = ByteBuffer()
  /// The error that the last command was refused with.
  package var error: CommandError?
  /// Replies whose number of elements is not known yet: what stood before them.
  private var open: [[UInt8]] = []

  package init(_ form: Form) { self.form = form }

  /// Whether replies are thrown away: what only makes one need not be done.
  package var isSilent: Bool {
    @inline(__always) get { form == .none }
  }

  package mutating func ok() { simple("OK") }

  /// A simple string.
  package mutating func simple(_ text: StaticString) {
    guard form != .none else { return }
    buffer.append(UInt8(ascii: "+"))
    for offset in 0..<text.utf8CodeUnitCount { unsafe buffer.append(text.utf8Start[offset]) }
    endLine()
  }

  package mutating func integer(_ number: Int64) { if form != .none { line(":", number) } }
  package mutating func integer(_ number: Int) { if form != .none { line(":", Int64(number)) } }

  /// A bulk string.
  package mutating func bulk(_ bytes: RawSpan) {
    guard form != .none else { return }
    line("$", Int64(bytes.byteCount))
    buffer.append(bytes)
    endLine()
  }

  package mutating func bulk(_ bytes: [UInt8]) { bulk(unsafe bytes.span.bytes) }
  package mutating func bulk(_ bytes: ByteString) { bulk(bytes.bytes) }
  package mutating func bulk(_ text: String) { if form != .none { bulk(Array(text.utf8)) } }
  /// The decimal text of a number as a bulk string.
  package mutating func bulk(_ number: Int64) {
    if form != .none { bulk(NumberText.bytes(number)) }
  }

  /// An entry of a compact encoding as a bulk string.
  package mutating func bulk(_ element: Element, in blob: RawSpan) {
    guard form != .none else { return }
    if element.isInteger { return bulk(element.integer) }
    bulk(blob.extracting(element.offset..<(element.offset + element.count)))
  }

  /// No value: a null bulk string in RESP 2.
  package mutating func null() {
    guard form != .none else { return }
    text(form == .resp3 ? "_\r\n" : "$-1\r\n")
  }

  /// No array.
  package mutating func nullArray() {
    guard form != .none else { return }
    text(form == .resp3 ? "_\r\n" : "*-1\r\n")
  }

  /// A score: a bulk string in RESP 2, a double in RESP 3. Both as a server of 7.0 writes them.
  package mutating func double(_ number: Double) {
    guard form != .none else { return }
    let digits = ScoreText.reply(number)
    if form == .resp3 {
      buffer.append(UInt8(ascii: ","))
      buffer.append(ByteString(digits))
      endLine()
    } else {
      bulk(digits)
    }
  }

  /// The head of an array of so many elements, which follow.
  package mutating func array(_ count: Int) { if form != .none { line("*", Int64(count)) } }

  /// The head of a map of so many pairs: an array of twice as many in RESP 2.
  package mutating func map(_ count: Int) {
    guard form != .none else { return }
    if form == .resp3 { line("%", Int64(count)) } else { line("*", Int64(2 * count)) }
  }

  /// The head of a set of so many elements: an array in RESP 2.
  package mutating func set(_ count: Int) {
    guard form != .none else { return }
    line(form == .resp3 ? "~" : "*", Int64(count))
  }

  /// The head of a message of so many elements that nobody has asked for: an array in RESP 2.
  package mutating func push(_ count: Int) {
    guard form != .none else { return }
    line(form == .resp3 ? ">" : "*", Int64(count))
  }

  /// A simple string without line ends.
  package mutating func simple(text: String) {
    guard form != .none else { return }
    buffer.append(UInt8(ascii: "+"))
    buffer.append(ByteString(text))
    endLine()
  }

  /// Text to be shown as it is: a bulk string in RESP 2, a verbatim string in RESP 3.
  package mutating func verbatim(_ text: String) {
    guard form == .resp3 else { return bulk(text) }
    line("=", Int64(text.utf8.count + 4))
    buffer.append(ByteString("txt:"))
    buffer.append(ByteString(text))
    endLine()
  }

  /// An error. It is kept, too.
  package mutating func fail(_ error: CommandError) {
    self.error = error
    guard form != .none else { return }
    buffer.append(UInt8(ascii: "-"))
    // A line end inside would be the end of the reply.
    buffer.append(ByteString(error.message.utf8.map { $0 == 13 || $0 == 10 ? 32 : $0 }))
    endLine()
  }

  /// An error whose text holds bytes of somebody's own, line ends among them.
  package mutating func fail(bytes: [UInt8]) {
    error = .other(String(decoding: bytes, as: UTF8.self))
    guard form != .none else { return }
    buffer.append(UInt8(ascii: "-"))
    buffer.append(ByteString(bytes.map { $0 == 13 || $0 == 10 ? 32 : $0 }))
    endLine()
  }

  /// Begins an array whose number of elements is told by ``endArray(_:)``.
  package mutating func beginArray() {
    guard form != .none else { return }
    open.append(ByteString(buffer.bytes).bytes)
    buffer.removeAll()
  }

  /// Ends the array that was begun last, with the number of elements written since.
  package mutating func endArray(_ count: Int) { end { $0.array(count) } }

  /// Ends the array that was begun last as a set.
  package mutating func endSet(_ count: Int) { end { $0.set(count) } }

  private mutating func end(_ writeHead: (inout ReplyWriter) -> Void) {
    guard form != .none, let before = open.popLast() else { return }
    let body = ByteString(buffer.bytes)
    buffer.removeAll()
    buffer.append(ByteString(before))
    writeHead(&self)
    buffer.append(body)
  }

  /// Whether what has been written from a place on is one null.
  package func isNull(from start: Int) -> Bool {
    let text = buffer.bytes.extracting(start..<buffer.count)
    return text.equalsFolded("*-1\r\n") || text.equalsFolded("$-1\r\n")
      || text.equalsFolded("_\r\n")
  }

  /// Calls `body` with what has been written from a place on.
  package func withReplies<R>(from start: Int, _ body: (RawSpan) -> R) -> R {
    body(buffer.bytes.extracting(start..<buffer.count))
  }

  private mutating func line(_ prefix: Unicode.Scalar, _ number: Int64) {
    buffer.append(line: UInt8(ascii: prefix), number)
  }

  private mutating func text(_ text: StaticString) {
    for offset in 0..<text.utf8CodeUnitCount { unsafe buffer.append(text.utf8Start[offset]) }
  }

  private mutating func endLine() { buffer.endLine() }
}
