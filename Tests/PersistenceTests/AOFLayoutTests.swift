import Persistence
import SystemPackage
import TestSupport
import Testing

@Suite struct AOFLayoutTests {
  private static let manifest =
    "file x.aof.1.base.rdb seq 1 type b\nfile x.aof.0.incr.aof seq 1 type h\n"
    + "file x.aof.1.incr.aof seq 1 type i\nfile x.aof.2.incr.aof seq 2 type i\n"

  /// A folder with files of these names, each with its name as content where none is given.
  private static func folder(_ files: [String: String?]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, text) in files { _ = try folder.write(Array((text ?? "*").utf8), name) }
    return folder
  }

  private static func path(_ folder: TemporaryFolder, _ name: String = "") -> FilePath {
    name.isEmpty ? folder.path : folder.path.appending(name)
  }

  private static func names(_ parts: [AOFLayout.Part]) -> [String] {
    parts.compactMap { $0.path.lastComponent?.string }
  }

  private static let set: [String: String?] = [
    "appendonlydir/x.aof.manifest": manifest, "appendonlydir/x.aof.1.base.rdb": "REDIS0011",
    "appendonlydir/x.aof.1.incr.aof": "*1\r\n", "appendonlydir/x.aof.2.incr.aof": "",
    "appendonlydir/x.aof.0.incr.aof": nil, "dump.rdb": nil,
  ]

  @Test(arguments: ["", "appendonlydir", "appendonlydir/x.aof.manifest"])
  func multiPart(_ name: String) throws {
    let folder = try Self.folder(Self.set)
    let layout = try AOFLayout.find(Self.path(folder, name))
    #expect(layout.isMultiPart && layout.problems.isEmpty && layout.missing.isEmpty)
    #expect(
      Self.names(layout.parts) == ["x.aof.1.base.rdb", "x.aof.1.incr.aof", "x.aof.2.incr.aof"])
    #expect(layout.parts.map(\.size) == [9, 4, 0])
    #expect(layout.parts.map(\.record?.sequence) == [1, 1, 2])
    #expect(Self.names(layout.history) == ["x.aof.0.incr.aof"])
    #expect(layout.orphans.isEmpty)
    #expect(layout.manifestPath?.lastComponent?.string == "x.aof.manifest")
  }

  @Test func folderOfAnotherName() throws {
    let folder = try Self.folder([
      "aofs/x.aof.manifest": Self.manifest, "aofs/x.aof.1.base.rdb": nil, "other/file": nil,
    ])
    let layout = try AOFLayout.find(Self.path(folder))
    #expect(Self.names(layout.parts).count == 3)
    #expect(Self.names(layout.missing) == ["x.aof.1.incr.aof", "x.aof.2.incr.aof"])
    #expect(layout.missing.allSatisfy { $0.size == nil })
  }

  @Test func orphans() throws {
    var files = Self.set
    for name in [
      "x.aof.3.incr.aof", "x.aof.2.base.aof", "temp-x.aof.incr", "temp-x.aof.manifest",
      "y.aof.1.incr.aof", "x.aof.1.incr.aof.cut-17", "notes.txt", "x.aof",
    ] {
      files["appendonlydir/" + name] = .some(nil)
    }
    let folder = try Self.folder(files)
    let layout = try AOFLayout.find(Self.path(folder))
    #expect(
      Self.names(layout.orphans) == [
        "temp-x.aof.incr", "temp-x.aof.manifest", "x.aof.2.base.aof", "x.aof.3.incr.aof",
      ])
  }

  @Test func singleFiles() throws {
    let folder = try Self.folder([
      "appendonly.aof": "*1\r\n$4\r\nPING\r\n", "preamble": "REDIS0011", "#ts": "#TS:5\r\n*1\r\n",
      "strange.manifest": "*1\r\n$4\r\nPING\r\n", "rdb.manifest": "VALKEY080", "empty": "",
    ])
    let server = try Self.folder(["appendonly.aof": "*1\r\n", "dump.rdb": nil])
    #expect(try Self.names(AOFLayout.find(server.path).parts) == ["appendonly.aof"])
    for name in ["appendonly.aof", "preamble", "#ts", "strange.manifest", "rdb.manifest", "empty"] {
      let layout = try AOFLayout.find(Self.path(folder, name))
      #expect(!layout.isMultiPart && layout.parts.count == 1, "\(name)")
      #expect(layout.parts[0].record == nil && layout.listedIn == nil)
      #expect(Self.names(layout.parts) == [name])
    }
    #expect(try AOFLayout.find(FilePath("-")).parts.map(\.path) == [FilePath("-")])
  }

  @Test func manifestsByContent() throws {
    let folder = try Self.folder([
      "a": "# note\nfile a seq 1 type b\n", "b.manifest": "", "c.manifest": "\0\0\0",
      "d.manifest": "fyle a seq 1 type b\n",
    ])
    for name in ["a", "b.manifest", "c.manifest", "d.manifest"] {
      #expect(try AOFLayout.find(Self.path(folder, name)).isMultiPart, "\(name)")
    }
    #expect(try AOFLayout.find(Self.path(folder, "d.manifest")).problems.count == 1)
  }

  @Test func partOfASet() throws {
    let folder = try Self.folder(Self.set)
    let part = try AOFLayout.find(Self.path(folder, "appendonlydir/x.aof.1.incr.aof"))
    #expect(!part.isMultiPart && part.listedIn?.lastComponent?.string == "x.aof.manifest")
    let other = try AOFLayout.find(Self.path(folder, "dump.rdb"))
    #expect(other.listedIn == nil)
  }

  @Test func noManifest() throws {
    let folder = try Self.folder(["appendonlydir/x.1.incr.aof": nil, "appendonlydir/notes": nil])
    for name in ["", "appendonlydir"] {
      let error = #expect(throws: AOFLayoutError.self) {
        _ = try AOFLayout.find(Self.path(folder, name))
      }
      guard case .noManifest(_, let parts) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(parts == ["x.1.incr.aof"])
    }
    let empty = try TemporaryFolder()
    #expect(throws: AOFLayoutError.noManifest(Self.path(empty), parts: [])) {
      _ = try AOFLayout.find(Self.path(empty))
    }
  }

  @Test func severalManifests() throws {
    let folder = try Self.folder(["a.manifest": Self.manifest, "b.manifest": Self.manifest])
    #expect(
      throws: AOFLayoutError.severalManifests(
        Self.path(folder), names: ["a.manifest", "b.manifest"])
    ) { _ = try AOFLayout.find(Self.path(folder)) }
    let rest = try Self.folder(["a.manifest": Self.manifest, "temp-a.manifest": "file"])
    #expect(try AOFLayout.find(Self.path(rest)).isMultiPart)
  }

  @Test func nothingThere() {
    let path = FilePath("/nonexistent/appendonlydir")
    #expect(throws: AOFLayoutError.source(.cannotOpen(.noSuchFileOrDirectory), path)) {
      _ = try AOFLayout.find(path)
    }
  }

  @Test func manifestTooLarge() throws {
    let line = "file a seq 1 type h\n"
    let folder = try Self.folder([
      "a.manifest": String(repeating: line, count: (4 << 20) / line.utf8.count + 2)
    ])
    let layout = try AOFLayout.find(Self.path(folder))
    #expect(layout.problems.last?.error.code == .manifestSyntax)
  }

  /// Names are bytes: such as no text has them.
  @Test func namesOfBytes() throws {
    let folder = try TemporaryFolder()
    let name = ByteString([0x61, 0xFF, 0xE9, 0x20])
    var manifest = AOFManifest([AOFManifest.Record(name, sequence: 1, role: .incremental)])
    let path = Self.path(folder).appending(name: name)
    let file = try FileDescriptor.open(
      path, .writeOnly, options: [.create], permissions: [.ownerReadWrite])
    try file.close()
    _ = try folder.write(manifest.text, "m.manifest")
    #expect(try Self.path(folder).names() == [name, "m.manifest"])
    let layout = try AOFLayout.find(Self.path(folder))
    #expect(layout.missing.isEmpty && layout.parts.map(\.size) == [0])
    #expect(path.lastName == name)
    manifest.records[0].line = 1
    #expect(layout.manifest == manifest)
  }
}
