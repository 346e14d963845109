import Foundation
import Persistence
import TestSupport
import Testing

/// What the encoder writes, real servers make themselves, and take.
@Suite struct EncoderOracleTests {
  private static func target(_ oracle: Oracle) throws -> RDBTarget { try #require(oracle.release) }

  private static func text(_ letter: String, _ count: Int) -> ByteString {
    ByteString(String(repeating: letter, count: count))
  }

  // MARK: The forms that servers choose

  /// Makes a value on a server, command by command, and returns it as the server tells it.
  private static func make(
    _ commands: [[Word]], on server: OracleServer
  ) throws -> (dump: [UInt8], encoding: String) {
    try server.command("DEL", "k")
    for reply in try server.pipeline(commands) {
      if case .error(let text) = reply { throw RESPError.refused(text, command: "\(commands[0])") }
    }
    let dump = try #require(try server.command("DUMP", "k").bytes)
    return (dump, try server.command("OBJECT", "ENCODING", "k").text ?? "")
  }

  /// Compares what a server dumps with what the encoder makes of the intended value.
  private static func expectSame(
    _ name: String, _ value: RDBValue, _ commands: [[Word]], _ oracle: Oracle,
    on server: OracleServer
  ) throws {
    let made = try make(commands, on: server)
    let ours = try target(oracle).dumpPayload(of: value)
    #expect(ours?.bytes == made.dump, "\(name) (\(made.encoding)) on \(oracle)")
  }

  @Test(arguments: Oracle.allCases) func strings(_ oracle: Oracle) throws {
    let server = try OracleServer(oracle)
    var random = SeededRandom(seed: 1)
    var values: [ByteString] = [
      "", "0", "-0", "00", "+1", "-1", "127", "128", "-128", "-129", "32767", "32768", "-32768",
      "-32769", "2147483647", "2147483648", "-2147483648", "-2147483649", "12345678901",
      "9223372036854775807", "-9223372036854775808", "9223372036854775808", " 1", "1 ", "1.0",
      "1e3",
    ]
    for count in [20, 21, 44, 45, 63, 64, 16383, 16384, 100_000] {
      values += [text("x", count), ByteString(random.bytes(count))]
      values.append(ByteString((0..<count).map { _ in UInt8(97 + random.next() % 3) }))
    }
    for value in values {
      try Self.expectSame(
        "\(value.count)", .string(value), [["SET", "k", Word(value.bytes)]], oracle, on: server)
    }

    func text(_ letter: String, _ count: Int) -> ByteString { Self.text(letter, count) }
  }

  /// Elements at the tail, one by one, of sizes around each limit of nodes and headers.
  @Test(arguments: Oracle.allCases) func lists(_ oracle: Oracle) throws {
    let server = try OracleServer(oracle)
    var random = SeededRandom(seed: 2)
    let sizes = [
      0, 1, 62, 63, 64, 65, 126, 127, 252, 253, 254, 255, 1000, 2000, 4080, 4095, 4096, 8100, 8170,
      8171, 8172, 8173, 8174, 8175, 8176, 8177, 8178, 8179, 8180, 8181, 8182, 8183, 8184, 8185,
      8186,
      8187, 8188, 8189, 8190, 8191, 8192, 8193, 8194, 9000, 16383, 16384, 20000,
    ]
    var lists = sizes.map { [Self.text("v", $0)] }
    for size in sizes {
      // What follows shows where a node ends.
      lists.append([Self.text("w", size), "1", Self.text("x", 3)])
      lists.append([Self.text("v", 3)] + [Self.text("w", size), Self.text("x", size)])
    }
    for size in [1, 20, 63, 64, 100, 250, 254, 700] {
      lists.append((0..<(20_000 / (size + 8) + 5)).map { _ in Self.text("y", size) })
    }
    lists.append((0..<3000).map { ByteString("\($0 * 37 % 100_000 - 500)") })
    for _ in 0..<60 {
      lists.append(
        (0..<(1 + Int(random.next() % 40))).map { _ in
          random.next() % 4 == 0
            ? ByteString("\(Int64(bitPattern: random.next()) >> Int64(random.next() % 64))")
            : Self.text("z", Int(random.next() % [3, 70, 600, 9000][Int(random.next() % 4)]))
        })
    }
    for (index, list) in lists.enumerated() {
      let commands = list.map { ["RPUSH", "k", Word($0.bytes)] as [Word] }
      try Self.expectSame("list \(index)", .list(list), commands, oracle, on: server)
    }
  }

  /// Members and fields at and across the limits; hash tables in the order of the server.
  @Test(arguments: Oracle.allCases) func sets(_ oracle: Oracle) throws {
    let server = try OracleServer(oracle)
    var sets: [[ByteString]] = [
      ["1"], ["a"], ["1", "a"], ["-1", "32767"], ["32768", "1"], ["2147483648", "-5"], ["", "1"],
      [Self.text("m", 64)], [Self.text("m", 65)], ["9223372036854775807", "-9223372036854775808"],
      ["007", "7"],
    ]
    for count in [127, 128, 129, 511, 512, 513] {
      sets.append((0..<count).map { ByteString("\($0 * 3)") })
      sets.append((0..<count).map { ByteString("m\($0)") })
      sets.append((0..<(count - 1)).map { ByteString("\($0)") } + ["x"])
    }
    for set in sets {
      let commands = set.map { ["SADD", "k", Word($0.bytes)] as [Word] }
      let made = try Self.make(commands, on: server)
      let reply = try #require(try server.command("SMEMBERS", "k").array)
      let members = reply.compactMap(\.bytes).map { ByteString($0) }
      #expect(members.sorted() == set.sorted())
      // An intset and a table have an order of their own; a listpack that of the commands.
      let value = made.encoding == "hashtable" ? members : set
      let ours = try Self.target(oracle).dumpPayload(of: .set(value))
      #expect(ours?.bytes == made.dump, "\(set.count) members, \(made.encoding)")
    }
  }

  @Test(arguments: Oracle.allCases) func hashes(_ oracle: Oracle) throws {
    let server = try OracleServer(oracle)
    var hashes: [[RDBField]] = [
      [RDBField(name: "", value: "")], [RDBField(name: "f", value: Self.text("v", 64))],
      [RDBField(name: "f", value: Self.text("v", 65))],
      [RDBField(name: Self.text("f", 64), value: "1")],
      [RDBField(name: Self.text("f", 65), value: "1")],
    ]
    for count in [2, 511, 512, 513] {
      hashes.append(
        (0..<count).map { RDBField(name: ByteString("f\($0)"), value: ByteString("\($0 - 9)")) })
    }
    for hash in hashes {
      let commands = hash.map {
        ["HSET", "k", Word($0.name.bytes), Word($0.value.bytes)] as [Word]
      }
      let made = try Self.make(commands, on: server)
      let reply = try #require(try server.command("HGETALL", "k").array).compactMap(\.bytes)
      let fields = stride(from: 0, to: reply.count, by: 2).map {
        RDBField(name: ByteString(reply[$0]), value: ByteString(reply[$0 + 1]))
      }
      #expect(fields.count == hash.count)
      let value = made.encoding == "hashtable" ? fields : hash
      let ours = try Self.target(oracle).dumpPayload(of: .hash(value))
      #expect(ours?.bytes == made.dump, "\(hash.count) fields, \(made.encoding)")
    }
  }

  /// Fields with lifetimes, which of the servers here only Valkey 9 has.
  @Test func fieldLifetimes() throws {
    let server = try OracleServer(.valkey9)
    let made = try Self.make(
      [
        ["HSET", "k", "a", "1", "b", "2", "c", "3"],
        ["HPEXPIREAT", "k", "4102444800123", "FIELDS", "1", "b"],
      ], on: server)
    let names = try #require(try server.command("HKEYS", "k").array).compactMap(\.bytes)
    let fields = names.map { name in
      RDBField(
        name: ByteString(name), value: ByteString("\(name[0] - 96)"),
        expiresAt: name == [98] ? 4_102_444_800_123 : nil)
    }
    let ours = try Self.target(.valkey9).dumpPayload(of: .hash(fields))
    #expect(fields.count == 3)
    #expect(ours?.bytes == made.dump)
  }

  @Test(arguments: Oracle.allCases) func sortedSets(_ oracle: Oracle) throws {
    let server = try OracleServer(oracle)
    let scores: [Double] = [
      0, 1, -1, 0.1, 2.5, 1e17, 1e300, .leastNonzeroMagnitude, 0x1p52, 0x1p53 + 2, -0x1p62, 0x1p62,
      0x1p63,
      1e15, 1e16, 123456789.125, 1e-5, 1e-7, 3.0e-10, .infinity, -.infinity, 1.0 / 3, 2e22, 1e21,
    ]
    var sets = scores.map { [RDBScoredMember(member: "m", score: $0)] }
    sets.append(
      scores.enumerated().map { RDBScoredMember(member: ByteString("m\($0)"), score: $1) })
    sets.append(
      scores.enumerated().map { index, score in
        RDBScoredMember(member: Self.text("m", 65 + index), score: score)
      })
    sets.append([RDBScoredMember(member: Self.text("m", 64), score: 1)])
    for count in [127, 128, 129] {
      sets.append(
        (0..<count).map {
          RDBScoredMember(member: ByteString("m\($0)"), score: Double($0 * 7 % 10))
        })
    }
    var random = SeededRandom(seed: 4)
    for _ in 0..<40 {
      sets.append(
        (0..<120).map { index in
          let bits = Double(bitPattern: random.next())
          let decimal = Double(Int64(random.next() % 2_000_000_000) - 1_000_000_000) / 1e4
          let score = index % 2 == 0 || bits.isNaN ? decimal : bits
          return RDBScoredMember(member: ByteString("\(index)"), score: score)
        })
    }
    for (index, set) in sets.enumerated() {
      let commands = set.map {
        ["ZADD", "k", Word("\($0.score)"), Word($0.member.bytes)] as [Word]
      }
      try Self.expectSame("sorted set \(index)", .sortedSet(set), commands, oracle, on: server)
    }
  }

  @Test(arguments: Oracle.allCases) func streams(_ oracle: Oracle) throws {
    let server = try OracleServer(oracle)
    var random = SeededRandom(seed: 3)
    for round in 0..<24 {
      var entries: [RDBStream.Entry] = []
      var id = StreamID(1 + random.next() % 1000, random.next() % 1000)
      let sizes: [UInt64] = [2, 20, 300, 5000]
      for _ in 0..<(round == 0 ? 0 : 1 + Int(random.next() % [5, 120, 260][round % 3])) {
        let fields = (0...(random.next() % 3)).map { index in
          (
            name: ByteString(random.next() % 5 == 0 ? "other" : "f\(index)"),
            value: random.next() % 2 == 0
              ? ByteString("\(random.next() % 100_000)")
              : Self.text("v", Int(random.next() % sizes[round % 4]))
          )
        }
        entries.append(RDBStream.Entry(id: id, fields: fields))
        id =
          random.next() % 2 == 0
          ? StreamID(id.milliseconds, id.sequence + 1 + random.next() % 300)
          : StreamID(id.milliseconds + 1 + random.next() % 100_000, random.next() % 50)
      }
      var commands: [[Word]] = [["XGROUP", "CREATE", "k", "g", "0", "MKSTREAM"]]
      commands += entries.map { entry in
        ["XADD", "k", Word(entry.id.description)]
          + entry.fields.flatMap { [Word($0.name.bytes), Word($0.value.bytes)] }
      }
      if round % 2 == 0 { commands.append(["XGROUP", "DESTROY", "k", "g"]) }
      var stream = RDBStream(entries)
      if round % 2 == 1 {
        // What was delivered, and when, only the server knows.
        commands.append(["XREADGROUP", "GROUP", "g", "c", "COUNT", "3", "STREAMS", "k", ">"])
        commands.append(["XREADGROUP", "GROUP", "g", "b", "COUNT", "2", "STREAMS", "k", ">"])
        let made = try Self.make(commands, on: server)
        guard case .stream(let told) = try Written.value(ofDump: made.dump).value else { continue }
        #expect(told.groups.count == 1)
        stream.groups = told.groups
        #expect(try Self.target(oracle).dumpPayload(of: .stream(stream))?.bytes == made.dump)
      } else {
        try Self.expectSame("stream \(round)", .stream(stream), commands, oracle, on: server)
      }
    }
  }

  // MARK: What servers take

  /// Files that have every type and encoding between them.
  static let sources = ["2.4.18-census", "6.2.16-census", "7.4.1-census"]

  /// Every value of these files, written for a server, restored there and dumped again.
  @Test(arguments: Oracle.allCases) func restore(_ oracle: Oracle) throws {
    let server = try OracleServer(oracle)
    let target = try Self.target(oracle)
    let now = UInt64(Date().timeIntervalSince1970 * 1000)
    var restored: [ValueType: Int] = [:]
    for source in try Self.sources.map(SoundFile.named) {
      var reader = try RDBReader(path: source.url.path)
      while let entry = try reader.next() {
        // A mebibyte takes a while to compress in a build without optimisation.
        if case .string(let text) = entry.value, text.count > 100_000 { continue }
        var value = entry.value
        if case .hash(let fields) = value {
          // A server may drop what has expired.
          value = .hash(fields.filter { $0.expiresAt ?? .max > now })
        }
        guard let payload = target.dumpPayload(of: value) else { continue }
        let reply = try server.pipeline([
          ["DEL", "k"], ["RESTORE", "k", "0", Word(payload.bytes)],
        ])
        #expect(reply.last == .simple("OK"), "\(source.name) \(entry.key)")
        let dump = try #require(try server.command("DUMP", "k").bytes)
        let back = try Written.value(ofDump: dump).value
        let written = try Written.value(ofDump: payload.bytes).value
        #expect(
          back == written || Written.sorted(back) == Written.sorted(written),
          "\(source.name) \(entry.key)")
        restored[entry.type, default: 0] += 1
      }
    }
    #expect(restored.count == 6)
    #expect(restored.values.allSatisfy { $0 >= 20 }, "\(restored)")
  }

