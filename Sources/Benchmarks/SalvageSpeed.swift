import Forensics
import Foundation
import Persistence
import SystemPackage
import TestSupport
import ToolKit

/// How long a salvage takes beside a deep check of the same dump: sound, and with 4 KiB of zeros in the
/// middle. Within this process, with an output that goes nowhere.
struct SalvageSpeed {
  var options: FileOptions
  var jobs: Int

  /// Measures in turn and prints medians and ratios.
  func report() throws {
    let sound = try options.dump()
    let damaged = try damagedCopy(of: sound)
    defer { try? FileManager.default.removeItem(at: damaged) }
    _ = try options.describe(sound, ", \(jobs) threads")
    var table = Table([
      .left("file"), .right("check"), .right("salvage"), .right("salvage / check"),
    ])
    for (name, url) in [("sound", sound), ("4 KiB zeroed", damaged)] {
      var checks: [Duration] = []
      var salvages: [Duration] = []
      for round in 0...options.rounds {
        let check = try time { self.check(url) }
        let salvage = try time { try self.salvage(url) }
        // The first round warms the page cache up.
        if round == 0 { continue }
        checks.append(check)
        salvages.append(salvage)
      }
      let (check, salvage) = (Timing.median(checks), Timing.median(salvages))
      table.add(
        name, Timing.milliseconds(check), Timing.milliseconds(salvage),
        "\((salvage / check * 100).rounded() / 100)")
    }
    print(table.render(), terminator: "")
  }

  private func time(_ body: () throws -> Void) throws -> Duration {
    try ContinuousClock().measure(body)
  }

  private func check(_ url: URL) {
    var check = RDBCheck()
    check.jobs = jobs
    _ = check.run(url.path)
  }

  private func salvage(_ url: URL) throws {
    let input = try Input(path: FilePath(url.path))
    guard let content = input.randomAccess, let size = input.decodedSize() else {
      throw CocoaError(.fileReadUnknown)
    }
    var salvage = RDBSalvage()
    salvage.jobs = jobs
    _ = try salvage.run(content, size: size, named: url.path) { _ in }
  }

  private func damagedCopy(of dump: URL) throws -> URL {
    let copy = dump.appendingPathExtension("damaged")
    try? FileManager.default.removeItem(at: copy)
    try FileManager.default.copyItem(at: dump, to: copy)
    let file = try FileHandle(forUpdating: copy)
    defer { try? file.close() }
    try file.seek(toOffset: try file.seekToEnd() / 2 / 4096 * 4096)
    try file.write(contentsOf: Data(count: 4096))
    return copy
  }
}
