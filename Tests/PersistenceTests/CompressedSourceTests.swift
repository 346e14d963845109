import Foundation
import Persistence
import SystemPackage
import TestSupport
import Testing

@Suite struct CompressedSourceTests {
  // MARK: Sound files

  @Test(arguments: Compression.allCases, [0, 1, 100, 70_000, 3_000_000])
  func wholeFile(compression: Compression, count: Int) throws {
    let data = sample(count)
    let folder = try TemporaryFolder()
    let stored = try compress(data, compression)
    // The name says nothing.
    let input = try Input(path: folder.write(stored, "dump.rdb"))
    #expect(input.compression == compression)
    #expect(!input.isSeekable)
    #expect(input.decodedSize() == nil)
    #expect(input.storedSize == UInt64(stored.count))
    for size in [100_000, 1 << 20] {
      let result = readAll(try Input(path: folder.path.appending("dump.rdb")), by: size)
      #expect(result.bytes == data)
      #expect(result.error == nil)
    }
    _ = readAll(input)
    #expect(input.storedBytesRead == UInt64(stored.count))
  }

  @Test(arguments: Compression.allCases)
  func tinyBuffers(compression: Compression) throws {
    let data = sample(5000)
    let folder = try TemporaryFolder()
    let path = try folder.write(compress(data, compression))
    for size in [1, 2, 3, 7, 64] {
      #expect(readAll(try Input(path: path), by: size).bytes == data)
    }
  }

  @Test(arguments: Compression.allCases)
  func severalStreams(compression: Compression) throws {
    let data = sample(90_000)
    let parts = [data[..<10], data[10..<10], data[10..<80_000], data[80_000...]]
    let stored = try parts.flatMap { try compress(Array($0), compression) }
    let folder = try TemporaryFolder()
    #expect(readAll(try Input(path: folder.write(stored))).bytes == data)
  }

  @Test func gzipPadding() throws {
    let data = sample(1000)
    let folder = try TemporaryFolder()
    let stored = try gzip(data) + [UInt8](repeating: 0, count: 300_000)
    let result = readAll(try Input(path: folder.write(stored)))
    #expect(result.bytes == data)
    #expect(result.error == nil)
  }

  @Test func lz4SkippableFrame() throws {
    let data = sample(1000)
    let skippable: [UInt8] = [0x53, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
    let folder = try TemporaryFolder()
    let stored = try lz4(data) + skippable + lz4(data)
    #expect(readAll(try Input(path: folder.write(stored))).bytes == data + data)
  }

  @Test func gzipOfTheRealTool() throws {
    let data = sample(400_000)
    let folder = try TemporaryFolder()
    let path = try folder.write(data)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/gzip")
    process.arguments = ["-k", path.string]
    try process.run()
    process.waitUntilExit()
    let input = try Input(path: FilePath(path.string + ".gz"))
    #expect(input.compression == .gzip)
    #expect(readAll(input).bytes == data)
  }

  // MARK: What is not read

  @Test func zstdIsNamed() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([0x28, 0xB5, 0x2F, 0xFD, 0x00])
    #expect(throws: SourceError.unsupportedCompression("zstd")) { try Input(path: path) }
  }

  /// Too short to be anything.
  @Test(arguments: [[0x1F, 0x8B, 0x08], [0x04, 0x22, 0x4D], [0x28, 0xB5, 0x2F]] as [[UInt8]])
  func shortFilesArePlain(stored: [UInt8]) throws {
    let folder = try TemporaryFolder()
    let input = try Input(path: folder.write(stored))
    #expect(input.compression == nil)
    #expect(readAll(input).bytes == stored)
  }

  // MARK: Damage

