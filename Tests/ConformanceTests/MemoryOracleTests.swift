import MemoryModel
import TestSupport
import Testing

/// The memory model against servers of today: every type and encoding in one dump, its totals under several
/// settings, and the cases of "Redis in Action", 9.2.
@Suite struct MemoryOracleTests {
  @Test(arguments: Oracle.allCases)
  func everyTypeAndEncoding(_ oracle: Oracle) throws {
    let lab = try MemoryLab(oracle)
    let folder = try TemporaryFolder()
    let figures = try lab.figures(try lab.dump(keys: 30_000, in: folder))
    #expect(figures.keys == 30_000)
    #expect(figures.encodings.count >= 9)
    for encoding in figures.encodings {
      #expect(abs(encoding.difference) < 0.01, "\(encoding)")
    }
    // The C library's malloc hands out larger pieces now and then, which is the more the smaller the key is.
    let isExact = oracle == .redis7
    #expect(Double(figures.near) >= (isExact ? 0.99 : 0.95) * Double(figures.keys))
    #expect(abs(figures.total.difference) < (isExact ? 0.02 : 0.03), "\(figures.total)")
    for (settings, total) in figures.whatIfs {
      #expect(abs(total.difference) < 0.03, "\(settings): \(total)")
    }
  }

  /// A log, of which half is a dump and half is commands, in a server that has replayed it, and then has saved
  /// and loaded what that led to: the report is about values as they are when they are loaded.
  @Test func everyTypeAndEncodingOfALog() throws {
    let lab = try MemoryLab(.redis7)
    let folder = try TemporaryFolder()
    let figures = try lab.figures(try lab.log(keys: 30_000, in: folder), reloading: true)
    #expect(figures.server == "redis-7.0" && figures.keys == 30_000)
    #expect(figures.encodings.count >= 9)
    for encoding in figures.encodings {
      #expect(abs(encoding.difference) < 0.01, "\(encoding)")
    }
    #expect(abs(figures.total.difference) < 0.02, "\(figures.total)")
    for (settings, total) in figures.whatIfs {
      #expect(abs(total.difference) < 0.03, "\(settings): \(total)")
    }
  }

  /// What a replay leaves that a load does not: the last node of a stream has room for more (up to 4 KiB, of
  /// `lpNew` in t_stream.c), and a table that grew may have its smaller predecessor beside it.
  @Test func encodingsAfterAReplay() throws {
    let lab = try MemoryLab(.redis7)
    let folder = try TemporaryFolder()
    let figures = try lab.figures(try lab.log(keys: 10_000, in: folder))
    #expect(figures.keys == 10_000)
    for encoding in figures.encodings {
      switch encoding.name {
      case "stream": #expect(encoding.difference < 0.01, "\(encoding)")
      case "hashtable": #expect((-0.05..<0.01).contains(encoding.difference), "\(encoding)")
      default: #expect(abs(encoding.difference) < 0.01, "\(encoding)")
      }
    }
  }

  /// The advice finds the large hash and the large set by itself, and what it says is saved is.
  @Test func shards() throws {
    let lab = try MemoryLab(.redis7)
    for sharding in [try lab.cities(60_000), try lab.visitors(100_000)] {
      #expect(sharding.advice.keys == 1)
      #expect(sharding.measured > sharding.before / 3)
      #expect(abs(sharding.difference) < 0.05, "\(sharding)")
    }
  }

  /// Streams have room for entries to come until they are loaded.
  @Test(arguments: Oracle.allCases)
  func streamRoom(_ oracle: Oracle) throws {
    let room = try MemoryLab(oracle).streamRoom()
    #expect(room.used > 1_000_000)
    #expect(abs(room.difference) < 0.03, "\(room)")
  }
}
