import Persistence
import TestSupport
import Testing

@Suite struct CommandTableTests {
  private let table = CommandTable.shared

  private func entry(_ name: String) throws -> CommandEntry {
    let bytes = Array(name.utf8)
    let found = table.command(bytes.raw)
    return try #require(found, "\(name)")
  }

  @Test func everyNameIsFoundInAnyCase() throws {
    #expect(table.entries.count > 380)
    var random = SeededRandom(seed: 1)
    for entry in table.entries {
      let name = table.name(entry).split(separator: "|").last.map(String.init) ?? ""
      for _ in 0..<4 {
        let text = Array(name.utf8).map { byte in
          (0x61...0x7A).contains(byte) && Bool.random(using: &random) ? byte - 0x20 : byte
        }
        let found =
          if let container = entry.container {
            table.command(
              Array(table.name(table.entries[container]).utf8).raw, text.raw, argumentCount: 2)
          } else {
            table.command(text.raw)
          }
        #expect(found?.index == entry.index)
      }
    }
    #expect(Set(table.entries.map { table.name($0) }).count == table.entries.count)
  }

  /// A name that differs in one byte is another name.
  @Test func nothingElseIsFound() throws {
    for text in ["", "se", "sett", "set\0", "json.set", String(repeating: "x", count: 1000)] {
      let bytes = Array(text.utf8)
      let found = table.command(bytes.raw)
      #expect(found == nil, "\(text)")
    }
    let names = Set(table.entries.filter { $0.container == nil }.map { Array(table.name($0).utf8) })
    for name in names {
      for at in name.indices {
        for bit in 0..<8 {
          var other = name
          other[at] ^= 1 << UInt8(bit)
          let lower = other.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
          let isFound = table.command(other.raw) != nil
          #expect(isFound == names.contains(lower))
        }
      }
    }
  }

  @Test func knownCommands() throws {
    let set = try entry("SET")
    #expect(set.arity == -3 && set.flags == .write && set.isLogged)
    #expect(set.accepts(argumentCount: 3) && set.accepts(argumentCount: 9))
    #expect(!set.accepts(argumentCount: 2))
    let get = try entry("get")
    #expect(get.flags == .read && !get.isLogged)
    #expect(get.accepts(argumentCount: 2) && !get.accepts(argumentCount: 3))
    #expect(set.redis?.description == "2.0" && set.valkey?.description == "7.2")
    #expect(try entry("hexpire").redis?.description == "7.4")
    #expect(try entry("hexpire").valkey?.description == "9.0")
    #expect(try entry("delifeq").redis == nil)
    #expect(try entry("vadd").valkey == nil)
    #expect(try entry("restore").redis == CommandEntry.Release(2, 6))
    for name in ["select", "multi", "exec", "eval", "evalsha", "pfcount", "script", "xadd"] {
      #expect(try entry(name).isLogged, "\(name)")
    }
    for name in ["ping", "config", "discard", "publish", "bgrewriteaof", "keys"] {
      #expect(try !entry(name).isLogged, "\(name)")
    }
    #expect(try entry("multi").flags.contains(.transaction))
    #expect(try entry("blpop").flags == [.write, .blocking])
  }

  @Test func subcommands() throws {
    func find(_ words: Word...) throws -> String? {
      let bytes = CommandLog.command(words)
      var arguments = ArgumentTable()
      var parser = CommandParser(bytes.raw, inputEnd: UInt64(bytes.count))
      _ = try parser.next(&arguments)
      return table.command(arguments, in: bytes.raw).map { table.name($0) }
    }
    #expect(try find("XGROUP", "CREATE", "k", "g", "$") == "xgroup|create")
    #expect(try find("xgroup", "createconsumer", "k", "g", "c") == "xgroup|createconsumer")
    #expect(try find("XGROUP", "OTHER") == "xgroup")
    #expect(try find("XGROUP") == "xgroup")
    #expect(try find("FUNCTION", "load", "code") == "function|load")
    #expect(try find("SET", "create", "1") == "set")
    #expect(try find("CREATE", "create") == nil)
    let (xgroup, set) = (try entry("xgroup"), try entry("set"))
    #expect(table.holdsSubcommands(xgroup) && !table.holdsSubcommands(set))
  }

  @Test func byNameAndWhatFollows() {
    func find(_ name: String, _ second: String, _ argumentCount: Int) -> String? {
      let (name, second) = (Array(name.utf8), Array(second.utf8))
      return table.command(name.raw, second.raw, argumentCount: argumentCount)
        .map { table.name($0) }
    }
    #expect(find("XGROUP", "create", 6) == "xgroup|create")
    #expect(find("XGROUP", "other", 6) == nil && find("XGROUP", "", 2) == nil)
    #expect(find("XGROUP", "create", 1) == "xgroup")
    #expect(find("SET", "create", 3) == "set" && find("create", "create", 2) == nil)
  }

