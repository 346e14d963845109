internal import SystemPackage

/// A record of JSON text as `rdb-dump-to-json` writes it.
public enum JSONRecord: Sendable, Equatable {
  /// A key with its value; its offset is that of the record in the text.
  case key(RDBEntry)
  /// What stands in the file beside its keys.
  case meta(JSONMeta)
}

/// Reads the JSON records that `rdb-dump-to-json` writes, in the layouts `records` (one array) and
/// `lines` (JSON Lines, also with line breaks inside a record).
///
///     var reader = try JSONRecordReader(path: "dump.json")
///     while let record = try reader.next() {
///       if case .key(let entry) = record { print(entry.key, entry.type) }
///     }
///
/// Members of objects may come in any order, but none twice, none that is unknown, and none may be
/// missing that the writer always writes. Elements, fields and members are given in the order of the
/// text. A stream's consumers get their pending IDs in ascending order. The file may be compressed with
/// gzip or LZ4; `-` is standard input. Memory is bounded by the largest record. One thread at a time.
public struct JSONRecordReader: ~Copyable {
  private enum Layout { case unknown, records, lines, finished }

  private var tokens: JSONTokenizer
  private var layout = Layout.unknown
  private var failure: JSONReadError?

  /// Opens a file. Throws `source` when it cannot be read.
  public init(path: String) throws(JSONReadError) {
    do throws(SourceError) {
      self.init(try Input(path: FilePath(path)))
    } catch {
      throw .source(error.description)
    }
  }

  /// Reads records from a source.
  package init(_ source: any ByteSource) {
    tokens = JSONTokenizer(source, isSequence: true)
  }

  /// The next record, or nil at the end of the text.
  ///
  /// Throws `json` with the place of the first thing that is wrong, and `source` when the file cannot
  /// be read on. After an error there is nothing more: each call throws it again.
  public mutating func next() throws(JSONReadError) -> JSONRecord? {
    if let failure { throw failure }
    do throws(JSONReadError) {
      return try read()
    } catch {
      failure = error
      throw error
    }
  }

  private mutating func read() throws(JSONReadError) -> JSONRecord? {
    tokens.trim()
    guard layout != .finished else { return nil }
    var token = try tokens.next()
    if layout == .unknown {
      layout = .lines
      if token == .beginArray {
        layout = .records
        // Nothing follows the array.
        tokens.isSequence = false
        token = try tokens.next()
      }
    }
    if token == (layout == .records ? .endArray : .end) {
      if layout == .records { try tokens.expect(.end) }
      layout = .finished
      return nil
    }
    guard token == .beginObject else { throw tokens.refusal("a record") }
    return try RecordParts.read(&tokens)
  }
}
