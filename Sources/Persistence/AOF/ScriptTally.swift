/// The scripts and functions that a run of commands calls.
package struct ScriptTally: Sendable {
  /// Scripts that EVAL and EVAL_RO carry, with all of their text but for those that are too large to hold.
  package private(set) var evaluated = ItemTable(mostKept: .max)
  /// Scripts that SCRIPT LOAD carries.
  package private(set) var loaded = ItemTable(mostKept: .max)
  /// Scripts that EVALSHA and EVALSHA_RO call, by the SHA1 as it stands there.
  package private(set) var called = ItemTable(mostKept: 40)
  /// Functions that FCALL and FCALL_RO call, by name.
  package private(set) var functions = ItemTable(mostKept: 1024)

  private enum Kind: UInt8, BitwiseCopyable { case none, evaluates, loads, calls, callsFunction }

  private static let kinds: [Kind] = {
    let table = CommandTable.shared
    return table.entries.map { entry in
      switch table.name(entry) {
      case "eval", "eval_ro": .evaluates
      case "script|load": .loads
      case "evalsha", "evalsha_ro": .calls
      case "fcall", "fcall_ro": .callsFunction
      default: .none
      }
    }
  }()

  init() {}

  /// Adds a command, if it is one of those, with its bytes.
  mutating func add(
    _ entry: CommandEntry, _ arguments: borrowing ArgumentTable, in bytes: RawSpan, _ size: UInt64
  ) {
    let kind = Self.kinds[entry.index]
    let index = kind == .loads ? 2 : 1
    guard kind != .none, index < arguments.count else { return }
    let text = arguments[index].bytes(in: bytes)
    let hash = StableHash.hash(text)
    switch kind {
    case .none: break
    case .evaluates: evaluated.add(text, hash: hash, bytes: size)
    case .loads: loaded.add(text, hash: hash, bytes: size)
    case .calls: called.add(text, hash: hash, bytes: size)
    case .callsFunction: functions.add(text, hash: hash, bytes: size)
    }
  }
}
