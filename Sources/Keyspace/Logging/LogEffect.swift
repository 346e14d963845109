package import Persistence

/// What a server writes to its log for a command that has changed something.
package enum LogEffect: Sendable, Equatable {
  /// The command as it came.
  case verbatim
  /// Other commands with the same effect whenever they are run; none where there is none.
  case commands([[ByteString]])
}

/// A key, or fields of a hash, that a command met after their time and that are gone since.
package struct ExpiredKey: Sendable, Equatable {
  package var database: Int
  package var key: ByteString
  /// The fields, when the hash itself has not expired.
  package var fields: [ByteString]?

  /// The command by which a log tells it.
  package var command: [ByteString] {
    if let fields { ["HDEL", key] + fields } else { ["DEL", key] }
  }
}

/// Tells the effect of a command that has been run: from the dataset as it is then, and from the reply.
typealias EffectHandler = @Sendable (borrowing Keyspace, Arguments, RawSpan) -> LogEffect

extension Keyspace {
  /// What to log for a command that has just been run and has changed something.
  ///
  /// Commands that count from now, that choose at random, that wait, or that depend on how values are
  /// stored are replaced by others that can be run at any time. Source: what `propagate` of Redis 7.0 is
  /// handed by the commands.
  ///
  /// - `reply`: what the command replied, in RESP 2 or 3.
  package func logEffect(
    of entry: CommandEntry, _ arguments: Arguments, reply: RawSpan
  ) -> LogEffect {
    guard let handler = EffectRegistry.shared[entry] else {
      // Commands that only read have met fields of hashes that had expired, which are told by themselves.
      return entry.isLogged ? .verbatim : .commands([])
    }
    return handler(self, arguments, reply)
  }
}

/// The commands that are not logged as they come, by their place in the command table.
private struct EffectRegistry: Sendable {
  static let shared = EffectRegistry()

  private let handlers: [EffectHandler?]

  private init() {
    var handlers = [EffectHandler?](repeating: nil, count: CommandTable.shared.entries.count)
    let families = [
      Keyspace.keyEffects, Keyspace.collectionEffects, Keyspace.fieldEffects,
      Keyspace.streamEffects,
    ]
    for (name, handler) in families.joined() {
      guard let entry = CommandTable.shared.entries(named: name).first else {
        preconditionFailure("no command \(name)")
      }
      handlers[entry.index] = handler
    }
    self.handlers = handlers
  }

  subscript(entry: CommandEntry) -> EffectHandler? { handlers[entry.index] }
}

extension Arguments {
  /// A copy of an argument as a byte string.
  func word(_ index: Int) -> ByteString { ByteString(self[index]) }

  /// Copies of the arguments from a number on.
  func words(from start: Int) -> [ByteString] {
    var words: [ByteString] = []
    for index in start..<max(count, start) { words.append(word(index)) }
    return words
  }
}

extension ByteString {
  init(decimal number: some BinaryInteger) { self.init(String(number)) }
}
