package import Foundation
import Glibc
import Synchronization

/// One run of a program from start to end, and all that it said.
package struct Run: Sendable {
  /// What the program reads.
  package enum Input: Sendable {
    /// `/dev/null`.
    case nothing
    /// A pipe that carries these bytes and is then closed.
    case pipe([UInt8])
    /// A file, opened for reading.
    case file(URL)
  }

  /// The exit code; nil when a signal ended the program.
  package var exitCode: Int32?
  /// The signal that ended the program.
  package var signal: Int32?
  package var output: [UInt8]
  package var errors: [UInt8]
  /// Wall time.
  package var elapsed: Duration
  /// User and system time.
  package var cpu: Duration
  /// Whether the program was killed because its time was up.
  package var isTimedOut: Bool
  /// Peak of the resident memory in bytes; nil unless it was asked for and seen.
  package var peakMemory: UInt64?

  /// Standard output as text; invalid bytes become U+FFFD.
  package var outputText: String { String(decoding: output, as: UTF8.self) }
  /// Standard error as text; invalid bytes become U+FFFD.
  package var errorText: String { String(decoding: errors, as: UTF8.self) }

  /// Runs a program that this package builds, by the name of its product or target.
  package static func built(
    _ name: String, _ arguments: [String] = [], input: Input = .nothing,
    environment: [String: String] = [:], timeout: Duration = .seconds(120),
    measuringMemory: Bool = false
  ) throws -> Run {
    try program(
      builtProducts.appendingPathComponent(name).path, arguments, input: input,
      environment: environment, timeout: timeout, measuringMemory: measuringMemory)
  }

  /// Runs the program at an absolute path.
  ///
  /// Output goes to files, so a program may write any amount without anyone reading along.
  /// - Parameters:
  ///   - environment: added to the environment of this process.
  ///   - timeout: after which the program is killed.
  ///   - measuringMemory: whether to watch the program's memory, every millisecond.
  /// - Throws: `ChildProcess.SpawnError` when it cannot be started, `CocoaError` when a file
  ///   cannot be read or written.
  package static func program(
    _ path: String, _ arguments: [String] = [], input: Input = .nothing,
    environment: [String: String] = [:], timeout: Duration = .seconds(120),
    measuringMemory: Bool = false
  ) throws -> Run {
    let folder = try TemporaryFolder()
    let output = try folder.write("out", [])
    let errors = try folder.write("err", [])
    var variables = ProcessInfo.processInfo.environment
    // A backtrace of a trap takes seconds and says nothing that the exit code does not.
    variables["SWIFT_BACKTRACE"] = "enable=no"
    variables.merge(environment) { $1 }

    let clock = ContinuousClock()
    let start = clock.now
    let (child, feeder) = try ChildProcess.spawning.withLock { _ in
      let ends = try standardInput(input)
      defer { close(ends.read) }
      let descriptors = try [ends.read] + [output, errors].map { try open($0, O_WRONLY) }
      defer { descriptors.dropFirst().forEach { close($0) } }
      return (
        try ChildProcess(path, arguments, environment: variables, descriptors: descriptors),
        ends.write
      )
    }
    if case .pipe(let bytes) = input { feed(bytes, into: feeder) }
    let watch = Watch(child: child, deadline: start + timeout, readsMemory: measuringMemory)
    watch.start()
    let end = child.wait()
    let elapsed = clock.now - start
    let seen = watch.stop()
    return Run(
      exitCode: end.exitCode, signal: end.signal, output: Array(try Data(contentsOf: output)),
      errors: Array(try Data(contentsOf: errors)), elapsed: elapsed, cpu: end.cpu,
      isTimedOut: seen.isTimedOut, peakMemory: seen.peakMemory)
  }

  /// Where the build put this program and all others.
  package static let builtProducts = URL(fileURLWithPath: CommandLine.arguments[0])
    .resolvingSymlinksInPath().deletingLastPathComponent()

  private static func standardInput(_ input: Input) throws -> (read: Int32, write: Int32) {
    switch input {
    case .nothing: return (try open(URL(fileURLWithPath: "/dev/null"), O_RDONLY), -1)
    case .file(let url): return (try open(url, O_RDONLY), -1)
    case .pipe:
      var ends: [Int32] = [-1, -1]
      guard unsafe pipe(&ends) == 0 else { throw CocoaError(.fileReadUnknown) }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      return (ends[0], ends[1])
    }
  }

  private static func open(_ url: URL, _ mode: Int32) throws -> Int32 {
    let descriptor = unsafe Glibc.open(url.path, mode | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CocoaError(.fileReadUnknown, userInfo: [NSFilePathErrorKey: url.path])
    }
    return descriptor
  }

  private static func feed(_ bytes: [UInt8], into descriptor: Int32) {
    Thread.detachNewThread {
      // A program that stops reading early is none of our business: this thread gets EPIPE.
      var signals = sigset_t()
      unsafe sigemptyset(&signals)
      unsafe sigaddset(&signals, SIGPIPE)
      unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes {
          unsafe write(descriptor, $0.baseAddress, $0.count)
        }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { break }
        rest = rest.dropFirst(count)
      }
      close(descriptor)
    }
  }
}

/// A thread that kills a child when its time is up, and meanwhile reads how much memory it has.
///
/// `wait4` also tells a peak, but it is never below the size of the process that called `spawn`:
/// the kernel counts what the child held before it became another program.
private final class Watch: Sendable {
  struct Seen {
    var isTimedOut = false
    var peakMemory: UInt64?
    var isOver = false
  }

  private let child: ChildProcess
  private let deadline: ContinuousClock.Instant
  private let readsMemory: Bool
  private let seen = Mutex(Seen())
  private let done = DispatchSemaphore(value: 0)

  init(child: ChildProcess, deadline: ContinuousClock.Instant, readsMemory: Bool) {
    self.child = child
    self.deadline = deadline
    self.readsMemory = readsMemory
  }

  func start() {
    Thread.detachNewThread { [self] in
      let step = readsMemory ? 1 : 20
      while done.wait(timeout: .now() + .milliseconds(step)) == .timedOut {
        if readsMemory { readMemory() }
        if ContinuousClock.now >= deadline {
          seen.withLock { $0.isTimedOut = !$0.isOver }
          child.send(SIGKILL)
          return
        }
      }
    }
  }

  func stop() -> Seen {
    done.signal()
    return seen.withLock { seen in
      seen.isOver = true
      return seen
    }
  }

  private func readMemory() {
    guard let peak = ProcessMemory.bytes("VmHWM", of: "\(child.identifier)") else { return }
    seen.withLock { $0.peakMemory = max($0.peakMemory ?? 0, peak) }
  }
}
