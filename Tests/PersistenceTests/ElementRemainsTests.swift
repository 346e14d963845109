import Persistence
import TestSupport
import Testing

/// What is left of damaged values that are stored element by element, and of streams.
@Suite struct ElementRemainsTests {
  private static let after = hex("00 08 \"next:key\" 05 \"value\" FF 00×8")

  // MARK: Tables

  @Test func brokenFraming() throws {
    func left(_ type: UInt8, _ text: String, header: String = "REDIS0012") throws -> [String]? {
      texts(try remains(type, hex(text), header: header, after: Self.after))
    }
    #expect(try left(1, "04 01 61 01 62 C9 63 01 64") == ["a", "b"])
    #expect(try left(2, "04 01 61 01 62 C9 63 01 64") == ["a", "b"])
    #expect(try left(4, "02 01 61 01 62 01 63 C9 64") == ["a=b"])
    #expect(try left(5, "02 01 61 00×6 F0 3F C9 62 00×8") == ["a=1.0"])
    #expect(try left(3, "02 01 61 01 31 01 62 C9") == ["a=1.0"])
    #expect(try left(22, "02 01 61 01 62 FF×8 C9", header: "VALKEY080") == ["a=b"])
    #expect(try left(24, "00×8 02 00 01 61 01 62 00 C9") == ["a=b"])
    #expect(try left(2, "02 C9 61") == nil)
    #expect(try remains(2, hex("04 01 61 01 62 C9 63"), after: Self.after)?.claimed == 4)
  }

  @Test func badElements() throws {
    // An LZF payload that reaches before its start, in a name and in a value.
    let bad = "C3 04 19 20 05 00 61"
    #expect(texts(try remains(1, hex("03 01 61 \(bad) 01 63"))) == ["a", "c"])
    #expect(texts(try remains(2, hex("03 01 61 \(bad) 01 63"))) == ["a", "c"])
    #expect(texts(try remains(4, hex("02 01 61 \(bad) 01 62 01 63"))) == ["b=c"])
    #expect(texts(try remains(4, hex("02 \(bad) 01 61 01 62 01 63"))) == ["b=c"])
    #expect(try remains(2, hex("03 01 61 \(bad) 01 63"))?.claimed == 3)
  }

