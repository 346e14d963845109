import Foundation
import Glibc
import Persistence
import Synchronization
import SystemPackage
import TestSupport
import Testing

@Suite struct ByteSourceTests {
  // MARK: Plain files

  @Test(arguments: [0, 1, 3, 4, 5, 1000, 300_000])
  func plainFile(count: Int) throws {
    var random = SplitMix64(seed: 1)
    let data = random.bytes(count)
    let folder = try TemporaryFolder()
    var seen: [UInt8] = []
    let input = try Input(path: folder.write(data)) { piece in
      seen += unsafe piece.withUnsafeBytes { unsafe Array($0) }
    }
    #expect(input.compression == nil)
    #expect(input.isSeekable)
    #expect(input.decodedSize() == UInt64(count))
    #expect(input.storedSize == UInt64(count))
    let result = readAll(input, by: 7001)
    #expect(result.bytes == data)
    #expect(result.error == nil)
    #expect(seen == data)
    #expect(input.storedBytesRead == UInt64(count))
    #expect(!input.statusChanged())
  }

  @Test func readingAtAnOffset() throws {
    let data = Array("0123456789".utf8)
    let folder = try TemporaryFolder()
    let input = try Input(path: folder.write(data))
    #expect(try read(input, at: 3, count: 4) == Array("3456".utf8))
    #expect(try read(input, at: 8, count: 4) == Array("89".utf8))
    #expect(try read(input, at: 10, count: 4) == [])
    #expect(try read(input, at: .max, count: 4) == [])
    // Leaves the stream where it was, and does not count.
    #expect(readAll(input).bytes == data)
    #expect(input.storedBytesRead == 10)
  }

  @Test func drainingShowsTheObserverTheRest() throws {
    var random = SplitMix64(seed: 2)
    let data = random.bytes(1_000_000)
    let folder = try TemporaryFolder()
    for (name, stored) in [("plain", data), ("gzip", try gzip(data))] {
      var seen: [UInt8] = []
      let input = try Input(path: folder.write(stored, name)) { piece in
        seen += unsafe piece.withUnsafeBytes { unsafe Array($0) }
      }
      #expect(try read(input, upTo: 10) == Array(data[..<4]) || name == "gzip")
      try input.drain()
      #expect(seen == stored)
      #expect(input.progress.value == UInt64(stored.count))
    }
  }

  @Test func aFileThatGrows() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Array("abcd".utf8))
    let input = try Input(path: path)
    #expect(!input.statusChanged())
    let writer = try FileDescriptor.open(path, .writeOnly, options: .append)
    defer { try? writer.close() }
    _ = try writer.writeAll("ef".utf8)
    #expect(input.statusChanged())
    #expect(input.decodedSize() == 6)
    #expect(readAll(input).bytes == Array("abcdef".utf8))
  }

  @Test func missingFile() {
    #expect(throws: SourceError.cannotOpen(.noSuchFileOrDirectory)) {
      try Input(path: "/nowhere/at/all")
    }
  }

  @Test func directory() throws {
    let folder = try TemporaryFolder()
    #expect(throws: SourceError.isDirectory) { try Input(path: folder.path) }
  }

  @Test func device() throws {
    let input = try Input(path: "/dev/zero")
    #expect(!input.isSeekable)
    #expect(input.storedSize == nil)
    #expect(input.decodedSize() == nil)
    #expect(!input.statusChanged())
    var buffer = [UInt8](repeating: 1, count: 1 << 20)
    let count = try unsafe buffer.withUnsafeMutableBytes { try unsafe input.readFully(into: $0) }
    #expect(count == 1 << 20)
    #expect(buffer.allSatisfy { $0 == 0 })
  }

  @Test func emptyDevice() throws {
    let input = try Input(path: "/dev/null")
    #expect(input.compression == nil)
    #expect(readAll(input).bytes == [])
  }

  /// Threads that take turns can hold an input in a mutex.
  @Test func inputInAMutex() throws {
    let folder = try TemporaryFolder()
    let data = Array("shared".utf8)
    let path = try folder.write(data)
    let shared = Mutex(try Input(path: path))
    #expect(shared.withLock { readAll($0).bytes } == data)
  }

  // MARK: Pipes

  /// A plain and a compressed pipe that deliver one byte at a time.
  @Test(arguments: [false, true])
  func pipeByteByByte(compressed: Bool) throws {
    let text = Array("REDIS0011, byte by byte".utf8)
    let stored = compressed ? try gzip(text) : text
    let folder = try TemporaryFolder()
    let fifo = try folder.makeFIFO()
    let writer = Thread {
      guard let end = try? FileDescriptor.open(fifo, .writeOnly) else { return }
      for byte in stored {
        _ = try? end.writeAll([byte])
        usleep(200)
      }
      try? end.close()
    }
    writer.start()
    let input = try Input(path: fifo)
    #expect(input.compression == (compressed ? .gzip : nil))
    #expect(!input.isSeekable)
    #expect(input.storedSize == nil)
    #expect(readAll(input).bytes == text)
    #expect(input.storedBytesRead == UInt64(stored.count))
  }

  /// A writer that has the FIFO open but lets the reader wait is a writer all the same.
  @Test func slowWriter() throws {
    let folder = try TemporaryFolder()
    let fifo = try folder.makeFIFO()
    let writer = Thread {
      guard let end = try? FileDescriptor.open(fifo, .writeOnly) else { return }
      usleep(100_000)
      _ = try? end.writeAll("late".utf8)
      try? end.close()
    }
    writer.start()
    #expect(readAll(try Input(path: fifo)).bytes == Array("late".utf8))
  }

  @Test(.timeLimit(.minutes(20))) func fifoWithoutAWriter() throws {
    let folder = try TemporaryFolder()
    let fifo = try folder.makeFIFO()
    #expect(throws: SourceError.noWriter) { try Input(path: fifo) }
  }

  // MARK: Errors

  @Test(arguments: [
    (SourceError.cannotOpen(.permissionDenied), "cannot open: Permission denied"),
    (.isDirectory, "is a directory"),
    (.noWriter, "no process is writing to this FIFO"),
    (.readFailed(.ioError, at: 9), "cannot read at byte 9: Input/output error"),
    (
      .damagedCompression(.gzip, compressedOffset: 7, reason: "incorrect data check"),
      "damaged gzip stream at compressed byte 7: incorrect data check"
    ),
    (
      .truncatedCompression(.lz4, compressedOffset: 7),
      "truncated LZ4 stream: the file ends at compressed byte 7"
    ),
    (.unsupportedCompression("zstd"), "compressed with zstd, which is not supported"),
  ])
  func description(error: SourceError, text: String) {
    #expect(error.description == text)
  }

  /// An error after some bytes: the bytes come first, and the error comes whenever one asks again.
  @Test func readFullyKeepsWhatItGot() throws {
    let source = FailingSource()
    var buffer = [UInt8](repeating: 0, count: 10)
    let count = try unsafe buffer.withUnsafeMutableBytes { try unsafe source.readFully(into: $0) }
    #expect(count == 3)
    for _ in 0..<2 {
      #expect(throws: SourceError.readFailed(.ioError, at: 3)) {
        try unsafe buffer.withUnsafeMutableBytes { try unsafe source.readFully(into: $0) }
      }
    }
  }
}

/// Delivers three bytes one by one and then fails.
private final class FailingSource: ByteSource {
  private var left = 3

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(SourceError) -> Int {
    if left == 0 { throw .readFailed(.ioError, at: 3) }
    left -= 1
    unsafe buffer[0] = 0x61
    return 1
  }
}
