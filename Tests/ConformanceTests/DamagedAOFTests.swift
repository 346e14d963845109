import Foundation
import Persistence
import SystemPackage
import TestSupport
import Testing

/// AOFs that were damaged on purpose: framing errors are found where the servers' own tool finds them.
@Suite struct DamagedAOFTests {
  @Test func allRecipesAreHere() {
    #expect(DamagedAOF.all.count == 157)
    #expect(Set(DamagedAOF.all.map(\.name)).count == 157)
  }

  @Test(arguments: DamagedAOF.all)
  func recipeMakesTheFileThatTheServersSaw(_ aof: DamagedAOF) throws {
    let made = try aof.make()
    guard let sha256 = aof.sha256 else {
      #expect(aof.missing == true && aof.file != nil)
      return
    }
    let run = try Run.program(
      "/usr/bin/sha256sum", [made.folder.file(aof.damagedName).path])
    #expect(run.outputText.hasPrefix(sha256 + " "))
  }

  /// The problems of each damaged manifest.
  private static let manifests: [String: [FindingCode]] = [
    "binary": [.manifestSyntax], "zero": [.manifestSyntax], "blank-line": [.manifestSyntax],
    "comment": [], "crlf": [], "dup": [.manifestSequence], "empty": [.manifestSyntax], "gap": [],
    "keyword": [.manifestSyntax], "long-line": [.manifestSyntax],
    "no-newline": [.manifestSyntax], "no-seq": [.manifestSyntax], "odd": [.manifestSyntax],
    "only-base": [], "order": [.manifestSequence], "path": [.manifestSyntax],
    "quotes": [.manifestSyntax], "seq-letter": [.manifestSyntax], "seq-zero": [.manifestSyntax],
    "trunc": [.manifestSyntax], "two-bases": [.manifestDuplicateBase],
    "type-missing": [.manifestSyntax], "type-x": [.manifestSyntax], "unknown-pair": [],
  ]

  private static let damagedManifests = DamagedAOF.all.filter {
    $0.file == "appendonly.aof.manifest" && $0.missing != true
  }

  @Test(arguments: damagedManifests)
  func manifest(_ aof: DamagedAOF) throws {
    let made = try aof.make()
    let layout = try AOFLayout.find(made.path)
    let kind = aof.kind.replacingOccurrences(of: "manifest-", with: "")
    let expected = try #require(Self.manifests[kind], "\(kind)")
    #expect(Set(layout.problems.map(\.error.code)) == Set(expected))
    // A server starts without a problem, and with none but for what it would refuse.
    #expect(aof.server_load.loads == layout.problems.isEmpty)
  }

  @Test func everyManifestIsExpected() {
    let kinds = Self.damagedManifests.map {
      $0.kind.replacingOccurrences(of: "manifest-", with: "")
    }
    #expect(Set(kinds) == Set(Self.manifests.keys))
  }

  @Test(arguments: DamagedAOF.all.filter { $0.missing == true })
  func missingFile(_ aof: DamagedAOF) throws {
    let made = try aof.make()
    if aof.kind == "manifest-missing" {
      #expect(throws: AOFLayoutError.self) { _ = try AOFLayout.find(made.path) }
    } else {
      let layout = try AOFLayout.find(made.path)
      #expect(layout.missing.compactMap { $0.path.lastComponent?.string } == [aof.damagedName])
    }
  }

  /// Files of commands, alone or behind a sound preamble, that are there.
  private static let commandFiles = DamagedAOF.all.filter {
    $0.missing != true && $0.ok_up_to?[$0.damagedName] != nil
      && !$0.damagedName.hasSuffix(".manifest")
  }

  /// Files that the tool finds whole up to another place than the scan does, and why.
  private static let exceptions: [String: String] = {
    let pairing = "the tool follows the pairing of MULTI and EXEC, the scan tells only what is open"
    return [
      "2.8.24-mini-exec-lost": pairing, "2.8.24-mini-lost-commands": pairing,
      "2.8.24-mini-multi-lost": pairing, "2.8.24-mini-multi-twice": pairing,
      "6.2.16-mini-preamble-multi-lost": pairing, "6.2.16-mini-preamble-multi-twice": pairing,
      "7.0.15-minibase-incr-multi-lost": pairing, "7.0.15-minibase-incr-multi-twice": pairing,
      "2.8.24-mini-count-zero": "the tool passes a command without a name, which no server loads",
      "7.0.15-ts-incr-ts-cut": "the tool takes an annotation for whole that is cut off",
    ]
  }()

  /// Where `redis-check-aof` says that a file is whole up to, the scan says it, too.
  @Test(arguments: commandFiles)
  func validUpTo(_ aof: DamagedAOF) throws {
    let made = try aof.make()
    let size = UInt64(try #require(try aof.bytes()).count)
    let walk = try AOFWalk(FilePath(made.folder.file(aof.damagedName).path))
    let ending = try #require(walk.ending)
    #expect(ending.fileSize == size)
    let told = try #require(aof.ok_up_to?[aof.damagedName])
    #expect((ending.validUpTo != told) == (Self.exceptions[aof.name] != nil), "\(aof.what)")
    guard ending.validUpTo == told else { return }
    #expect((ending.error == nil) == (ending.lastEnd == size))
    // What the tool cuts off is what stands behind.
    if let fixed = aof.fix.changed[aof.damagedName] { #expect(fixed.size == ending.validUpTo) }
  }

  @Test func exceptionsAreFiles() {
    #expect(Set(Self.exceptions.keys).isSubset(of: Self.commandFiles.map(\.name)))
  }
}
