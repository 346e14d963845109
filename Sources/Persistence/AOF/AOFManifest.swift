/// The list of the files that an AOF of Redis 7.0 and later consists of.
///
///     record  = "file" SP name SP "seq" SP number SP "type" SP ("b" / "h" / "i")
///               [SP "startoffset" SP number [SP "endoffset" SP number]] LF
///     comment = "#" text LF
///
/// Servers read a line as pairs of a name and a value, in any order, and ignore pairs of other names; the
/// offsets are of Redis 8.0 and later. Names of files are bytes, in quotes where they need to be
/// (``QuotedWords``).
package struct AOFManifest: Equatable, Sendable {
  package enum Role: UInt8, Sendable {
    /// The dataset as it was when the log was rewritten.
    case base = 0x62
    /// A file that a rewrite has made superfluous, and that is to be deleted. Not loaded.
    case history = 0x68
    /// Commands behind the base.
    case incremental = 0x69
  }

  package struct Record: Equatable, Sendable {
    /// A name in the folder of the manifest.
    package var name: ByteString
    /// From 1. Those of incremental files rise.
    package var sequence: UInt64
    package var role: Role
    /// The replication offset in bytes at which an incremental file begins.
    package var startOffset: Int64?
    /// The replication offset in bytes at which it ends.
    package var endOffset: Int64?
    /// The line of the manifest, from 1; 0 for a record that was not read from one.
    package var line = 0
    /// Offset in bytes of that line in the manifest.
    package var offset = 0

    package init(_ name: ByteString, sequence: UInt64, role: Role) {
      self.name = name
      self.sequence = sequence
      self.role = role
    }
  }

  /// In the order of the lines.
  package var records: [Record] = []

  package init(_ records: [Record] = []) { self.records = records }

  /// Those that are loaded, in the order in which they are: the base, and the incremental files in the
  /// order of their lines.
  package var loaded: [Record] {
    records.filter { $0.role == .base } + records.filter { $0.role == .incremental }
  }

  /// The text of the manifest, with the records in the order in which servers write them: the base, the
  /// history, the incremental files.
  package var text: [UInt8] {
    var text: [UInt8] = []
    for role in [Role.base, .history, .incremental] {
      for record in records where record.role == role {
        text += Array("file ".utf8) + QuotedWords.quoted(record.name).bytes
        text += Array(" seq \(record.sequence) type ".utf8) + [role.rawValue]
        if let start = record.startOffset { text += Array(" startoffset \(start)".utf8) }
        if let end = record.endOffset { text += Array(" endoffset \(end)".utf8) }
        text.append(0x0A)
      }
    }
    return text
  }
}

/// What is wrong with a line of a manifest.
package struct ManifestProblem: Error, Equatable, Sendable {
  /// From 1.
  package var line: Int
  /// `manifestSyntax`, `manifestSequence` or `manifestDuplicateBase`; the offset is in bytes from the
  /// start of the manifest to the line.
  package var error: FormatError
}
