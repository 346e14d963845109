import MemoryModel
import TestSupport

/// Datasets that memory-report has something to say about, and their like that it has not.
enum AdviceData {
  typealias Case = MemoryLab.AdviceCase

  // MARK: Pieces

  /// Letters and digits, drawn by a seed.
  static func text(_ count: Int, _ seed: Int) -> String {
    var random = SeededRandom(seed: UInt64(seed))
    let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789")
    return String((0..<count).map { _ in alphabet[Int.random(in: 0..<36, using: &random)] })
  }

  static func hex(_ count: Int, _ seed: Int) -> String {
    var random = SeededRandom(seed: UInt64(seed))
    let digits = Array("0123456789abcdef")
    return String((0..<count).map { _ in digits[Int.random(in: 0..<16, using: &random)] })
  }

  static func bytes(_ count: Int, _ seed: Int) -> Word {
    var random = SeededRandom(seed: UInt64(seed))
    return Word(random.bytes(count))
  }

  /// About `count` bytes of a few words: LZF makes a third of it.
  static func prose(_ count: Int, _ seed: Int) -> String {
    var random = SeededRandom(seed: UInt64(seed))
    let words = ["customer", "delivery", "address", "quantity", "<div class=", "the", "of", "with"]
    var text = ""
    while text.utf8.count < count {
      text += words[Int.random(in: 0..<8, using: &random)] + " \(random.next() % 100) "
    }
    return text
  }

  static func number(_ range: ClosedRange<Int>, _ seed: Int) -> Int {
    var random = SeededRandom(seed: UInt64(seed))
    return Int.random(in: range, using: &random)
  }

  static func sets(_ count: Int, _ pair: (Int) -> (String, Word)) -> [[Word]] {
    (0..<count).map { index in
      let (key, value) = pair(index)
      return ["SET", Word(key), value]
    }
  }

  static func hash(_ key: String, _ fields: Int, value: (Int) -> String) -> [Word] {
    ["HSET", Word(key)] + (0..<fields).flatMap { [Word("field \($0)"), Word(value($0))] }
  }

  // MARK: Strings

  static let integers: [Case] = [
    integers("zeros before eight digits", 10_000) { index in
      let value = number(10_000...9_999_999, index)
      let digits = String(value)
      return (String(repeating: "0", count: 8 - digits.count) + digits, value)
    },
    integers("zeros before numbers that are shared", 10_000) { index in
      let value = index % 10_000
      return ("0\(value)", value)
    },
    integers("a point and zeros behind many digits", 10_000) { index in
      let value = number(1_000_000_000_000...1_999_999_999_999, index)
      return ("\(value).00", value)
    },
    integers("a line's end", 10_000) { index in
      let value = number(20_000...9_999_999, index)
      return ("\(value)\n", value)
    },
  ]

  private static func integers(
    _ name: String, _ count: Int, _ number: @Sendable @escaping (Int) -> (String, Int)
  ) -> Case {
    Case(.integersAsText, name, sets(count) { ("count:\($0)", Word(number($0).0)) }) { _ in
      sets(count) { ("count:\($0)", Word(number($0).1)) }
    }
  }

  static let names: [Case] = [
    rename("five parts", { "application:production:user:\(100_000 + $0):profile" }) {
      "ap:pr:us:\(100_000 + $0):pr"
    },
    rename("numbers of one to five digits", { "shopping-carts:customers:\($0)" }) {
      "sc:cu:\($0)"
    },
    rename("hexadecimal numbers", { "session-store:production:\(hex(32, $0))" }) {
      "ss:pr:\(hex(32, $0))"
    },
  ]

  private static func rename(
    _ name: String, _ long: @Sendable @escaping (Int) -> String,
    _ short: @Sendable @escaping (Int) -> String
  ) -> Case {
    let count = 12_000
    return Case(.longNames, name, sets(count) { (long($0), Word(text(20, $0))) }) { _ in
      (0..<count).map { ["RENAME", Word(long($0)), Word(short($0))] }
    }
  }

  static let packed: [Case] = [
    pack("countries", 20_000) { text(2, $0) }, pack("tokens", 16_000) { text(12, $0) },
    pack("digits", 24_000) { String(10_000 + $0) },
  ]

  private static func pack(
    _ name: String, _ count: Int, _ value: @Sendable @escaping (Int) -> String
  ) -> Case {
    Case(.packedStrings, name, sets(count) { ("place:\($0)", Word(value($0))) }) { _ in
      let length = value(0).utf8.count
      return [["FLUSHALL"]]
        + (0..<count).map {
          [
            "SETRANGE", Word("place:\($0 / 1_000_000)"), Word($0 % 1_000_000 * length),
            Word(value($0)),
          ]
        }
    }
  }

