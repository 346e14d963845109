/// What kind of problem a file has. The raw values are the finding codes of the tools' contract.
public enum FindingCode: String, Sendable, CaseIterable {
  case badMagic = "bad-magic"
  case unsupportedVersion = "unsupported-version"
  case truncated
  case badOpcode = "bad-opcode"
  case badType = "bad-type"
  case badLength = "bad-length"
  case badString = "bad-string"
  case badLZF = "bad-lzf"
  case badListpack = "bad-listpack"
  case badZiplist = "bad-ziplist"
  case badZipmap = "bad-zipmap"
  case badIntset = "bad-intset"
  case badQuicklist = "bad-quicklist"
  case badStream = "bad-stream"
  case badScore = "bad-score"
  case badExpire = "bad-expire"
  case badModule = "bad-module"
  case emptyCollection = "empty-collection"
  case duplicateElement = "duplicate-element"
  case duplicateKey = "duplicate-key"
  case checksumMismatch = "checksum-mismatch"
  case trailingBytes = "trailing-bytes"
  case resizedbMismatch = "resizedb-mismatch"
  case dbOutOfRange = "db-out-of-range"
  case unknownModule = "unknown-module"
  case suspectValue = "suspect-value"
  case zeroBlock = "zero-block"
  case badCompression = "bad-compression"
  case changedWhileRead = "changed-while-read"
  case badFraming = "bad-framing"
  case badTerminator = "bad-terminator"
  case badTimestamp = "bad-timestamp"
  case unknownCommand = "unknown-command"
  case wrongArity = "wrong-arity"
  case unexpectedCommand = "unexpected-command"
  case openTransaction = "open-transaction"
  case nestedTransaction = "nested-transaction"
  case execWithoutMulti = "exec-without-multi"
  case manifestSyntax = "manifest-syntax"
  case manifestSequence = "manifest-sequence"
  case manifestDuplicateBase = "manifest-duplicate-base"
  case manifestMissingFile = "manifest-missing-file"
  case manifestOrphanFile = "manifest-orphan-file"
}

/// A place where bytes are not what the format allows.
///
/// The struct is trivial on purpose: it is thrown out of hot loops and carries no text of its own.
public struct FormatError: Error, Equatable, Sendable {
  /// The kind of problem.
  public var code: FindingCode
  /// Bytes from the start of the parsed buffer (a batch, or a blob) to the field that is wrong.
  public var offset: Int
  /// What was being read, in the words of the format.
  public var what: Statement
  /// Where the field is in the decompressed blob, when it lies in one; `offset` is then that of the
  /// compressed bytes.
  public var decompressedOffset: Int?
  /// What the format asks for, where a number says it.
  public var expected: UInt64?
  /// What the bytes say, where a number says it.
  public var found: UInt64?

  package init(
    _ code: FindingCode, at offset: Int, _ what: StaticString, expected: UInt64? = nil,
    found: UInt64? = nil
  ) {
    self.code = code
    self.offset = offset
    self.what = Statement(text: what)
    self.expected = expected
    self.found = found
  }

  /// A sentence of the source code, comparable by its text.
  public struct Statement: Equatable, Sendable, CustomStringConvertible {
    let text: StaticString
    /// The sentence.
    public var description: String { text.description }
    /// Whether both hold the same text.
    public static func == (a: Statement, b: Statement) -> Bool { a.description == b.description }
  }
}

extension FormatError {
  /// The same error as seen from so many bytes before the buffer.
  package func moved(by offset: UInt64) -> FormatError {
    var moved = self
    moved.offset += Int(offset)
    return moved
  }

  /// The same error of a scan, as seen from the start of the file: where bytes are missing, `expected` is the
  /// offset that they should reach.
  func inFile(from base: UInt64) -> FormatError {
    var moved = moved(by: base)
    if code == .truncated, let needed = expected {
      let (sum, overflow) = needed.addingReportingOverflow(base)
      moved.expected = overflow ? .max : sum
    }
    return moved
  }
}

extension FormatError: CustomStringConvertible {
  /// `what: expected N, found M`, with the numbers that are known.
  public var description: String {
    switch (expected, found) {
    case (let expected?, let found?): "\(what): expected \(expected), found \(found)"
    case (let expected?, nil): "\(what): expected \(expected)"
    case (nil, let found?): "\(what): found \(found)"
    case (nil, nil): what.description
    }
  }
}
