import Foundation
import Persistence
import SystemPackage
import TestSupport
import Testing
import ToolKit

@Suite struct StandardStreamTests {
  @Test func writesMoreThanAPipeHolds() throws {
    let pipe = try FileDescriptor.pipe()
    let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    // A non-blocking descriptor answers "try again" as soon as the pipe is full.
    _ = fcntl(pipe.writeEnd.rawValue, F_SETFL, O_NONBLOCK)
    // Not a task: it might be given the thread of another one that it waits for.
    let failure = Monitor<Result<Void, any Error>?>(nil)
    Thread.detachNewThread {
      let result = Result {
        try StandardStream(descriptor: pipe.writeEnd).write(bytes)
        try pipe.writeEnd.close()
      }
      failure.withLock { $0 = result }
      failure.signalAll()
    }
    let read = try FileHandle(fileDescriptor: pipe.readEnd.rawValue, closeOnDealloc: true)
      .read(upToCount: bytes.count)
    #expect(read.map(Array.init) == bytes)
    try failure.withLock(when: { $0 != nil }) { $0 }?.get()
  }

  @Test func fullDiskIsAnError() throws {
    let full = try FileDescriptor.open(FilePath("/dev/full"), .writeOnly)
    defer { try? full.close() }
    #expect(throws: Errno.noSpace) { try StandardStream(descriptor: full).write("text") }
  }

  @Test func answerThatCannotBeWrittenEndsWithIOError() async {
    await #expect(processExitsWith: .exitCode(ToolKit.ExitStatus.ioError.rawValue)) {
      let full = try FileDescriptor.open(FilePath("/dev/full"), .writeOnly)
      StandardStream(descriptor: full).writeOrExit("text")
    }
  }

  @Test func readerThatHasGoneEndsTheProcessQuietly() async {
    await #expect(processExitsWith: .signal(SIGPIPE)) {
      signal(SIGPIPE, SIG_IGN)
      let pipe = try FileDescriptor.pipe()
      try pipe.readEnd.close()
      StandardStream(descriptor: pipe.writeEnd).writeOrExit("text")
    }
  }
}
