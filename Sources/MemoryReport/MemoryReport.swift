internal import ArgumentParser
internal import Forensics
internal import MemoryModel
internal import Persistence
internal import ToolKit

@main
struct MemoryReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "memory-report",
    abstract: "Tell where the memory of a Redis or Valkey server goes, from its RDB files.",
    discussion: """
      Reads each FILE (an RDB file, or - for standard input; gzip and LZ4 are recognised by content) and \
      estimates what its keys take once the server that --target names has loaded them: by prefix, type, \
      encoding, database, size and time of expiry, with the largest keys by name. Several files make one \
      report. Bytes are what the allocator gives; memory_usage in the JSON is what MEMORY USAGE of that \
      server answers.

      Exit status: 0 all is well, 1 a file is damaged (the report covers what could be read), 64 wrong \
      usage, 65 not an RDB file or of an unknown version, 66 cannot be opened, 70 a defect in the tool, 73 \
      the output cannot be created, 74 input or output error.
      """,
    version: salvageVersion)

  /// How the report is told.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case text, json, csv, html
  }

  @OptionGroup var output: OutputOption

  @Option(
    help: ArgumentHelp(
      """
      text: for a person; json: one object; csv: a line for each key, with the columns of redis-rdb-tools; \
      html: a page by itself, to be opened in a browser. (default: text)
      """,
      valueName: "format"))
  var format: Format?

  @OptionGroup var json: JSONOption

  @Option(
    help: ArgumentHelp(
      "The server that is to load the files, as redis-7.2. (default: the one that wrote the first file)",
      valueName: "server"),
    completion: .list(ServerModel.all.map(\.name)), transform: Self.server(named:))
  var target: ServerModel?

  @Option(
    help: ArgumentHelp(
      """
      jemalloc-q8: the jemalloc that Redis and Valkey bring along; jemalloc-q16: that of packages of \
      Debian and Ubuntu; libc: that of the C library.
      """,
      valueName: "allocator"),
    completion: .list(Allocator.all.map(\.name)), transform: Self.allocator(named:))
  var allocator = Allocator.jemalloc8

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

  @Option(help: ArgumentHelp("Largest keys and prefixes to list.", valueName: "n"))
  var top = 10

  @Option(help: ArgumentHelp("Bytes that separate the parts of keys.", valueName: "bytes"))
  var separators = ":"

  @Flag(help: "In the text, tell what to do to save memory, and what that costs.")
  var advise = false

  @Flag(help: "Sum up by cluster slot, too.")
  var bySlot = false

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
    guard top >= 0 else { throw ValidationError("--top takes 0 or more.") }
    guard !separators.isEmpty else {
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
    wishes.largestKeys = top
    wishes.bySlot = bySlot
    wishes.separators = KeySeparators(Array(separators.utf8))
    var scan = MemoryScan(wishes)
    for setting in setting { setting.apply(to: &scan.settings) }
    for setting in whatIf {
      var settings = scan.settings
      setting.apply(to: &settings)
      scan.wishes.whatIfs.append(settings)
      scan.wishes.whatIfNames.append(setting.text)
    }
    scan.server = target
    scan.allocator = allocator
    scan.selection = selection.selection(now: now)
    scan.jobs = jobs.count
    return scan
  }

  private func report() -> ExitStatus {
    let target = output.file
    var scan = scan
    let format = json.isOn ? .json : self.format ?? .text
    scan.wantsRows = format == .csv
    var report = MemoryEstimate(scan)
    var statuses: [ExitStatus] = []
    do throws(OutputError) {
      var csv = KeyTable()
      for file in files {
        var failure: OutputError?
        let verdict = progress.during(unit: "keys") { show in
          scan.run(
            file, into: &report,
            put: { rows in
              guard failure == nil else { return }
              do throws(OutputError) { try csv.write(rows, to: target) } catch { failure = error }
            }, progress: show)
        }
        if let failure { throw failure }
        statuses.append(verdict.exitStatus)
        tell(verdict)
      }
      switch format {
      case .json:
        var writer = JSONWriter()
        report.write(to: &writer)
        writer.newline()
        try target.write(writer.text)
      case .html:
        var writer = JSONWriter()
        report.write(to: &writer)
        let page =
          Array(ReportPage.beginning.utf8) + ReportPage.escaped(writer.take())
          + Array(ReportPage.end.utf8)
        try target.write(unsafe page.span.bytes)
      case .csv: try csv.finish(target)
      case .text:
        let terminal = Terminal(descriptor: 1)
        let text = Array(ReportText.render(report, top: top, advises: advise, terminal).utf8)
        try target.write(unsafe text.span.bytes)
      }
      try target.commit()
    } catch {
      target.cancel()
      let name = output.path ?? "standard output"
      try? StandardStream.errors.write("memory-report: \(Text.shown(name)): \(error)\n")
      return ExitStatus(error)
    }
    return ExitStatus.worst(of: statuses)
  }

  /// Says on standard error what is wrong with a file.
  private func tell(_ verdict: RDBVerdict) {
    let name = "memory-report: \(Text.shown(verdict.file)): "
    var text = ""
    if let error = verdict.inputError { text += "\(name)\(error)\n" }
    for finding in verdict.findings.findings { text += "\(name)\(Text.line(finding))\n" }
    if verdict.findings.omitted > 0 {
      text += "\(name)\(Text.count(verdict.findings.omitted, "more finding"))\n"
    }
    if !text.isEmpty { try? StandardStream.errors.write(text) }
  }
}
