import Foundation
import TestSupport
import Testing

@Suite struct RunTests {
  @Test func tellsHowTheProgramEnded() throws {
    let run = try Run.program("/bin/sh", ["-c", "echo out; echo err >&2; exit 7"])
    #expect(run.exitCode == 7)
    #expect(run.signal == nil)
    #expect(run.outputText == "out\n")
    #expect(run.errorText == "err\n")
    #expect(try Run.program("/bin/sh", ["-c", "kill -9 $$"]).signal == SIGKILL)
  }

  @Test func carriesAnyAmountBothWays() throws {
    var random = SeededRandom(seed: 3)
    let bytes = random.bytes(5_000_000)
    #expect(try Run.program("/bin/cat", input: .pipe(bytes)).output == bytes)
    let folder = try TemporaryFolder()
    let file = try folder.write("input", bytes)
    #expect(try Run.program("/bin/cat", input: .file(file)).output == bytes)
  }

  @Test func programThatDoesNotReadIsNoTrouble() throws {
    let bytes = [UInt8](repeating: 65, count: 1 << 20)
    #expect(try Run.program("/bin/true", input: .pipe(bytes)).exitCode == 0)
  }

  @Test func timeIsUp() throws {
    let run = try Run.program("/bin/sleep", ["60"], timeout: .milliseconds(100))
    #expect(run.isTimedOut)
    #expect(run.signal == SIGKILL)
    #expect(run.elapsed < .seconds(30))
  }

  @Test func environmentIsAdded() throws {
    let run = try Run.program("/usr/bin/env", environment: ["SALVAGE_PROBE": "x y"])
    #expect(run.outputText.contains("SALVAGE_PROBE=x y\n"))
    #expect(run.outputText.contains("PATH="))
  }

  @Test func missingProgramIsAnError() {
    #expect(throws: ChildProcess.SpawnError.self) { try Run.program("/nonexistent/program") }
  }

  @Test func builtProgramsAreFound() throws {
    #expect(try Run.built("check-rdb").signal == nil)
  }

  @Test func peakMemoryIsThatOfTheProgramAlone() throws {
    // This process is larger than `sleep`, and must not count.
    let ballast = [UInt8](repeating: 1, count: 64 << 20)
    let run = try Run.program("/bin/sleep", ["0.1"], measuringMemory: true)
    let peak = try #require(run.peakMemory)
    #expect(peak > 100_000 && peak < 32 << 20)
    #expect(ballast.count == 64 << 20)
  }
}
