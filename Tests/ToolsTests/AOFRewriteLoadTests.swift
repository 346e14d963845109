import Foundation
import Glibc
import TestSupport
import Testing

/// `aof-rewrite` with large logs: in bounded memory, and with nothing lost, whatever stops it.
@Suite(.serialized) struct AOFRewriteLoadTests {
  private static let mebibyte: UInt64 = 1 << 20
  private static let tool = Run.builtProducts.appendingPathComponent("aof-rewrite").path
  private static let name = "appendonly.aof"

  // MARK: Interrupted

  /// Several megabytes whose rewrite is of about the same size.
  private static let log: [UInt8] = {
    var random = SeededRandom(seed: 11)
    var log = CommandLog.command(["SELECT", "3"])
    for key in 0..<60_000 {
      log += CommandLog.command(["SET", "key:\(key)", Word(random.bytes(100))])
      if key.isMultiple(of: 10) { log += CommandLog.command(["RPUSH", "list", "\(key)", "x"]) }
    }
    return log
  }()

  /// What is rewritten where it is.
  enum Place: CaseIterable, Sendable {
    case file, folder

    /// A folder with the log, and the path of what is rewritten.
    fileprivate func make() throws -> (folder: TemporaryFolder, path: String) {
      let folder = try TemporaryFolder()
      guard self == .folder else {
        return (folder, try folder.write(name, AOFRewriteLoadTests.log).path)
      }
      _ = try folder.write("\(name).1.incr.aof", AOFRewriteLoadTests.log)
      _ = try folder.write(
        "\(name).manifest", Array("file \(name).1.incr.aof seq 1 type i\n".utf8))
      return (folder, folder.url.path)
    }

    /// Names of the files there once the rewrite is done.
    fileprivate var namesAfter: Set<String> {
      switch self {
      case .file: [name]
      case .folder:
        ["1.incr.aof", "2.base.rdb", "2.incr.aof", "manifest"].reduce(into: []) {
          $0.insert("\(name).\($1)")
        }
      }
    }

    private var name: String { AOFRewriteLoadTests.name }
  }

