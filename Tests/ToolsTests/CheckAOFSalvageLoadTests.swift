import Foundation
import TestSupport
import Testing

/// `check-aof --salvage` under load: large files with many damages, and files that are made to be slow.
@Suite(.serialized) struct CheckAOFSalvageLoadTests {
  private static let mebibyte = 1 << 20

  private static func salvage(
    _ file: URL, to output: URL, _ arguments: String...
  ) throws -> Run {
    try Run.built(
      "check-aof", arguments + ["--salvage", output.path, file.path], measuringMemory: true)
  }

  /// 200 MB with 3200 damages: what is lost is what was hit, in a memory that does not grow with the file.
  @Test func manyDamagesTakeLittleMemory() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("a.aof", [])
    let handle = try FileHandle(forWritingTo: file)
    var random = SeededRandom(seed: 5)
    var commands = 0
    let damages = 3200
    for _ in 0..<damages {
      var block: [UInt8] = []
      while block.count < Self.mebibyte / 16 {
        block += CommandLog.command(["SET", "key:\(commands)", "a value of \(commands)"])
        commands += 1
      }
      let place = Int.random(in: 0..<(block.count - 64), using: &random)
      block.replaceSubrange(place..<(place + 32), with: random.bytes(32))
      handle.write(Data(block))
    }
    try handle.close()
    var outputs: [URL] = []
    for jobs in ["1", "2"] {
      let output = folder.file("out-\(jobs).aof")
      let run = try Self.salvage(file, to: output, "--json", "--jobs", jobs)
      #expect(run.exitCode == 2)
      #expect(try #require(run.peakMemory) < UInt64(32 * Self.mebibyte), "--jobs \(jobs)")
      let line = try JSONSerialization.jsonObject(with: Data(run.output)) as? [String: Any]
      let salvage = try #require(line?["salvage"] as? [String: Any])
      #expect(salvage["status"] as? String == "ok")
      // A damage of 32 bytes hits one or two commands; the way back may cost some more.
      let recovered = try #require(salvage["commands_recovered"] as? Int)
      #expect(recovered > commands - 6 * damages && recovered < commands)
      outputs.append(output)
    }
    #expect(try Run.program("/usr/bin/cmp", outputs.map(\.path)).exitCode == 0)
  }

  // MARK: Made to be slow

  /// Files in which everything looks as if a command began there.
  struct Adversary: Sendable, CustomTestStringConvertible {
    var name: String
    var head: [UInt8] = []
    /// What is repeated.
    var unit: [UInt8]

    var testDescription: String { name }

    init(_ name: String, head: String = "", _ unit: String) {
      self.init(name, head: CommandLog.text(head), CommandLog.text(unit))
    }

    init(_ name: String, head: [UInt8] = [], _ unit: [UInt8]) {
      (self.name, self.head, self.unit) = (name, head, unit)
    }

    func bytes(_ count: Int) -> [UInt8] {
      let units = [[UInt8]](repeating: unit, count: count / unit.count).joined()
      return head + Array(units).dropLast(3)
    }

    static let all = [
      Adversary("heads of SET", "*3|$3|SET|"),
      Adversary("heads of DEL within one another", "*1024|$3|DEL|$1|a|"),
      Adversary("heads of SELECT", "*2|$6|SELECT|"),
      Adversary("lengths", "$1|"),
      Adversary("counts", "*1|"),
      Adversary("large counts", "*1000000|"),
      Adversary("lengths that lead to the end", "*3|$3|SET|$1|a|$1000000000|"),
      Adversary("lengths that lead far", "*3|$3|SET|$1|a|$1000000|"),
      Adversary("one command that is cut off", head: "*100000000|$5|RPUSH|", "$1|a|"),
      Adversary("MULTI", "*1|$5|MULTI|"),
      Adversary("EXEC", "*1|$4|EXEC|"),
      Adversary(
        "few commands between garbage",
        [[UInt8]](repeating: CommandLog.command(["SET", "key", "value"]), count: 8)
          .joined() + Array("garbage".utf8)),
    ]
  }

  /// Four times the bytes take about four times as long, and not sixteen times.
  @Test(arguments: Adversary.all) func timeGrowsWithTheFile(_ adversary: Adversary) throws {
    let folder = try TemporaryFolder()
    let times = try [2, 8].map { size in
      let file = try folder.write("a.aof", adversary.bytes(size * Self.mebibyte))
      let run = try Self.salvage(file, to: folder.file("out.aof"))
      #expect([1, 2, 65].contains(run.exitCode ?? -1), "\(run.errorText)")
      return run.cpu
    }
    #expect(times[1] / times[0] < 8, "\(times)")
  }
}
