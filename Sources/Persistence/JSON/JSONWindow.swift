internal import Glibc

/// The part of a text that a parser looks at: a buffer of fixed size over a source.
///
/// Bytes before `at` are given up when more is read.
@safe struct JSONWindow: ~Copyable {
  /// The next byte to look at.
  var at = 0
  /// Where the bytes in the buffer end.
  private(set) var end = 0
  /// Bytes of the text before the buffer.
  private(set) var passed: UInt64

  private let source: any ByteSource
  private let base: UnsafeMutableRawPointer
  private var isAtEnd = false
  private var recording: [UInt8] = []
  private var recordedTo: Int?

  private static let size = 64 << 10

  /// A window on a source whose first byte has this offset in the text.
  init(_ source: any ByteSource, offset: UInt64) {
    self.source = source
    passed = offset
    unsafe base = .allocate(byteCount: JSONWindow.size, alignment: 16)
  }

  deinit { unsafe base.deallocate() }

  /// The bytes in the buffer.
  var bytes: RawSpan {
    @_lifetime(borrow self)
    @inline(__always)
    get {
      let span = unsafe UnsafeRawBufferPointer(start: base, count: end).bytes
      // The memory is only written to by mutating calls.
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The offset in the text of a place in the buffer.
  func offset(of place: Int) -> UInt64 { passed &+ UInt64(place) }

  /// Reads more, which moves what is left to the begin of the buffer. False at the end of the text.
  mutating func refill() throws(JSONReadError) -> Bool {
    guard !isAtEnd else { return false }
    record()
    let left = end &- at
    unsafe base.copyMemory(from: base + at, byteCount: left)
    passed &+= UInt64(at)
    if recordedTo != nil { recordedTo = 0 }
    at = 0
    end = left
    do throws(SourceError) {
      let count = try unsafe source.read(
        into: UnsafeMutableRawBufferPointer(
          start: base + left, count: JSONWindow.size &- left))
      isAtEnd = count == 0
      end &+= count
    } catch {
      throw .source(error.description)
    }
    return !isAtEnd
  }

  /// Adds the bytes from `start` to the next one.
  func append(from start: Int, to copy: inout [UInt8]) {
    let piece = bytes.extracting(start..<at)
    unsafe piece.withUnsafeBytes { unsafe copy.append(contentsOf: $0) }
  }

  // MARK: Keeping text

  /// Keeps a copy of the text from here on.
  mutating func startRecording() { recordedTo = at }

  /// The text since `startRecording`.
  mutating func stopRecording() -> [UInt8] {
    record()
    recordedTo = nil
    defer { recording = [] }
    return recording
  }

  private mutating func record() {
    guard let from = recordedTo else { return }
    unsafe recording.append(
      contentsOf: UnsafeRawBufferPointer(start: base + from, count: at &- from))
    recordedTo = at
  }
}
