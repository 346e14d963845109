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
  /// Offset in bytes of the field that is wrong, in the file or, for a compressed one, in what it
  /// decompresses to. After a framing error: of the record whose walk failed.
  package var offset: UInt64
  /// Offset of the record that the field belongs to.
  package var record: UInt64?
  package var database: UInt64?
  package var key: ByteString?
  package var message: String

  package init(
    _ severity: Severity, _ code: FindingCode, at offset: UInt64, record: UInt64? = nil,
    database: UInt64? = nil, key: ByteString? = nil, _ message: String
  ) {
    self.severity = severity
    self.code = code
    self.offset = offset
    self.record = record
    self.database = database
    self.key = key
    self.message = message
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