  /// Files of servers, and the same written anew: the server comes to the same dataset.
  @Test(
    arguments: [
      ("2.4.18-census", Oracle.redis62), ("3.2.13-census", .redis62), ("6.2.16-census", .redis62),
      ("6.2.16-mid", .redis62), ("2.6.17-census", .redis7), ("5.0.14-census", .redis7),
      ("7.0.15-census", .redis7), ("6.2.16-manydb", .redis7), ("2.8.24-census", .valkey9),
      ("7.2.6-census", .valkey9), ("valkey-8.0.1-census", .valkey9),
      ("valkey-9.1.2-census", .valkey9),
    ]) func digest(_ name: String, _ oracle: Oracle) throws
  {
    let source = try SoundFile.named(name)
    var entries: [RDBEntry] = []
    var reader = try RDBReader(path: source.url.path)
    while let entry = try reader.next() { entries.append(entry) }
    let (bytes, losses) = Written.file(entries, for: try Self.target(oracle))
    #expect(losses.allSatisfy { !$0.isWhole })
    func load(_ file: [UInt8]) throws -> (digest: String, keyspace: String) {
      let server = try OracleServer(oracle, arguments: ["--databases", "400"]) {
        try Data(file).write(to: $0.appendingPathComponent("dump.rdb"))
      }
      let keyspace = try server.command("INFO", "keyspace").text ?? ""
      let keys = keyspace.split(separator: "\r\n").map {
        $0.split(separator: ",").prefix(2).joined(separator: ",")
      }
      return (try server.debugDigest(), keys.joined(separator: "\n"))
    }
    let theirs = try load(try source.bytes())
    let ours = try load(bytes)
    #expect(ours.digest == theirs.digest)
    #expect(ours.keyspace == theirs.keyspace)
    #expect(theirs.keyspace.contains("keys="))
  }
}
