internal import Glibc
internal import Keyspace
internal import Logging
internal import Server
internal import ServiceLifecycle
internal import SystemPackage
internal import ToolKit
internal import UnixSignals

/// The tool. Its arguments are those of `redis-server`, and not those of the other tools.
@main
enum ReplayServerTool {
  static func main() async {
    let words = Array(CommandLine.arguments.dropFirst())
    if words == ["--help"] || words == ["-h"] {
      StandardStream.output.writeOrExit(help)
      return
    }
    if words == ["--version"] || words == ["-v"] {
      StandardStream.output.writeOrExit("replay-server \(salvageVersion)\n")
      return
    }
    let status = await run(words)
    exit(status.rawValue)
  }

  private static func run(_ words: [String]) async -> ExitStatus {
    let configuration: ServerConfiguration
    do throws(SettingError) {
      configuration = try ServerConfiguration.fromArguments(
        words, own: ["replay", "until", "fork-at", "fault"])
    } catch {
      return fail(error.message, error.isAboutFolder ? .cannotOpen : .usage)
    }
    let settings = configuration.settings
    let request: ReplayRequest?
    switch Self.request(configuration.own) {
    case .success(let found): request = found
    case .failure(let objection): return fail(objection.text, .usage)
    }
    let faults: [FaultSpec]
    switch Self.faults(configuration) {
    case .success(let found): faults = found
    case .failure(let objection): return fail(objection.text, .usage)
    }
    if let objection = settings.objectionToListening { return fail(objection, .usage) }
    let folder = FilePath(settings.directory)
    guard (try? folder.stat())?.type == .directory else {
      return fail("\(settings.directory): no such folder", .cannotOpen)
    }
    let handler: ServerLog
    do throws(Errno) {
      handler = try ServerLog(path: settings.logPath)
    } catch {
      return fail("\(settings.logFile): \(error)", .cannotCreate)
    }
    var log = Logger(label: "replay-server") { _ in handler }
    log.logLevel = settings.level
    for line in configuration.ignored { log.warning("\(line)") }
    let server = ReplayServer(
      settings, configurationPath: configuration.path, replaying: request, faults: faults, log: log)
    let group = ServiceGroup(
      configuration: .init(
        services: [
          .init(service: server, successTerminationBehavior: .gracefullyShutdownGroup),
          .init(service: SignalService(server: server)),
        ],
        logger: Logger(label: "lifecycle") { _ in
          SwiftLogNoOpLogHandler()
        }))
    do {
      try await group.run()
    } catch {
      return fail("\(error)", .cannotOpen)
    }
    switch server.stopReason {
    case .asked:
      log.notice("ended")
      return .ok
    case .cannotLoad(let reason): return fail(reason, .damaged)
    case .cannotWrite(let reason): return fail(reason, .cannotCreate)
    case .cannotOpen(let reason): return fail(reason, .cannotOpen)
    case .notThisKind(let reason): return fail(reason, .notThisKind)
    }
  }

  private struct Objection: Error {
    let text: String
  }

  /// What is to be replayed; nil for nothing.
  private static func request(_ own: [String: [String]]) -> Result<ReplayRequest?, Objection> {
    for (name, values) in own where name != "fault" && values.count != 1 {
      return .failure(Objection(text: "--\(name) takes one value"))
    }
    let moments = ["until", "fork-at"].filter { own[$0] != nil }
    guard let input = own["replay"]?.first else {
      guard let moment = moments.first else { return .success(nil) }
      return .failure(Objection(text: "--\(moment) goes with --replay"))
    }
    guard moments.count < 2 else {
      return .failure(Objection(text: "--until and --fork-at do not go together"))
    }
    let text = moments.first.flatMap { own[$0]?.first } ?? "end"
    guard let end = ReplayEnd(text) else {
      return .failure(
        Objection(
          text:
            "\(text): not a time, such as 2026-11-22T09:53:18Z, nor offset:N, command:N, before:NAME or end"
        ))
    }
    return .success(
      ReplayRequest(input: input, end: end, allowsWrites: own["fork-at"] != nil))
  }

  /// What is to break. Whoever may not use DEBUG may not break files either.
  private static func faults(
    _ configuration: ServerConfiguration
  ) -> Result<[FaultSpec], Objection> {
    guard let words = configuration.own["fault"] else { return .success([]) }
    guard !words.isEmpty else { return .failure(Objection(text: "--fault takes a value")) }
    guard configuration.settings.allowsDebug != .no else {
      return .failure(Objection(text: "--fault goes with --enable-debug-command yes or local"))
    }
    guard configuration.own["replay"] == nil else {
      return .failure(Objection(text: "--fault and --replay do not go together"))
    }
    do throws(FaultSpecError) {
      var specs: [FaultSpec] = []
      for word in words { specs.append(try FaultSpec(word)) }
      return .success(specs)
    } catch {
      return .failure(Objection(text: "--fault: \(error)"))
    }
  }

  /// Has every SIGTERM and SIGINT ask the server to end: one that cannot save does not end by the first.
  private struct SignalService: Service {
    let server: ReplayServer

    func run() async throws {
      // A terminal that goes away ends nothing.
      _ = signal(SIGHUP, SIG_IGN)
      let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
      for await _ in signals.cancelOnGracefulShutdown() { server.askToEnd() }
    }
  }

  private static func fail(_ message: String, _ status: ExitStatus) -> ExitStatus {
    try? StandardStream.errors.write("replay-server: \(message)\n")
    return status
  }

  private static let help = """
    USAGE: replay-server [CONFIG-FILE] [--NAME VALUE]...
           replay-server --replay INPUT [--until WHEN | --fork-at WHEN] [--NAME VALUE]...

    A small server that answers as Redis 7.0 does and keeps its files as that does.

    CONFIG-FILE is a redis.conf; - is standard input. Every setting of it can be given as an option:
      --port 7000 --dir /data --appendonly yes --save 60 1

    --replay opens a log or a dump read-only, at a moment of it, so that redis-cli can look around in
    it; REPLAY STATUS, STEP, NEXT and TO go on. WHEN is a time, offset:N, command:N, before:NAME or end.
    With --fork-at, clients may change the dataset in memory from there on.

    DEBUG PRODUCE writes the dataset to files of any release and layout, sound or broken; --fault SPEC
    and DEBUG FAULT break what the server writes by itself. Both need --enable-debug-command.

    Listens on loopback unless --bind is given together with --requirepass or --insecure.

    See replay-server(1) for the settings.

    """
}
