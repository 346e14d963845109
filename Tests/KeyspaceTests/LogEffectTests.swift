import Keyspace
import Persistence
import TestSupport
import Testing

/// What a server writes to its log for commands that it has run.
@Suite struct LogEffectTests {
  /// When the commands of the known answers come, in Unix milliseconds.
  private static let now: Int64 = 1_795_918_478_720

  /// What is logged of the last one of some commands, which are words with spaces between them.
  private static func logged(
    _ commands: String..., form: ReplyWriter.Form = .resp2, later: Int64 = 0
  ) -> [String] {
    var mirror = LogMirror(form)
    mirror.now = now
    var last: [[Word]] = []
    for (index, command) in commands.enumerated() {
      if index == commands.count - 1 { mirror.now += later }
      last = mirror.run(command.split(separator: " ").map { Word(String($0)) })
    }
    #expect(mirror.refusals == [])
    let isEqual = mirror.isEqualWithoutExpired()
    #expect(isEqual, "\(commands)")
    return last.map { words in
      words.map { String(decoding: $0.bytes, as: UTF8.self) }.joined(separator: " ")
    }
  }

  // MARK: Known answers

  // Where nothing else is said, the log is the one that redis-server 7.0.15 writes, read from its file.

  @Test func lifetimesBecomeTimes() {
    #expect(Self.logged("SET k v") == ["SET k v"])
    #expect(Self.logged("SET k v EX 10") == ["SET k v PXAT 1795918488720"])
    #expect(Self.logged("SET k v", "SET k w PX 10000 XX GET") == ["SET k w PXAT 1795918488720"])
    #expect(Self.logged("SET k v EXAT 4102444800") == ["SET k v PXAT 4102444800000"])
    #expect(Self.logged("SETEX k 10 v") == ["SET k v PXAT 1795918488720"])
    #expect(Self.logged("PSETEX k 10000 v") == ["SET k v PXAT 1795918488720"])
    #expect(Self.logged("SET k v", "EXPIRE k 100") == ["PEXPIREAT k 1795918578720"])
    #expect(Self.logged("SET k v", "PEXPIRE k 100000") == ["PEXPIREAT k 1795918578720"])
    #expect(Self.logged("SET k v", "EXPIREAT k 4102444800") == ["PEXPIREAT k 4102444800000"])
    #expect(Self.logged("SET k v", "EXPIRE k -1") == ["DEL k"])
    #expect(Self.logged("SET k v", "EXPIREAT k 1") == ["DEL k"])
    #expect(Self.logged("SET k v EX 10", "EXPIRE k 100 NX") == [])
    #expect(Self.logged("SET k v EX 10", "GETEX k PERSIST") == ["PERSIST k"])
    #expect(Self.logged("SET k v", "GETEX k PERSIST") == [])
    #expect(Self.logged("SET k v", "GETEX k EX 100") == ["PEXPIREAT k 1795918578720"])
    #expect(Self.logged("SET k v", "GETEX k PXAT 1") == ["DEL k"])
    #expect(Self.logged("SET k v", "GETDEL k") == ["DEL k"])
  }

