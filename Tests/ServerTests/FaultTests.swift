import Foundation
import Glibc
import Keyspace
import Persistence
import SystemPackage
import TestSupport
import Testing

/// Faults in what the server writes by itself: they are as they were asked for, and what was acknowledged is there
/// afterwards.
@Suite struct FaultTests {
  private static let incremental = "appendonlydir/appendonly.aof.1.incr.aof"
  private static let always = ["--appendonly", "yes", "--appendfsync", "always"]

  private static func words(_ command: String) -> [Word] {
    command.split(separator: " ").map { Word(String($0)) }
  }

  /// The bytes of a command in a log.
  private static func logged(_ words: String...) -> [UInt8] {
    let text = words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
    return Array("*\(words.count)\r\n\(text)".utf8)
  }

  /// Sends commands until the server is gone. Returns how many were answered.
  private static func sendUntilGone(_ server: OracleServer, _ commands: [[Word]]) throws -> Int {
    let client = try server.connect()
    client.setPatience(.seconds(30))
    for (number, command) in commands.enumerated() {
      client.enqueue(command)
      guard let replies = try? client.drain(), replies.count == 1 else { return number }
    }
    return commands.count
  }

  private static func checkLog(_ folder: URL) throws -> Run {
    try Run.built("check-aof", [folder.appendingPathComponent("appendonlydir").path])
  }

  // MARK: Torn writes and turned bits

