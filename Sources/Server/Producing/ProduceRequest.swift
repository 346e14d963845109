internal import Keyspace
internal import Persistence

/// What DEBUG PRODUCE has been asked for.
struct ProduceRequest: Sendable {
  /// Which of the files of a log in several files.
  enum Part: String, CaseIterable, Sendable {
    case base
    case incremental = "incr"
    case manifest
  }

  var target: RDBTarget
  var layout = FileLayout.rdb
  /// The format of the base of a log in several files.
  var base = AOFFormat.rdb
  /// Keys, the last ones of a rewrite, that stand as commands behind the RDB or in the incremental file.
  var tail = 0
  var compresses: Bool
  var hasChecksum: Bool
  /// Unix seconds that RDBs tell to have been written at; nil for now.
  var time: Int64?
  /// Whether what the target cannot hold is left out; else nothing is written.
  var dropsUnsupported = false
  /// Which file the faults go into; nil for the last one that holds keys.
  var part: Part?
  var faults = FileFaults()

  /// Reads the words behind the path.
  ///
  /// - `words`: the options, in any order.
  mutating func read(_ words: [ByteString]) throws(CommandError) {
    var rest = words[...]
    while let word = rest.popFirst() {
      let name = word.lowercased.description.uppercased()
      switch name {
      case "TARGET": target = try Self.release(Self.value(of: name, &rest))
      case "AS": layout = try Self.choice(Self.value(of: name, &rest), of: name)
      case "BASE": base = try Self.choice(Self.value(of: name, &rest), of: name)
      case "IN": part = try Self.choice(Self.value(of: name, &rest), of: name)
      case "TAIL": tail = try Self.count(Self.value(of: name, &rest), of: name)
      case "CTIME": time = Int64(try Self.count(Self.value(of: name, &rest), of: name))
      case "NOCOMPRESSION": compresses = false
      case "NOCHECKSUM": hasChecksum = false
      case "DROP-UNSUPPORTED": dropsUnsupported = true
      case "TORN":
        guard faults.torn == nil else { throw .other("ERR TORN can be given once") }
        faults.torn = try Self.place(Self.value(of: name, &rest), of: name)
      case "FLIP": faults.flips.append(try Self.flip(Self.value(of: name, &rest)))
      case "RANDOM-FLIPS":
        faults.randomFlips = try Self.count(Self.value(of: name, &rest), of: name)
        guard faults.randomFlips <= FileFaults.mostRandomFlips else {
          throw .other("ERR RANDOM-FLIPS takes at most \(FileFaults.mostRandomFlips)")
        }
      case "SEED":
        let text = try Self.value(of: name, &rest)
        guard let seed = text.utf8.flatMap({ UInt64($0) }) else {
          throw .other("ERR SEED takes a number from 0 to 18446744073709551615")
        }
        faults.seed = seed
      default: throw .other("ERR DEBUG PRODUCE has no option '\(word.oneLine)'")
      }
    }
    try check()
  }

  /// Refuses what does not go together.
  private func check() throws(CommandError) {
    if let objection = layout.objection(of: target) { throw .other("ERR \(objection)") }
    if layout != .multiPart, base != .rdb || part != nil {
      throw .other("ERR BASE and IN go with AS multi-part")
    }
    if tail > 0, layout == .rdb || layout == .aof {
      throw .other("ERR TAIL goes with AS preamble and AS multi-part")
    }
    if part != nil, faults.isEmpty { throw .other("ERR IN goes with TORN, FLIP or RANDOM-FLIPS") }
  }

  // MARK: Values

  private static func value(
    of name: String, _ rest: inout ArraySlice<ByteString>
  ) throws(CommandError) -> ByteString {
    guard let value = rest.popFirst() else { throw .other("ERR \(name) takes a value") }
    return value
  }

  private static func release(_ word: ByteString) throws(CommandError) -> RDBTarget {
    guard let target = RDBTarget(named: word.lowercased.description) else {
      let names = RDBTarget.all.map(\.name).joined(separator: ", ")
      throw .other("ERR TARGET takes one of: \(names)")
    }
    return target
  }

  private static func choice<Value: RawRepresentable<String> & CaseIterable>(
    _ word: ByteString, of name: String
  ) throws(CommandError) -> Value {
    guard let value = Value(rawValue: word.lowercased.description) else {
      let names = Value.allCases.map(\.rawValue).joined(separator: ", ")
      throw .other("ERR \(name) takes one of: \(names)")
    }
    return value
  }

  private static func count(_ word: ByteString, of name: String) throws(CommandError) -> Int {
    guard let number = word.utf8.flatMap({ Int($0) }), number >= 0 else {
      throw .other("ERR \(name) takes a number of 0 or more")
    }
    return number
  }

  private static func place(
    _ word: ByteString, of name: String
  ) throws(CommandError) -> FilePlace {
    guard let place = word.utf8.flatMap({ FilePlace($0) }) else {
      throw .other("ERR \(name) takes an offset, or -N for N bytes before the end")
    }
    return place
  }

  private static func flip(_ word: ByteString) throws(CommandError) -> FileFaults.Flip {
    guard let flip = word.utf8.flatMap({ FileFaults.Flip($0) }) else {
      throw .other("ERR FLIP takes OFFSET or OFFSET.BIT, with a bit from 0, the lowest, to 7")
    }
    return flip
  }
}