  @Test func marks() {
    let marked = table.entries.filter { $0.mark != nil }
    #expect(marked.map { table.name($0) } == ["discard", "exec", "multi", "select"])
    #expect(marked.map(\.mark) == [.discard, .exec, .multi, .select])
  }

  // MARK: Keys

  private func keys(_ words: Word...) throws -> [Int] {
    let bytes = CommandLog.command(words)
    var arguments = ArgumentTable()
    var parser = CommandParser(bytes.raw, inputEnd: UInt64(bytes.count))
    _ = try parser.next(&arguments)
    let found = table.command(arguments, in: bytes.raw)
    let entry = try #require(found)
    var keys: [Int] = []
    entry.keys.forEachKey(in: arguments.span, of: bytes.raw) { keys.append($0) }
    return keys
  }

  @Test func keysOfFixedPlaces() throws {
    #expect(try keys("SET", "k", "v") == [1])
    #expect(try keys("DEL", "a", "b", "c") == [1, 2, 3])
    #expect(try keys("MSET", "a", "1", "b", "2") == [1, 3])
    #expect(try keys("RENAME", "a", "b") == [1, 2])
    #expect(try keys("BLPOP", "a", "b", "0") == [1, 2])
    #expect(try keys("BITOP", "AND", "d", "a", "b") == [2, 3, 4])
    #expect(try keys("XGROUP", "CREATE", "k", "g", "$") == [2])
    #expect(try keys("PING") == [])
    #expect(try keys("SELECT", "1") == [])
    #expect(try keys("DEL") == [])
    #expect(try keys("SET") == [])
  }

  @Test func keysByRules() throws {
    #expect(try keys("EVAL", "return 1", "2", "a", "b", "c") == [3, 4])
    #expect(try keys("EVAL", "return 1", "0", "a") == [])
    #expect(try keys("EVAL", "return 1", "18446744073709551615", "a") == [3])
    #expect(try keys("EVAL", "return 1", "x", "a") == [])
    #expect(try keys("EVAL", "return 1") == [])
    #expect(try keys("ZUNIONSTORE", "d", "2", "a", "b", "WEIGHTS", "1", "2") == [1, 3, 4])
    #expect(try keys("LMPOP", "2", "a", "b", "LEFT") == [2, 3])
    #expect(try keys("MSETEX", "2", "a", "1", "b", "2", "EX", "5") == [2, 4])
    #expect(try keys("SORT", "a", "BY", "x", "STORE", "d") == [1, 5])
    #expect(try keys("SORT", "a", "store") == [1])
    #expect(try keys("GEORADIUS", "a", "1", "2", "3", "m", "STOREDIST", "d") == [1, 7])
    #expect(
      try keys("XREADGROUP", "GROUP", "g", "c", "STREAMS", "a", "b", ">", ">") == [5, 6])
    #expect(try keys("XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "x") == [])
    #expect(try keys("MIGRATE", "host", "1", "k", "0", "5") == [3])
    #expect(try keys("MIGRATE", "host", "1", "", "0", "5", "KEYS", "a", "b") == [7, 8])
    #expect(try keys("MIGRATE", "host", "1", "", "0", "5", "KEYS") == [])
  }

  @Test func foldedNames() {
    func folded(_ text: String) -> UInt64 {
      let bytes = Array(text.utf8)
      return CommandName.folded(CommandArgument(offset: 0, count: bytes.count), in: bytes.raw)
    }
    #expect(folded("SeLeCt") == CommandName.select && folded("exec") == CommandName.exec)
    #expect(folded("MULTI") == CommandName.multi && folded("Discard") == CommandName.discard)
    #expect(folded("") == 0 && folded("subscribe") == 0)
    // Every byte is what ASCII says, whatever stands beside it.
    for byte in UInt8.min ... .max {
      let bytes = [byte, 0xFF, 0x41, 0, byte, 0x5B, 0x40, byte, 0x41]
      let word = CommandName.folded(CommandArgument(offset: 0, count: 8), in: bytes.raw)
      for at in 0..<8 {
        let own = bytes[at]
        let lower = (0x41...0x5A).contains(own) ? own + 0x20 : own
        #expect(UInt8(truncatingIfNeeded: word >> UInt64(8 * at)) == lower)
      }
    }
  }
}
