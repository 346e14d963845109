/// A problem in a record that could be stepped over.
package struct RecordProblem: Sendable {
  /// Offsets in it are offsets in the file.
  package var error: FormatError
  package var isWarning = false
  /// Offset of the record in the file.
  package var record: UInt64
  package var database: UInt64?
  package var key: ByteString?
}

/// The keys of one database in a run of records.
package struct DatabaseTally: Sendable {
  package var database: UInt64
  package var keys: UInt64 = 0
  package var expires: UInt64 = 0
  package var expired: UInt64 = 0
  /// What RESIZEDB announced, with its offset in the file.
  package var announced: (keys: UInt64, expires: UInt64, offset: UInt64)?
  /// Whether the run begins with SELECTDB (else it goes on from the records before).
  package var isSelected: Bool
  /// Offset of that SELECTDB in the file.
  package var selectedAt: UInt64?
  /// Where the run begins, if that is behind a gap of a damaged file.
  package var resumedAt: UInt64?

  package init(database: UInt64, isSelected: Bool, resumedAt: UInt64? = nil) {
    self.database = database
    self.isSelected = isSelected
    self.resumedAt = resumedAt
  }

  /// Whether a server can have a database of this number, if it is told to: servers count them in an int.
  package static func isPossible(_ database: UInt64) -> Bool { database < UInt64(Int32.max) }
}

/// A key for the search for duplicates.
package struct KeyEntry: BitwiseCopyable, Sendable {
  /// `KeyHash` of key and database.
  package var hash: UInt64
  /// Offset of the key's string in the (decompressed) file.
  package var offset: UInt64

  package init(hash: UInt64, offset: UInt64) {
    self.hash = hash
    self.offset = offset
  }
}

/// More keys that follow a key at once and have its hash: a run of zeros in a file reads as millions of
/// records with the same empty key.
package struct KeyRun: Sendable {
  package var hash: UInt64
  /// Keys beyond those that stand in the list of keys.
  package var count: UInt64
  /// Offset of the last one in the file.
  package var last: UInt64

  package init(hash: UInt64, count: UInt64, last: UInt64) {
    self.hash = hash
    self.count = count
    self.last = last
  }
}

/// An aux field, a function library, or module data beside the keys.
package enum FileFact: Sendable {
  case aux(name: ByteString, value: ByteString)
  /// The first line of a library's code (`#!lua name=mylib`), and the bytes of the code.
  case function(shebang: ByteString, bytes: UInt64)
  case moduleAux(ModuleID)
}

extension FileFact {
  /// Reads what a record tells that is no key; nil for what is no fact.
  init?(
    _ head: RecordHead, in bytes: RawSpan, _ decoder: inout StringDecoder
  ) throws(FormatError) {
    switch head.kind {
    case .aux:
      let name = try decoder.copy(head.name, in: bytes)
      self = .aux(name: name, value: try decoder.copy(head.text, in: bytes))
    case .function:
      let code = try decoder.copy(head.name, in: bytes)
      let line = code.bytes.prefix { $0 != UInt8(ascii: "\n") }
      guard line.starts(with: "#!".utf8) else {
        throw FormatError(
          .badString, at: head.name.offset,
          "the code of a function library does not begin with #!")
      }
      self = .function(shebang: ByteString(Array(line.prefix(256))), bytes: UInt64(code.count))
    case .moduleAux: self = .moduleAux(ModuleID(head.numbers.0))
    case .functionPreGA:
      let name = try decoder.copy(head.name, in: bytes)
      let engine = try decoder.copy(head.text, in: bytes)
      let line = Array("#!".utf8) + engine.bytes + Array(" name=".utf8) + name.bytes
      self = .function(shebang: ByteString(line), bytes: 0)
    default: return nil
    }
  }
}

extension FileFact {
  /// The facts before the first key of a batch.
  package static func leading(in batch: RecordBatch) -> [FileFact] {
    leading(in: batch.bytes, from: batch.bodyStart, batch.dialect)
  }

  /// The facts before the first key, as far as the bytes go; `start`: offset of the first record.
  package static func leading(
    in bytes: RawSpan, from start: Int, _ dialect: RDBDialect
  ) -> [FileFact] {
    var facts: [FileFact] = []
    var decoder = StringDecoder()
    var parser = RecordParser(bytes, dialect, inputEnd: UInt64(bytes.byteCount))
    parser.cursor.offset = start
    while !parser.cursor.isAtEnd, let head = try? parser.next(), head.kind != .key {
      if let fact = try? FileFact(head, in: bytes, &decoder) { facts.append(fact) }
    }
    return facts
  }
}

/// What the inspection of one batch found.
package struct BatchReport: Sendable {
  /// CRC64 of the batch's bytes, started at 0.
  package var checksum: UInt64 = 0
  package var byteCount = 0

  package var keys: UInt64 = 0
  package var databases: [DatabaseTally] = []
  /// The highest database that was selected, and where in the file.
  package var highestDatabase: (number: UInt64, offset: UInt64) = (0, 0)
  /// Keys by `ValueType`, in the order of its cases.
  package var types = InlineArray<7, UInt64>(repeating: 0)
  /// Keys by `ObjectEncoding`, in the order of its cases.
  package var encodings = InlineArray<14, UInt64>(repeating: 0)
  package var keyEntries: [KeyEntry] = []
  package var keyRuns: [KeyRun] = []
  /// The strings of the keys as they stand in the file, for inputs that cannot be read again: in the
  /// order of `keyEntries`, and where each begins.
  package var keyBytes: [UInt8] = []
  package var keyStarts: [Int] = []
  package var facts: [FileFact] = []
  /// Facts beyond the number that a batch keeps.
  package var omittedFacts: UInt64 = 0
  /// Keys that hold module values, by module id.
  package var modules: [UInt64: UInt64] = [:]
  /// Whether a hash with lifetimes is among the records that is stored field by field.
  package var hasLifetimeTable = false
  package var problems: [RecordProblem] = []
  /// Problems beyond the number that a batch keeps.
  package var omittedErrors: UInt64 = 0
  package var omittedWarnings: UInt64 = 0
  /// Why a large value could not be read again.
  package var sourceError: SourceError?

  package init() {}
}

/// The name and version in a 64-bit module id.
package struct ModuleID: Sendable, Equatable {
  /// Nine characters of `A-Z a-z 0-9 - _`.
  package var name: ByteString
  /// 0-1023.
  package var version: Int

  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// Nine characters of six bits, the first one highest, and ten bits of version. Source: module.c.
  package init(_ id: UInt64) {
    name = ByteString(
      (0..<9).map { Self.alphabet[Int(id >> (10 + 6 * UInt64(8 - $0))) & 63] })
    version = Int(id & 1023)
  }

  /// The module of this name and version; nil when no ID stands for them.
  package init?(name: ByteString, version: UInt64) {
    guard name.count == 9, name.bytes.allSatisfy(Self.alphabet.contains), version <= 1023 else {
      return nil
    }
    self.name = name
    self.version = Int(version)
  }

  /// The number that stands for the module.
  package var number: UInt64 {
    name.bytes.reduce(0) { id, character in
      id << 6 | UInt64(Self.alphabet.firstIndex(of: character) ?? 0)
    } << 10 | UInt64(version)
  }
}
