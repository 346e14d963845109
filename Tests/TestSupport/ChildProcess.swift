package import Glibc
import Synchronization

/// A process that was started with three descriptors and nothing else of ours.
package final class ChildProcess: Sendable {
  /// What a process leaves behind.
  package struct End: Sendable {
    /// The exit code; nil when a signal ended the process.
    package var exitCode: Int32?
    /// The signal that ended the process.
    package var signal: Int32?
    /// User and system time of the process and of its children that it waited for.
    package var cpu: Duration
  }

  /// What starting a process can fail with.
  package struct SpawnError: Error, CustomStringConvertible {
    package var path: String
    package var code: Int32
    package var description: String {
      "cannot start \(path): \(unsafe String(cString: strerror(code)))"
    }
  }

  package let identifier: pid_t
  private let end = Mutex<End?>(nil)

  /// One at a time, so that no child inherits a descriptor that another thread has just made and
  /// not yet marked close-on-exec: a child that holds the write end of another's standard input
  /// would keep it from ever ending.
  static let spawning = Mutex(())

  /// Starts `path`.
  ///
  /// - Parameters:
  ///   - path: an absolute path; no search.
  ///   - environment: the whole environment; nil for that of this process.
  ///   - descriptors: what the child's descriptors 0, 1, 2 … are in this process.
  package init(
    _ path: String, _ arguments: [String], environment: [String: String]? = nil,
    descriptors: [Int32]
  ) throws(SpawnError) {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for (target, source) in descriptors.enumerated() {
      unsafe posix_spawn_file_actions_adddup2(&actions, source, Int32(target))
    }
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    // A child that inherits an ignored SIGPIPE would not behave as in a shell.
    var defaults = sigset_t()
    unsafe sigemptyset(&defaults)
    unsafe sigaddset(&defaults, SIGPIPE)
    unsafe posix_spawnattr_setsigdefault(&attributes, &defaults)
    var blocked = sigset_t()
    unsafe sigemptyset(&blocked)
    unsafe posix_spawnattr_setsigmask(&attributes, &blocked)
    unsafe posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

    var identifier: pid_t = 0
    let variables = environment.map { $0.map { "\($0.key)=\($0.value)" } }
    let code = unsafe withCStrings([path] + arguments) { words in
      guard let variables else {
        return unsafe posix_spawn(&identifier, path, &actions, &attributes, words, environ)
      }
      return unsafe withCStrings(variables) {
        unsafe posix_spawn(&identifier, path, &actions, &attributes, words, $0)
      }
    }
    guard code == 0 else { throw SpawnError(path: path, code: code) }
    self.identifier = identifier
  }

  /// Sends a signal, unless the process has ended and its number may belong to another.
  package func send(_ signal: Int32) {
    end.withLock { end in
      if end == nil { kill(identifier, signal) }
    }
  }

  /// Waits for the end of the process. Only one thread may wait.
  package func wait() -> End {
    if let end = end.withLock({ $0 }) { return end }
    // Waits without reaping, so that the number stays ours until the lock is held.
    var information = unsafe siginfo_t()
    while unsafe waitid(P_PID, id_t(identifier), &information, WEXITED | WNOWAIT) != 0,
      errno == EINTR
    {}
    return end.withLock { reap(&$0, options: 0) } ?? End(cpu: .zero)
  }

  /// The end of the process; nil while it runs.
  package func poll() -> End? {
    end.withLock { end in end ?? reap(&end, options: WNOHANG) }
  }

  /// Runs a program without input and output, and sends it a signal after a while if it has not ended by then.
  /// Tells how it ended and how long it took.
  package static func run(
    _ path: String, _ arguments: [String], killing signal: Int32, after delay: Duration
  ) throws(SpawnError) -> (end: End, elapsed: Duration) {
    let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
    defer { close(null) }
    let start = ContinuousClock.now
    let child = try ChildProcess(path, arguments, descriptors: [null, null, null])
    while child.poll() == nil, ContinuousClock.now - start < delay { usleep(200) }
    child.send(signal)
    return (child.wait(), ContinuousClock.now - start)
  }

  private func reap(_ end: inout End?, options: Int32) -> End? {
    var status: Int32 = 0
    var usage = rusage()
    guard unsafe wait4(identifier, &status, options, &usage) == identifier else { return nil }
    let signal = status & 0x7F
    let time = [usage.ru_utime, usage.ru_stime].reduce(Duration.zero) {
      $0 + .seconds($1.tv_sec) + .microseconds($1.tv_usec)
    }
    end = End(
      exitCode: signal == 0 ? (status >> 8) & 0xFF : nil, signal: signal == 0 ? nil : signal,
      cpu: time)
    return end
  }
}

/// Calls `body` with the words as C strings and a null at their end.
private func withCStrings<R>(
  _ words: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
) -> R {
  var pointers: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) }
  unsafe pointers.append(nil)
  defer { unsafe pointers.forEach { unsafe free($0) } }
  return unsafe body(pointers)
}
