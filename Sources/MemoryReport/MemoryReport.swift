internal import ArgumentParser
internal import Forensics
internal import MemoryModel
internal import Persistence
internal import ToolKit

@main
struct MemoryReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "memory-report",
    abstract: "Tell where the memory of a Redis or Valkey server goes, from its dumps or logs.",
    discussion: """
      Reads each FILE and estimates what its keys take once the server that --target names has loaded \
      them: by prefix, type, encoding, database, size and time of expiry, with the largest keys by name. A \
      FILE is an RDB file; an append-only file, a manifest or a folder that holds one (appendonlydir), \
      which is replayed in memory; or a partial report. - is standard input; gzip and LZ4 are recognised \
      by content. Several files make one report. Bytes are what the allocator gives; memory_usage in the \
      JSON is what MEMORY USAGE of that server answers.

      Exit status: 0 all is well, 1 a file is damaged (the report covers what could be read), 2 something \
      of a log was left out, and the report says what, 64 wrong usage, 65 neither a dump nor a log, or of \
      an unknown version, 66 cannot be opened, 70 a defect in the tool, 73 the output cannot be created, 74 \
      input or output error.
      """,
    version: salvageVersion)

  /// How the report is told.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case text, json, csv, html, partial
  }

  @OptionGroup var output: OutputOption

  @Option(
    help: ArgumentHelp(
      """
      text: for a person; json: one object; csv: a line for each key, with the columns of redis-rdb-tools; \
      html: a page by itself, to be opened in a browser; partial: a file that can be given in place of \
      its dumps, to make one report of many. (default: text)
      """,
      valueName: "format"))
  var format: Format?

  @OptionGroup var json: JSONOption

  @Option(
    help: ArgumentHelp(
      """
      The server that is to load the files, as redis-7.2. (default: the one that wrote the first file, as \
      an RDB file or one in a log tells; else redis-7.0)
      """,
      valueName: "server"),
    completion: .list(ServerModel.all.map(\.name)), transform: Self.server(named:))
  var target: ServerModel?

  @Option(
    help: ArgumentHelp(
      """
      jemalloc-q8: the jemalloc that Redis and Valkey bring along; jemalloc-q16: that of packages of \
      Debian and Ubuntu; libc: that of the C library. (default: jemalloc-q8)
      """,
      valueName: "allocator"),
    completion: .list(Allocator.all.map(\.name)), transform: Self.allocator(named:))
  var allocator: Allocator?

  @Option(
    help: ArgumentHelp(
      """
      Settings that the server has, as hash-max-listpack-entries=1024,hash-max-listpack-value=128. \
      Repeatable. (default: those that it comes with)
      """,
      valueName: "name=value"),
    transform: SettingChange.init(text:))
  var setting: [SettingChange] = []

  @Option(
    help: ArgumentHelp(
      """
      Tell also what the keys would take with another setting, or with several at once, separated by \
      commas. Repeatable.
      """,
      valueName: "name=value"),
    transform: SettingChange.init(text:))
  var whatIf: [SettingChange] = []

  @Option(
    help: ArgumentHelp(
      """
      In the text, tell the sums by this alone: prefix, type, encoding, db, expiry or slot. Repeatable. \
      Sums by the slots of a cluster are made only when they are asked for, in the other formats, too.
      """,
      valueName: "group"))
  var by: [Grouping] = []

  @Option(
    help: ArgumentHelp("Tell prefixes of at most so many parts. (default: all)", valueName: "n"))
  var depth: Int?

  @Option(
    help: ArgumentHelp(
      "Largest keys, prefixes, databases and slots to list. (default: 10)", valueName: "n"))
  var top: Int?

  @Option(
    help: ArgumentHelp("Bytes that separate the parts of keys. (default: :)", valueName: "bytes"))
  var separators: String?

  @Flag(help: "In the text, tell what to do to save memory, and what that costs.")
  var advise = false

  @OptionGroup(title: SelectionOptions.title) var selection: SelectionOptions
  @OptionGroup var jobs: JobsOption
  @OptionGroup var progress: ProgressOption

  @Argument(help: ArgumentHelp("The files to read.", valueName: "file"), completion: .file())
  var files: [String] = []

  private static func server(named name: String) throws -> ServerModel {
    guard let server = ServerModel(named: name) else {
      let names = ServerModel.all.map(\.name).joined(separator: ", ")
      throw ValidationError("The servers are: \(names).")
    }
    return server
  }

  private static func allocator(named name: String) throws -> Allocator {
    guard let allocator = Allocator(named: name) else {
      let names = Allocator.all.map(\.name).joined(separator: ", ")
      throw ValidationError("The allocators are: \(names).")
    }
    return allocator
  }

  func validate() throws {
    guard top ?? 0 >= 0 else { throw ValidationError("--top takes 0 or more.") }
    guard depth ?? 1 > 0 else { throw ValidationError("--depth takes 1 or more.") }
    guard separators != "" else {
      throw ValidationError("--separators takes at least one byte.")
    }
    guard !json.isOn || format == nil || format == .json else {
      throw ValidationError("--json is --format json.")
    }
    guard files.filter({ $0 == "-" }).count < 2 else {
      throw ValidationError("Standard input can be read once.")
    }
    let depths = Set((setting + whatIf).map(\.compressDepth).filter { $0 > 0 })
    guard depths.count < 2 else {
      throw ValidationError("Only one list-compress-depth can be looked at in one run.")
    }
  }

  func run() throws {
    guard !files.isEmpty else { throw Self.showHelp() }
    try report().end()
  }

  private var scan: MemoryScan {
    let now = selection.selection(now: Clock.unixMilliseconds).now
    var wishes = MemoryTally.Wishes()
    wishes.now = now
    wishes.largestKeys = top ?? wishes.largestKeys
    wishes.bySlot = by.contains(.slot)
    if let separators { wishes.separators = KeySeparators(Array(separators.utf8)) }
    var scan = MemoryScan(wishes)
    for setting in setting { setting.apply(to: &scan.settings) }
    for setting in whatIf {
      var settings = scan.settings
      setting.apply(to: &settings)
      scan.wishes.whatIfs.append(settings)
      scan.wishes.whatIfNames.append(setting.text)
    }
    scan.server = target
    scan.allocator = allocator ?? scan.allocator
    scan.selection = selection.selection(now: now)
    scan.jobs = jobs.count
    return scan
  }

  /// Whether an option was given that says what is summed up: partial reports bring theirs.
  private var shapesSums: Bool {
    target != nil || allocator != nil || top != nil || separators != nil
      || !(setting + whatIf).isEmpty || !selection.selection(now: 0).selectsEverything
      || selection.limit != nil
  }

  private func report() -> ExitStatus {
    let target = output.file
    let format = json.isOn ? .json : self.format ?? .text
    var sums = Sums(scan: scan, wantsRows: format == .csv, isShaped: shapesSums)
    do throws(OutputError) {
      var csv = KeyTable()
      for file in files {
        try sums.add(file, progress) { (rows) throws(OutputError) in
          try csv.write(rows, to: target)
        }
      }
      // A usage that is wrong writes nothing.
      guard !sums.statuses.contains(.usage) else { return .usage }
      if format == .csv { try csv.finish(target) }
      var report = sums.report
      report.prefixDepth = depth
      try write(report, as: format, to: target)
      try target.commit()
    } catch {
      target.cancel()
      let name = output.path ?? "standard output"
      try? StandardStream.errors.write("memory-report: \(Text.shown(name)): \(error)\n")
      return ExitStatus(error)
    }
    return ExitStatus.worst(of: sums.statuses)
  }

  private func write(
    _ report: MemoryEstimate, as format: Format, to target: LateOutputFile
  ) throws(OutputError) {
    var writer = JSONWriter()
    var bytes: [UInt8] = []
    switch format {
    case .csv: return
    case .json:
      report.write(to: &writer)
      writer.newline()
      bytes = writer.take()
    case .html:
      report.write(to: &writer)
      bytes =
        Array(ReportPage.beginning.utf8) + ReportPage.escaped(writer.take())
        + Array(ReportPage.end.utf8)
    case .partial: bytes = report.partial
    case .text:
      let text = ReportText.render(report, by: by, advises: advise, Terminal(descriptor: 1))
      bytes = Array(text.utf8)
    }
    try target.write(unsafe bytes.span.bytes)
  }
}
