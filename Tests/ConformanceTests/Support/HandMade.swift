import TestSupport
import Testing

/// A file made by hand for one rule of the format: what the rule says about it, and what others say.
struct HandMade: Sendable, CustomTestStringConvertible {
  /// What a check must answer.
  enum Answer: Sendable { case ok, warning, damaged }

  var name: String
  var bytes: [UInt8]
  var answer: Answer
  /// A code that must be among the findings; nil for a sound file.
  var code: String?

  var testDescription: String { name }

  private typealias B = RDBBuilder

  private static func file(
    _ name: String, _ answer: Answer, _ code: String? = nil, header: String = "REDIS0010",
    _ body: (inout RDBBuilder) -> Void
  ) -> HandMade {
    var builder = RDBBuilder(header)
    body(&builder)
    return HandMade(name: name, bytes: builder.finished(), answer: answer, code: code)
  }

  /// A file whose only key, named `k`, has a value of this type.
  private static func value(
    _ name: String, _ answer: Answer, _ code: String?, type: UInt8, _ value: [UInt8]
  ) -> HandMade {
    file(name, answer, code) {
      $0.key(type, "k")
      $0.append(value)
    }
  }

  private static func blob(
    _ name: String, _ answer: Answer, _ code: String?, type: UInt8, _ blob: [UInt8]
  ) -> HandMade {
    value(name, answer, code, type: type, B.string(blob))
  }

  /// A list of these listpacks.
  private static func quicklist(_ nodes: [(container: UInt8, data: [UInt8])]) -> [UInt8] {
    [UInt8(nodes.count)] + nodes.flatMap { [$0.container] + B.string($0.data) }
  }

  static let all: [HandMade] =
    framing + databases + checksums + collections + scores + compact + lists + lzf + streams
    + modules

  private static let framing: [HandMade] = [
    file("sound", .ok) { $0.pair("k", "v") },
    file("no key", .ok) { _ in },
    file("type 8", .damaged, "bad-type") {
      $0.key(8, "k")
      $0.string("v")
    },
    file("opcode 200", .damaged, "bad-type") {
      $0.append(200)
      $0.pair("k", "v")
    },
    file("a length that begins with 82", .damaged, "bad-length") {
      $0.append(0, 0x82, 0x6B, 1, 0x76)
    },
    file("a length that begins with BF", .damaged, "bad-length") {
      $0.append(0, 0xBF, 0x6B, 1, 0x76)
    },
    file("string encoding 4", .damaged, "bad-string") {
      $0.key(0, "k")
      $0.append(0xC4, 1)
    },
    file("string encoding 63", .damaged, "bad-string") {
      $0.key(0, "k")
      $0.append(0xFF, 1)
    },
    file("a string encoding where a count belongs", .damaged, "bad-length") {
      $0.key(2, "k")
      $0.append(0xC1, 1, 0x61)
    },
    file("a set listpack in a file of version 10", .damaged, "bad-type") {
      $0.key(20, "k")
      $0.string(B.listpack(["a", "b"]))
    },
    file(
      "a quicklist of listpacks in a file of version 6", .damaged, "bad-type", header: "REDIS0006"
    ) {
      $0.key(18, "k")
      $0.append(quicklist([(2, B.listpack(["a"]))]))
    },
    HandMade(name: "empty file", bytes: [], answer: .damaged, code: "truncated"),
    HandMade(
      name: "no end", bytes: Array("REDIS0010".utf8) + [0, 1, 0x6B, 1, 0x76], answer: .damaged,
      code: "truncated"),
    HandMade(
      name: "version 1 with bytes after the end", bytes: Array("REDIS0001".utf8) + [0xFF, 1, 2],
      answer: .damaged, code: "trailing-bytes"),
    HandMade(
      name: "version 1", bytes: Array("REDIS0001".utf8) + [0, 1, 0x6B, 1, 0x76, 0xFF], answer: .ok),
    HandMade(
      name: "bytes after the checksum",
      bytes: { () -> [UInt8] in
        var builder = RDBBuilder()
        builder.pair("k", "v")
        return builder.finished() + [1, 2, 3]
      }(), answer: .damaged, code: "trailing-bytes"),
  ]

  private static let databases: [HandMade] = [
    file("a key twice", .damaged, "duplicate-key") {
      $0.pair("k", "1")
      $0.pair("other", "2")
      $0.pair("k", "3")
    },
    file("a key in two databases", .ok) {
      $0.selectDB(0)
      $0.pair("k", "1")
      $0.selectDB(1)
      $0.pair("k", "1")
    },
    file("database 99999", .warning, "db-out-of-range") {
      $0.selectDB(99999)
      $0.pair("k", "v")
    },
    file("an expiry before the end", .warning, "bad-opcode") {
      $0.pair("k", "v")
      $0.append([0xFC] + B.littleEndian(4_102_444_800_000, 8))
    },
    file("a frequency before a database", .warning, "bad-opcode") {
      $0.append(0xF9, 5)
      $0.selectDB(0)
      $0.pair("k", "v")
    },
    file("an expiry twice", .warning, "bad-opcode") {
      $0.append([0xFC] + B.littleEndian(4_102_444_800_000, 8))
      $0.append([0xFC] + B.littleEndian(4_102_444_800_001, 8))
      $0.pair("k", "v")
    },
    file("RESIZEDB of other counts", .warning, "resizedb-mismatch") {
      $0.selectDB(0)
      $0.resizeDB(7, 3)
      $0.pair("k", "v")
    },
  ]