  static let hashes: [Case] = [
    intoHashes("short texts", { "user:\($0)" }, { Word(text(10 + $0 % 11, $0)) }) {
      ("user:\($0 / 512)", "\($0 % 512)")
    },
    intoHashes("numbers", { "visits:\($0)" }, { Word(number(0...5_000_000, $0)) }) {
      ("visits:\($0 / 512)", "\($0 % 512)")
    },
    intoHashes(
      "names that are no numbers", { "session:\(hex(32, $0))" }, { Word(text(24, $0)) }
    ) {
      // A hash of the name tells the place, and some get more of them than others: below 512 all the same.
      ("session:\(number(0...47, $0))", hex(32, $0))
    },
  ]

  private static func intoHashes(
    _ name: String, _ key: @Sendable @escaping (Int) -> String,
    _ value: @Sendable @escaping (Int) -> Word,
    _ field: @Sendable @escaping (Int) -> (String, String)
  ) -> Case {
    let count = 20_000
    return Case(.stringsInHashes, name, sets(count) { (key($0), value($0)) }) { _ in
      [["FLUSHALL"]]
        + (0..<count).map { index in
          let (key, field) = field(index)
          return ["HSET", Word(key), Word(field), value(index)]
        }
    }
  }

  // MARK: Values

  static let values: [Case] = [
    Case(.compressibleValues, "prose", sets(2000) { ("page:\($0)", page($0)) }) {
      try compressed($0, 2000)
    },
    Case(
      .duplicateValues, "twenty of each",
      sets(4000) { ("image:\($0)", image($0 % 200)) }
    ) { _ in
      sets(200) { ("content:\(hex(32, $0))", image($0)) }
        + sets(4000) { ("image:\($0)", Word(hex(32, $0 % 200))) }
    },
    Case(
      .duplicateValues, "three of each", sets(3000) { ("image:\($0)", image($0 % 1000)) }
    ) { _ in
      sets(1000) { ("content:\(hex(32, $0))", image($0)) }
        + sets(3000) { ("image:\($0)", Word(hex(32, $0 % 1000))) }
    },
  ]

  /// Bytes in place of each page, as many as the server's own compressor makes of it.
  private static func compressed(_ server: OracleServer, _ count: Int) throws -> [[Word]] {
    let replies = try server.pipeline(
      (0..<count).map { ["DEBUG", "OBJECT", Word("page:\($0)")] })
    return replies.enumerated().compactMap { index, reply in
      let fact = reply.text?.split(separator: " ").first { $0.hasPrefix("serializedlength:") }
      guard let size = fact.flatMap({ Int($0.dropFirst(17)) }) else { return nil }
      return ["SET", Word("page:\(index)"), bytes(size, index)]
    }
  }

  private static func page(_ index: Int) -> Word { Word(prose(1200 + index * 2, index)) }
  private static func image(_ index: Int) -> Word { bytes(1100 + index % 200 * 20, index) }

