import Forensics
import Foundation
import Persistence
import SystemPackage
import TestSupport
import Testing

/// What `--salvage` makes of the damaged AOFs of real servers: sound, and a real server starts on it.
@Suite(.timeLimit(.minutes(20))) struct AOFSalvageOracleTests {
  /// Both servers read every source that was damaged.
  @Test(arguments: DamagedAOF.all, [Oracle.redis7, .valkey9])
  func serverStartsOnIt(_ aof: DamagedAOF, _ oracle: Oracle) throws {
    let made = try aof.make()
    let folder = try TemporaryFolder()
    let isFolder = made.path.string == made.folder.url.path
    let output = folder.file(isFolder ? "appendonlydir" : "appendonly.aof")
    let verdict = try AOFSalvage().run(made.path.string, to: FilePath(output.path))
    let salvage = try #require(verdict.salvage)
    guard salvage.output != nil else {
      #expect(verdict.bytes == 0)
      return
    }
    #expect(salvage.after == .ok || salvage.after == .warning)
    // Every byte is in the output or beside it, but for what is written anew in an RDB.
    if salvage.parts.allSatisfy({ $0.rdb == nil }) {
      let skipped = salvage.skippedSavedAs.map { try? Data(contentsOf: URL(fileURLWithPath: $0)) }
      #expect(UInt64(skipped.flatMap { $0?.count } ?? 0) == salvage.bytes - salvage.bytesKept)
    }
    let sound = try aof.sound()
    let all = sound.files.values.reduce(0) { $0 + ($1.commands_total ?? 0) }
    // One damage: what is lost is its own commands and their transaction, or what was cut off. Where an
    // EXEC is lost, the transaction goes on to the next MULTI; a page of zeros is a third of a small log.
    let isCut = ["trunc", "empty", "only", "missing", "gap", "lost-c"].contains {
      aof.kind.contains($0)
    }
    if !isCut { #expect(Int(salvage.commandsKept) >= all / 2, "\(aof.what)") }
    #expect(Int(salvage.commandsKept) <= all + 1)
    let server = try OracleServer(oracle, arguments: ["--appendonly", "yes"]) { server in
      try FileManager.default.copyItem(
        at: output, to: server.appendingPathComponent(output.lastPathComponent))
    }
    #expect(try !server.log().contains("runcat"))
    // A file that lost nothing gives the dataset of the sound one, unless a byte of a value was changed.
    if salvage.isComplete, verdict.kind == .multiPart, !isCut, sound.server.hasPrefix("redis 7.0"),
      !aof.kind.contains("lost-commands"), !aof.kind.contains("flip")
    {
      let whole = try OracleServer(oracle, arguments: ["--appendonly", "yes"]) { server in
        try FileManager.default.copyItem(
          at: sound.url, to: server.appendingPathComponent("appendonlydir"))
      }
      #expect(try server.debugDigest() == whole.debugDigest())
    }
  }
}