  @Test func badScoresAndLifetimes() throws {
    #expect(
      texts(try remains(5, hex("02 01 61 01 00×5 F8 7F 01 62 00×6 00 40"))) == ["b=2.0"])
    #expect(
      texts(try remains(3, hex("04 01 61 FD 01 62 01 78 01 63 FE 01 64 02 31 30"))) == [
        "c=inf", "d=10.0",
      ])
    #expect(
      texts(
        try remains(22, hex("02 01 61 01 62 00×7 01 01 63 01 64 05 00×7"), header: "VALKEY080"))
        == ["c=d@5"])
    #expect(
      texts(try remains(24, hex("0A 00×7 02 81 01 00×7 01 61 01 62 03 01 63 01 64"))) == ["c=d@12"])
  }

  @Test func duplicates() throws {
    #expect(texts(try remains(1, hex("03 01 61 01 61 01 62"))) == ["a", "a", "b"])
    #expect(texts(try remains(2, hex("03 01 61 01 61 01 62"))) == ["a", "b"])
    #expect(texts(try remains(4, hex("02 01 61 01 62 01 61 01 63"))) == ["a=b"])
  }

  /// The next record is not read as elements, whatever the count says.
  @Test func wrongCount() throws {
    for count in [UInt8(4), 5, 7, 40] {
      let value = [count] + hex("05 \"alpha\" 04 \"beta\" 05 \"gamma\"")
      let left = try remains(2, value, after: Self.after)
      #expect(texts(left) == ["alpha", "beta", "gamma"], "\(count)")
      #expect(left?.claimed == nil)
      // An opcode ends the elements, too.
      let end = try remains(2, value, after: hex("FF 00×8"))
      #expect(texts(end) == ["alpha", "beta", "gamma"], "\(count)")
    }
    let huge = hex("80 FF FF FF FF 05 \"alpha\" 04 \"beta\"")
    #expect(texts(try remains(2, huge, after: Self.after)) == ["alpha", "beta"])
    #expect(try remains(2, huge)?.claimed == nil)
  }

  /// A wrong length shifts all that follows; what is read there does not look like what stands before.
  @Test func shiftedElements() throws {
    let good = hex("06 05 \"alpha\" 04 \"beta\" 05 \"gamma\" 05 \"delta\" 03 \"eta\" 03 \"rho\"")
    // The length of `gamma`, which stands at 12.
    for length in [UInt8(3), 6, 7, 9] {
      let left = try remains(1, good.hit(at: 12, length), after: Self.after)
      let first = try #require(texts(left))
      #expect(first.starts(with: ["alpha", "beta"]))
      #expect(
        Set(first).subtracting(["alpha", "beta", "delta", "eta", "rho"]).count <= 1, "\(first)")
    }
  }

  /// Behind zeros, fields and values may have changed places.
  @Test func zerosInATable() throws {
    let value = hex("05 01 61 01 62 01 63 00 00 00 00 00 01 65 01 66 01 67 01 68")
    #expect(texts(try remains(4, value)) == ["a=b", "c="])
    #expect(texts(try remains(1, hex("04 01 61 00 00 01 62"))) == ["a", "", "", "b"])
  }

  // MARK: Quicklists

  private static func node(_ text: String) -> [UInt8] {
    [2] + Encode.string(Encode.listpack(text.utf8.map { .text([$0]) }))
  }

  private static let nodes = [4] + node("abc") + node("def") + hex("01 03 \"ghi\"") + node("jkl")

  @Test func quicklistNodes() throws {
    #expect(texts(try remains(18, Self.nodes)) == letters("abcdef") + ["ghi"] + letters("jkl"))
    // The second node begins at 19: container, length, header to 27, d, e, f, FF.
    let expected: [(Int, UInt8, [String])] = [
      (27, 0xF7, letters("abcef") + ["ghi"] + letters("jkl")),
      (30, 0xF7, letters("abcdf") + ["ghi"] + letters("jkl")),
      (33, 0xF7, letters("abcde") + ["ghi"] + letters("jkl")),
      // The container, and the length of the string.
      (19, 1, letters("abcdef") + ["ghi"] + letters("jkl")),
      (19, 9, letters("abcdef") + ["ghi"] + letters("jkl")),
      (20, 3, letters("abcdef") + ["ghi"] + letters("jkl")),
      (20, 30, letters("abcdef") + ["ghi"] + letters("jkl")),
      (20, 0xC9, letters("abc")),
    ]
    for (offset, byte, texts) in expected {
      let left = try remains(18, Self.nodes.hit(at: offset, byte), after: Self.after)
      #expect(PersistenceTests.texts(left) == texts, "\(byte) at \(offset)")
    }
    #expect(try remains(18, Self.nodes.hit(at: 27, 0xF7))?.claimed == 10)
    #expect(texts(try remains(18, Self.nodes.dropLast(5))) == letters("abcdef") + ["ghi", "j"])
    #expect(texts(try remains(18, Self.nodes.hit(at: 0, 60), after: Self.after))?.count == 10)
  }

  @Test func quicklistOfZiplists() throws {
    let first = Encode.string(Encode.ziplist("abc".utf8.map { [1, $0] }))
    let value = [2] + first + first
    #expect(texts(try remains(14, value, header: "REDIS0009")) == letters("abcabc"))
    let hit = value.hit(at: 16, 0xFF)
    #expect(texts(try remains(14, hit, header: "REDIS0009")) == letters("acabc"))
  }

  // MARK: Streams

  private func stream(
    _ type: UInt8 = 21, _ change: (inout StreamSpec) -> Void = { _ in }
  ) throws -> RDBStream? {
    var spec = StreamSpec()
    change(&spec)
    guard let left = try remains(type, spec.bytes(type: type)) else { return nil }
    guard case .stream(let stream) = left.entry.value else { return nil }
    #expect(left.elements == stream.length)
    return stream
  }

  private static let ids = [StreamID(1, 1), StreamID(5, 0)]

  @Test(arguments: [UInt8(15), 19, 21])
  func soundStream(_ type: UInt8) throws {
    let stream = try #require(try stream(type))
    #expect(stream.entries.map(\.id) == Self.ids)
    #expect(stream.lastID == StreamID(5, 0))
    #expect(stream.maxDeletedID == (type == 15 ? .zero : StreamID(1, 2)))
    #expect(stream.entriesAdded == (type == 15 ? 2 : 3))
    #expect(stream.groups.map(\.name) == ["g", "h"])
    #expect(stream.groups.first?.pending.map(\.id) == [StreamID(1, 1), StreamID(4, 4)])
  }

  @Test func countersArePutRight() throws {
    let stream = try #require(
      try stream {
        $0.length = 9
        $0.last = (4, 0)
        $0.first = (0, 7)
        $0.maxDeleted = (9, 9)
        $0.added = 1
      })
    #expect(stream.length == 2)
    #expect(stream.firstID == StreamID(1, 1))
    #expect(stream.lastID == StreamID(5, 0))
    #expect(stream.maxDeletedID == StreamID(5, 0))
    #expect(stream.entriesAdded == 2)
  }

  @Test func damagedNodes() throws {
    // The first entry of the second node, and the count of the first one.
    let first = try #require(try stream { $0.nodes[1].entries[5] = 9 })
    #expect(first.entries.map(\.id) == [StreamID(1, 1)])
    #expect(first.lastID == StreamID(5, 0))
    #expect(first.groups.count == 2)
    let count = try #require(try stream { $0.nodes[0].entries[0] = 99 })
    #expect(count.entries.map(\.id) == Self.ids)
    // An end of an entry, with one more entry behind it.
    let end = try #require(
      try stream { $0.nodes[0].entries += [2, 0, 2, "c", 4, 2, 0, 3, "d", 5, 2, 0, 4, "e", 4] })
    #expect(end.entries.map(\.id) == [StreamID(1, 1), StreamID(1, 3), StreamID(5, 0)])
  }

  @Test func entriesOutOfOrder() throws {
    let back = try #require(try stream { $0.nodes[0].entries += [2, 0, 0, "c", 4] })
    #expect(back.entries.map(\.id) == Self.ids)
    let above = try #require(try stream { $0.nodes[0].entries += [2, 9, 0, "c", 4] })
    #expect(above.entries.map(\.id) == Self.ids)
    let key = try #require(
      try stream {
        $0.nodes.append(StreamSpec.Node(key: Encode.streamID(3, 0), entries: $0.nodes[1].entries))
      })
    #expect(key.entries.map(\.id) == [StreamID(1, 1)])
  }

  @Test func brokenStreams() throws {
    let bytes = StreamSpec().bytes(type: 21)
    let node = 1 + 17 + bytes[18...].prefix(1).reduce(0) { $0 + Int($1) } + 1
    // The string head of the second node; the length of its key is not believed.
    let broken = try remains(21, bytes.hit(at: node + 17, 0xC9))
    #expect(texts(broken) == ["1-1"])
    #expect(broken?.claimed == nil)
    #expect(texts(try remains(21, bytes.hit(at: node, 0x3F))) == ["1-1", "5-0"])
    #expect(texts(try remains(21, Array(bytes.prefix(node + 3)))) == ["1-1"])
    #expect(texts(try remains(21, bytes.hit(at: 18, 0xC9))) == nil)
    #expect(try remains(21, bytes)?.claimed == 2)
  }

  @Test func groups() throws {
    let twice = try #require(try stream { $0.groups.append($0.groups[0]) })
    #expect(twice.groups.map(\.name) == ["g", "h"])
    let unowned = try #require(try stream { $0.groups[0].consumers[0].owned = [] })
    #expect(unowned.groups[0].pending.map(\.id) == [StreamID(4, 4)])
    let stranger = try #require(try stream { $0.groups[0].consumers[2].owned = [(1, 1), (7, 7)] })
    #expect(
      stranger.groups[0].consumers.map(\.pending) == [[StreamID(1, 1)], [StreamID(4, 4)], []])
    let consumer = try #require(try stream { $0.groups[0].consumers[1].name = "c1" })
    #expect(consumer.groups[0].consumers.map(\.name) == ["c1", "c3"])
    #expect(consumer.groups[0].pending.map(\.id) == [StreamID(1, 1)])
    let repeated = try #require(try stream { $0.groups[0].pending.append((1, 1)) })
    #expect(repeated.groups[0].pending.count == 2)
    // What stands before the damage is kept.
    let bytes = StreamSpec().bytes(type: 21)
    guard case .stream(let cut)? = try remains(21, bytes.dropLast(2))?.entry.value else {
      Issue.record("no stream")
      return
    }
    #expect(cut.groups.map(\.name) == ["g"])
  }

  // MARK: Anything

  /// Bytes of no meaning are read to an end, and what is left of them is not empty.
  @Test(arguments: [("REDIS0012", UInt8(25)), ("VALKEY080", 22)])
  func anyBytes(header: String, lastType: UInt8) throws {
    var random = SeededRandom(seed: 1714)
    for type in 1...lastType {
      for _ in 0..<200 {
        var value = random.bytes(Int(random.next() % 120))
        // Small numbers are what most fields hold.
        if random.next() & 1 == 0 { value = value.map { $0 & 0x8F } }
        let left = try remains(type, value, header: header)
        if let left { #expect(left.elements > 0 && left.elements <= 88 * 120) }
      }
    }
  }

  /// Every cut and every byte of real values.
  @Test(arguments: KnownDump.all)
  func knownDumps(_ dump: KnownDump) throws {
    let header = RDBFile(version: dump.version).header
    let most = try remains(dump.type, dump.value, header: header)?.elements ?? 0
    #expect(most == dump.elements || dump.encoding == "module" || dump.type == 0)
    for offset in dump.value.indices {
      let cut = try remains(dump.type, Array(dump.value[..<offset]), header: header)
      #expect((cut?.elements ?? 0) <= most)
      for byte in [UInt8(0), 0x01, 0x3F, 0x41, 0x81, 0xC3, 0xFF] {
        _ = try remains(dump.type, dump.value.hit(at: offset, byte), header: header)
      }
    }
  }
}
