package import Persistence
package import SystemPackage

/// What a check of one AOF, of one file or of several, says.
package struct AOFVerdict: Sendable {
  package enum Kind: String, Sendable {
    /// One file of commands.
    case plain
    /// One file that begins with an RDB.
    case preamble
    /// A manifest and the files that it lists.
    case multiPart = "multi-part"
  }

  package enum Status: String, Sendable {
    case ok, warning, damaged
    /// The input could not be read at all.
    case unreadable
  }

  /// What the exit code is made of.
  package enum Outcome: Sendable {
    case sound, damaged
    /// Not an AOF.
    case notThisKind
    case cannotOpen
    case inputError
  }

  package var file: String
  package var kind = Kind.plain
  /// The manifest of an AOF of several files.
  package var manifest: FilePath?
  /// The manifest that lists the one file that was checked.
  package var listedIn: FilePath?
  /// In the order in which they are loaded, and then those of the history, which are not.
  package var parts: [AOFPart] = []
  /// What is wrong with the manifest.
  package var manifestFindings: FindingList
  package var outcome = Outcome.sound
  /// Why the input could not be read: a sentence.
  package var inputError: String?
  /// Of the commands of all parts that a server loads, when they were asked for.
  package var statistics: AOFStatistics?
  /// What a salvage brought back; nil for a check.
  package var salvage: AOFSalvageReport?
  /// What a repair has done; nil for a check.
  package var repair: AOFRepairReport?

  init(file: String, findingLimit: Int) {
    self.file = file
    manifestFindings = FindingList(limit: findingLimit)
  }

  /// Seconds as the milliseconds that all tools tell; what is beyond 64 bits is the highest number.
  package static func milliseconds(ofSeconds seconds: Int64) -> Int64 {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    return overflow ? .max : product
  }

  /// The parts that a server loads.
  package var loaded: [AOFPart] { parts.filter { $0.role != .history } }

  /// The last one that has errors; nil when none has.
  package var lastDamaged: AOFPart? { loaded.last { $0.findings.errors > 0 } }

  /// Whether a file is not there, or could not be read.
  var lacksFiles: Bool { inputError != nil || parts.contains(where: \.isMissing) }

  /// Bytes of all parts that a server loads, decompressed.
  package var bytes: UInt64 { loaded.reduce(0) { $0 + $1.bytes } }
  package var commands: UInt64 { loaded.reduce(0) { $0 + $1.commands } }
  package var transactions: UInt64 { loaded.reduce(0) { $0 + $1.transactions } }
  /// Unix times in seconds of the first and the last annotation.
  package var firstTimestamp: Int64? { loaded.lazy.compactMap(\.firstTimestamp).first }
  package var lastTimestamp: Int64? { loaded.lazy.compactMap(\.lastTimestamp).last }

  /// Offset up to which the last damaged part is whole; without damage, the end of the last part.
  package var validUpTo: UInt64 { (lastDamaged ?? loaded.last)?.validUpTo ?? 0 }
  /// Offset of the MULTI that is open at the end of the last part.
  package var openTransactionAt: UInt64? { loaded.last?.openTransactionAt }

  package var errors: UInt64 { parts.reduce(manifestFindings.errors) { $0 + $1.findings.errors } }
  package var warnings: UInt64 {
    parts.reduce(manifestFindings.warnings) { $0 + $1.findings.warnings }
  }

  /// All findings that are kept: those of the manifest, then those of each part in the order of its file.
  package var findings: FindingList {
    var all = FindingList(limit: manifestFindings.limit)
    all.add(manifestFindings) { $0 }
    for part in parts { all.add(part.findings) { $0 } }
    return all
  }

  package var status: Status {
    if inputError != nil { return .unreadable }
    if errors > 0 { return .damaged }
    return warnings > 0 ? .warning : .ok
  }
}

/// What a check says of one file of an AOF.
package struct AOFPart: Sendable {
  package var path: FilePath
  /// What the manifest says that it is; nil for an AOF of one file.
  package var role: AOFManifest.Role?
  /// What it begins with; nil for a file that could not be read.
  package var format: AOFFormat?
  package var compression: Compression?
  /// Whether the manifest lists it and it is not there.
  package var isMissing = false
  /// Whether it changed while it was read.
  package var hasChanged = false
  /// Decompressed.
  package var bytes: UInt64 = 0
  /// The RDB that it begins with. Its findings are those of the part.
  package var preamble: RDBVerdict?
  /// Offset of the first command; nil when it was not found.
  package var commandsFrom: UInt64?
  package var commands: UInt64 = 0
  /// Transactions that were brought to their end.
  package var transactions: UInt64 = 0
  /// Offset of the MULTI that is open at the end.
  package var openTransactionAt: UInt64?
  /// Unix times in seconds.
  package var firstTimestamp: Int64?
  package var lastTimestamp: Int64?
  /// Offset up to which the part is whole: the end, or the first command that is not, or the MULTI before
  /// it that is open there.
  package var validUpTo: UInt64 = 0
  /// Offset of the first annotation that is later than the time asked about, or of the MULTI that is open
  /// there.
  package var laterFrom: UInt64?
  /// How the walk over the commands ended.
  package var ending: CommandEnding?
  package var findings: FindingList

  init(_ part: AOFLayout.Part, findingLimit: Int) {
    self.init(path: part.path, findingLimit: findingLimit)
    role = part.record?.role
    isMissing = part.isMissing
  }

  init(path: FilePath, findingLimit: Int) {
    self.path = path
    findings = FindingList(limit: findingLimit)
  }

  /// The name of the file without its folder.
  package var name: String { path.lastComponent?.string ?? path.string }

  package var status: AOFVerdict.Status {
    if isMissing || format == nil { return .unreadable }
    if findings.errors > 0 { return .damaged }
    return findings.warnings > 0 ? .warning : .ok
  }
}
