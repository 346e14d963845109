import Foundation
import Persistence
import SystemPackage
import TestSupport
import Testing

@Suite struct CompressedOutputTests {
  /// The independent readers of the formats.
  private static let readers = ["gz": "/usr/bin/gzip", "lz4": "/usr/bin/lz4"]

  /// So many writes of so many bytes each.
  struct Writes: Sendable, CustomStringConvertible {
    var count: Int
    var size: Int
    var description: String { "\(count) × \(size)" }
  }

  @Test(
    arguments: ["gz", "lz4"],
    [(0, 0), (1, 0), (1, 1), (1, 70_000), (1, 3_000_000), (20_000, 7), (5, 200_001)].map {
      Writes(count: $0.0, size: $0.1)
    })
  func roundTrip(name: String, writes: Writes) throws {
    let data = outputSample(writes.count * writes.size)
    let folder = try TemporaryFolder()
    let path = folder.path.appending("out.\(name)")
    let output = try OutputFile(path: path)
    for index in 0..<writes.count {
      try output.write(Array(data[(index * writes.size)...].prefix(writes.size)))
    }
    try output.commit()

    let reader = try #require(Self.readers[name])
    let run = try Run.program(reader, ["-dc", path.string])
    #expect(run.exitCode == 0 && run.errorText == "")
    #expect(run.output == data)

    let input = try Input(path: path)
    #expect(input.compression == (name == "gz" ? .gzip : .lz4))
    let result = readAll(input)
    #expect(result.bytes == data)
    #expect(result.error == nil)
    if data.count > 1000 { #expect(try read(path).count < data.count / 3) }
  }

  /// However the bytes are cut, nothing in the file tells when it was made.
  @Test(arguments: ["gz", "lz4"])
  func sameBytesSameFile(name: String) throws {
    let data = outputSample(500_000)
    let folder = try TemporaryFolder()
    var files: [[UInt8]] = []
    for _ in 0..<2 {
      let path = folder.path.appending("out.\(name)")
      let output = try OutputFile(path: path)
      try output.write(data)
      try output.commit()
      files.append(try read(path))
    }
    #expect(files[0] == files[1])
    // MTIME and the name's flag of gzip, RFC 1952.
    if name == "gz" { #expect(files[0][3..<8] == [0, 0, 0, 0, 0]) }
  }

  @Test func incompressibleBytes() throws {
    var random = SplitMix64(seed: 3)
    let data = random.bytes(1_000_000)
    let folder = try TemporaryFolder()
    for name in ["gz", "lz4"] {
      let path = folder.path.appending("out.\(name)")
      let output = try OutputFile(path: path)
      try output.write(data)
      try output.commit()
      #expect(readAll(try Input(path: path)).bytes == data)
      #expect(try read(path).count < data.count + 1000)
    }
  }

  @Test(arguments: ["out", "gz", "out.gz.txt", "out.GZ"])
  func otherNamesAreNotCompressed(name: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending(name)
    let output = try OutputFile(path: path)
    try output.write("text")
    try output.commit()
    #expect(try read(path) == Array("text".utf8))
  }

  /// The name that was given counts, not the one behind a link.
  @Test func linkToAnotherName() throws {
    let folder = try TemporaryFolder()
    try folder.link("link.gz", to: "data")
    let output = try OutputFile(path: folder.path.appending("link.gz"))
    try output.write("text")
    try output.commit()
    #expect(try read(folder.path.appending("data")).starts(with: [0x1F, 0x8B]))
  }
}