  private static let checksums: [HandMade] = {
    var builder = RDBBuilder()
    builder.pair("k", "v")
    let whole = builder.finished()
    var wrong = whole
    wrong[wrong.count - 3] ^= 1
    return [
      HandMade(name: "wrong checksum", bytes: wrong, answer: .damaged, code: "checksum-mismatch"),
      HandMade(
        name: "no checksum", bytes: whole.dropLast(8), answer: .damaged, code: "truncated"),
      HandMade(
        name: "half a checksum", bytes: whole.dropLast(4), answer: .damaged, code: "truncated"),
      HandMade(
        name: "checksum zero", bytes: whole.dropLast(8) + [UInt8](repeating: 0, count: 8),
        answer: .ok),
    ]
  }()

  private static let collections: [HandMade] = [
    value("a list of none", .damaged, "empty-collection", type: 1, [0]),
    value("a set of none", .damaged, "empty-collection", type: 2, [0]),
    value("a hash of none", .damaged, "empty-collection", type: 4, [0]),
    value("a sorted set of none", .damaged, "empty-collection", type: 5, [0]),
    value("an old sorted set of none", .damaged, "empty-collection", type: 3, [0]),
    value("a quicklist of none", .damaged, "empty-collection", type: 18, [0]),
    blob("an empty hash listpack", .damaged, "empty-collection", type: 16, B.listpack([])),
    blob("an empty sorted set listpack", .damaged, "empty-collection", type: 17, B.listpack([])),
    blob("an empty hash ziplist", .damaged, "empty-collection", type: 13, B.ziplist([])),
    value(
      "a member twice in a set", .damaged, "duplicate-element", type: 2, [2, 1, 0x61, 1, 0x61]),
    value(
      "a member twice in a set, as text and as a number", .damaged, "duplicate-element", type: 2,
      [2, 1, 0x37, 0xC0, 7]),
    value(
      "a field twice in a hash", .damaged, "duplicate-element", type: 4,
      [2, 1, 0x61, 1, 0x62, 1, 0x61, 1, 0x63]),
    value(
      "a member twice in a sorted set", .damaged, "duplicate-element", type: 5,
      [2, 1, 0x61] + [UInt8](repeating: 0, count: 8) + [1, 0x61] + B.littleEndian(0x3FF0 << 48, 8)),
    blob(
      "a field twice in a hash listpack", .damaged, "duplicate-element", type: 16,
      B.listpack(["a", "1", "a", "2"])),
    blob(
      "a field twice in a hash listpack, as text and as a number", .damaged, "duplicate-element",
      type: 16, B.listpack(["7", "1", 7, "2"])),
    blob(
      "a field twice in a hash ziplist", .damaged, "duplicate-element", type: 13,
      B.ziplist(["a", "1", "a", "2"])),
    blob(
      "a member twice in a sorted set listpack", .damaged, "duplicate-element", type: 17,
      B.listpack(["a", 1, "a", 2])),
    blob(
      "a member twice in a sorted set ziplist", .damaged, "duplicate-element", type: 12,
      B.ziplist(["a", "1", "a", "2"])),
  ]

  private static let scores: [HandMade] = [
    value("NaN in type 3", .damaged, "bad-score", type: 3, [1, 1, 0x61, 253]),
    value("infinity in type 3", .ok, nil, type: 3, [1, 1, 0x61, 254]),
    value(
      "text that is no number in type 3", .damaged, "bad-score", type: 3,
      [1, 1, 0x61, 2, 0x78, 0x79]),
    value(
      "NaN in type 5", .damaged, "bad-score", type: 5,
      [1, 1, 0x61] + B.littleEndian(0x7FF8 << 48, 8)),
    blob("NaN in type 17", .damaged, "bad-score", type: 17, B.listpack(["a", "nan"])),
    blob(
      "text that is no number in type 17", .damaged, "bad-score", type: 17,
      B.listpack(["a", "xyz"])),
    blob(
      "scores out of order in type 17", .damaged, "bad-score", type: 17,
      B.listpack(["a", 2, "b", 1])),
    blob(
      "members of one score out of order in type 17", .damaged, "bad-score", type: 17,
      B.listpack(["b", 1, "a", 1])),
    blob("scores in order in type 17", .ok, nil, type: 17, B.listpack(["b", 1, "a", 2])),
    blob(
      "scores out of order in type 12", .damaged, "bad-score", type: 12,
      B.ziplist(["a", "2.5", "b", "1.5"])),
  ]

