import Persistence
import TestSupport
import Testing

/// What is measured of values, against what a plain reading of the formats gives.
@Suite struct ValueMeasurerTests {
  private typealias Lab = MeasureLab

  private static func plain(_ entry: CompactEntry) -> [UInt8] { Encode.string(Lab.text(entry)) }

  // MARK: Strings

  @Test(
    arguments: [
      ("", nil, false), ("0", 0, false), ("42", 42, false), ("-1", -1, false), ("042", nil, true),
      ("+42", nil, true), ("42.0", nil, true), ("42.", nil, true), (" 42", nil, true),
      ("42\n", nil, true), ("-0", nil, true), ("4.2", nil, false), ("42e0", nil, false),
      ("0x2A", nil, false), ("-", nil, false), (".0", nil, false), ("4 2", nil, false),
      ("9223372036854775807", .max, false), ("-9223372036854775808", .min, false),
      ("9223372036854775808", nil, false), ("000000000000000042", nil, true),
    ] as [(String, Int64?, Bool)])
  func numbers(_ text: String, _ integer: Int64?, _ isNearly: Bool) throws {
    let measure = try Lab.measure(0, Encode.string(Array(text.utf8)))
    #expect(measure.isInteger == (integer != nil))
    // What is nearly an integer is 42 here, but for one.
    #expect(measure.integer == integer ?? (isNearly && text != "-0" ? 42 : 0))
    #expect(measure.isNearlyInteger == isNearly)
    #expect(measure.length == UInt64(text.utf8.count) && measure.longest == measure.length)
    #expect(measure.elements == 1 && !measure.isCompressed)
  }

  /// The file's own integers, and the lengths of their texts.
  @Test(
    arguments: [
      ("C0 FF", -1, 2), ("C0 05", 5, 1), ("C1 80 00", 128, 3),
      ("C2 00 00 00 80", -2_147_483_648, 11),
    ] as [(String, Int64, UInt64)])
  func storedIntegers(_ value: String, _ integer: Int64, _ length: UInt64) throws {
    let measure = try Lab.measure(0, hex(value))
    #expect(measure.isInteger && measure.integer == integer && measure.length == length)
    #expect(measure.stored == UInt64(hex(value).count))
  }

  /// 100 letters in 9 bytes: `KnownDump`, which is a real server's.
  @Test func compressedText() throws {
    let measure = try Lab.measure(0, hex("C3 09 40 64 01 61 61 E0 57 00 01 61 61"))
    #expect(measure.isCompressed && measure.length == 100 && measure.stored == 13)
    #expect(measure.compact == 103)
  }

  /// Entries at the places where their sizes change.
  @Test(arguments: [0, 1, 63, 64, 126, 127, 253, 254, 4095, 4096, 16_383, 16_384])
  func sizesOfEntries(_ length: Int) throws {
    let text = [UInt8](repeating: UInt8(ascii: "x"), count: length)
    for form in [CompactForm.listpack, .ziplist] {
      let measure = try Lab.measure(0, Encode.string(text), Lab.sizes(form))
      #expect(measure.compact == Lab.compact([.text(text)], form))
    }
  }

  // MARK: Collections

  /// What every encoding of a collection has to tell alike.
  private struct Tally: Equatable {
    var elements: UInt64
    var longest: UInt64
    var compact: UInt64
    var table: UInt64
    var strings: UInt64

    init(_ measure: ValueMeasure) {
      elements = measure.elements
      longest = measure.longest
      compact = measure.compact
      table = measure.table
      strings = measure.strings
    }

    /// `entries`: the elements as entries of a compact form, `texts`: those of them that are not scores.
    init(
      _ elements: Int, _ texts: [CompactEntry], table: UInt64, _ entries: [CompactEntry],
      _ form: CompactForm
    ) {
      self.elements = UInt64(elements)
      longest = texts.map(Lab.length).max() ?? 0
      compact = Lab.compact(entries, form)
      self.table = table
      strings = texts.reduce(0) { $0 + Lab.dynamic(Lab.length($1)) }
    }
  }

  private static func blob(_ entries: [CompactEntry], _ form: CompactForm) -> [UInt8] {
    switch form {
    case .listpack: Encode.string(Encode.listpack(entries))
    case .ziplist: Encode.string(Encode.ziplist(entries.map(Lab.ziplistData)))
    }
  }

  private static func sum(
    _ entries: some Sequence<CompactEntry>, _ size: (UInt64) -> UInt64
  ) -> UInt64 { entries.reduce(0) { $0 + size(Lab.length($1)) } }

