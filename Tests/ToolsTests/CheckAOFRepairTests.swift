import Foundation
import TestSupport
import Testing

/// `check-aof --fix` and `--truncate-to-timestamp`, from outside.
@Suite struct CheckAOFRepairTests {
  private static let start = CommandLog.commands(["SELECT", "0"], ["SET", "a", "1"])
  private static let open = CommandLog.commands(["MULTI"], ["SET", "b", "2"])

  private static func content(_ file: URL) throws -> [UInt8] { Array(try Data(contentsOf: file)) }

  private static func fix(_ arguments: String...) throws -> Run {
    try Run.built("check-aof", arguments, input: .nothing)
  }

  // MARK: --fix

  @Test func cutsBackToTheMultiAndSavesWhatGoes() throws {
    let folder = try TemporaryFolder()
    let log = Self.start + Self.open + Array("*3\r\n$3\r\nSE".utf8)
    let file = try folder.write("a.aof", log)
    let run = try Self.fix("--fix", file.path)
    #expect(run.exitCode == 0)
    #expect(try Self.content(file) == Self.start)
    let saved = folder.file("a.aof.cut-\(Self.start.count)")
    #expect(try Self.content(saved) == Array(log.dropFirst(Self.start.count)))
    #expect(run.outputText.contains("a.aof.cut-\(Self.start.count)"))
    // A second time there is nothing to do.
    let again = try Self.fix("--fix", file.path)
    #expect(again.exitCode == 0 && again.outputText.contains("Nothing to cut"))
  }

  @Test func statuses() throws {
    let folder = try TemporaryFolder()
    func damaged() throws -> URL { try folder.write("a.aof", Self.start + Self.open) }
    #expect(try Self.fix("--fix", "--fail-on-loss", damaged().path).exitCode == 2)
    let file = try damaged()
    let dry = try Self.fix("--fix", "--dry-run", "--json", file.path)
    #expect(dry.exitCode == 1)
    let line = try CheckAOFTests.line(dry)
    let fix = try #require(line["fix"] as? [String: Any])
    #expect(fix["done"] as? Bool == false && fix["cut_from"] as? Int == Self.start.count)
    #expect(try Self.content(file) == Self.start + Self.open)
    // Nothing that was cut before is overwritten: the first run left one of this name.
    let run = try Self.fix("--fix", "--json", file.path)
    #expect(run.exitCode == 0)
    let done = try #require(try CheckAOFTests.line(run)["fix"] as? [String: Any])
    #expect(done["done"] as? Bool == true && done["status"] as? String == "ok")
    let name = try #require(done["cut_saved_as"] as? String)
    #expect(name.hasSuffix("a.aof.cut-\(Self.start.count)-2"))
    #expect(try Self.content(URL(fileURLWithPath: name)) == Self.open)
  }

