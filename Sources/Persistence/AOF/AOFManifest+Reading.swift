extension AOFManifest {
  /// Bytes of a manifest that are read, at most: far above what thousands of files need.
  package static let mostBytes = 4 << 20
  /// Bytes of a line that servers read, its LF included.
  private static let mostLine = 1024

  /// Reads a manifest, and goes on behind a line that cannot be used, which is left out.
  ///
  /// Every problem is one with which a server does not start, but for a `seq` that is a number and
  /// something else, of which it takes the number. Words that are too many are problems only where their
  /// number is odd.
  package init(_ bytes: RawSpan, problems: inout [ManifestProblem]) {
    self.init()
    var reader = LineReader(bytes)
    var isBaseKnown = false
    var highest: UInt64 = 0
    while let line = reader.next() {
      func report(_ code: FindingCode, _ what: StaticString, found: UInt64? = nil) {
        problems.append(
          ManifestProblem(
            line: line.number, error: FormatError(code, at: line.offset, what, found: found)))
      }
      do throws(FormatError) {
        guard var record = try Self.read(bytes, line) else { continue }
        record.line = line.number
        record.offset = line.offset
        switch record.role {
        case .base:
          if isBaseKnown { report(.manifestDuplicateBase, "a second base file") }
          guard !isBaseKnown else { continue }
          isBaseKnown = true
        case .incremental:
          guard record.sequence > highest else {
            throw FormatError(
              .manifestSequence, at: line.offset,
              "the number of an incremental file is not above the one before it",
              expected: highest + 1, found: record.sequence)
          }
          highest = record.sequence
        case .history: break
        }
        records.append(record)
      } catch {
        problems.append(ManifestProblem(line: line.number, error: error))
      }
    }
    if reader.lines == 0 {
      problems.append(
        ManifestProblem(
          line: 1, error: FormatError(.manifestSyntax, at: 0, "the manifest is empty")))
    }
  }

  /// One line as servers cut them.
  private struct Line {
    var number: Int
    var offset: Int
    /// Behind the last byte, LF not included.
    var end: Int
    var hasEnd: Bool
  }

  /// Cuts the text as servers do: a line, or a piece of 1024 bytes of one that is longer.
  private struct LineReader: ~Escapable {
    private let bytes: RawSpan
    private var offset = 0
    private(set) var lines = 0

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { self.bytes = bytes }

    @_lifetime(self: copy self)
    mutating func next() -> Line? {
      guard offset < bytes.byteCount else { return nil }
      lines += 1
      let start = offset
      let isComment = bytes.byte(at: start) == UInt8(ascii: "#")
      var end = start
      while end < bytes.byteCount {
        if end - start == AOFManifest.mostLine {
          // What follows a long comment is a line to a server; the rest of a line that is too long is
          // not told again.
          if isComment { break }
          while offset < bytes.byteCount, bytes.byte(at: offset) != 0x0A { offset += 1 }
          offset = min(offset + 1, bytes.byteCount)
          return Line(number: lines, offset: start, end: end, hasEnd: false)
        }
        if bytes.byte(at: end) == 0x0A { break }
        end += 1
      }
      let hasEnd =
        end - start < AOFManifest.mostLine && end < bytes.byteCount
      offset = hasEnd ? end + 1 : end
      return Line(number: lines, offset: start, end: end, hasEnd: hasEnd)
    }
  }

  /// The record of a line; nil for a comment.
  private static func read(_ bytes: RawSpan, _ line: Line) throws(FormatError) -> Record? {
    func malformed(_ what: StaticString, found: UInt64? = nil) -> FormatError {
      FormatError(.manifestSyntax, at: line.offset, what, found: found)
    }
    let text = bytes.extracting(line.offset..<line.end)
    if text.byteCount > 0, text.byte(at: 0) == UInt8(ascii: "#") { return nil }
    guard line.hasEnd, text.byteCount < mostLine else {
      throw text.byteCount < mostLine
        ? malformed("the last line does not end in LF: it may be cut off")
        : malformed("a line of more than 1024 bytes")
    }
    for offset in 0..<text.byteCount where text.byte(at: offset) == 0 {
      throw malformed("a zero byte in a line")
    }
    guard let words = QuotedWords.split(text) else { throw malformed("a quotation is not closed") }
    guard !words.isEmpty else { throw malformed("an empty line") }
    guard words.count >= 6, words.count.isMultiple(of: 2) else {
      throw malformed(
        "a line consists of pairs of words, of which there are three at least",
        found: UInt64(words.count))
    }
    var pairs: [ByteString: ByteString] = [:]
    // Of a name that comes twice servers take the last value.
    for index in stride(from: 0, to: words.count, by: 2) {
      pairs[words[index].foldingCase] = words[index + 1]
    }
    guard let name = pairs["file"] else { throw malformed("a line without a file") }
    guard name.isFileName else { throw malformed("a file is not named by a name in this folder") }
    guard let number = pairs["seq"] else { throw malformed("a line without seq") }
    guard let sequence = NumberText.unsigned(unsafe number.bytes.span.bytes),
      sequence > 0, sequence <= UInt64(Int64.max)
    else { throw malformed("seq is no number from 1") }
    guard let type = pairs["type"]?.bytes.first else { throw malformed("a line without type") }
    guard let role = Role(rawValue: type) else {
      throw malformed("a type of file that is unknown", found: UInt64(type))
    }
    var record = Record(name, sequence: sequence, role: role)
    record.startOffset = pairs["startoffset"].flatMap(\.integer)
    record.endOffset = pairs["endoffset"].flatMap(\.integer)
    return record
  }
}

extension ByteString {
  /// Whether the bytes can name a file in a folder: no path, no way up, and no end in the middle.
  package var isFileName: Bool {
    guard count > 0, self != ".", self != ".." else { return false }
    return !bytes.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 == 0 }
  }

  /// The same bytes with ASCII letters in lower case.
  fileprivate var foldingCase: ByteString {
    ByteString(bytes.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 })
  }
}