  /// Compares every encoding of one collection with the reference.
  private static func expect(
    _ expected: (CompactForm) -> Tally, _ encodings: [(UInt8, [UInt8])]
  ) throws {
    for form in [CompactForm.listpack, .ziplist] {
      for (type, value) in encodings {
        let measure = try Lab.measure(type, value, Lab.sizes(form))
        #expect(Tally(measure) == expected(form), "type \(type), \(form)")
        #expect(measure.stored == UInt64(value.count))
      }
    }
  }

  private static let seeds: Range<UInt64> = 0..<40

  @Test(arguments: seeds)
  func hashes(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let count = 1 + Int(random.next() % 40)
    let entries = Lab.entries(2 * count, &random)
    let names = stride(from: 0, to: 2 * count, by: 2).map { entries[$0] }
    let values = stride(from: 1, to: 2 * count, by: 2).map { entries[$0] }
    let table = Self.sum(names, Lab.field) + Self.sum(values, Lab.value)
    try Self.expect(
      { Tally(count, entries, table: table, entries, $0) },
      [
        (4, Encode.length(UInt64(count)) + entries.flatMap(Self.plain)),
        (13, Self.blob(entries, .ziplist)), (16, Self.blob(entries, .listpack)),
      ])
  }

  /// A zipmap holds text only; of less than 254 bytes in a byte.
  @Test(arguments: seeds)
  func zipmaps(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let texts = Lab.entries(40, &random).filter { Lab.length($0) < 254 }
    let entries = Array(texts.prefix(texts.count & ~1))
    var blob = [UInt8(entries.count / 2)]
    for (index, entry) in entries.enumerated() {
      // Behind a value's length stands the number of unused bytes.
      blob += [UInt8(Lab.length(entry))] + (index % 2 == 1 ? [0] : []) + Lab.text(entry)
    }
    let measure = try Lab.measure(9, Encode.string(blob + [0xFF]))
    #expect(measure.elements == UInt64(entries.count / 2))
    #expect(measure.longest == entries.map(Lab.length).max() ?? 0)
    let strings = entries.reduce(0) { $0 + Lab.dynamic(Lab.length($1)) }
    #expect(measure.strings == strings)
  }

  @Test(arguments: seeds)
  func sortedSets(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let members = Lab.entries(1 + Int(random.next() % 40), &random)
    // Halves are written the same by every release, and integers as integers.
    let scores: [(entry: CompactEntry, score: Double)] = members.map { _ in
      let number = Int64(random.next() % 2_000_000) - 1_000_000
      return number % 2 == 0
        ? (.integer(number), Double(number))
        : (.text(Array("\(number).5".utf8)), Double("\(number).5") ?? 0)
    }
    let entries = zip(members, scores).flatMap { [$0, $1.entry] }
    let pairs = zip(members, scores).flatMap { member, score in
      Self.plain(member) + Encode.littleEndian(score.score.bitPattern, 8)
    }
    let texts = zip(members, scores).flatMap { Self.plain($0) + Self.plain($1.entry) }
    let head = Encode.length(UInt64(members.count))
    let table = Self.sum(members, Lab.scored)
    try Self.expect(
      { Tally(members.count, members, table: table, entries, $0) },
      [
        (3, head + texts), (5, head + pairs), (12, Self.blob(entries, .ziplist)),
        (17, Self.blob(entries, .listpack)),
      ])
  }

  @Test(arguments: seeds)
  func sets(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let members = Lab.entries(1 + Int(random.next() % 40), &random)
    let plain = Encode.length(UInt64(members.count)) + members.flatMap(Self.plain)
    let table = Self.sum(members, Lab.member)
    try Self.expect(
      { Tally(members.count, members, table: table, members, $0) },
      [(2, plain), (20, Self.blob(members, .listpack))])
    let integers = members.filter { if case .integer = $0 { true } else { false } }
    #expect(try Lab.measure(2, plain).integers == UInt64(integers.count))
  }

  @Test(
    arguments: [
      ([-3, 1, 2], 2), ([-3, 1, 32_767], 2), ([1, 32_768], 4), ([-32_769], 4), ([1, 1 << 31], 8),
    ] as [([Int64], UInt64)])
  func setsOfIntegers(_ members: [Int64], _ width: UInt64) throws {
    let entries = members.map { CompactEntry.integer($0) }
    let plain = Encode.length(UInt64(members.count)) + entries.flatMap(Self.plain)
    let packed = Encode.string(Encode.intset(width: Int(width), members))
    for (type, value) in [(UInt8(2), plain), (11, packed)] {
      let measure = try Lab.measure(type, value)
      #expect(measure.integers == UInt64(members.count) && measure.integerWidth == width)
      #expect(measure.table == Self.sum(entries, Lab.member))
    }
  }

