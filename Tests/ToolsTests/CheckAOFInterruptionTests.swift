import Foundation
import Glibc
import TestSupport
import Testing

/// `check-aof --fix` that does not come to its end: no byte is lost, whatever stops it.
@Suite struct CheckAOFInterruptionTests {
  private static let sound = CommandLog.commands(["SELECT", "0"], ["SET", "a", "1"])
  private static let tool = Run.builtProducts.appendingPathComponent("check-aof").path

  private static func content(_ file: URL) throws -> [UInt8] { Array(try Data(contentsOf: file)) }

  private static func names(_ folder: TemporaryFolder) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: folder.url.path))
  }

  /// Runs the tool as one to whom permissions apply: a superuser gives the right up to pass over them.
  private static func runUnprivileged(_ arguments: String...) throws -> Run {
    guard geteuid() == 0 else { return try Run.program(tool, arguments) }
    let without = "--bounding-set=-dac_override,-dac_read_search"
    return try Run.program("/usr/bin/setpriv", [without, tool] + arguments)
  }

  /// Runs the tool where no file may grow beyond 50 KiB, as if the disk were full.
  private static func runOnFullDisk(ignoringTheSignal: Bool, _ arguments: String...) throws -> Run {
    let trap = ignoringTheSignal ? "trap '' XFSZ; " : ""
    let script = trap + "ulimit -f 100; exec \"$0\" \"$@\""
    return try Run.program("/bin/sh", ["-c", script, tool] + arguments)
  }

  /// What is cut finds no room: the error is told, or its signal ends the tool.
  @Test(arguments: [true, false]) func fullDisk(_ isIgnored: Bool) throws {
    let folder = try TemporaryFolder()
    let log = Self.sound + [UInt8](repeating: 0x2B, count: 1 << 20)
    let file = try folder.write("a.aof", log)
    let run = try Self.runOnFullDisk(ignoringTheSignal: isIgnored, "--fix", file.path)
    if isIgnored {
      #expect(run.exitCode == 74)
      #expect(run.errorText.contains("nothing was cut"))
    } else {
      #expect(run.signal == SIGXFSZ)
    }
    #expect(try Self.content(file) == log)
    #expect(try Self.names(folder) == ["a.aof"])
  }

  @Test func unwritableFolder() throws {
    let folder = try TemporaryFolder()
    let log = Self.sound + Array("garbage".utf8)
    let file = try folder.write("a.aof", log)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o555], ofItemAtPath: folder.url.path)
    defer {
      try? FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: folder.url.path)
    }
    let run = try Self.runUnprivileged("--fix", file.path)
    #expect(run.exitCode == 73)
    #expect(run.errorText.contains("nothing was cut"))
    #expect(try Self.content(file) == log)
    #expect(try Self.names(folder) == ["a.aof"])
  }

  @Test func unwritableFile() throws {
    let folder = try TemporaryFolder()
    let log = Self.sound + Array("garbage".utf8)
    let file = try folder.write("a.aof", log)
    try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: file.path)
    // It is no obstacle to a check.
    #expect(try Self.runUnprivileged(file.path).exitCode == 1)
    #expect(try Self.runUnprivileged("--fix", file.path).exitCode == 73)
    #expect(try Self.content(file) == log)
    #expect(try Self.names(folder) == ["a.aof"])
  }

  // MARK: Killed

  /// A repair of a file of some megabytes, most of which are cut off.
  private struct Repair {
    static let sound = CommandLog.command(["SET", "a", Word([UInt8](repeating: 1, count: 1 << 20))])
    static let tail: [UInt8] = {
      var random = SeededRandom(seed: 3)
      return Array("garbage".utf8) + random.bytes(12 << 20)
    }()

    let folder: TemporaryFolder
    let file: URL

    init() throws {
      folder = try TemporaryFolder()
      file = try folder.write("a.aof", Self.sound + Self.tail)
    }

    /// Starts a repair and ends it after a while, if it has not ended by then. Returns how it ended and
    /// how long it took.
    func run(
      killing signal: Int32, after delay: Duration
    ) throws -> (end: ChildProcess.End, elapsed: Duration) {
      try ChildProcess.run(
        CheckAOFInterruptionTests.tool, ["--fix", file.path], killing: signal, after: delay)
    }

    /// Names of the files in which what was cut is saved. Each has to be whole.
    func saved() throws -> [String] {
      let names = try CheckAOFInterruptionTests.names(folder)
        .filter { $0.hasPrefix("a.aof.cut-\(Self.sound.count)") }
      for name in names {
        #expect(try Data(contentsOf: folder.file(name)) == Data(Self.tail), "\(name)")
      }
      return names.sorted()
    }

    /// Files that are neither the AOF nor what was saved of it.
    func leftovers() throws -> [String] {
      try CheckAOFInterruptionTests.names(folder).filter { !$0.hasPrefix("a.aof") }
    }
  }

  /// At any moment the file is as before, or cut with all that was cut saved; a second repair completes it.
  @Test(.timeLimit(.minutes(5))) func killedAtAnyMoment() throws {
    var random = SeededRandom(seed: 4)
    let whole = try Repair().run(killing: SIGKILL, after: .seconds(60))
    #expect(whole.end.exitCode == 0)
    var killed = 0
    for _ in 0..<24 {
      let repair = try Repair()
      let signal = Bool.random(using: &random) ? SIGKILL : SIGTERM
      let delay = whole.elapsed * Int.random(in: 0...1000, using: &random) / 1000
      let (end, _) = try repair.run(killing: signal, after: delay)
      if end.signal == signal { killed += 1 } else { #expect(end.exitCode == 0) }
      let content = try Data(contentsOf: repair.file)
      let saved = try repair.saved()
      if content.count == Repair.sound.count {
        #expect(content == Data(Repair.sound) && saved.count == 1)
      } else {
        #expect(content == Data(Repair.sound + Repair.tail) && saved.count <= 1)
      }
      if end.signal != SIGKILL { #expect(try repair.leftovers() == []) }
      let (again, _) = try repair.run(killing: SIGKILL, after: .seconds(60))
      #expect(again.exitCode == 0)
      #expect(try Data(contentsOf: repair.file) == Data(Repair.sound))
      #expect(try repair.saved().count >= 1)
    }
    #expect(killed > 0)
  }
}
