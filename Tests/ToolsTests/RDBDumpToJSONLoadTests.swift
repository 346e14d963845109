import Foundation
import Persistence
import TestSupport
import Testing

/// The tool under load: values of a gigabyte, little memory.
@Suite(.serialized) struct RDBDumpToJSONLoadTests {
  private static let bound: UInt64 = 64 << 20

  /// Writes the JSON of a file, and returns the bytes of it that another program counts, with the peak
  /// of memory.
  private static func export(
    _ url: URL, _ arguments: [String] = [], folder: TemporaryFolder
  ) throws -> (lines: Int, bytes: UInt64) {
    let json = folder.file("out.json")
    let run = try Run.built(
      "rdb-dump-to-json", ["--jobs", "2", "-o", json.path] + arguments + [url.path],
      measuringMemory: true)
    #expect(run.exitCode == 0, "\(run.errorText)")
    #expect(try #require(run.peakMemory) < bound)
    let count = try Run.program("/usr/bin/wc", ["-lc", json.path]).outputText
    let numbers = count.split(separator: " ").compactMap { UInt64($0) }
    try FileManager.default.removeItem(at: json)
    return (Int(numbers[0]), numbers[1])
  }

  /// Bytes of a document of one large record and the small one, around the large value.
  private static func frame(_ large: String) -> UInt64 {
    let small = #"{"db":0,"key":"0000000007","type":"string","encoding":"embstr","value":""#
    return UInt64("[\n\(large),\n\(small)\"}\n]\n".utf8.count + 20)
  }

  @Test func oneTextOfAGigabyte() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("large.rdb")
    let size = 1_000_000_000
    try LargeRDBFile.text(url, bytes: size)
    let empty = #"{"db":0,"key":"k","type":"string","encoding":"raw","value":""}"#
    let json = try Self.export(url, folder: folder)
    #expect(json.lines == 4)
    #expect(json.bytes == Self.frame(empty) + UInt64(size))
    // From a pipe the value is kept in a temporary file meanwhile.
    let piped = try Run.program(
      "/bin/sh",
      [
        "-c", "cat \"$0\" | \"$1\" - | wc -lc", url.path,
        Run.builtProducts.appendingPathComponent("rdb-dump-to-json").path,
      ])
    let numbers = piped.outputText.split(separator: " ").compactMap {
      UInt64($0.filter(\.isNumber))
    }
    #expect(numbers == [4, json.bytes])
  }

  @Test func compressedTextOfAGigabyte() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("packed.rdb")
    let matches = 4_000_000
    try LargeRDBFile.packedText(url, matches: matches)
    let empty = #"{"db":0,"key":"k","type":"string","encoding":"raw","value":""}"#
    let json = try Self.export(url, folder: folder)
    #expect(json.bytes == Self.frame(empty) + UInt64(1 + 264 * matches))
  }

  @Test func hashOfManyFields() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("hash.rdb")
    let fields = 7_000_000
    try LargeRDBFile.hash(url, fields: fields)
    let empty = #"{"db":0,"key":"k","type":"hash","encoding":"hashtable","value":{}}"#
    let json = try Self.export(url, folder: folder)
    // "0000000000":"vvvvvvvvvvvvvvvvvvvv" and commas between.
    #expect(json.bytes == Self.frame(empty) + UInt64(fields) * 36 - 1)
    let keys = try Self.export(url, ["--keys-only"], folder: folder)
    #expect(keys.lines == 4)
    #expect(keys.bytes < 200)
  }

  @Test func manySmallKeys() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("many.rdb")
    var writer = try LargeRDBFile(url)
    let keys = 4_000_000
    for number in 0..<keys { try writer.append(LargeRDBFile.record(number)) }
    try writer.finish()
    let json = try Self.export(url, folder: folder)
    #expect(json.lines == keys + 2)
  }

  /// A value that cannot be kept is an error of input and output, with a word on what to do.
  @Test func nowhereToKeepALargeValue() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("large.rdb")
    var writer = try LargeRDBFile(url)
    try writer.append([0, 1, 0x6B] + RDBBuilder.length(20_000_000))
    try writer.append([UInt8](repeating: UInt8(ascii: "x"), count: 20_000_000))
    try writer.finish()
    let run = try Run.program(
      "/bin/sh",
      [
        "-c", "cat \"$0\" | TMPDIR=/nonexistent exec \"$1\" -", url.path,
        Run.builtProducts.appendingPathComponent("rdb-dump-to-json").path,
      ])
    #expect(run.exitCode == 74, "\(run.outputText)")
    #expect(run.errorText.contains("TMPDIR"))
  }
}