  /// An intset that once held a wide member stays wide.
  @Test func wideIntset() throws {
    let value = Encode.string(Encode.intset(width: 8, [1, 2]))
    #expect(try Lab.measure(11, value).integerWidth == 8)
  }

  @Test(arguments: seeds)
  func lists(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let parts = (0..<(1 + Int(random.next() % 4))).map { _ in
      Lab.entries(1 + Int(random.next() % 20), &random)
    }
    let entries = parts.flatMap { $0 }
    let head = Encode.length(UInt64(parts.count))
    let packed = head + parts.flatMap { [2] + Self.blob($0, .listpack) }
    let ziplists = head + parts.flatMap { Self.blob($0, .ziplist) }
    let plain = Encode.length(UInt64(entries.count)) + entries.flatMap(Self.plain)
    let table = Self.sum(entries, Lab.element)
    for form in [CompactForm.listpack, .ziplist] {
      // In a ziplist, the first entry of a node has none before it.
      let compact = parts.reduce(0) { $0 + Lab.compact($1, form) }
      let frame: UInt64 = form == .listpack ? 7 : 11
      let nodes = parts.map { Lab.compact($0, form) + frame }
      for (type, value) in [(UInt8(18), packed), (14, ziplists)] {
        let measure = try Lab.measure(type, value, Lab.sizes(form))
        #expect(measure.elements == UInt64(entries.count) && measure.table == table)
        #expect(measure.compact == compact)
        #expect(measure.nodes == UInt64(parts.count) && !measure.hasPlainNode)
        #expect(measure.nodeLengths == nodes.reduce(0, +))
        #expect(measure.nodeBytes == nodes.reduce(0) { $0 + Lab.blob($1) })
      }
      let measure = try Lab.measure(1, plain, Lab.sizes(form))
      #expect(measure.elements == UInt64(entries.count) && measure.table == table)
      #expect(measure.compact == Lab.compact(entries, form) && measure.nodes == 0)
    }
  }

  /// A node that is one element.
  @Test func plainNodes() throws {
    let text = [UInt8](repeating: 0x78, count: 9000)
    let value = [2, 1] + Encode.string(text) + [2] + Self.blob(["a", 7], .listpack)
    let measure = try Lab.measure(18, value)
    #expect(measure.hasPlainNode && measure.nodes == 2 && measure.elements == 3)
    #expect(measure.nodeLengths == 9000 + 7 + 3 + 2)
    #expect(measure.nodeBytes == Lab.blob(9000) + Lab.blob(12) && measure.longest == 9000)
  }

  /// Lifetimes of fields: those in a listpack and those one by one, 0 and -1 for none.
  @Test func expiringFields() throws {
    let far = Int64(4_102_444_800_000)
    let packed =
      Encode.littleEndian(UInt64(far), 8)
      + Self.blob(["f", "value", .integer(far), "name", "v", 0], .listpack)
    let table =
      Encode.littleEndian(UInt64(far), 8) + [2] + [1] + Self.plain("f") + Self.plain("value") + [0]
      + Self.plain("name") + Self.plain("v")
    for (type, value) in [(UInt8(25), packed), (24, table)] {
      let measure = try Lab.measure(type, value)
      #expect(measure.elements == 2 && measure.expiringFields == 1, "type \(type)")
      #expect(measure.table == Lab.expiring(1) + Lab.value(5) + Lab.field(4) + Lab.value(1))
      #expect(measure.longest == 5)
    }
  }

  // MARK: Compressed lists

  /// Nodes of one letter over and over, in LZF: 264 bytes for each match of 3.
  @Test(arguments: [0, 1, 2, 3, 5, 9], [1, 2, 3])
  func compressedNodes(_ count: Int, _ depth: Int) throws {
    let matches = (0..<count).map { 1 + $0 % 3 }
    let nodes = matches.flatMap { matches -> [UInt8] in
      [1, 0xC3] + Encode.length(UInt64(2 + 3 * matches))
        + Encode.length(UInt64(1 + 264 * matches)) + [0x00, 0x61]
        + (0..<matches).flatMap { _ in [0xE0, 0xFF, 0x00] as [UInt8] }
    }
    let measure = try Lab.measure(
      18, Encode.length(UInt64(count)) + nodes, Lab.sizes(depth: depth))
    // A compressed node has the number of its bytes before them.
    let inner = count > 2 * depth ? matches[depth..<(count - depth)] : []
    let saved = inner.map { matches in
      Lab.blob(UInt64(1 + 264 * matches)) - Lab.blob(UInt64(8 + 2 + 3 * matches))
    }
    #expect(measure.savedByCompression == saved.reduce(0, +))
  }

  /// A list of three plain nodes.
  private static func thrice(_ text: [UInt8]) -> [UInt8] {
    let node: [UInt8] = [1] + Encode.string(text)
    return [3] + node + node + node
  }