  @Test(arguments: [1, 7, 20, 27, 34])
  func aTornWrite(_ kept: Int) throws {
    let folder = try TemporaryFolder()
    let server = try OracleServer.ours(arguments: Self.always, in: folder)
    try server.command("SET", "key", "acknowledged")
    let before = try server.bytes(Self.incremental)
    let size = before.count + kept
    try server.command("DEBUG", "FAULT", "torn:\(size)")
    let sound = before + Self.logged("SET", "other", "a value that is torn")
    #expect(try Self.sendUntilGone(server, [["SET", "other", "a value that is torn"]]) == 0)
    #expect(server.exitCode() == 128 + SIGKILL)
    #expect(try server.bytes(Self.incremental) == Array(sound[..<size]))
    let label = try #require(
      LabelLine.read(folder.file(Self.incremental + ".label.json")).first)
    #expect(label.file == "appendonly.aof.1.incr.aof" && label.layout == "multi-part")
    #expect(label.fault.kind == "torn" && label.fault.offset == size)
    #expect(label.fault.bytes_missing == sound.count - size)
    #expect(label.sound?.sha256 == LabelLine.sha256(sound))
    #expect(label.broken?.sha256 == LabelLine.sha256(Array(sound[..<size])))
    #expect(label.hits?.name == "SET" && label.hits?.key == "other")
    #expect(label.hits?.offset == before.count)
    #expect(label.found_by?.tool == "check-aof" && label.found_by?.exit_code == 1)
    #expect(try Self.checkLog(folder.url).exitCode == 1)
    let again = try OracleServer.ours(arguments: Self.always, in: folder)
    #expect(try again.command("GET", "key").text == "acknowledged")
    #expect(try again.command("EXISTS", "other") == .integer(0))
  }

  /// Half a transaction is none.
  @Test func aTornTransaction() throws {
    let folder = try TemporaryFolder()
    let server = try OracleServer.ours(arguments: Self.always, in: folder)
    try server.command("SET", "key", "1")
    let size = try server.bytes(Self.incremental).count
    let cut = size + Self.logged("MULTI").count + Self.logged("SET", "a", "1").count
    try server.command("DEBUG", "FAULT", "torn:\(cut)")
    let client = try server.connect()
    for command in ["MULTI", "SET a 1", "SET b 1", "EXEC"] { client.enqueue(Self.words(command)) }
    #expect(throws: RESPError.self) { try client.drain() }
    #expect(server.exitCode() == 128 + SIGKILL)
    let label = try #require(
      LabelLine.read(folder.file(Self.incremental + ".label.json")).first)
    // Cut between two commands, which only the transaction tells.
    #expect(label.hits?.offset == cut && label.found_by?.exit_code == 1)
    #expect(try Self.checkLog(folder.url).exitCode == 1)
    let again = try OracleServer.ours(arguments: Self.always, in: folder)
    #expect(try again.command("EXISTS", "a", "b") == .integer(0))
  }

  @Test func aTurnedBit() throws {
    let folder = try TemporaryFolder()
    let server = try OracleServer.ours(arguments: Self.always, in: folder)
    try server.command("SET", "key", "value")
    var expected = try server.bytes(Self.incremental)
    let offset = expected.count
    // The mark of the command behind the next one, and a bit of the value of that.
    let next = Self.logged("SET", "key", "wrong")
    try server.command(
      "DEBUG", "FAULT", "flip:\(offset + next.count)", "flip:\(offset + next.count - 3).5")
    for value in ["wrong", "lost!", "after"] { try server.command("SET", "key", Word(value)) }
    let sound = expected + ["wrong", "lost!", "after"].flatMap { Self.logged("SET", "key", $0) }
    expected = sound
    expected[offset + next.count] ^= 1
    expected[offset + next.count - 3] ^= 1 << 5
    #expect(try server.bytes(Self.incremental) == expected)
    #expect(try server.command("DEBUG", "FAULT", "LIST") == .array([]))
    #expect(try server.command("GET", "key").text == "after")
    let labels = try LabelLine.read(folder.file(Self.incremental + ".label.json"))
    #expect(labels.map(\.fault.offset) == [offset + next.count - 3, offset + next.count])
    #expect(labels.map(\.fault.bit) == [5, 0])
    #expect(labels.map(\.hits?.part) == ["argument", "framing"])
    for label in labels {
      let end = try #require(label.sound?.bytes)
      #expect(label.sound?.sha256 == LabelLine.sha256(Array(sound[..<end])))
      #expect(label.broken?.sha256 == LabelLine.sha256(Array(expected[..<end])))
    }
    #expect(try Self.checkLog(folder.url).exitCode == 1)
  }

  // MARK: Syncs that are none

  @Test(arguments: ["always", "everysec"])
  func whatWasNotSyncedIsGone(_ sync: String) throws {
    let folder = try TemporaryFolder()
    let options = ["--appendonly", "yes", "--appendfsync", sync]
    let server = try OracleServer.ours(arguments: options, in: folder)
    try server.command("SET", "kept", "1")
    while try server.info("persistence")["aof_pending_bio_fsync"] != "0" { usleep(10_000) }
    if sync == "everysec" { usleep(1_500_000) }
    let synced = try server.bytes(Self.incremental)
    try server.command("DEBUG", "FAULT", "drop-sync")
    #expect(try server.command("SET", "gone", "1") == .simple("OK"))
    if sync == "everysec" { usleep(1_500_000) }
    let whole = try server.bytes(Self.incremental)
    #expect(whole.count > synced.count)
    #expect(throws: RESPError.self) { try server.command("DEBUG", "FAULT", "CRASH") }
    #expect(server.exitCode() == 128 + SIGKILL)
    #expect(try server.bytes(Self.incremental) == synced)
    let labels = try LabelLine.read(folder.file(Self.incremental + ".label.json"))
    #expect(labels.map(\.fault.kind) == ["kill", "drop-sync"])
    #expect(labels[1].fault.offset == synced.count)
    #expect(labels[1].fault.bytes_missing == whole.count - synced.count)
    #expect(labels[1].sound?.sha256 == LabelLine.sha256(whole))
    #expect(labels[1].broken?.sha256 == LabelLine.sha256(synced))
    #expect(labels[1].found_by?.exit_code == 0)
    #expect(try Self.checkLog(folder.url).exitCode == 0)
    let again = try OracleServer.ours(arguments: options, in: folder)
    #expect(try again.command("EXISTS", "kept") == .integer(1))
    #expect(try again.command("EXISTS", "gone") == .integer(0))
  }

  /// A new file of the log has nothing that is durable until it is synced, and neither has the end of the old one.
  @Test func droppedSyncsAndARewrite() throws {
    let folder = try TemporaryFolder()
    let server = try OracleServer.ours(arguments: Self.always, in: folder)
    try server.command("SET", "kept", "1")
    try server.command("DEBUG", "FAULT", "drop-sync")
    try server.command("BGREWRITEAOF")
    while try server.info("persistence")["aof_rewrite_in_progress"] != "0" { usleep(10_000) }
    try server.command("SET", "gone", "1")
    #expect(throws: RESPError.self) { try server.command("DEBUG", "FAULT", "CRASH") }
    #expect(server.exitCode() == 128 + SIGKILL)
    #expect(try server.bytes("appendonlydir/appendonly.aof.2.incr.aof").isEmpty)
    let again = try OracleServer.ours(arguments: Self.always, in: folder)
    #expect(try again.command("EXISTS", "kept") == .integer(1))
    #expect(try again.command("EXISTS", "gone") == .integer(0))
  }

  // MARK: Errors

  /// Nothing is acknowledged that is not in the log, and all goes on when the disk does.
  @Test(arguments: ["fail-sync:EIO", "fail-write:ENOSPC"])
  func errorsOfTheDisk(_ fault: String) throws {
    let folder = try TemporaryFolder()
    let server = try OracleServer.ours(arguments: Self.always, in: folder)
    try server.command("SET", "first", "1")
    let before = try server.bytes(Self.incremental)
    try server.command("DEBUG", "FAULT", Word(fault))
    #expect(try server.command("DEBUG", "FAULT", "LIST") == .array([.bulk(Array(fault.utf8))]))
    let client = try server.connect()
    client.setPatience(.milliseconds(300))
    client.enqueue(["SET", "second", "1"])
    #expect(throws: RESPError.self) { try client.drain() }
    #expect(try server.bytes(Self.incremental) == before)
    #expect(try server.refusal("SET", "third", "1")?.hasPrefix("MISCONF") == true)
    #expect(try server.info("persistence")["aof_last_write_status"] == "err")
    let labels = try LabelLine.read(folder.file(Self.incremental + ".label.json"))
    #expect(
      labels.count == 1 && labels[0].fault.kind + ":" + (labels[0].fault.error ?? "") == fault)
    try server.command("DEBUG", "FAULT", "CLEAR")
    while try server.info("persistence")["aof_last_write_status"] != "ok" { usleep(20_000) }
    try server.command("SET", "fourth", "1")
    kill(try #require(try server.processIdentifier()), SIGKILL)
    _ = server.exitCode()
    let again = try OracleServer.ours(arguments: Self.always, in: folder)
    #expect(try again.command("EXISTS", "first", "second", "fourth") == .integer(3))
    #expect(try again.command("EXISTS", "third") == .integer(0))
  }

  // MARK: Kills

  /// A point, how often it is passed before, and the command that leads there.
  private static let kills: [(String, String)] = [
    ("before-log-write:5", ""), ("after-log-write:5", ""), ("after-log-sync:5", ""),
    ("rewrite-base-half-written", "BGREWRITEAOF"), ("before-base-rename", "BGREWRITEAOF"),
    ("rewrite-base-written", "BGREWRITEAOF"), ("before-manifest-rename:1", "BGREWRITEAOF"),
    ("after-manifest-rename:1", "BGREWRITEAOF"), ("before-manifest-rename:2", "BGREWRITEAOF"),
    ("after-manifest-rename:2", "BGREWRITEAOF"), ("before-manifest-rename:3", "BGREWRITEAOF"),
    ("after-manifest-rename:3", "BGREWRITEAOF"), ("dump-half-written", "BGSAVE"),
    ("before-dump-rename", "BGSAVE"), ("after-dump-rename", "SAVE"),
  ]

  @Test(arguments: kills)
  func whatWasAcknowledgedIsThere(_ kill: (point: String, command: String)) throws {
    let folder = try TemporaryFolder()
    let server = try OracleServer.ours(arguments: Self.always, in: folder)
    for number in 0..<50 { try server.command("SET", "before:\(number)", Word(number)) }
    try server.command("DEBUG", "FAULT", "kill:\(kill.point)")
    let client = try server.connect()
    client.setPatience(.seconds(30))
    var acknowledged = 0
    if !kill.command.isEmpty { client.enqueue(Self.words(kill.command)) }
    while acknowledged < 50_000 {
      client.enqueue(["SET", "after:\(acknowledged)", Word(acknowledged)])
      guard let replies = try? client.drain(), let last = replies.last, last == .simple("OK") else {
        break
      }
      acknowledged += 1
    }
    #expect(server.exitCode() == 128 + SIGKILL)
    let again = try OracleServer.ours(arguments: Self.always, in: folder)
    let keys = try #require(try again.command("DBSIZE").integer)
    #expect((Int64(50 + acknowledged)...Int64(51 + acknowledged)).contains(keys))
    for number in 0..<acknowledged {
      #expect(try again.command("GET", "after:\(number)").text == "\(number)")
    }
    #expect(try again.command("GET", "before:49").text == "49")
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.url.path)
    let labels = names.filter { $0.hasSuffix(".label.json") }
    #expect(labels.count == 1, "\(names)")
    let label = try #require(LabelLine.read(folder.file(labels[0])).first)
    #expect(label.fault.kind == "kill")
    #expect(kill.point.hasPrefix(label.fault.point ?? "?"))
    try again.command("SET", "more", "1")
    #expect(try Self.checkLog(folder.url).exitCode == 0)
  }

  /// Without a log, the dump is the old one or the new one.
  @Test(arguments: [
    ("dump-half-written", "old"), ("before-dump-rename", "old"), ("after-dump-rename", "new"),
  ])
  func theDumpIsWhole(_ point: String, _ value: String) throws {
    let folder = try TemporaryFolder()
    let server = try OracleServer.ours(in: folder)
    try server.command("SET", "key", "old")
    try server.command("SAVE")
    try server.command("SET", "key", "new")
    try server.command("DEBUG", "FAULT", "kill:\(point)")
    #expect(throws: RESPError.self) { try server.command("SAVE") }
    #expect(server.exitCode() == 128 + SIGKILL)
    let again = try OracleServer.ours(in: folder)
    #expect(try again.command("GET", "key").text == value)
  }

  // MARK: Asking

  @Test func faultsFromTheStart() throws {
    let folder = try TemporaryFolder()
    let server = try OracleServer.ours(
      arguments: Self.always + ["--fault", "kill:after-log-sync:3", "--fault", "torn:1000000"],
      in: folder)
    let list = try server.command("DEBUG", "FAULT", "LIST").array?.map(\.text)
    #expect(list == ["kill:after-log-sync:3", "torn:1000000"])
    let sets = (0..<5).map { ["SET", "\($0)", "x"] as [Word] }
    #expect(try Self.sendUntilGone(server, sets) == 2)
    #expect(server.exitCode() == 128 + SIGKILL)
    let again = try OracleServer.ours(arguments: Self.always, in: folder)
    #expect(try again.command("DBSIZE") == .integer(3))
  }

  @Test(arguments: [
    (["--fault", "drop-sync", "--enable-debug-command", "no"], "enable-debug-command"),
    (["--fault"], "takes a value"), (["--fault", "burn"], "no such fault"),
    (["--fault", "drop-sync", "--replay", "x"], "do not go together"),
  ])
  func refusedAtTheStart(_ words: [String], _ reason: String) throws {
    let folder = try TemporaryFolder()
    let run = try Run.built(
      "replay-server",
      ["--dir", folder.url.path, "--port", "0", "--enable-debug-command", "yes"] + words,
      timeout: .seconds(30))
    #expect(run.exitCode == 64)
    #expect(run.errorText.contains(reason), "\(run.errorText)")
  }

  @Test func refusedSpecifications() throws {
    let server = try OracleServer.ours(arguments: ["--appendonly", "yes"])
    try server.command("SET", "key", "value")
    for spec in [
      "torn", "torn:", "torn:-1", "torn:1", "torn:18446744073709551616", "torn:9:9", "flip:99.8",
      "flip:-1", "flip:1", "flip:+99", "drop-sync:1", "fail-sync", "fail-sync:EPERM",
      "fail-write:", "kill", "kill:somewhere", "kill:after-log-write:0", "kill:after-log-write:x",
      "kill:debug-fault-crash", "", ":", "burn\n",
    ] {
      let refusal = try server.refusal("DEBUG", "FAULT", Word(spec))
      #expect(refusal?.hasPrefix("ERR ") == true, "\(spec): \(refusal ?? "taken")")
    }
    // All of them or none.
    #expect(try server.refusal("DEBUG", "FAULT", "drop-sync", "burn") != nil)
    #expect(try server.command("DEBUG", "FAULT", "LIST") == .array([]))
    #expect(try server.refusal("DEBUG", "FAULT") != nil)
    let silent = try OracleServer.ours()
    #expect(try silent.refusal("DEBUG", "FAULT", "torn:5")?.contains("no log") == true)
    #expect(try silent.command("DEBUG", "FAULT", "kill:after-dump-rename") == .simple("OK"))
    #expect((try silent.command("DEBUG", "HELP").array?.count ?? 0) > 10)
  }
}
