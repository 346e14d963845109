package import ArgumentParser
import Foundation
import TestSupport
import ToolKit

/// What the benchmarks on a file have in common: the file, and how often it is read.
package struct FileOptions: ParsableArguments {
  @Option(help: "Rounds to time.")
  package var rounds = 7

  @Option(help: "Keys of the file.")
  package var keys = 1_200_000

  @Option(help: "Where files are kept between runs.")
  package var directory = ".build/benchmark"

  @Option(help: "Use this file instead of making one.")
  package var file: String?

  package init() {}

  package func validate() throws {
    guard rounds > 0 else { throw ValidationError("--rounds must be at least 1.") }
    guard keys >= 1000 else { throw ValidationError("--keys must be at least 1000.") }
  }

  /// A program of this package.
  func tool(_ name: String) throws -> URL {
    let tool = Run.builtProducts.appendingPathComponent(name)
    guard FileManager.default.isExecutableFile(atPath: tool.path) else {
      throw ValidationError("\(tool.path) is missing; run `swift build -c release` first.")
    }
    return tool
  }

  /// The dump, made with a real server when there is none yet.
  func dump() throws -> URL {
    if let file { return URL(fileURLWithPath: file) }
    return try Dataset(keys: keys).dump(in: URL(fileURLWithPath: directory), report: report)
  }

  /// The append-only file, made with a real server when there is none yet.
  func log() throws -> URL {
    if let file { return URL(fileURLWithPath: file) }
    return try Dataset(keys: keys).log(in: URL(fileURLWithPath: directory), report: report)
  }

  private func report(_ text: String) { try? StandardStream.errors.write(text + "\n") }

  /// Runs the contenders in turn and prints what came of it, with ratios against one of them.
  func compare(_ contenders: [Contender], on input: URL, against name: String) throws {
    let bytes = try input.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
    print(
      """
      file  \(input.relativePath)
            \(Text.grouped(bytes)) bytes
      here  \(Machine.description)
      \(rounds) rounds, in turn

      """)
    let figures = try Timing.inTurn(contenders, rounds: rounds)
    print(Timing.table(figures, bytes: bytes))
    print(Timing.ratios(of: figures, against: name), terminator: "")
  }
}