  /// What does not shrink by more than 8 bytes stays as it is, and so does what has less than 48.
  @Test func nodesThatStay() throws {
    var random = SeededRandom(seed: 3)
    let noise = random.bytes(500)
    let short = [UInt8](repeating: 0x61, count: 47)
    for text in [noise, short] {
      #expect(try Lab.measure(18, Self.thrice(text), Lab.sizes(depth: 1)).savedByCompression == 0)
    }
    let long = [UInt8](repeating: 0x61, count: 500)
    let measure = try Lab.measure(18, Self.thrice(long), Lab.sizes(depth: 1))
    // Two matches make of it less than a class of 64.
    #expect(measure.savedByCompression == 512 - 64)
  }

  // MARK: Streams

  /// The nodes of a radix tree of IDs, by the definition: a node where keys part, one for each stretch
  /// between, one for each key.
  private static func tree(_ ids: [[UInt8]], from depth: Int = 0) -> (nodes: UInt64, bytes: UInt64)
  {
    guard let first = ids.first, depth < 16 else { return (1, Lab.treeNode(4 + 4 + 8)) }
    func size(_ bytes: Int) -> UInt64 { UInt64((4 + bytes + 7) / 8 * 8) }
    let children = Dictionary(grouping: ids) { $0[depth] }
    if children.count > 1 {
      let below = children.values.map { tree($0, from: depth + 1) }
      return below.reduce((1, Lab.treeNode(size(children.count) + 8 * UInt64(children.count)))) {
        ($0.0 + $1.nodes, $0.1 + $1.bytes)
      }
    }
    var end = depth
    while end < 16, ids.allSatisfy({ $0[end] == first[end] }) { end += 1 }
    let below = tree(ids, from: end)
    return (1 + below.nodes, Lab.treeNode(size(end - depth) + 8) + below.bytes)
  }

  private static func ids(_ random: inout SeededRandom) -> [[UInt8]] {
    let spread = random.next() % 60
    var ids: Set<[UInt8]> = []
    for _ in 0..<(1 + random.next() % 300) {
      ids.insert(
        Encode.streamID(1_700_000_000_000 + random.next() >> (63 - spread), random.next() % 3))
    }
    return ids.sorted { $0.lexicographicallyPrecedes($1) }
  }

  @Test(arguments: seeds)
  func nodesOfStreams(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let ids = Self.ids(&random)
    let blob = Encode.listpack([1, 0, "field", .integer(Int64(random.next() % 1000))])
    var value = Encode.length(UInt64(ids.count))
    for id in ids { value += Encode.string(id) + Encode.string(blob) }
    // Length, last ID, no group.
    value += Encode.length(77) + [1, 0] + [0]
    let measure = try Lab.measure(15, value)
    let expected = Self.tree(ids)
    #expect(measure.stream.trees.nodes == expected.nodes)
    #expect(measure.stream.trees.bytes == expected.bytes)
    #expect(measure.stream.trees.keys == UInt64(ids.count))
    #expect(measure.elements == 77 && measure.nodes == UInt64(ids.count))
    #expect(measure.nodeBytes == UInt64(ids.count) * Lab.blob(UInt64(blob.count)))
  }

  /// Pending entries: a tree of the group, and one of each consumer.
  @Test func groups() throws {
    var random = SeededRandom(seed: 8)
    let pending = Self.ids(&random)
    let split = pending.count / 3
    let time = [UInt8](repeating: 0, count: 8)
    var value: [UInt8] = [0] + Encode.length(5) + [9, 9] + [2]
    value += Encode.string(Array("workers".utf8)) + [1, 0] + Encode.length(UInt64(pending.count))
    for id in pending { value += id + time + [1] }
    value += [2]
    for (name, owned) in [("ann", pending[..<split]), ("bert", pending[split...])] {
      value += Encode.string(Array(name.utf8)) + time + Encode.length(UInt64(owned.count))
      value += owned.joined()
    }
    value += Encode.string(Array("idle".utf8)) + [1, 0] + [0] + [0]
    let stream = try Lab.measure(15, value).stream
    #expect(
      stream.groups == 2 && stream.groupNames == 11 && stream.pending == UInt64(pending.count))
    #expect(stream.consumers == 2 && stream.consumerNames == 7)
    let parts = [pending, Array(pending[..<split]), Array(pending[split...])].map { Self.tree($0) }
    // Two trees are empty: that of nodes, and that of the idle group, which have their root.
    #expect(stream.trees.nodes == parts.reduce(2) { $0 + $1.nodes })
    #expect(stream.trees.bytes == parts.reduce(2 * Lab.treeNode(4)) { $0 + $1.bytes })
  }
}
