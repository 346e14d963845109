/// The commands of all servers, to be looked up by name.
///
/// Made at first use. Hold the table in a variable of your own where many commands are looked up.
package struct CommandTable: Sendable {
  package static let shared = CommandTable()

  /// All entries: commands in the order of their names, then subcommands.
  package let entries: [CommandEntry]

  /// The names by the number of the entry.
  private let names: [FoldedName]
  /// Open addressing: 1 + the number of an entry, or 0. A power of two of slots, at most half of them
  /// taken.
  private let slots: [UInt16]
  /// Whether a command holds subcommands.
  private let isContainer: [Bool]

  private init() {
    let rows = Self.read(Self.commandRows) + Self.read(Self.subcommandRows)
    var entries: [CommandEntry] = []
    var names: [FoldedName] = []
    var commands: [String: Int] = [:]
    var isContainer = [Bool](repeating: false, count: rows.count)
    for row in rows {
      let container = row.container.flatMap { commands[$0] }
      precondition((container == nil) == (row.container == nil), "no command \(row.name)")
      if let container { isContainer[container] = true } else { commands[row.name] = entries.count }
      let text = Array(row.name.utf8)
      guard let name = FoldedName(unsafe text.span.bytes, in: container) else {
        preconditionFailure("names are to hold more bytes: \(row.name)")
      }
      names.append(name)
      entries.append(
        CommandEntry(
          index: entries.count, container: container, arity: row.arity, flags: row.flags,
          keys: row.keys, redis: row.redis, valkey: row.valkey, mark: Self.mark(name)))
    }
    var slots = [UInt16](repeating: 0, count: 1024)
    precondition(entries.count <= slots.count / 2, "the table is to be enlarged")
    for (index, name) in names.enumerated() {
      var slot = name.slot(of: slots.count)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = UInt16(index + 1)
    }
    self.entries = entries
    self.names = names
    self.slots = slots
    self.isContainer = isContainer
  }

  private static func mark(_ name: FoldedName) -> CommandEntry.Mark? {
    switch name.text {
    case "multi": .multi
    case "exec": .exec
    case "discard": .discard
    case "select": .select
    default: nil
    }
  }

  /// A command by its name in any case; nil for one that no server has, as those of modules.
  package func command(_ name: RawSpan) -> CommandEntry? { find(name, in: nil) }

  /// The command that a name and the argument behind it are: of one that holds others, the subcommand. Nil for
  /// one, and for a subcommand, that no server has.
  ///
  /// - `second`: the argument behind the name; of no meaning where there is none.
  /// - `argumentCount`: of all arguments, the name included. A command that holds others is itself when it
  ///   stands alone.
  @inline(__always)
  package func command(
    _ name: RawSpan, _ second: RawSpan, argumentCount: Int
  ) -> CommandEntry? {
    guard let command = command(name) else { return nil }
    guard isContainer[command.index], argumentCount > 1 else { return command }
    return find(second, in: command.index)
  }

  /// The command that some arguments are. Of one that holds others, it is the subcommand that the second
  /// argument names; the command itself where that names none.
  package func command(
    _ arguments: borrowing ArgumentTable, in bytes: RawSpan
  ) -> CommandEntry? {
    guard arguments.count > 0 else { return nil }
    let name = arguments[0].bytes(in: bytes)
    let second = arguments[arguments.count > 1 ? 1 : 0].bytes(in: bytes)
    return command(name, second, argumentCount: arguments.count) ?? command(name)
  }

  /// Whether a command holds subcommands and does nothing by itself.
  package func holdsSubcommands(_ command: CommandEntry) -> Bool { isContainer[command.index] }

  /// The name in lower case: `set`, `xgroup|create`.
  package func name(_ entry: CommandEntry) -> String {
    let own = names[entry.index].text
    return entry.container.map { names[$0].text + "|" + own } ?? own
  }

  /// The entries that a name in any case means: the command, with its subcommands, or the one subcommand
  /// (`xgroup|create`).
  package func entries(named name: String) -> [CommandEntry] {
    let name = name.lowercased()
    return entries.filter { entry in
      let own = self.name(entry)
      return own == name || own.utf8.starts(with: Array((name + "|").utf8))
    }
  }

  private func find(_ name: RawSpan, in container: Int?) -> CommandEntry? {
    guard let name = FoldedName(name, in: container) else { return nil }
    var slot = name.slot(of: slots.count)
    while slots[slot] != 0 {
      let index = Int(slots[slot]) &- 1
      if names[index] == name { return entries[index] }
      slot = (slot &+ 1) & (slots.count &- 1)
    }
    return nil
  }
}

/// A name of up to 24 bytes with its ASCII letters in lower case, and the command that it belongs to.
private struct FoldedName: BitwiseCopyable, Equatable, Sendable {
  // Eight bytes each, the first one lowest; zero behind the end.
  private var start: UInt64
  private var middle: UInt64 = 0
  private var end: UInt64 = 0
  private var count: Int
  /// 1 + the number of the command that holds the subcommand; 0 for a command.
  private var container: Int

  /// Nil for an empty name and for one of more bytes.
  @inline(__always)
  init?(_ name: RawSpan, in container: Int?) {
    count = name.byteCount
    guard count > 0, count <= 24 else { return nil }
    self.container = container.map { $0 &+ 1 } ?? 0
    start = CommandName.fold(CommandName.word(at: 0, count: min(count, 8), in: name))
    if count > 8 {
      middle = CommandName.fold(CommandName.word(at: 8, count: min(count &- 8, 8), in: name))
    }
    if count > 16 {
      end = CommandName.fold(CommandName.word(at: 16, count: count &- 16, in: name))
    }
  }

  /// The first slot to look at, of a power of two.
  @inline(__always)
  func slot(of slots: Int) -> Int {
    let sum = middle ^ end &* 3 ^ UInt64(truncatingIfNeeded: container &<< 8 &+ count)
    let hash = ByteHash.fold(start ^ 0xa076_1d64_78bd_642f, sum ^ 0xe703_7ed1_a0b4_28db)
    return Int(truncatingIfNeeded: hash) & (slots &- 1)
  }

  var text: String {
    let bytes = (0..<count).map { index in
      let word = index < 8 ? start : index < 16 ? middle : end
      return UInt8(truncatingIfNeeded: word >> UInt64(8 * (index % 8)))
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