  /// Cut anywhere, a file delivers what comes before the cut and then says that it is cut, at the
  /// end of the file, as often as it is asked.
  @Test(arguments: Compression.allCases)
  func truncation(compression: Compression) throws {
    let data = sample(700)
    let stored = try compress(data, compression, blockChecksums: true)
    let folder = try TemporaryFolder()
    for count in 4..<stored.count {
      let input = try Input(path: folder.write(Array(stored[..<count])))
      let result = readAll(input, by: 50)
      #expect(data.starts(with: result.bytes))
      #expect(result.error == .truncatedCompression(compression, compressedOffset: UInt64(count)))
      #expect(readAll(input).error == result.error)
    }
  }

  @Test func truncationDeliversTheBytesBefore() throws {
    let data = sample(600_000)
    let folder = try TemporaryFolder()
    // The trailers: all of the data is there, the proof is not.
    let cut = try [Array(gzip(data).dropLast(1)), Array(lz4(data).dropLast(1))]
    for stored in cut {
      let result = readAll(try Input(path: folder.write(stored)))
      #expect(result.bytes == data)
      #expect(result.error != nil)
    }
  }

  /// Every byte flipped: no trap, and an answer that is the data, or an error.
  @Test(arguments: Compression.allCases)
  func flippedBytes(compression: Compression) throws {
    let data = sample(700)
    let stored = try compress(data, compression, blockChecksums: true)
    let folder = try TemporaryFolder()
    var errors = 0
    for at in 4..<stored.count {
      for mask in [0x01, 0x80, 0xFF] as [UInt8] {
        var damaged = stored
        damaged[at] ^= mask
        let result = readAll(try Input(path: folder.write(damaged)), by: 100)
        #expect(result.error != nil || result.bytes == data, "byte \(at) ^ \(mask)")
        if let error = result.error {
          errors += 1
          switch error {
          case .damagedCompression(compression, let offset, let reason):
            #expect(offset <= UInt64(stored.count))
            #expect(!reason.isEmpty)
          case .truncatedCompression(compression, UInt64(stored.count)): break
          default: Issue.record("byte \(at): \(error)")
          }
        }
      }
    }
    #expect(errors > stored.count)
  }

  /// A block that is damaged takes none of those before it along.
  @Test(arguments: [4, 5, 6])
  func lz4BlocksBeforeTheDamage(block: Int) throws {
    var random = SplitMix64(seed: 4)
    // Incompressible: each block is 4 bytes of length, 64 KiB of data and 4 bytes of checksum.
    let data = random.bytes(640 << 10)
    let blockSize = 64 << 10
    let stored = try lz4(data, blockChecksums: true)
    let header = stored.count - 10 * (blockSize + 8) - 8
    let folder = try TemporaryFolder()
    // In the length of a block: too long for any; and in its data.
    for (offset, mask) in [(3, 0x7F), (1000, 0x01)] as [(Int, UInt8)] {
      var damaged = stored
      damaged[header + block * (blockSize + 8) + offset] ^= mask
      let result = readAll(try Input(path: folder.write(damaged)), by: 1 << 20)
      #expect(result.bytes.starts(with: data[..<(block * blockSize)]))
      guard case .damagedCompression(.lz4, _, _)? = result.error else {
        Issue.record("\(String(describing: result.error))")
        continue
      }
    }
  }

  @Test(arguments: Compression.allCases)
  func trailingGarbage(compression: Compression) throws {
    let data = sample(700)
    let stored = try compress(data, compression)
    let folder = try TemporaryFolder()
    for garbage in [Array("garbage, much of it".utf8), [0, 0, 0, 0, 0, 0, 0, 1, 0]] {
      let result = readAll(try Input(path: folder.write(stored + garbage)))
      #expect(result.bytes == data)
      guard case .damagedCompression(compression, let offset, _)? = result.error else {
        Issue.record("\(String(describing: result.error))")
        continue
      }
      #expect(offset >= UInt64(stored.count))
    }
  }
}

/// Text that compresses, the same every time.
private func sample(_ count: Int) -> [UInt8] {
  var random = SplitMix64(seed: 77)
  var text: [UInt8] = []
  while text.count < count {
    text += Array("user:\(random.next() % 1000) logged in; ".utf8)
  }
  return Array(text[..<count])
}