  /// The copy of what is cut is as private as the file.
  @Test func permissionsOfTheCopy() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("a.aof", Self.start + Self.open)
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file.path)
    #expect(try Self.fix("--fix", file.path).exitCode == 0)
    let copy = folder.file("a.aof.cut-\(Self.start.count)").path
    let mode = try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions]
    #expect(mode as? Int == 0o640)
  }

  @Test func whatCuttingDoesNotMend() throws {
    let folder = try TemporaryFolder()
    let manifest = "file a.1.base.aof seq 1 type b\nfile a.1.incr.aof seq 1 type i\n"
    try folder.write("a.manifest", Array(manifest.utf8))
    let base = try folder.write("a.1.base.aof", Self.start.dropLast())
    try folder.write("a.1.incr.aof", Self.start)
    let run = try Self.fix("--fix", folder.url.path)
    #expect(run.exitCode == 1)
    #expect(run.outputText.contains("not the last file"))
    #expect(try Self.content(base) == Array(Self.start.dropLast()))
    let compressed = try folder.write("b.aof", Self.start.dropLast())
    let zipped = try Run.program("/usr/bin/gzip", ["-k", compressed.path])
    #expect(zipped.exitCode == 0)
    let other = try Self.fix("--fix", folder.file("b.aof.gz").path)
    #expect(other.exitCode == 1 && other.outputText.contains("compressed"))
  }

  /// On a terminal it asks, and does nothing without a yes.
  @Test(arguments: [("n\n", 1), ("y\n", 0), ("\n", 1)])
  func asks(_ answer: String, _ status: Int) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("a.aof", Self.start + Self.open)
    let tool = Run.builtProducts.appendingPathComponent("check-aof").path
    let python = Oracle.environment.appendingPathComponent("bin/python").path
    let script = """
      import os, pty, sys
      pid, terminal = pty.fork()
      if pid == 0: os.execv(sys.argv[1], [sys.argv[1], "--fix", sys.argv[2]])
      text = b""
      while b"[y/N]" not in text: text += os.read(terminal, 1000)
      os.write(terminal, sys.argv[3].encode())
      try:
        while os.read(terminal, 1000): pass
      except OSError: pass
      sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
      """
    let run = try Run.program(python, ["-c", script, tool, file.path, answer])
    #expect(run.exitCode == Int32(status))
    #expect(try Self.content(file) == (status == 0 ? Self.start : Self.start + Self.open))
  }

  // MARK: --truncate-to-timestamp

  private static func stamped(_ second: Int, _ key: String) -> [UInt8] {
    CommandLog.text("#TS:\(second)|") + CommandLog.commands(["SET", Word(key), "1"])
  }

  @Test func cutsAtATime() throws {
    let folder = try TemporaryFolder()
    let early = Self.stamped(1000, "a") + Self.stamped(1001, "b")
    let late = Self.stamped(1002, "c")
    let file = try folder.write("a.aof", early + late)
    let run = try Self.fix(
      "--truncate-to-timestamp", "1970-01-01T00:16:41.900Z", file.path)
    #expect(run.exitCode == 0)
    #expect(try Self.content(file) == early)
    #expect(try Self.content(folder.file("a.aof.cut-\(early.count)")) == late)
    #expect(try Self.fix("--truncate-to-timestamp", "1001", file.path).exitCode == 0)
    let nothing = try Self.fix("--truncate-to-timestamp", "999", file.path)
    #expect(nothing.exitCode == 1 && nothing.outputText.contains("nothing from before"))
    #expect(try Self.content(file) == early)
  }

  /// Files behind the cut leave the manifest, and stay under another name.
  @Test func dropsLaterFiles() throws {
    let folder = try TemporaryFolder()
    let manifest = """
      file a.1.base.aof seq 1 type b
      file a.1.incr.aof seq 1 type i
      file a.2.incr.aof seq 2 type i
      file a.3.incr.aof seq 3 type i

      """
    let list = try folder.write("a.manifest", Array(manifest.utf8))
    try folder.write("a.1.base.aof", Self.stamped(1000, "a"))
    let first = Self.stamped(1010, "b")
    try folder.write("a.1.incr.aof", first + Self.stamped(1020, "c"))
    try folder.write("a.2.incr.aof", Self.stamped(1030, "d"))
    try folder.write("a.3.incr.aof", Self.stamped(1040, "e"))
    let run = try Self.fix("--truncate-to-timestamp", "1015", "--json", folder.url.path)
    #expect(run.exitCode == 0)
    let fix = try #require(try CheckAOFTests.line(run)["fix"] as? [String: Any])
    #expect((fix["dropped"] as? [Any])?.count == 2)
    let kept = manifest.split(separator: "\n").prefix(2).joined(separator: "\n") + "\n"
    #expect(try Self.content(list) == Array(kept.utf8))
    #expect(try Self.content(folder.file("a.1.incr.aof")) == first)
    #expect(try Self.content(folder.file("a.2.incr.aof.cut-0")) == Self.stamped(1030, "d"))
    #expect(try Self.content(folder.file("a.3.incr.aof.cut-0")) == Self.stamped(1040, "e"))
    #expect(try Self.fix(folder.url.path).exitCode == 0)
  }

  /// Damage before the time is not passed over; with `--fix` the file is cut there.
  @Test func damageBeforeTheTime() throws {
    let folder = try TemporaryFolder()
    let early = Self.stamped(1000, "a")
    let log = early + Array("garbage\r\n".utf8) + Self.stamped(1002, "c")
    let file = try folder.write("a.aof", log)
    let run = try Self.fix("--truncate-to-timestamp", "1001", file.path)
    #expect(run.exitCode == 1)
    #expect(try Self.content(file) == log)
    #expect(try Self.fix("--truncate-to-timestamp", "1001", "--fix", file.path).exitCode == 0)
    #expect(try Self.content(file) == early)
  }

  /// A time within a transaction: the cut is before it.
  @Test func timeWithinATransaction() throws {
    let folder = try TemporaryFolder()
    let early = Self.stamped(1000, "a")
    let log =
      early + CommandLog.commands(["MULTI"]) + Self.stamped(1005, "b")
      + CommandLog.commands(["EXEC"])
    let file = try folder.write("a.aof", log)
    #expect(try Self.fix("--truncate-to-timestamp", "1001", file.path).exitCode == 0)
    #expect(try Self.content(file) == early)
  }
}
