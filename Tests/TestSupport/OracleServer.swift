package import Foundation
import Glibc
import Synchronization

/// A server in a folder of its own, reached through a Unix socket: a real one, or ours. It ends with the
/// object, and also when the test process dies without a word.
package final class OracleServer {
  /// The server ended, or never answered, while it was starting.
  package struct StartError: Error, CustomStringConvertible {
    /// The exit code; nil when it was killed for not answering, or by a signal of its own.
    package var exitCode: Int32?
    /// All that the server wrote.
    package var log: String
    package var description: String {
      "the server did not start (exit code \(exitCode.map { "\($0)" } ?? "none")):\n\(log)"
    }
  }

  /// The real server, or the one that ours is to be like.
  package let oracle: Oracle
  private let temporary: TemporaryFolder
  private let process: ChildProcess
  private var lifeline: Int32
  private let client: RESPClient

  /// Runs the server, and kills it as soon as nobody holds the other end of descriptor 3.
  private static let keeper = """
    "$@" </dev/null 3<&- & server=$!
    { read -r _ <&3; kill -KILL $server; } 2>/dev/null & keeper=$!
    exec 3<&-
    wait $server; code=$?
    kill $keeper 2>/dev/null
    exit $code
    """

  /// Starts a server and waits until it has loaded its files and answers.
  ///
  /// - Parameters:
  ///   - program: what to start in the place of the oracle's own program: one that takes the same options.
  ///   - arguments: added to the command line (`["--appendonly", "yes"]`); they win over ours,
  ///     which are no port, no automatic saves, and DEBUG allowed.
  ///   - folder: the server's folder, to start again where another one has ended; nil for a new one.
  ///   - prepare: puts files into the server's folder before the start.
  ///   - timeout: for start and loading.
  /// - Throws: `Oracle.Missing`, `StartError`, and what `prepare` throws.
  package init(
    _ oracle: Oracle, program: URL? = nil, arguments: [String] = [],
    in folder: TemporaryFolder? = nil, timeout: Duration = .seconds(60),
    prepare: (URL) throws -> Void = { _ in }
  ) throws {
    let executable = try program ?? oracle.executable()
    let temporary = try folder ?? TemporaryFolder()
    self.oracle = oracle
    self.temporary = temporary
    try prepare(temporary.url)
    let log = try temporary.write("log", [])
    let socket = temporary.file("socket").path
    var options = [
      "--port", "0", "--unixsocket", socket, "--dir", temporary.url.path, "--save", "",
      "--daemonize", "no",
    ]
    // 6.2 always allows DEBUG and refuses the option.
    if oracle != .redis62 { options += ["--enable-debug-command", "yes"] }
    (process, lifeline) = try ChildProcess.spawning.withLock { _ in
      var ends: [Int32] = [-1, -1]
      guard unsafe pipe(&ends) == 0 else { throw CocoaError(.fileReadUnknown) }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
      let output = unsafe open(log.path, O_WRONLY | O_APPEND | O_CLOEXEC)
      defer { for descriptor in [null, output, ends[0]] { close(descriptor) } }
      let process = try ChildProcess(
        "/bin/sh", ["-c", Self.keeper, "keeper", executable.path] + options + arguments,
        descriptors: [null, output, output, ends[0]])
      return (process, ends[1])
    }
    do {
      client = try Self.connect(socket, process, within: timeout)
    } catch {
      close(lifeline)
      let end = process.wait()
      let text = try String(decoding: Data(contentsOf: log), as: UTF8.self)
      throw StartError(exitCode: error is TimedOut ? nil : end.exitCode, log: text)
    }
  }

  deinit { stop() }

  /// Our own server.
  package static func ours(
    arguments: [String] = [], in folder: TemporaryFolder? = nil,
    timeout: Duration = .seconds(60), prepare: (URL) throws -> Void = { _ in }
  ) throws -> OracleServer {
    try OracleServer(
      .redis7, program: Run.builtProducts.appendingPathComponent("replay-server"),
      arguments: arguments, in: folder, timeout: timeout, prepare: prepare)
  }

  /// Path of the Unix socket.
  package var socket: String { temporary.file("socket").path }

  /// The server's folder.
  package var folder: URL { temporary.url }

  /// Another connection to the server.
  package func connect() throws -> RESPClient { try RESPClient(unixSocket: socket) }

  /// Process number of the server itself.
  package func processIdentifier() throws -> pid_t? {
    try info("server")["process_id"].flatMap { pid_t($0) }
  }

  /// What `INFO` tells in a section.
  package func info(_ section: Word) throws -> [String: String] {
    let text = try command("INFO", section).text ?? ""
    var facts: [String: String] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      facts[String(line[..<colon])] = String(line[line.index(after: colon)...])
    }
    return facts
  }

  /// All that the server has written so far.
  package func log() throws -> String {
    try String(decoding: Data(contentsOf: temporary.file("log")), as: UTF8.self)
  }

  /// Sends one command. Throws `RESPError`, also for an error reply.
  @discardableResult
  package func command(_ words: Word...) throws -> Reply { try client.command(words) }

  /// Sends one command. Throws `RESPError`, also for an error reply.
  @discardableResult
  package func command(_ words: [Word]) throws -> Reply { try client.command(words) }

  /// Sends many commands at once; error replies are among the answers.
  @discardableResult
  package func pipeline(_ commands: [[Word]]) throws -> [Reply] {
    var replies: [Reply] = []
    for command in commands {
      client.enqueue(command)
      if client.enqueuedBytes > 1 << 20 { replies += try client.drain() }
    }
    return replies + (try client.drain())
  }

  /// The server's digest of the whole dataset: 40 hexadecimal digits.
  package func debugDigest() throws -> String { try command("DEBUG", "DIGEST").text ?? "" }

  /// Saves the dataset and tells where the file is, which goes away with the server.
  package func save() throws -> URL {
    try command("SAVE")
    return temporary.file("dump.rdb")
  }

  /// Waits for the end of the server, which somebody has brought about. Returns its exit code, which is 128
  /// and the number of the signal that ended it; nil when it has not ended in time.
  package func exitCode(within timeout: Duration = .seconds(30)) -> Int32? {
    let deadline = ContinuousClock.now + timeout
    while ContinuousClock.now < deadline {
      if let end = process.poll() { return end.exitCode }
      usleep(2000)
    }
    return nil
  }

  /// Ends the server without a save; kills it when it takes longer than five seconds.
  package func stop() {
    if process.poll() == nil {
      client.enqueue(["SHUTDOWN", "NOSAVE"])
      _ = try? client.drain()
      _ = exitCode(within: .seconds(5))
    }
    guard lifeline >= 0 else { return }
    close(lifeline)
    lifeline = -1
    _ = process.wait()
  }

  private struct TimedOut: Error {}
  private struct Ended: Error {}

  /// Tries again until the server answers and is done with loading.
  private static func connect(
    _ socket: String, _ process: ChildProcess, within timeout: Duration
  ) throws -> RESPClient {
    let deadline = ContinuousClock.now + timeout
    while ContinuousClock.now < deadline {
      if process.poll() != nil { throw Ended() }
      // The kernel connects on behalf of a server that never comes to accept.
      if let client = try? RESPClient(unixSocket: socket) {
        client.setPatience(max(deadline - .now, .milliseconds(1)))
        if let pong = try? client.command(["PING"]), pong == .simple("PONG") {
          client.setPatience(.zero)
          return client
        }
      }
      usleep(5000)
    }
    throw TimedOut()
  }
}
