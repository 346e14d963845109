import Keyspace
import Persistence
import TestSupport

/// A keyspace that commands come to, and another one that is given what a log would tell of them, much later.
struct LogMirror: ~Copyable {
  /// What the commands come to.
  private(set) var source = Keyspace()
  /// What a loader makes of the log.
  private(set) var copy = Keyspace()
  /// Unix milliseconds at which the next command comes.
  var now: Int64 = 4_100_000_000_000
  /// All that has been logged, each in its database.
  private(set) var log: [(database: Int, words: [Word])] = []
  /// Keys and fields that commands met after their time.
  private(set) var expired = 0
  /// What the loader was refused.
  private(set) var refusals: [String] = []
  /// The form of the replies, which tell what some commands have done.
  private let form: ReplyWriter.Form

  /// When the log is loaded: what counts from now would lead elsewhere.
  private static let loadingTime: Int64 = 9_000_000_000_000

  init(_ form: ReplyWriter.Form = .resp2) {
    self.form = form
    source.notesExpired = true
    copy.clock = .loading(now: Self.loadingTime)
  }

  /// Runs a command, and has the loader run its effect, which is returned.
  @discardableResult
  mutating func run(_ words: [Word]) -> [[Word]] {
    let start = log.count
    let database = source.selected
    source.clock = .running(now: now)
    let bytes = CommandLog.command(words)
    var table = ArgumentTable()
    let span = unsafe bytes.span.bytes
    var parser = CommandParser(span, inputEnd: UInt64(bytes.count))
    guard (try? parser.next(&table)) != nil,
      let entry = CommandTable.shared.command(table, in: span)
    else { return [] }
    let arguments = Arguments(table.span, in: span)
    var reply = ReplyWriter(form)
    let before = source.changes
    source.run(entry, arguments, &reply)
    for gone in source.expired {
      expired += 1
      load(gone.command.map { Word($0.bytes) }, in: gone.database)
    }
    source.expired.removeAll()
    if source.changes != before {
      switch source.logEffect(of: entry, arguments, reply: reply.buffer.bytes) {
      case .verbatim: load(words, in: database)
      case .commands(let commands):
        for command in commands { load(command.map { Word($0.bytes) }, in: database) }
      }
    }
    return log[start...].map(\.words)
  }

  /// Runs a command of words that need not be changed.
  @discardableResult
  mutating func run(_ words: Word...) -> [[Word]] { run(words) }

  private mutating func load(_ words: [Word], in database: Int) {
    log.append((database, words))
    guard copy.select(database) else { return refusals.append("no database \(database)") }
    let bytes = CommandLog.command(words)
    var table = ArgumentTable()
    let span = unsafe bytes.span.bytes
    var parser = CommandParser(span, inputEnd: UInt64(bytes.count))
    var reply = ReplyWriter(.none)
    guard (try? parser.next(&table)) != nil,
      let entry = CommandTable.shared.command(table, in: span)
    else { return refusals.append("no command: \(ByteText.command(words))") }
    copy.run(entry, Arguments(table.span, in: span), &reply)
    if let error = reply.error {
      refusals.append("\(ByteText.command(words)): \(error.message)")
    }
  }

  /// Whether both hold the same, with what is over and has not been met.
  var isEqual: Bool { source.digest(.complete) == copy.digest(.complete) }

  /// Has both remove what is over, and tells whether they hold the same then. A server logs what it removes so; the copy
  /// has to find it by itself.
  mutating func isEqualWithoutExpired() -> Bool {
    source.clock = .running(now: now)
    source.removeExpired()
    for gone in source.expired {
      log.append((gone.database, gone.command.map { Word($0.bytes) }))
    }
    source.expired.removeAll()
    copy.clock = .running(now: now)
    copy.removeExpired()
    copy.clock = .loading(now: Self.loadingTime)
    return isEqual
  }
}
