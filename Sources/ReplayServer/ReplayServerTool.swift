internal import Glibc
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
      configuration = try ServerConfiguration.fromArguments(words)
    } catch {
      return fail(error.message, .usage)
    }
    let settings = configuration.settings
    if let objection = settings.objectionToListening { return fail(objection, .usage) }
    let folder = FilePath(settings.directory)
    guard (try? folder.stat())?.type == .directory else {
      return fail("\(settings.directory): no such folder", .cannotOpen)
    }
    var log = Logger(label: "replay-server") { _ in ServerLog(path: settings.logFile) }
    log.logLevel = ServerLog.level(settings.logLevel)
    for line in configuration.ignored { log.warning("\(line)") }
    let server = ReplayServer(settings, configurationPath: configuration.path, log: log)
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

    A small server that answers as Redis 7.0 does and keeps its files as that does.

    CONFIG-FILE is a redis.conf; - is standard input. Every setting of it can be given as an option:
      --port 7000 --dir /data --appendonly yes --save 60 1

    Listens on loopback unless --bind is given together with --requirepass or --insecure.

    See replay-server(1) for the settings.

    """
}