  /// The server logs `KEEPTTL`, `LT` and the like as they came; a time tells the same, whatever is there.
  @Test func keptLifetimesAreTold() {
    #expect(
      Self.logged("SET k v PXAT 4102444800000", "SET k w KEEPTTL")
        == ["SET k w PXAT 4102444800000"])
    #expect(
      Self.logged("SET k 1 PXAT 4102444800000", "INCRBYFLOAT k 1.5")
        == ["SET k 2.5 PXAT 4102444800000"])
    #expect(Self.logged("INCRBYFLOAT n 1.5") == ["SET n 1.5"])
    #expect(
      Self.logged("SET k v PXAT 4102444800000", "EXPIRE k 100 LT")
        == ["PEXPIREAT k 1795918578720"])
  }

  /// The loader must not find a key that was over: `NX` would leave it as it is.
  @Test func expiredKeysAreRemovedFirst() {
    #expect(Self.logged("SET k v PX 10", "SET k w NX", later: 11) == ["DEL k", "SET k w"])
    #expect(Self.logged("SET k v PX 10", "GET k", later: 11) == ["DEL k"])
    #expect(Self.logged("SET k v PX 10", "GET k", later: 9) == [])
    #expect(Self.logged("SET k v PX 10", "APPEND k w", later: 11) == ["DEL k", "APPEND k w"])
    #expect(Self.logged("HSET h f 1", "HGET h f", later: 11) == [])
    // A refused command has no effect of its own.
    #expect(Self.logged("SET k v PX 10", "RENAME k l", later: 11) == ["DEL k"])
    #expect(Self.logged("SET k v PX 10", "LSET k 0 a", later: 11) == ["DEL k"])
  }

  @Test(arguments: [ReplyWriter.Form.resp2, .resp3])
  func choicesAreTold(_ form: ReplyWriter.Form) {
    #expect(Self.logged("SADD s a", "SPOP s", form: form) == ["SREM s a"])
    #expect(Self.logged("SADD s a b", "SPOP s 0", form: form) == [])
    // The server logs `DEL s`.
    #expect(Self.logged("SADD s 7", "SPOP s 5", form: form) == ["SREM s 7"])
    let list = "RPUSH l a b c d"
    #expect(Self.logged(list, "LMPOP 2 no l LEFT COUNT 2", form: form) == ["LPOP l 2"])
    #expect(Self.logged(list, "LMPOP 1 l RIGHT", form: form) == ["RPOP l 1"])
    #expect(Self.logged(list, "BLMPOP 1 1 l RIGHT COUNT 9", form: form) == ["RPOP l 4"])
    #expect(Self.logged(list, "BLPOP no l 1", form: form) == ["LPOP l"])
    #expect(Self.logged(list, "BRPOP l 1", form: form) == ["RPOP l"])
    #expect(Self.logged(list, "BLMOVE l m LEFT RIGHT 1", form: form) == ["LMOVE l m LEFT RIGHT"])
    #expect(Self.logged(list, "BRPOPLPUSH l m 1", form: form) == ["RPOPLPUSH l m"])
    let set = "ZADD z 1 a 2 b 3 c"
    #expect(Self.logged(set, "ZMPOP 2 no z MIN COUNT 2", form: form) == ["ZPOPMIN z 2"])
    #expect(Self.logged(set, "ZMPOP 1 z MAX", form: form) == ["ZPOPMAX z 1"])
    #expect(Self.logged(set, "BZMPOP 1 1 z MAX", form: form) == ["ZPOPMAX z 1"])
    #expect(Self.logged(set, "BZPOPMIN no z 1", form: form) == ["ZPOPMIN z"])
    #expect(Self.logged(set, "BZPOPMAX z 1", form: form) == ["ZPOPMAX z"])
  }

  @Test func fields() {
    #expect(Self.logged("HSET h f 1", "HINCRBYFLOAT h f 1.5") == ["HSET h f 2.5"])
    #expect(Self.logged("HINCRBYFLOAT h g 1e3") == ["HSET h g 1000"])
    // Redis 7.4 and Valkey 9 log lifetimes of fields as HPEXPIREAT, and as HDEL what they have removed.
    #expect(
      Self.logged("HSET h f 1 g 2", "HEXPIRE h 100 FIELDS 1 f")
        == ["HPEXPIREAT h 1795918578720 FIELDS 1 f"])
    #expect(Self.logged("HSET h f 1 g 2", "HEXPIREAT h 1 FIELDS 1 f") == ["HDEL h f"])
    #expect(
      Self.logged("HSET h f 1 g 2", "HPEXPIRE h 10 FIELDS 1 f", "HGET h f", later: 11)
        == ["HDEL h f"])
  }

  @Test func streams() {
    #expect(Self.logged("XADD s * a 1") == ["XADD s 1795918478720-0 a 1"])
    #expect(Self.logged("XADD s 5-1 a 1", "XADD s 5-* a 1") == ["XADD s 5-2 a 1"])
    #expect(Self.logged("XADD s 5-1 a 1", "XADD s 5-2 a 1") == ["XADD s 5-2 a 1"])
    #expect(
      Self.logged("XADD s 5-1 a 1", "XADD s MAXLEN ~ 1 5-2 a 1")
        == ["XADD s MAXLEN = 2 5-2 a 1"])
    #expect(Self.logged("XADD s 5-1 a 1", "XTRIM s MAXLEN ~ 100") == [])
    // The server logs the exact forms as they came.
    #expect(
      Self.logged("XADD s 5-1 a 1", "XADD s 5-2 a 1", "XTRIM s MINID 5-2") == [
        "XTRIM s MAXLEN = 1"
      ])
    #expect(
      Self.logged("XADD s 5-1 a 1", "XADD s MAXLEN 1 5-2 a 1") == ["XADD s MAXLEN = 1 5-2 a 1"])
  }

  /// The server has LASTID in XCLAIM, which raises the position of the group and leaves what it has read uncounted;
  /// it logs the consumer only where it makes it. What counts is that all of it can be loaded.
  @Test(arguments: [ReplyWriter.Form.resp2, .resp3])
  func deliveries(_ form: ReplyWriter.Form) {
    let group = ["XADD s 5-1 a 1", "XGROUP CREATE s g 0"]
    #expect(
      Self.logged(group[0], group[1], "XREADGROUP GROUP g c STREAMS s >", form: form) == [
        "XGROUP CREATECONSUMER s g c",
        "XCLAIM s g c 0 5-1 TIME 1795918478720 RETRYCOUNT 1 FORCE JUSTID",
        "XGROUP SETID s g 5-1 ENTRIESREAD 1",
      ])
    let unacknowledged = Self.logged(
      group[0], group[1], "XREADGROUP GROUP g c NOACK STREAMS s >", form: form)
    // The only line that the server has, too.
    #expect(unacknowledged.contains("XGROUP SETID s g 5-1 ENTRIESREAD 1"))
    #expect(!unacknowledged.contains { $0.hasPrefix("XCLAIM") })
    let claimed = Self.logged(
      group[0], group[1], "XREADGROUP GROUP g c STREAMS s >", "XCLAIM s g d 0 5-1", form: form,
      later: 1000)
    #expect(
      claimed.contains("XCLAIM s g d 0 5-1 TIME 1795918479720 RETRYCOUNT 2 FORCE JUSTID"))
  }

  /// What a consumer has been given and is gone stays pending until it is acknowledged or claimed.
  @Test(arguments: [ReplyWriter.Form.resp2, .resp3])
  func historyOfRemovedEntries(_ form: ReplyWriter.Form) {
    let logged = Self.logged(
      "XADD s 5-1 a 1", "XADD s 5-2 a 1", "XGROUP CREATE s g 0", "XREADGROUP GROUP g c STREAMS s >",
      "XDEL s 5-1", "XREADGROUP GROUP g c STREAMS s 0", form: form, later: 1000)
    #expect(!logged.contains { $0.contains(" 5-1") && $0.hasPrefix("XACK") })
  }

  @Test func restoredKeys() throws {
    var runner = KeyspaceRunner()
    _ = runner.run("RPUSH", "l", "a", "b")
    let payload = Word(try #require(runner.run("DUMP", "l").bytes))
    var mirror = LogMirror()
    mirror.now = Self.now
    func text(_ log: [[Word]]) -> [[String]] {
      log.map { $0.map { $0.bytes == payload.bytes ? "PAYLOAD" : "\(ByteString($0.bytes))" } }
    }
    #expect(
      text(mirror.run("RESTORE", "k", "10000", payload))
        == [["RESTORE", "k", "1795918488720", "PAYLOAD", "ABSTTL"]])
    #expect(text(mirror.run("RESTORE", "l", "0", payload)) == [["RESTORE", "l", "0", "PAYLOAD"]])
    #expect(
      text(mirror.run("RESTORE", "k", "4102444800000", payload, "REPLACE", "ABSTTL"))
        == [["RESTORE", "k", "4102444800000", "PAYLOAD", "REPLACE", "ABSTTL"]])
    // Over before it is there: what it would have replaced is gone all the same.
    #expect(
      text(mirror.run("RESTORE", "k", "1", payload, "REPLACE", "ABSTTL")) == [["DEL", "k"]])
    let isEqual = mirror.isEqualWithoutExpired()
    #expect(isEqual && mirror.refusals == [])
  }

  // MARK: Properties

  /// Commands that no other family has.
  private static let others: [CommandGenerator.Maker] = [
    { generator in
      let payload = generator.pick(payloads)
      var words: [Word] = ["RESTORE", generator.anyKey()]
      switch generator.number(0...5) {
      case 0: words += ["0", payload]
      case 1: words += [Word(1000 * generator.farSeconds()), payload]
      case 2: words += [Word(generator.farTime()), payload, "absttl"]
      case 3: words += ["1", payload, "ABSTTL"]
      case 4: words += [generator.integer(0...20), payload, "IDLETIME", "7"]
      default: words += [generator.integer(), payload, "FREQ", "7"]
      }
      return words + generator.maybe("REPLACE")
    },
    { ["SET", $0.key("str"), $0.member(), "IFEQ", $0.member()] + $0.maybe("EX", "9000000") },
    { ["DELIFEQ", $0.key("str"), $0.member()] },
    { generator in
      ["MSETEX", "2", generator.key("str"), generator.value(), generator.key("str"), "1"]
        + generator.pick([["EX", Word(generator.farSeconds())], ["KEEPTTL"], ["NX"], []])
    },
    { ["SET", $0.key("str"), $0.member(), "PX", Word($0.number(1...90_000_000))] },
    { ["GET", $0.key("str")] },
    { ["SORT", $0.key("list"), "ALPHA", "STORE", $0.key("list")] },
  ]

  /// What DUMP tells of a key of each type.
  private static let payloads: [Word] = {
    var runner = KeyspaceRunner()
    let keys: [[Word]] = [
      ["SET", "str", "text"], ["RPUSH", "list", "1", "b"], ["SADD", "set", "1", "b"],
      ["ZADD", "zset", "1", "a", "2", "b"], ["HSET", "hash", "f", "1"],
      ["XADD", "stream", "1-1", "a", "b"],
    ]
    return keys.compactMap { words in
      _ = runner.run(words)
      return runner.run("DUMP", words[1]).bytes.map { Word($0) }
    }
  }()

  /// Lifetimes that are over after a few commands, and commands that meet what is over.
  private static let lifetimes: [CommandGenerator.Maker] = [
    { ["PEXPIRE", $0.anyKey(), Word($0.number(1...90_000_000))] },
    { ["EXPIRE", $0.anyKey(), Word($0.number(1...90_000))] },
    { ["PTTL", $0.anyKey()] },
    { ["EXISTS", $0.anyKey(), $0.anyKey()] },
  ]
  private static let shortFieldLifetimes: [CommandGenerator.Maker] = [
    { ["HPEXPIRE", $0.hash(), Word($0.number(1...90_000_000)), "FIELDS", "1", $0.field()] },
    {
      [
        "HSETEX", $0.hash(), "PX", Word($0.number(1...90_000_000)), "FIELDS", "1", $0.field(),
        $0.value(),
      ]
    },
  ]

  static let families: [CommandFamily] = {
    let own = [
      CommandFamily(
        "field lifetimes", seed: 109, CommandGenerator.hashs, CommandGenerator.fieldLifetimes,
        CommandGenerator.fieldLifetimes, shortFieldLifetimes),
      CommandFamily("others", seed: 110, others, others, CommandGenerator.strings),
    ]
    return (CommandFamily.all + own).map { family in
      var family = family
      family.makers.append(lifetimes)
      return family
    }
  }()

  /// Runs commands of a family, while hours and days pass between them, and compares after every 250.
  static func mirror(
    _ family: CommandFamily, _ form: ReplyWriter.Form, commands: Int = 6000
  ) -> LogMirror {
    var mirror = LogMirror(form)
    var generator = family.generator(2)
    for number in 1...commands {
      step(&mirror, &generator, of: family)
      guard number % 250 == 0 || !mirror.refusals.isEmpty else { continue }
      guard mirror.isEqualWithoutExpired(), mirror.refusals.isEmpty else {
        Issue.record("\(culprit(family, form, upTo: number))")
        break
      }
    }
    return mirror
  }

  @discardableResult
  private static func step(
    _ mirror: inout LogMirror, _ generator: inout CommandGenerator, of family: CommandFamily
  ) -> (words: [Word], logged: [[Word]]) {
    // In all, as long as the times reach that commands state.
    mirror.now += Int64(
      generator.oneIn(4) ? generator.number(0...50_000_000) : generator.number(0...3))
    // PFADD to a HyperLogLog that is damaged counts what it can and is refused, of which Redis logs nothing, either.
    let words = generator.next(besides: family.description == "bits" ? ["SETRANGE"] : [])
    return (words, mirror.run(words))
  }

  /// The command after which both differ, looked for once more and after each of the last ones.
  private static func culprit(
    _ family: CommandFamily, _ form: ReplyWriter.Form, upTo last: Int
  ) -> String {
    var mirror = LogMirror(form)
    var generator = family.generator(2)
    for number in 1...last {
      let (words, logged) = step(&mirror, &generator, of: family)
      guard number > last - 250 else {
        if number % 250 == 0 { _ = mirror.isEqualWithoutExpired() }
        continue
      }
      guard !mirror.isEqual || !mirror.refusals.isEmpty else { continue }
      let effects = logged.map { "\n  logged: " + ByteText.command($0) }.joined()
      return "command \(number), \(ByteText.command(words))\(effects)\n"
        + mirror.refusals.map { "  refused: \($0)" }.joined(separator: "\n")
    }
    return "one of the commands up to \(last)"
  }

  @Test(arguments: families, [ReplyWriter.Form.resp2, .resp3])
  func effectsMakeTheSameDataset(_ family: CommandFamily, _ form: ReplyWriter.Form) {
    let mirror = Self.mirror(family, form)
    #expect(mirror.log.count > 600)
    #expect(mirror.source.keyCount > 0)
    #expect(mirror.expired > 10)
  }
}

