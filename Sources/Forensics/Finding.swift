package import Persistence

/// A problem that a check found: one type for all tools.
package struct Finding: Sendable, Equatable {
  package enum Severity: String, Sendable {
    /// The file is damaged: data is missing, wrong, or will not load.
    case error
    /// The file loads, but something in it is not as its writer would have left it.
    case warning
  }

  package var severity: Severity
  package var code: FindingCode
  /// Of an AOF that consists of several files: the name of the one in which this is.
  package var file: String?
  /// Offset in bytes of the field that is wrong, in the file or, for a compressed one, in what it
  /// decompresses to. After a framing error: of the record or command whose walk failed.
  package var offset: UInt64
  /// Offset of the record that the field belongs to.
  package var record: UInt64?
  /// The number of the command in its file, from 1.
  package var command: UInt64?
  /// The line of a manifest, from 1.
  package var line: Int?
  /// Whether this is in the RDB that an AOF begins with.
  package var isInPreamble = false
  package var database: UInt64?
  package var key: ByteString?
  package var message: String

  package init(
    _ severity: Severity, _ code: FindingCode, at offset: UInt64, record: UInt64? = nil,
    command: UInt64? = nil, line: Int? = nil, database: UInt64? = nil, key: ByteString? = nil,
    _ message: String
  ) {
    self.severity = severity
    self.code = code
    self.offset = offset
    self.record = record
    self.command = command
    self.line = line
    self.database = database
    self.key = key
    self.message = message
  }

  /// The code as the tools print it: `bad-lzf`, or `preamble-bad-lzf` in the RDB of an AOF.
  package var codeText: String { (isInPreamble ? FindingCode.preamblePrefix : "") + code.rawValue }
}

extension FindingCode {
  /// What stands before the codes of an RDB that an AOF begins with.
  package static let preamblePrefix = "preamble-"

  /// The code of a text such as `bad-lzf`, or `preamble-bad-lzf`.
  package init?(text: String) {
    let inPreamble = text.hasPrefix(Self.preamblePrefix)
    let name = inPreamble ? String(text.dropFirst(Self.preamblePrefix.count)) : text
    guard let code = FindingCode(rawValue: name), !inPreamble || Self.inRDB.contains(code) else {
      return nil
    }
    self = code
  }
}

extension Finding {
  init(_ problem: RecordProblem) {
    var message = problem.error.description
    if let inner = problem.error.decompressedOffset {
      message += " (at byte \(inner) of the decompressed value)"
    }
    self.init(
      problem.isWarning ? .warning : .error, problem.error.code, at: UInt64(problem.error.offset),
      record: problem.record, database: problem.database, key: problem.key, message)
  }
}
