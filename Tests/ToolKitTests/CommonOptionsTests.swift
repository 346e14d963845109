import ArgumentParser
import Testing
import ToolKit

private struct Probe: ParsableCommand {
  @OptionGroup var jobs: JobsOption
  @OptionGroup var progress: ProgressOption
  @OptionGroup var json: JSONOption
}

@Suite struct CommonOptionsTests {
  @Test func defaults() throws {
    let probe = try Probe.parse([])
    #expect(probe.jobs.requested == nil)
    #expect(probe.jobs.count >= 1)
    #expect(probe.progress.mode == .auto)
    #expect(!probe.json.isOn)
  }

  @Test func allGiven() throws {
    let probe = try Probe.parse(["--jobs", "3", "--progress", "never", "--json"])
    #expect(probe.jobs.count == 3)
    #expect(probe.progress.mode == .never)
    #expect(probe.json.isOn)
  }

  @Test(arguments: [["--jobs", "0"], ["--jobs=-1"], ["--jobs", "x"], ["--progress", "maybe"]])
  func nonsenseIsAUsageError(_ arguments: [String]) throws {
    let error = try #require(throws: (any Error).self) { _ = try Probe.parse(arguments) }
    #expect(Probe.exitCode(for: error).rawValue == ToolKit.ExitStatus.usage.rawValue)
  }
}
