/// The commands of all servers, to be looked up by name.
///
/// Made at first use. Hold the table in a variable of your own where many commands are looked up.
package struct CommandTable: Sendable {
  package static let shared = CommandTable()

  /// All entries: commands in the order of their names, then subcommands.
  package let entries: [CommandEntry]

  /// The names in lower case, one behind the other; those of subcommands without that of the command.
  private let names: [UInt8]
  private let places: [Range<Int>]
  /// Open addressing: 1 + the number of an entry, or 0. A power of two of slots, at most half of them
  /// taken.
  private let slots: [UInt16]
  /// Whether a command holds subcommands.
  private let isContainer: [Bool]

  private init() {
    let rows = Self.read(Self.commandRows) + Self.read(Self.subcommandRows)
    var entries: [CommandEntry] = []
    var names: [UInt8] = []
    var places: [Range<Int>] = []
    var commands: [String: Int] = [:]
    var isContainer = [Bool](repeating: false, count: rows.count)
    for row in rows {
      let container = row.container.flatMap { commands[$0] }
      precondition((container == nil) == (row.container == nil), "no command \(row.name)")
      if let container { isContainer[container] = true } else { commands[row.name] = entries.count }
      entries.append(
        CommandEntry(
          index: entries.count, container: container, arity: row.arity, flags: row.flags,
          keys: row.keys, redis: row.redis, valkey: row.valkey))
      places.append(names.count..<(names.count + row.name.utf8.count))
      names += Array(row.name.utf8)
    }
    var slots = [UInt16](repeating: 0, count: 1024)
    precondition(entries.count <= slots.count / 2, "the table is to be enlarged")
    for entry in entries {
      let hash = Self.hash(
        unsafe names.span.bytes.extracting(places[entry.index]), in: entry.container)
      var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = UInt16(entry.index + 1)
    }
    self.entries = entries
    self.names = names
    self.places = places
    self.slots = slots
    self.isContainer = isContainer
  }

  /// A command by its name in any case; nil for one that no server has, as those of modules.
  package func command(_ name: RawSpan) -> CommandEntry? { find(name, in: nil) }

  /// The command that some arguments are. Of one that holds others, it is the subcommand that the second
  /// argument names; the command itself where that names none.
  package func command(
    _ arguments: borrowing ArgumentTable, in bytes: RawSpan
  ) -> CommandEntry? {
    guard arguments.count > 0, let entry = command(arguments[0].bytes(in: bytes)) else {
      return nil
    }
    guard isContainer[entry.index], arguments.count > 1 else { return entry }
    return subcommand(of: entry, arguments[1].bytes(in: bytes)) ?? entry
  }

  /// A subcommand by its name in any case.
  package func subcommand(of command: CommandEntry, _ name: RawSpan) -> CommandEntry? {
    isContainer[command.index] ? find(name, in: command.index) : nil
  }

  /// Whether a command holds subcommands and does nothing by itself.
  package func holdsSubcommands(_ command: CommandEntry) -> Bool { isContainer[command.index] }

  /// The name in lower case: `set`, `xgroup|create`.
  package func name(_ entry: CommandEntry) -> String {
    let own = String(decoding: names[places[entry.index]], as: UTF8.self)
    guard let container = entry.container else { return own }
    return String(decoding: names[places[container]], as: UTF8.self) + "|" + own
  }

  private func find(_ name: RawSpan, in container: Int?) -> CommandEntry? {
    guard name.byteCount > 0, name.byteCount <= Self.longest else { return nil }
    var slot = Int(truncatingIfNeeded: Self.hash(name, in: container)) & (slots.count &- 1)
    while slots[slot] != 0 {
      let entry = entries[Int(slots[slot]) &- 1]
      if entry.container == container, isName(name, of: entry) { return entry }
      slot = (slot &+ 1) & (slots.count &- 1)
    }
    return nil
  }

  /// Bytes that no name exceeds.
  private static let longest = 32

  private func isName(_ name: RawSpan, of entry: CommandEntry) -> Bool {
    let place = places[entry.index]
    guard place.count == name.byteCount else { return false }
    let own = unsafe names.span.bytes.extracting(place)
    var offset = 0
    while offset < name.byteCount {
      let count = min(8, name.byteCount &- offset)
      let a = CommandName.fold(CommandName.word(at: offset, count: count, in: name))
      guard a == CommandName.word(at: offset, count: count, in: own) else { return false }
      offset &+= 8
    }
    return true
  }

  private static func hash(_ name: RawSpan, in container: Int?) -> UInt64 {
    var hash = UInt64(truncatingIfNeeded: (container ?? -1) &+ 2)
    var offset = 0
    while offset < name.byteCount {
      let count = min(8, name.byteCount &- offset)
      let word = CommandName.fold(CommandName.word(at: offset, count: count, in: name))
      hash = ByteHash.fold(hash ^ word ^ 0xa076_1d64_78bd_642f, 0xe703_7ed1_a0b4_28db)
      offset &+= 8
    }
    return hash
  }
}