  private static let compact: [HandMade] = [
    blob(
      "an odd number of entries in type 16", .damaged, "bad-listpack", type: 16,
      B.listpack(["a", "b", "c"])),
    blob(
      "an odd number of entries in type 13", .damaged, "bad-ziplist", type: 13,
      B.ziplist(["a", "b", "c"])),
    blob(
      "a wrong count in a listpack", .damaged, "bad-listpack", type: 16,
      B.listpack(["a", "b"], count: 4)),
    blob(
      "a listpack without an end", .damaged, "bad-listpack", type: 16,
      B.listpack(["a", "b"]).dropLast() + [0]),
    blob(
      "a wrong way back in a listpack", .damaged, "bad-listpack", type: 16,
      [15, 0, 0, 0, 2, 0, 0x81, 0x61, 3, 0x81, 0x62, 2, 0xFF, 0, 0].dropLast(2).enumerated().map {
        $0.offset == 0 ? 13 : $0.element
      }),
    blob(
      "an unknown encoding in a listpack", .damaged, "bad-listpack", type: 16,
      [11, 0, 0, 0, 2, 0, 0xF5, 1, 0x01, 1, 0xFF]),
    blob(
      "a wrong total in a ziplist", .damaged, "bad-ziplist", type: 10,
      [99] + B.ziplist(["a"]).dropFirst()),
    blob(
      "a wrong tail in a ziplist", .damaged, "bad-ziplist", type: 10,
      B.ziplist(["a", "b"]).enumerated().map { $0.offset == 4 ? 9 : $0.element }),
    blob(
      "an odd number of strings in a zipmap", .damaged, "bad-zipmap", type: 9, [1, 1, 0x61, 0xFF]),
    blob("a zipmap", .ok, nil, type: 9, [1, 1, 0x61, 1, 0, 0x62, 0xFF]),
    blob("an empty intset", .damaged, "bad-intset", type: 11, B.intset([])),
    blob("an intset of width 3", .damaged, "bad-intset", type: 11, B.intset([1, 2], width: 3)),
    blob("an intset out of order", .damaged, "bad-intset", type: 11, B.intset([2, 1])),
    blob(
      "an intset with a number twice", .damaged, "duplicate-element", type: 11, B.intset([1, 1])),
    blob("an intset", .ok, nil, type: 11, B.intset([-5, 1, 300])),
  ]

  private static let lists: [HandMade] = [
    value("a quicklist", .ok, nil, type: 18, quicklist([(2, B.listpack(["a"])), (1, [0x62])])),
    value(
      "quicklist container 0", .damaged, "bad-quicklist", type: 18,
      quicklist([(0, B.listpack(["a"]))])),
    value(
      "quicklist container 3", .damaged, "bad-quicklist", type: 18,
      quicklist([(3, B.listpack(["a"]))])),
    value(
      "an empty listpack in a quicklist", .warning, "empty-collection", type: 18,
      quicklist([(2, B.listpack(["a"])), (2, B.listpack([]))])),
    value(
      "nothing but an empty listpack in a quicklist", .damaged, "empty-collection", type: 18,
      quicklist([(2, B.listpack([]))])),
    value("an empty plain node", .damaged, "bad-quicklist", type: 18, quicklist([(1, [])])),
  ]

  private static let lzf: [HandMade] = [
    value("LZF", .ok, nil, type: 0, [0xC3, 4, 6, 0x00, 0x61, 0x60, 0x00]),
    value(
      "LZF reference before the start", .damaged, "bad-lzf", type: 0,
      [0xC3, 4, 6, 0x00, 0x61, 0x60, 0x05]),
    value(
      "LZF that gives less", .damaged, "bad-lzf", type: 0, [0xC3, 4, 7, 0x00, 0x61, 0x60, 0x00]),
    value(
      "LZF that gives more", .damaged, "bad-lzf", type: 0, [0xC3, 4, 5, 0x00, 0x61, 0x60, 0x00]),
    value("LZF of length 0", .damaged, "bad-lzf", type: 0, [0xC3, 4, 0, 0x00, 0x61, 0x60, 0x00]),
  ]

  private static let modules: [HandMade] = [
    // The id of `test__rdb`, encoding version 1.
    value(
      "a value of an unknown module", .ok, nil, type: 7,
      [0x81, 0xB5, 0xEB, 0x2D, 0xFF, 0xFA, 0xDD, 0x6C, 0x01, 2, 5, 5, 1, 0x61, 0]),
    value(
      "an unknown operand of a module", .damaged, "bad-module", type: 7,
      [0x81, 0xB5, 0xEB, 0x2D, 0xFF, 0xFA, 0xDD, 0x6C, 0x01, 9, 5, 5, 1, 0x61, 0]),
    value(
      "a module value without an end mark", .damaged, "unknown-module", type: 6,
      [0x81, 0xB5, 0xEB, 0x2D, 0xFF, 0xFA, 0xDD, 0x6C, 0x01, 1]),
  ]
}