/// What is logged here, run by a real server.
@Suite struct LogEffectConformanceTests {
  @Test(arguments: LogEffectTests.families)
  func aServerMakesTheSameDataset(_ family: CommandFamily) throws {
    var mirror = LogEffectTests.mirror(family, .resp2)
    let isEqual = mirror.isEqualWithoutExpired()
    #expect(isEqual)
    let server = try OracleServer(.redis7)
    var commands: [[Word]] = []
    var selected = 0
    for (database, words) in mirror.log where Self.isKnown(words) {
      if database != selected { commands.append(["SELECT", Word(database)]) }
      selected = database
      commands.append(words)
    }
    #expect(commands.count > 600)
    for (words, reply) in zip(commands, try server.pipeline(commands)) {
      if case .error(let message) = reply {
        Issue.record("\(ByteText.command(words)): \(message)")
        break
      }
    }
    #expect(try server.debugDigest() == mirror.source.digest().description)
  }

  /// Whether Redis 7.0 has a command.
  private static func isKnown(_ words: [Word]) -> Bool {
    let name = String(decoding: words[0].bytes, as: UTF8.self).lowercased()
    guard let release = CommandTable.shared.entries(named: name).first?.redis else { return false }
    return release <= CommandEntry.Release(7, 0)
  }
}
