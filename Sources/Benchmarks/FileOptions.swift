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

  /// Runs a tool of this package on a file, plain and with each of some options, and a peer, in turn. Prints
  /// what came of it, with ratios against the peer.
  func compare(
    _ tool: String, with options: [[String]], on input: URL, against peer: String
  ) throws {
    let path = try self.tool(tool).path
    let variants = ([[]] + options).map { words in
      Contender(
        name: ([tool] + words).joined(separator: " "), path: path, arguments: words + [input.path])
    }
    let other = Contender(
      name: peer, path: try Oracle.installed(peer).path, arguments: [input.path])
    try compare(variants + [other], on: input, against: peer)
  }

  /// Runs the contenders in turn and prints what came of it, with ratios against one of them.
  func compare(_ contenders: [Contender], on input: URL, against name: String) throws {
    let bytes = try describe(input)
    let figures = try Timing.inTurn(contenders, rounds: rounds)
    print(Timing.table(figures, bytes: bytes))
    print(Timing.ratios(of: figures, against: name), terminator: "")
  }

  /// Prints what is measured and where, with a note behind the number of rounds. Returns the bytes of the
  /// file.
  func describe(_ input: URL, _ note: String = "") throws -> Int {
    let bytes = try input.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
    print(
      """
      file  \(input.relativePath)
            \(Text.grouped(bytes)) bytes
      here  \(Machine.description)
      \(rounds) rounds, in turn\(note)

      """)
    return bytes
  }
}
