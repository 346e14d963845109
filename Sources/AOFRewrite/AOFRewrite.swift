internal import ArgumentParser
internal import Keyspace
internal import Persistence
internal import SystemPackage
internal import ToolKit

@main
struct AOFRewrite: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "aof-rewrite",
    abstract:
      "Rewrite, convert and rewind append-only files of Redis and Valkey, without a server.",
    discussion: """
      INPUT is an append-only file, a manifest, a folder that holds one (appendonlydir), or an RDB file; - \
      is standard input; gzip and LZ4 are recognised by content. It is replayed in memory, to its end or \
      to the moment that --until names, and what is there then is written to OUTPUT in the shortest form. \
      The input is only read. What is torn off at the end of a log is left out, and said; a log that is \
      damaged elsewhere is refused: see check-aof --salvage.

      Exit status: 0 all is well; 1 the input is damaged, a command cannot be run, the target cannot \
      hold everything, or the output is not what it should be; 2 done, and something was left out; 64 \
      wrong usage; 65 neither a log nor a dump; 66 cannot be opened; 73 the output cannot be created; 74 \
      input or output error.
      """,
    version: salvageVersion)

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp(
      """
      Write to this file, which appears or is replaced only when it is whole; compressed when its name \
      ends in .gz or .lz4. With --format multi-part, a folder: a new or empty one, or that of the input. - \
      is standard output.
      """,
      valueName: "output"),
    completion: .file())
  var output: String?

  @Option(
    help: ArgumentHelp(
      """
      aof: commands; rdb: a dump; multi-part: a folder with a base, an empty log and a manifest. \
      (default: by the name of the output, .rdb or .aof; else multi-part for an input of several files, \
      and aof)
      """,
      valueName: "form"))
  var format: Rewriter.Form?

  @Option(
    help: ArgumentHelp(
      """
      The release to write for, as redis-7.2 or valkey-9: it bounds commands, types and the version of \
      RDB files. (default: the release that an RDB of the input is from, else redis-7.0)
      """,
      valueName: "server"),
    completion: .list(RDBTarget.all.map(\.name)), transform: Self.target(named:))
  var target: RDBTarget?

  @Flag(help: "Leave out what the target cannot hold, and say so, in place of writing nothing.")
  var dropUnsupported = false

  @Flag(help: "Read the output back and compare every key, with lifetimes and consumer groups.")
  var verify = false

  @Flag(
    help: """
      Print the digest of the dataset, as DEBUG DIGEST of the target answers for it. Without -o, nothing \
      else is done.
      """)
  var digest = false

  @OptionGroup(title: "Replay") var replay: ReplayOptions
  @OptionGroup(title: SelectionOptions.title) var selection: SelectionOptions
  @OptionGroup var json: JSONOption
  @OptionGroup var jobs: JobsOption
  @OptionGroup var progress: ProgressOption

  @Argument(help: ArgumentHelp("What to replay.", valueName: "input"), completion: .file())
  var input: String?

  static func target(named name: String) throws -> RDBTarget {
    guard let target = RDBTarget(named: name) else {
      let names = RDBTarget.all.map(\.name).joined(separator: ", ")
      throw ValidationError("The servers are: \(names).")
    }
    return target
  }

  func validate() throws {
    guard input != nil else { return }
    guard output != nil || digest || !replay.history.isEmpty else {
      throw ValidationError("Name an output by -o, or ask for --digest or --history.")
    }
    if verify, output == nil || output == "-" {
      throw ValidationError("--verify reads the output back: name a file or folder by -o.")
    }
    if format == .multiPart, output == "-" {
      throw ValidationError("--format multi-part writes a folder: name it by -o.")
    }
    if output == "-", digest || json.isOn || !replay.history.isEmpty {
      throw ValidationError(
        "Standard output takes one thing: name a file by -o, or leave out --digest, --history and --json."
      )
    }
    if dropUnsupported, output == nil {
      throw ValidationError("--drop-unsupported is about an output: name one by -o.")
    }
    try replay.check(input: input ?? "-")
  }

  func run() throws {
    guard let input else { throw Self.showHelp() }
    let rewriter = makeRewriter()
    let report = RewriteText(input: input, output: output, isJSON: json.isOn)
    let path = FilePath(input)
    let outcome: Rewriter.Outcome
    do throws(OutputError) {
      outcome = try progress.during(unit: "commands") { (show) throws(OutputError) in
        try work(rewriter, path) { phase in
          if case .replaying(let progress) = phase { show(progress) }
        }
      }
    } catch {
      let name = output ?? "standard output"
      try? StandardStream.errors.write("aof-rewrite: \(Text.shown(name)): \(error)\n")
      try ExitStatus(error).end()
      return
    }
    report.tell(outcome)
    try RewriteStatus.of(outcome).end()
  }

  private func work(
    _ rewriter: Rewriter, _ path: FilePath, _ progress: (Rewriter.Phase) -> Void
  ) throws(OutputError) -> Rewriter.Outcome {
    guard let output else { return rewriter.read(path, progress: progress) }
    return try rewriter.run(path, to: FilePath(output), progress: progress)
  }

  private func makeRewriter() -> Rewriter {
    var rewriter = Rewriter()
    rewriter.replay = replay.replay(jobs: jobs.count)
    rewriter.replay.history = replay.historyRequest(asJSON: json.isOn)
    rewriter.target = target
    rewriter.form = format ?? Self.form(byName: output)
    rewriter.selection = selection.selection(now: Clock.unixMilliseconds)
    rewriter.replay.now = rewriter.selection.now
    rewriter.dropsUnsupported = dropUnsupported
    rewriter.verifies = verify
    rewriter.wantsDigest = digest
    rewriter.isLast = true
    rewriter.now = Clock.unixMilliseconds / 1000
    return rewriter
  }

  private static func form(byName output: String?) -> Rewriter.Form? {
    guard var name = output else { return nil }
    for ending in [".gz", ".lz4"] where name.hasSuffix(ending) {
      name = String(name.dropLast(ending.count))
    }
    return name.hasSuffix(".rdb") ? .rdb : name.hasSuffix(".aof") ? .aof : nil
  }
}

extension Rewriter.Form: ExpressibleByArgument {}
