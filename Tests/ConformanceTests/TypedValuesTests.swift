import Foundation
import Persistence
import TestSupport
import Testing

/// What the library reads is what the server that wrote the file said, value by value.
@Suite struct TypedValuesTests {
  struct File: CustomTestStringConvertible {
    var dump: URL
    var truth: URL
    var testDescription: String { dump.lastPathComponent }
  }

  static let files: [File] = {
    let rdb = Fixtures.folder.appendingPathComponent("rdb")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: rdb.path)) ?? []
    let bookshop = File(
      dump: Fixtures.folder.appendingPathComponent("bookshop.rdb"),
      truth: Fixtures.folder.appendingPathComponent("bookshop.truth.jsonl.gz"))
    return [bookshop]
      + names.filter { $0.hasSuffix(".rdb") }.sorted().map { name in
        File(
          dump: rdb.appendingPathComponent(name),
          truth: rdb.appendingPathComponent(
            name.dropLast(4).appending(".truth.jsonl.gz")))
      }
  }()

  @Test func everyFixtureIsThere() { #expect(Self.files.count == 78) }

  @Test(arguments: files) func everyValueIsTheServers(_ file: File) throws {
    var expected: [String: [String: Any]] = [:]
    for line in try Truth.load(file.truth) {
      expected["\(line["db"] ?? "") \(try Truth.key(line).bytes)"] = line
    }
    var reader = try RDBReader(path: file.dump.path)
    var seen = 0
    while let entry = try reader.next() {
      seen += 1
      let name = "\(entry.database) \(entry.key.bytes)"
      guard let line = expected.removeValue(forKey: name) else {
        Issue.record("the server had no key \(entry.key) in database \(entry.database)")
        continue
      }
      let differences = Truth.differences(entry, line)
      #expect(differences.isEmpty, "\(entry.key): \(differences.prefix(3))")
    }
    #expect(expected.isEmpty, "\(expected.count) keys were not read")
    #expect(seen > 0 || file.dump.lastPathComponent.hasSuffix("empty.rdb"))
  }
}

/// The comparison above notices every kind of difference: a wrong truth is never taken for right.
@Suite struct TruthComparisonTests {
  @Test func noticesEveryChange() throws {
    let file = TypedValuesTests.files[0]
    var expected: [ByteString: [String: Any]] = [:]
    for line in try Truth.load(file.truth) where line["db"] as? Int == 0 {
      expected[try Truth.key(line)] = line
    }
    var reader = try RDBReader(path: file.dump.path)
    var types = Set<ValueType>()
    while let entry = try reader.next() {
      guard entry.database == 0, types.insert(entry.type).inserted,
        let line = expected[entry.key]
      else { continue }
      for (name, wrong) in [
        ("db", 7 as Any), ("expire_at_ms", 1 as Any), ("type", "x" as Any),
        ("value", "AAAA" as Any), ("value", [] as [Any] as Any),
      ] {
        var changed = line
        changed[name] = wrong
        #expect(!Truth.differences(entry, changed).isEmpty, "\(entry.type): \(name)")
      }
    }
    #expect(types.count == 6)
  }
}
