internal import Crypto
internal import Persistence

/// The scripts and functions of a log, a bounded number of them.
struct ScriptCounts {
  private var scripts: [String: AOFStatistics.Script] = [:]
  private var functions: [ByteString: AOFStatistics.Function] = [:]
  private(set) var omitted: UInt64 = 0

  /// Scripts, and functions, that are kept.
  static let most = 1000
  /// Bytes of a script that are kept.
  private static let beginning = 80

  /// Adds those of a run of commands.
  mutating func add(_ tally: borrowing ScriptTally) {
    for item in tally.evaluated.items {
      add(item, text: tally.evaluated.string(item), calls: item.count)
    }
    for item in tally.loaded.items {
      add(item, text: tally.loaded.string(item), loads: item.count)
    }
    for item in tally.called.items {
      let digest = Self.lowercased(tally.called.string(item)).description
      change(digest) {
        $0.calls += item.count
        $0.bytes += item.bytes
      }
    }
    for item in tally.functions.items {
      let name = tally.functions.string(item)
      guard functions.count < Self.most || functions[name] != nil else {
        omitted += 1
        continue
      }
      let function = AOFStatistics.Function(name: name, calls: 0, bytes: 0)
      functions[name, default: function].calls += item.count
      functions[name, default: function].bytes += item.bytes
    }
  }

  /// By their calls, those of equal calls by their digests.
  var sortedScripts: [AOFStatistics.Script] {
    scripts.values.sorted { ($1.calls, $0.sha1) < ($0.calls, $1.sha1) }
  }

  /// By their calls, those of equal calls by their names.
  var sortedFunctions: [AOFStatistics.Function] {
    functions.values.sorted { ($1.calls, $0.name) < ($0.calls, $1.name) }
  }

  private mutating func add(
    _ item: ItemTable.Item, text: ByteString, calls: UInt64 = 0, loads: UInt64 = 0
  ) {
    let digest = Hexadecimal.text(Insecure.SHA1.hash(data: text.bytes))
    change(digest) {
      $0.calls += calls
      $0.loads += loads
      $0.bytes += item.bytes
      $0.beginning = ByteString(Array(text.bytes.prefix(Self.beginning)))
      $0.length = UInt64(item.length)
    }
  }

  private mutating func change(_ digest: String, _ body: (inout AOFStatistics.Script) -> Void) {
    guard scripts.count < Self.most || scripts[digest] != nil else {
      omitted += 1
      return
    }
    body(&scripts[digest, default: AOFStatistics.Script(sha1: digest)])
  }

  /// The same bytes with ASCII letters in lower case.
  static func lowercased(_ name: ByteString) -> ByteString {
    ByteString(name.bytes.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 })
  }
}
