import Keyspace
import Persistence
import TestSupport
import Testing

/// What is logged of random commands, run at another time, makes the same dataset.
@Suite struct EffectPropertyTests {
  @Test(arguments: [ReplyWriter.Form.resp2, .resp3])
  func effectsMakeTheSameDataset(form: ReplyWriter.Form) throws {
    var generator = CommandGenerator(seed: 88, CommandGenerator.allFamilies)
    var live = Keyspace()
    live.notesExpired = true
    var loaded = Keyspace()
    var now: Int64 = 1_790_000_000_000
    var reply = ReplyWriter(form)
    var logged = 0
    var expired = 0
    for round in 1...30_000 {
      // Months now and then, so that keys and fields expire between commands.
      now += generator.oneIn(300) ? Int64(generator.number(1...30_000_000_000)) : 1
      live.clock = .running(now: now)
      loaded.clock = .loading(now: 7)
      let words = generator.next()
      let bytes = CommandLog.command(words)
      let database = live.selected
      let effect = Self.run(bytes, on: &live, &reply)
      expired += live.expired.count
      for gone in live.expired {
        let isThere = loaded.select(gone.database)
        #expect(isThere)
        try Self.replay(CommandLog.command(gone.command.map { Word($0.bytes) }), on: &loaded)
      }
      live.expired = []
      guard let effect else { continue }
      let isThere = loaded.select(database)
      #expect(isThere)
      switch effect {
      case .verbatim: try Self.replay(bytes, on: &loaded)
      case .commands(let commands):
        for command in commands {
          try Self.replay(CommandLog.command(command.map { Word($0.bytes) }), on: &loaded)
        }
      }
      logged += 1
      guard round % 500 == 0 else { continue }
      live.removeExpired()
      expired += live.expired.count
      live.expired = []
      loaded.clock = .running(now: now)
      loaded.removeExpired()
      let (expected, found) = (live.digest(.complete), loaded.digest(.complete))
      try #require(
        found == expected,
        "after round \(round): \(words.map { ByteText($0.bytes) })")
    }
    #expect(logged > 5000)
    #expect(expired > 50)
  }

  /// Runs a command, and tells what is to be logged; nil for what changed nothing.
  private static func run(
    _ bytes: [UInt8], on keyspace: inout Keyspace, _ reply: inout ReplyWriter
  ) -> LogEffect? {
    var table = ArgumentTable()
    let span = unsafe bytes.span.bytes
    var parser = CommandParser(span, inputEnd: UInt64(bytes.count))
    guard (try? parser.next(&table)) != nil,
      let entry = CommandTable.shared.command(table, in: span)
    else { return nil }
    let arguments = Arguments(table.span, in: span)
    let before = keyspace.changes
    reply.buffer.removeAll()
    keyspace.run(entry, arguments, &reply)
    guard keyspace.changes != before else { return nil }
    return reply.withReplies(from: 0) { keyspace.logEffect(of: entry, arguments, reply: $0) }
  }

  private static func replay(_ bytes: [UInt8], on keyspace: inout Keyspace) throws {
    var reply = ReplyWriter(.none)
    _ = run(bytes, on: &keyspace, &reply)
    try #require(reply.error == nil, "\(ByteText(bytes)): \(reply.error?.message ?? "")")
  }
}