  private static func names(_ folder: TemporaryFolder) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: folder.url.path))
  }

  /// Bytes of the file or of all files in the folder.
  private static func content(_ folder: TemporaryFolder) throws -> [String: Data] {
    try names(folder).reduce(into: [:]) { $0[$1] = try Data(contentsOf: folder.file($1)) }
  }

  private static func digest(_ path: String) throws -> String {
    let run = try Run.program(tool, [path, "--digest"])
    #expect(run.exitCode == 0, "\(run.errorText)")
    return run.outputText
  }

  /// Rewrites in place, unless a signal ends it after a while.
  private static func rewrite(
    _ path: String, killing signal: Int32, after delay: Duration
  ) throws -> (end: ChildProcess.End, elapsed: Duration) {
    try ChildProcess.run(tool, [path, "-o", path], killing: signal, after: delay)
  }

  /// At any moment the dataset is there, in the old files or in the new ones; a second rewrite completes it.
  @Test(.timeLimit(.minutes(5)), arguments: Place.allCases)
  func killedAtAnyMoment(_ place: Place) throws {
    var random = SeededRandom(seed: 12)
    let (sound, path) = try place.make()
    let wanted = try Self.digest(path)
    let whole = try Self.rewrite(path, killing: SIGKILL, after: .seconds(60))
    #expect(whole.end.exitCode == 0)
    #expect(try Self.names(sound) == place.namesAfter)
    var killed = 0
    for _ in 0..<16 {
      let (folder, path) = try place.make()
      let before = try Self.names(folder)
      let signal = Bool.random(using: &random) ? SIGKILL : SIGTERM
      let delay = whole.elapsed * Int.random(in: 0...1000, using: &random) / 1000
      let (end, _) = try Self.rewrite(path, killing: signal, after: delay)
      if end.signal == signal { killed += 1 } else { #expect(end.exitCode == 0) }
      #expect(try Self.digest(path) == wanted)
      #expect(try Run.built("check-aof", [path]).exitCode == 0)
      let names = try Self.names(folder)
      #expect(names.isSuperset(of: before))
      // What a kill left behind is in nobody's way.
      let (again, _) = try Self.rewrite(path, killing: SIGKILL, after: .seconds(60))
      #expect(again.exitCode == 0)
      #expect(try Self.digest(path) == wanted)
    }
    #expect(killed > 0)
  }

  /// What finds no room is told, and everything is as it was.
  @Test(arguments: Place.allCases) func aFullDiskLosesNothing(_ place: Place) throws {
    let (folder, path) = try place.make()
    let before = try Self.content(folder)
    // No file may grow beyond 500 KiB.
    let script = "trap '' XFSZ; ulimit -f 1000; exec \"$0\" \"$@\""
    let run = try Run.program("/bin/sh", ["-c", script, Self.tool, path, "-o", path])
    #expect(run.exitCode == 74, "\(run.errorText)")
    #expect(try Self.content(folder) == before)
  }

  // MARK: Memory

  /// The memory is that of the dataset, whatever the log went through.
  @Test func overwritingTakesLittleMemory() throws {
    let folder = try TemporaryFolder()
    let url = try folder.write("a.aof", [])
    let file = try FileHandle(forWritingTo: url)
    for round in 0..<100 {
      var bytes: [UInt8] = []
      for key in 0..<10_000 {
        bytes += CommandLog.command(["SET", "key:\(key)", "a value of \(round), and some more"])
      }
      file.write(Data(bytes))
    }
    try file.close()
    for jobs in ["1", "2"] {
      let run = try Run.built(
        "aof-rewrite", [url.path, "-o", folder.file("o.rdb").path, "--jobs", jobs],
        measuringMemory: true)
      #expect(run.exitCode == 0)
      #expect(try #require(run.peakMemory) < 48 * Self.mebibyte, "--jobs \(jobs)")
    }
  }

  /// Lengths and counts that the log does not hold take none.
  @Test(arguments: [
    "*3|$3|SET|$1|a|$536870912|x", "*2147483647|$5|RPUSH|$1|a|$1|b|", "*3|$3|SET|$536870912|a",
  ])
  func claimsTakeLittleMemory(_ claim: String) throws {
    let folder = try TemporaryFolder()
    let log = CommandLog.command(["SET", "k", "v"]) + CommandLog.text(claim)
    let input = try folder.write("a.aof", log)
    let run = try Run.built(
      "aof-rewrite", [input.path, "-o", folder.file("o.aof").path], measuringMemory: true)
    #expect(run.exitCode == 2)
    #expect(try #require(run.peakMemory) < 32 * Self.mebibyte)
  }

  /// Keys of some dozens of bytes, which are where the parts of a value that are no data count most: still not
  /// far from what the server has that loads the same log.
  @Test func smallValuesTakeLittleMoreThanInAServer() throws {
    var random = SeededRandom(seed: 13)
    var log: [UInt8] = []
    for key in 0..<800_000 {
      switch key % 4 {
      case 0: log += CommandLog.command(["SET", "string:\(key)", Word(random.bytes(60))])
      case 1: log += CommandLog.command(["HSET", "hash:\(key)", "a", "1", "b", "some text"])
      case 2: log += CommandLog.command(["ZADD", "zset:\(key % 16000)", "\(key)", "member \(key)"])
      default: log += CommandLog.command(["RPUSH", "list:\(key % 16000)", "element \(key)"])
      }
    }
    let folder = try TemporaryFolder()
    let input = try folder.write("a.aof", log)
    let run = try Run.built(
      "aof-rewrite", [input.path, "-o", folder.file("o.rdb").path], measuringMemory: true)
    #expect(run.exitCode == 0)
    let server = try OracleServer(.redis7, arguments: ["--appendonly", "yes"]) { folder in
      let files = folder.appendingPathComponent("appendonlydir")
      try FileManager.default.createDirectory(at: files, withIntermediateDirectories: false)
      try Data(log).write(to: files.appendingPathComponent("\(Self.name).1.base.aof"))
      try Data("file \(Self.name).1.base.aof seq 1 type b\n".utf8)
        .write(to: files.appendingPathComponent("\(Self.name).manifest"))
    }
    let process = try #require(try server.processIdentifier())
    #expect(try server.command("DBSIZE") == .integer(408_000))
    let resident = try #require(ProcessMemory.bytes("VmHWM", of: "\(process)"))
    // The buffers of the pipeline are 32 MiB at most.
    let peak = try #require(run.peakMemory)
    #expect(peak < resident + resident / 4 + 32 * Self.mebibyte, "\(peak) and \(resident)")
  }
}