  static let json = sets(2000) {
    ("order:\($0)", Word(#"{"id": \#($0), "customer": "\#(text(12, $0))", "total": \#($0 * 7)}"#))
  }

  // MARK: Lifetimes

  static let lifetimes: [Case] = [
    Case(
      .missingLifetimes, "one in six",
      (0..<12_000).map { index in
        let words: [Word] = ["SET", Word("session:\(index)"), Word(text(30 + index % 40, index))]
        return index % 6 == 0 ? words : words + ["PXAT", 4_102_444_800_000]
      }
    ) { _ in
      (0..<12_000).filter { $0 % 6 == 0 }
        .map { ["PEXPIREAT", Word("session:\($0)"), 1_000_000_000_000] }
    }
  ]

  static let expired = Case(
    .expiredKeys, "half of all",
    (0..<24_000).map { index in
      let words: [Word] = ["SET", Word("session:\(index)"), Word(text(30 + index % 40, index))]
      return index % 2 == 0 ? words : words + ["PX", 1]
    })

  // MARK: Encodings

  static let limits: [Case] = [
    Case(
      .encodingLimit, "hashes of 600 fields",
      (0..<200).map { key in
        hash("user:\(key)", 600) { text(8, key * 1000 + $0) }
      }),
    Case(
      .encodingLimit, "values of 100 bytes",
      (0..<2000).map { key in
        hash("user:\(key)", 12) { text(80 + $0 * 2, key * 1000 + $0) }
      }),
    Case(
      .encodingLimit, "sorted sets of 200 members",
      (0..<400).map { key in
        ["ZADD", Word("board:\(key)")]
          + (0..<200).flatMap { [Word($0 * 7), Word(text(10, key * 1000 + $0))] }
      }),
    Case(
      .encodingLimit, "sets of 900 numbers",
      (0..<200).map { key in
        ["SADD", Word("ids:\(key)")] + (0..<900).map { Word(number(0...1 << 40, key * 1000 + $0)) }
      }),
  ]

  /// Reads of a hash, by which a table is moved to one of another size step by step.
  private static func reads(_ name: Word, _ count: Int) -> [[Word]] {
    (0..<count).map { ["HEXISTS", name, Word("field \($0)")] }
  }

  /// Values that have been larger: tables stay tables.
  static let stuck: [Case] = [
    Case(
      .stuckEncoding, "hashes that had a long value",
      (0..<4000).map { key in
        hash("user:\(key)", 20) { $0 == 7 ? text(100, key) : text(10, key * 100 + $0) }
      }
        + (0..<4000).flatMap { key -> [[Word]] in
          let name = Word("user:\(key)")
          return [["HSET", name, "field 7", Word(text(9, key))]] + reads(name, 20)
        }),
    Case(
      .stuckEncoding, "sets that had a word among numbers",
      (0..<4000).flatMap { key -> [[Word]] in
        let name = Word("ids:\(key)")
        return [
          ["SADD", name, "word"] + (0..<50).map { Word(number(0...1 << 30, key * 100 + $0)) },
          ["SREM", name, "word"],
        ]
      }),
    Case(
      .stuckEncoding, "sorted sets that had a long member",
      (0..<3000).flatMap { key -> [[Word]] in
        let name = Word("board:\(key)")
        let long = Word(text(100, key))
        return [
          ["ZADD", name, "3", long]
            + (0..<40).flatMap { [Word($0 * 7), Word(text(10, key * 100 + $0))] },
          ["ZREM", name, long],
        ]
      }),
    Case(
      .stuckEncoding, "hashes that had 700 fields",
      (0..<600).flatMap { key -> [[Word]] in
        let name = Word("user:\(key)")
        return [hash("user:\(key)", 700) { text(10, key * 1000 + $0) }]
          + [["HDEL", name] + (100..<700).map { Word("field \($0)") }] + reads(name, 200)
      }),
  ]

  static let followed: [Case] =
    integers + names + packed + hashes + values + lifetimes + limits

  // MARK: Nothing to say

  static let quiet: [Case] = [
    Case(.integersAsText, "integers as they should be", sets(5000) { ("count:\($0)", Word($0)) }),
    Case(
      .integersAsText, "numbers with a fraction", sets(5000) { ("price:\($0)", "\($0).5") }),
    Case(.longNames, "short names", sets(5000) { ("us:\($0):pr", Word(text(20, $0))) }),
    Case(
      .longNames, "a few keys",
      sets(900) { ("application:production:user:\($0):profile", Word(text(20, $0))) }),
    Case(
      .packedStrings, "two lengths", sets(5000) { ("place:\($0)", Word(text(2 + $0 % 2, $0))) }),
    Case(
      .packedStrings, "lifetimes",
      (0..<5000).map { ["SET", Word("place:\($0)"), "ab", "PXAT", 4_102_444_800_000] }),
    Case(
      .packedStrings, "long values", sets(5000) { ("place:\($0)", Word(text(17, $0))) }),
    Case(
      .stringsInHashes, "values that are too long for compact hashes",
      sets(5000) { ("user:\($0)", Word(text(60 + $0 % 10, $0))) }),
    Case(
      .stringsInHashes, "a lifetime among them",
      sets(5000) { ("user:\($0)", Word(text(20, $0))) } + [["EXPIRE", "user:17", 1_000_000]]),
    Case(
      .compressibleValues, "noise", sets(2000) { ("page:\($0)", bytes(1100 + $0, $0)) }),
    Case(
      .compressibleValues, "short prose", sets(5000) { ("page:\($0)", Word(prose(900, $0))) }),
    Case(
      .duplicateValues, "all different", sets(2000) { ("image:\($0)", bytes(2000, $0)) }),
    Case(
      .duplicateValues, "short ones", sets(5000) { ("image:\($0)", bytes(1000, $0 % 10)) }),
    Case(.jsonValues, "arrays", sets(2000) { ("order:\($0)", "[\($0), \($0 + 1), \($0 + 2)]") }),
    Case(
      .missingLifetimes, "half of them",
      (0..<4000).map { index in
        let words: [Word] = ["SET", Word("session:\(index)"), Word(text(30, index))]
        return index % 2 == 0 ? words : words + ["PXAT", 4_102_444_800_000]
      }),
    Case(
      .expiredKeys, "lifetimes that are not over",
      (0..<4000).map {
        ["SET", Word("session:\($0)"), Word(text(30, $0)), "PXAT", 4_102_444_800_000]
      }),
    Case(
      .encodingLimit, "hashes of many fields",
      (0..<20).map { key in hash("user:\(key)", 5000) { text(10, key * 10_000 + $0) } }),
    Case(
      .encodingLimit, "hashes of long values",
      (0..<200).map { key in hash("user:\(key)", 20) { text(200, key * 100 + $0) } }),
    Case(
      .stuckEncoding, "hashes that are large, and small ones",
      (0..<200).map { key in
        hash("user:\(key)", key % 2 == 0 ? 600 : 20) { text(10, key * 1000 + $0) }
      }),
    Case(
      .shardHashes, "a hash of 2,000 fields", [hash("user", 2000) { text(10, $0) }]),
    Case(
      .shardHashes, "a hash of long values", [hash("user", 4000) { text(300, $0) }]),
    Case(
      .shardSets, "a set of words, which are never compact",
      [["SADD", "words"] + (0..<5000).map { Word("word \($0)") }]),
  ]
}
