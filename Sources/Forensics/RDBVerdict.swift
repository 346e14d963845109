package import Persistence

/// What a check of one RDB file says.
package struct RDBVerdict: Sendable {
  package enum Status: String, Sendable {
    case ok, warning, damaged
    /// The input could not be read at all.
    case unreadable
  }

  /// What the exit code is made of.
  package enum Outcome: Sendable {
    case sound, damaged
    /// Not an RDB file, or of a version this build does not read.
    case notThisKind
    case cannotOpen
    case inputError
  }

  package enum ChecksumStatus: String, Sendable {
    case ok, mismatch
    /// The writer stored zero: `rdbchecksum no`.
    case disabled
    /// The version has none, or the file ends before it.
    case absent
  }

  package struct Database: Sendable {
    package var keys: UInt64 = 0
    package var expires: UInt64 = 0
    package var expired: UInt64 = 0
  }

  package struct Library: Sendable, Equatable {
    /// The script engine (`lua`), and the library's name.
    package var engine: String
    package var name: String
    /// Bytes of code.
    package var bytes: UInt64
  }

  package struct Module: Sendable {
    package var id: ModuleID
    /// Keys that hold its values; 0 for a module with data beside the keys only.
    package var keys: UInt64
  }

  package var file: String
  package var compression: Compression?
  package var isDeep: Bool
  package var dialect: RDBDialect?
  /// Bytes of the (decompressed) RDB.
  package var bytes: UInt64 = 0
  /// Bytes from the start up to which records could be found: all, unless the framing is broken.
  package var framedBytes: UInt64 = 0
  /// Aux fields in the order of the file; a name may come several times.
  package var aux: [(name: ByteString, value: ByteString)] = []
  /// Aux fields that were not kept, because there were too many.
  package var omittedAux: UInt64 = 0
  package var functions: [Library] = []
  package var modules: [Module] = []
  package var databases: [UInt64: Database] = [:]
  package var keys: UInt64 = 0
  /// By `ValueType`, in the order of its cases.
  package var types = [UInt64](repeating: 0, count: ValueType.allCases.count)
  /// By `ObjectEncoding`, in the order of its cases.
  package var encodings = [UInt64](repeating: 0, count: ObjectEncoding.allCases.count)
  package var checksumStatus = ChecksumStatus.absent
  package var storedChecksum: UInt64?
  package var computedChecksum: UInt64?
  /// 64 hexadecimal digits, of the file as it is stored.
  package var sha256: String?
  package var findings: FindingList
  /// What a salvage brought back; nil for a check.
  package var salvage: SalvageReport?
  package var outcome = Outcome.sound
  /// Why the input could not be read.
  package var inputError: SourceError?

  package var status: Status {
    if inputError != nil { return .unreadable }
    if findings.errors > 0 { return .damaged }
    return findings.warnings > 0 ? .warning : .ok
  }

  /// The value of an aux field, the last one of that name.
  package func auxValue(_ name: ByteString) -> ByteString? {
    aux.last { $0.name == name }?.value
  }
}
