internal import ArgumentParser
internal import Forensics
internal import Persistence
internal import ToolKit

@main
struct RDBDumpToJSON: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rdb-dump-to-json",
    abstract: "Write the keys of an RDB file of Redis or Valkey as JSON.",
    discussion: """
      Reads FILE (or - for standard input; gzip and LZ4 are recognised by content) and writes one record \
      for each key: database, name, type, encoding, expiry and value. No byte is lost: a record that \
      is not UTF-8 says so and has one character for each byte. The output is a whole JSON document also \
      when the file turns out to be damaged; standard error then says where.

      With --reverse it reads such records (layouts records and lines) and writes an RDB file for the \
      server that --target names.

      Exit status: 0 all is well, 1 the file is damaged (what could be read has been written), 2 the \
      target of --reverse cannot hold everything, 64 wrong usage, 65 not an RDB file or of an unknown version, 66 cannot be opened, 70 a defect in the tool, \
      73 the output cannot be created, 74 input or output error.
      """,
    version: salvageVersion)

  @OptionGroup var output: OutputOption

  @Option(
    help: ArgumentHelp(
      "records: an array, one record on each line; lines: JSON Lines; keyed: an array with one "
        + "{key: value} object for each database, without types and expiry.", valueName: "layout"))
  var layout = RecordStyle.Layout.records

  @Option(
    help: ArgumentHelp(
      "text: UTF-8, or one character for each byte in records that say \"bytes\":\"latin1\"; "
        + "base64: every key and value in base64.", valueName: "style"))
  var bytes = Bytes.text

  @Flag(help: "Write records without their values.")
  var keysOnly = false

  @Flag(help: "Write also aux fields, functions and module data, as records of type meta.")
  var meta = false

  @Flag(help: "Read records and write the RDB file that they tell of.")
  var reverse = false

  @Option(
    help: ArgumentHelp(
      "The release to write for with --reverse, as redis-7.2. (default: the one that the first record "
        + "tells of, with --meta, else \(RDBTarget.newestRedis))", valueName: "server"),
    completion: .list(RDBTarget.all.map(\.name)), transform: Self.target(named:))
  var target: RDBTarget?

  @OptionGroup(title: SelectionOptions.title) var selection: SelectionOptions
  @OptionGroup var jobs: JobsOption
  @OptionGroup var progress: ProgressOption

  @Argument(help: ArgumentHelp("The file to read.", valueName: "file"))
  var file: String?

  /// How byte strings are written.
  enum Bytes: String, CaseIterable, ExpressibleByArgument {
    case text, base64
  }

  private static func target(named name: String) throws -> RDBTarget {
    guard let target = RDBTarget(named: name) else {
      let names = RDBTarget.all.map(\.name).joined(separator: ", ")
      throw ValidationError("The servers are: \(names).")
    }
    return target
  }

  func validate() throws {
    if reverse {
      let isPlain = layout == .records && bytes == .text && !keysOnly && !meta
      guard isPlain, selection.selection(now: 0).selectsEverything else {
        throw ValidationError(
          "--reverse writes all records and finds out how they are laid out: it takes no other option "
            + "than --target, --output, --jobs and --progress.")
      }
    } else if target != nil {
      throw ValidationError("--target is for --reverse.")
    }
    guard layout == .keyed else { return }
    if meta { throw ValidationError("--layout keyed has no place for --meta.") }
    if keysOnly { throw ValidationError("--layout keyed has no place for --keys-only.") }
  }

  func run() throws {
    guard let file else { throw Self.showHelp() }
    try (reverse ? RecordImport(self).run(file) : export(file)).end()
  }

  private func export(_ file: String) -> ExitStatus {
    var export = RDBExport()
    export.style.layout = layout
    export.style.usesBase64 = bytes == .base64
    export.style.keysOnly = keysOnly
    export.selection = selection.selection(now: Clock.unixMilliseconds)
    export.wantsMeta = meta
    export.jobs = jobs.count
    let target = output.file
    do throws(OutputError) {
      let outcome = try progress.during(unit: "keys") { (show) throws(OutputError) in
        try export.run(
          file, to: { (text) throws(OutputError) in try target.write(text) }, progress: show)
      }
      guard !outcome.isBroken else {
        target.cancel()
        report(outcome, of: export, file)
        return .ioError
      }
      try target.commit()
      report(outcome, of: export, file)
      return outcome.verdict.exitStatus
    } catch {
      target.cancel()
      let name = output.path ?? "standard output"
      try? StandardStream.errors.write("rdb-dump-to-json: \(Text.shown(name)): \(error)\n")
      return ExitStatus(error)
    }
  }

  /// Says on standard error what is wrong with the file and what became of it.
  private func report(_ outcome: RDBExport.Outcome, of export: RDBExport, _ file: String) {
    let name = "rdb-dump-to-json: \(Text.shown(file)): "
    let verdict = outcome.verdict
    var text = verdict.lines(after: name)
    if verdict.findings.errors > 0, verdict.dialect != nil {
      text += "\(name)\(Text.count(outcome.records, "record")) written"
      if outcome.leftOut > 0 {
        text += ", \(Text.count(outcome.leftOut, "damaged value")) left out"
      }
      if !export.selection.selectsEverything {
        text += "; values of other keys were not looked into"
      }
      text += "; `check-rdb` tells more\n"
    }
    if outcome.ambiguous > 0 {
      let are = outcome.ambiguous == 1 ? "is" : "are"
      text +=
        "\(name)\(Text.count(outcome.ambiguous, "record")) \(are) not UTF-8 and written with one "
        + "code point a byte, which this layout cannot mark; --layout records does, --bytes base64 "
        + "needs no mark\n"
    }
    if !text.isEmpty { try? StandardStream.errors.write(text) }
  }
}

extension RecordStyle.Layout: ExpressibleByArgument {}
