internal import ArgumentParser
internal import Forensics
internal import Glibc
internal import Persistence
internal import SystemPackage
internal import ToolKit

@main
struct RDBDumpToJSON: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rdb-dump-to-json",
    abstract: "Write the keys of an RDB file of Redis or Valkey as JSON.",
    version: salvageVersion)

  @Option(name: [.customShort("o"), .customLong("output")])
  var output: String?
  @Option var layout = "records"
  @Flag var keysOnly = false
  @Flag var meta = false
  @Option var bytes = "auto"
  @OptionGroup var jobs: JobsOption
  @OptionGroup var progress: ProgressOption
  @Argument var file: String

  func run() throws {
    var export = RDBExport()
    export.style.layout = RecordStyle.Layout(rawValue: layout) ?? .records
    export.style.keysOnly = keysOnly
    export.style.usesBase64 = bytes == "base64"
    export.wantsMeta = meta
    export.jobs = jobs.count
    let target =
      try output.map {
        try FileDescriptor.open(
          FilePath($0), .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite])
      } ?? .standardOutput
    let outcome = export.run(
      file,
      to: { (span: RawSpan) in
        _ = unsafe span.withUnsafeBytes { (p: UnsafeRawBufferPointer) in
          unsafe (try? target.writeAll(p))
        }
      })
    for f in outcome.verdict.findings.findings { print(f) }
  }
}
