import Foundation
import Persistence
import SystemPackage
import TestSupport
import Testing

/// How a process ends that has begun an output.
@Suite struct OutputSignalTests {
  @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXCPU])
  func signalLeavesNothing(number: Int32) async throws {
    let folder = try TemporaryFolder()
    let place = folder.path.string
    await #expect(processExitsWith: .signal(number)) {
      [place = place as String, number = number as Int32] in
      let outputs = try ["a", "b.gz"].map { try OutputFile(path: FilePath(place).appending($0)) }
      for output in outputs { try output.write("half of it") }
      // Not this thread alone: whichever gets it runs the handler.
      kill(getpid(), number)
      sleep(10)
      withExtendedLifetime(outputs) {}
    }
    #expect(folder.names == [])
  }

  @Test func exitLeavesNothing() async throws {
    let folder = try TemporaryFolder()
    let place = folder.path.string
    await #expect(processExitsWith: .exitCode(74)) { [place = place as String] in
      let output = try OutputFile(path: FilePath(place).appending("out"))
      try output.write("half of it")
      exit(74)
    }
    #expect(folder.names == [])
  }

  /// Where SIGPIPE is ignored, the end comes by another way.
  @Test func readerThatHasGoneLeavesNothing() async throws {
    let folder = try TemporaryFolder()
    let place = folder.path.string
    await #expect(processExitsWith: .signal(SIGPIPE)) { [place = place as String] in
      signal(SIGPIPE, SIG_IGN)
      let output = try OutputFile(path: FilePath(place).appending("out"))
      let pipe = try FileDescriptor.pipe()
      try pipe.readEnd.close()
      let stream = try OutputFile(path: FilePath("/dev/fd/\(pipe.writeEnd.rawValue)"))
      try stream.write("nobody reads this")
      withExtendedLifetime(output) {}
    }
    #expect(folder.names == [])
  }

  @Test func ignoredSignalStaysIgnored() async throws {
    let folder = try TemporaryFolder()
    let place = folder.path.string
    await #expect(processExitsWith: .success) { [place = place as String] in
      signal(SIGHUP, SIG_IGN)
      let output = try OutputFile(path: FilePath(place).appending("out"))
      raise(SIGHUP)
      try output.write("whole")
      try output.commit()
      raise(SIGHUP)
    }
    #expect(folder.names == ["out"])
  }

  @Test func handlersAreThereOnlyWhileAFileIs() async {
    await #expect(processExitsWith: .success) {
      signal(SIGTERM, { _ in })
      let own = try #require(handler(of: SIGTERM))
      let folder = try TemporaryFolder()
      for _ in 0..<200 {
        try #require(handler(of: SIGINT) == nil)
        let output = try OutputFile(path: folder.path.appending("out"))
        let other = try OutputFile(path: folder.path.appending("other"))
        try #require(handler(of: SIGINT) != nil)
        try #require(handler(of: SIGTERM) == own)
        try output.commit()
        try #require(handler(of: SIGINT) != nil)
        other.cancel()
      }
      try #require(handler(of: SIGINT) == nil)
      try #require(handler(of: SIGTERM) == own)
    }
  }
}

/// The handler of a signal as a number; nil for the default action.
private func handler(of number: Int32) -> Int? {
  var action = sigaction()
  unsafe sigaction(number, nil, &action)
  return unsafe action.__sigaction_handler.sa_handler.map { unsafe unsafeBitCast($0, to: Int.self) }
}
