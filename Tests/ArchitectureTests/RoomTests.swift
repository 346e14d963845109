import Foundation
import TestSupport
import Testing

/// The order of the rooms: what stands later knows what stands before it, and never the other way.
@Suite struct RoomTests {
  /// The modules from the ground up. Those of one line do not know each other.
  static let modules = [
    ["CZlib", "CLZ4", "CCRC64"],
    ["Persistence"],
    ["Forensics"],
    ["Keyspace"],
    ["MemoryModel"],
    ["Server"],
    ["ToolKit"],
    ["CheckRDB", "CheckAOF", "RDBDumpToJSON", "AOFRewrite", "MemoryReport", "ReplayServer"],
    ["Benchmarks", "Fuzz"],
  ]

  /// The folders of `Persistence` from the ground up.
  static let folders = [
    "Bytes", "Checksum", "Compression", "Files", "Encodings", "RDB", "Measures", "AOF", "JSON",
  ]

  private static func rank(ofModule name: String) -> Int? {
    modules.firstIndex { $0.contains(name) }
  }

  @Test func everyModuleHasItsPlace() throws {
    for file in try SourceFile.all() {
      #expect(Self.rank(ofModule: file.module) != nil, "\(file.path)")
    }
  }

  @Test func modulesKnowWhatLiesBelowThem() throws {
    var seen = 0
    for file in try SourceFile.all() {
      let own = try #require(Self.rank(ofModule: file.module))
      for name in file.imports {
        guard let rank = Self.rank(ofModule: name) else { continue }
        seen += 1
        #expect(rank < own, "\(file.path) imports \(name)")
      }
    }
    #expect(seen > 10)
  }

  @Test func everyFolderHasItsPlace() throws {
    for file in try SourceFile.all() where file.module == "Persistence" {
      #expect(Self.folders.contains(file.folder), "\(file.path)")
    }
  }

  /// No file uses a type that a later folder declares.
  @Test func foldersKnowWhatLiesBelowThem() throws {
    let files = try SourceFile.all().filter { $0.module == "Persistence" }
    var places: [String: Int] = [:]
    for file in files {
      let place = try #require(Self.folders.firstIndex(of: file.folder))
      for name in file.declaredTypes { places[name] = max(places[name] ?? 0, place) }
    }
    #expect(places.count > 40)
    #expect(places["ByteCursor"] == 0)
    #expect(places["RecordScanner"] == 5)
    #expect(places["CommandScanner"] == 7)
    for file in files {
      let own = try #require(Self.folders.firstIndex(of: file.folder))
      for word in file.words {
        if let place = places[word], place > own {
          Issue.record("\(file.path) uses \(word) of \(Self.folders[place])")
        }
      }
    }
  }

  /// Foundation is large, slow to start, and not needed to read files.
  @Test func noFoundation() throws {
    for file in try SourceFile.all() where file.module != "Benchmarks" {
      let found = file.imports.filter { $0.hasPrefix("Foundation") || $0 == "Dispatch" }
      #expect(found.isEmpty, "\(file.path)")
    }
  }

  /// A mapped file that another process shortens kills the reader.
  @Test func noMapping() throws {
    for file in try SourceFile.all() {
      #expect(!file.words.contains("mmap"), "\(file.path)")
    }
  }

  @Test func filesAreShort() throws {
    for file in try SourceFile.all() {
      let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false).count - 1
      #expect(lines <= 500, "\(file.path) has \(lines) lines")
    }
  }

  /// The tests' own reading of Swift.
  @Test func readingOfSources() {
    let file = SourceFile(
      path: "A/B/C.swift",
      text: """
        internal import One  // import Two
        @preconcurrency package import Three
        import struct Four.Name
        /* struct Hidden */
        @safe package final class Outer { struct Inner {} }
        struct Plain: ~Copyable {}
        let text = "struct Quoted \\" mmap("
        """)
    #expect(file.imports == ["One", "Three", "Four"])
    #expect(file.declaredTypes == ["Outer", "Plain"])
    #expect(file.module == "A" && file.folder == "B")
    #expect(!file.words.contains("mmap") && !file.words.contains("Hidden"))
    #expect(file.words.contains("Inner"))
  }
}
