/// What is known of a command, or of a subcommand (`XGROUP CREATE`).
package struct CommandEntry: BitwiseCopyable, Sendable {
  package struct Flags: OptionSet, BitwiseCopyable, Sendable {
    package let rawValue: UInt8
    @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }

    // That of the protocol is not specialized in other modules.
    @inlinable package func contains(_ flag: Flags) -> Bool { rawValue & flag.rawValue != 0 }

    /// May change the dataset.
    @inlinable package static var write: Flags { Flags(rawValue: 1) }
    /// Only reads keys.
    @inlinable package static var read: Flags { Flags(rawValue: 2) }
    /// For those who run the server.
    @inlinable package static var admin: Flags { Flags(rawValue: 4) }
    /// May wait.
    @inlinable package static var blocking: Flags { Flags(rawValue: 8) }
    /// MULTI, EXEC, DISCARD, WATCH, UNWATCH.
    @inlinable package static var transaction: Flags { Flags(rawValue: 16) }
    /// Stands in AOFs although it is no write command: SELECT, MULTI, EXEC; scripts, SCRIPT LOAD and
    /// SCRIPT FLUSH in those of servers before 7.0; PFCOUNT, which may renew a stored count.
    @inlinable package static var logged: Flags { Flags(rawValue: 32) }
  }

  /// The place in the table.
  package let index: Int
  /// The command that this is a subcommand of; nil for a command.
  package let container: Int?
  /// How many arguments there are, the name (and that of the subcommand) included; negative for at least
  /// so many.
  package let arity: Int
  package let flags: Flags
  package let keys: KeyRule
  /// The first release of Redis that has it; nil when none has.
  package let redis: Release?
  /// The first release of Valkey that has it, 7.2 for what was there before; nil when none has.
  package let valkey: Release?

  /// What the command changes for those behind it, if it does.
  package let mark: Mark?

  /// Commands that change what holds for those behind them.
  package enum Mark: BitwiseCopyable, Sendable {
    case multi
    case exec
    case discard
    case select
  }

  /// Whether it ends a transaction and runs it.
  @inlinable package var isExec: Bool { if case .exec = mark { true } else { false } }

  /// Whether a server may have written it to an AOF: write commands, and those that are `logged`. Others
  /// are known there and do no harm, but got in by another way.
  package var isLogged: Bool { !flags.isDisjoint(with: [.write, .logged]) }

  /// Whether a server takes the command with so many arguments, the name included.
  @inlinable @inline(__always)
  package func accepts(argumentCount count: Int) -> Bool {
    arity >= 0 ? count == arity : count >= 0 &- arity
  }

  /// A release of a server; of its number the first two parts.
  package struct Release: BitwiseCopyable, Comparable, Sendable, CustomStringConvertible {
    package let major: UInt8
    package let minor: UInt8

    package init(_ major: UInt8, _ minor: UInt8) {
      self.major = major
      self.minor = minor
    }

    package static func < (a: Release, b: Release) -> Bool {
      (a.major, a.minor) < (b.major, b.minor)
    }

    package var description: String { "\(major).\(minor)" }
  }
}

/// Which arguments of a command are keys.
package struct KeyRule: BitwiseCopyable, Sendable, Equatable {
  /// What follows the keys of fixed places.
  package enum Movable: UInt8, BitwiseCopyable, Sendable {
    case none
    /// Their number, at `countAt`, and then the keys, every `step` arguments.
    case counted
    /// The key behind each STORE or STOREDIST.
    case store
    /// The first half of what follows STREAMS.
    case streams
    /// All that follows KEYS, when the key at its fixed place is empty.
    case listed
  }

  /// The number of the first key of fixed place, the name being 0; 0 for none.
  package var first = 0
  /// The number of the last one; negative counts from the end, -1 being the last argument.
  package var last = 0
  /// From one to the next.
  package var step = 1
  package var movable = Movable.none
  /// Where the number of the counted keys stands.
  package var countAt = 0

  /// Whether no argument is a key.
  package var isEmpty: Bool { first == 0 && movable == .none }

  /// Calls `body` with the number of each argument that is a key, in the order of the rule. Numbers
  /// that say more keys than there are arguments yield those that there are.
  package func forEachKey(
    in arguments: Span<CommandArgument>, of bytes: RawSpan, _ body: (Int) -> Void
  ) {
    let count = arguments.count
    if movable == .listed, first < count, arguments[first].count == 0 {
      if let word = find("KEYS", from: first + 1, arguments, bytes) {
        for index in (word + 1)..<max(count, word + 1) { body(index) }
      }
      return
    }
    if first > 0 {
      let end = last < 0 ? count + last : min(last, count - 1)
      for index in stride(from: first, through: end, by: step) { body(index) }
    }
    switch movable {
    case .none, .listed: break
    case .counted:
      guard countAt < count,
        let number = NumberText.unsigned(arguments[countAt].bytes(in: bytes))
      else { return }
      let most = (count - countAt - 1 + step - 1) / step
      for index in 0..<min(most, Int(clamping: number)) { body(countAt + 1 + index * step) }
    case .store:
      for index in stride(from: first + 1, to: count - 1, by: 1)
      where isWord("STORE", index, arguments, bytes) || isWord("STOREDIST", index, arguments, bytes)
      {
        body(index + 1)
      }
    case .streams:
      guard let word = find("STREAMS", from: 1, arguments, bytes) else { return }
      for index in 0..<((count - word - 1) / 2) { body(word + 1 + index) }
    }
  }

  private func find(
    _ word: StaticString, from start: Int, _ arguments: Span<CommandArgument>, _ bytes: RawSpan
  ) -> Int? {
    for index in stride(from: start, to: arguments.count, by: 1)
    where isWord(word, index, arguments, bytes) { return index }
    return nil
  }

  private func isWord(
    _ word: StaticString, _ index: Int, _ arguments: Span<CommandArgument>, _ bytes: RawSpan
  ) -> Bool {
    arguments[index].bytes(in: bytes).equalsFolded(word)
  }
}
