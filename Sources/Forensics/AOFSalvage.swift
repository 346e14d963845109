package import Persistence
package import SystemPackage

/// Brings back what can be brought back of a damaged AOF. The input is only read.
///
/// An RDB that a file begins with goes through `RDBSalvage`, what stands behind it through
/// `AOFSalvagePlanner`. What is left out is saved beside the output, one piece after another.
package struct AOFSalvage: Sendable {
  /// Threads, at least 1.
  package var jobs = 1
  /// Unix time in milliseconds by which keys of an RDB count as expired.
  package var now: Int64 = 0
  /// The `databases` setting of the server that is to load what comes back.
  package var databases: UInt64 = 16
  /// What is left of a transaction a part of which is lost stays.
  package var keepsPartialTransactions = false
  /// Unix time in seconds up to which commands are wanted; the log must have annotations.
  package var until: Int64?
  /// Findings that are kept; more are counted.
  package var findingLimit = 1000

  package init() {}

  /// Salvages what a path leads to: an AOF of one file to a file, which is whole or absent; one of several
  /// to a folder that is not there yet, or empty, and that has no manifest until it is whole. Where nothing
  /// comes back, nothing is written.
  ///
  /// Throws what makes it impossible to write the output; what is wrong with the input is told by the
  /// verdict.
  package func run(
    _ path: String, to output: FilePath, progress: (ScanProgress) -> Void = { _ in }
  ) throws(OutputError) -> AOFVerdict {
    var verdict = AOFVerdict(file: path, findingLimit: findingLimit)
    let layout: AOFLayout
    do throws(AOFLayoutError) {
      layout = try AOFLayout.findAll(FilePath(path))
    } catch {
      verdict.fail(error)
      return verdict
    }
    do throws(AOFSalvageError) {
      if layout.isMultiPart {
        try runOnFolder(layout, to: output, &verdict, progress)
      } else {
        try runOnFile(layout.parts[0].path, to: output, &verdict)
      }
    } catch {
      switch error {
      case .source(let source): verdict.fail(source, FilePath(path))
      case .output(let output): throw output
      }
    }
    return verdict
  }

  private var check: AOFCheck {
    var check = AOFCheck()
    check.jobs = jobs
    check.now = now
    check.databases = databases
    check.findingLimit = findingLimit
    return check
  }

  // MARK: One file

  private func runOnFile(
    _ path: FilePath, to output: FilePath, _ verdict: inout AOFVerdict
  ) throws(AOFSalvageError) {
    // A folder may have been named, and the output be the file in it.
    guard !output.isSameFile(as: path) else { throw .output(.cannotCreate(.fileExists)) }
    let input = try Self.open(path)
    verdict = check.run(
      ContentSource(input.content, 0..<input.size), named: verdict.file, size: input.size,
      content: input.content)
    guard var part = verdict.parts.first, verdict.inputError == nil else { return }
    part.path = path
    part.compression = input.compression
    if let error = input.compressionError {
      part.findings.add(Finding(.error, .badCompression, at: input.size, error.description))
    }
    verdict.parts[0] = part
    verdict.conclude()
    let skipped = SkippedBytes(beside: output)
    let file = LateOutputFile(path: output)
    var report = AOFSalvageReport()
    report.parts = [try salvage(input, part, isListed: false, to: file, skipped)]
    if file.isOpen {
      do throws(OutputError) { try file.commit() } catch { throw .output(error) }
      report.output = output.string
      report.skippedSavedAs = try skipped.commit()
      report.after = check.run(output.string).status
    }
    verdict.salvage = report
  }

  // MARK: Several files

  private func runOnFolder(
    _ layout: AOFLayout, to output: FilePath, _ verdict: inout AOFVerdict,
    _ progress: (ScanProgress) -> Void
  ) throws(AOFSalvageError) {
    let folder: LateOutputFolder
    do throws(OutputError) {
      folder = try LateOutputFolder(path: output)
    } catch {
      throw .output(error)
    }
    verdict = check.run(layout, named: verdict.file, progress: progress)
    let skipped = SkippedBytes(beside: output)
    var report = AOFSalvageReport()
    var manifest = AOFManifest([])
    var empty: [LateOutputFile] = []
    var isCut = false
    for file in layout.parts {
      guard let name = file.path.lastName, let record = file.record,
        let part = verdict.parts.first(where: { $0.path == file.path })
      else { continue }
      guard !part.isMissing, part.format != nil else {
        report.missing.append(part.name)
        continue
      }
      let input = try Self.open(file.path)
      let target = LateOutputFile(name, in: folder)
      let salvaged = try salvage(
        input, part, isListed: true, isCut: isCut, to: target, skipped)
      isCut = isCut || salvaged.plan.bytesCut > 0
      report.parts.append(salvaged)
      // A server loads an empty file of commands, and no empty RDB.
      guard target.isOpen || record.role == .incremental else { continue }
      if target.isOpen { try Self.finish(target) } else { empty.append(target) }
      manifest.records.append(record)
    }
    guard folder.isOpen, let manifestName = layout.manifestPath?.lastName else {
      verdict.salvage = report
      return
    }
    for file in empty { try Self.finish(file) }
    let list = LateOutputFile(manifestName, in: folder)
    let text = manifest.text
    do throws(OutputError) { try list.write(unsafe text.span.bytes) } catch { throw .output(error) }
    try Self.finish(list)
    report.output = output.string
    report.skippedSavedAs = try skipped.commit()
    report.after = check.run(output.string).status
    verdict.salvage = report
  }

  private static func finish(_ file: LateOutputFile) throws(AOFSalvageError) {
    do throws(OutputError) {
      if !file.isOpen { try file.write(RawSpan()) }
      try file.commit()
    } catch {
      throw .output(error)
    }
  }

  private static func open(_ path: FilePath) throws(AOFSalvageError) -> StoredInput {
    do throws(SourceError) {
      return try StoredInput(path: path)
    } catch {
      throw .source(error)
    }
  }

  // MARK: A file

  /// `isCut`: an earlier file has been cut at a time already.
  private func salvage(
    _ input: StoredInput, _ part: AOFPart, isListed: Bool, isCut: Bool = false,
    to file: LateOutputFile, _ skipped: SkippedBytes
  ) throws(AOFSalvageError) -> AOFSalvageReport.Part {
    let content = input.content
    func put(_ bytes: RawSpan) throws(AOFSalvageError) {
      do throws(OutputError) { try file.write(bytes) } catch { throw .output(error) }
    }
    func skip(_ bytes: RawSpan) throws(AOFSalvageError) { try skipped.write(bytes) }
    let preamble: UInt64
    let plan: AOFSalvagePlan
    do throws(SourceError) {
      preamble = try DamagedPreamble.end(of: part, in: content, size: input.size)
      plan = try isCut ? .cut(preamble..<input.size) : makePlan(content, preamble..<input.size)
    } catch {
      throw .source(error)
    }
    var report = AOFSalvageReport.Part(file: isListed ? part.name : nil, plan: plan)
    if part.preamble?.status == .ok || part.preamble?.status == .warning {
      try AOFSalvagePlan.copy(0..<preamble, of: content, to: put)
      report.bytesKept = preamble
    } else if preamble > 0 {
      let slice = ContentSlice(content, 0..<preamble)
      report.rdb = try salvage(slice, preamble, to: file)
      report.bytesKept = report.rdb?.bytesKept ?? 0
      for gap in report.rdb?.gaps ?? [Self.all(preamble)] {
        try AOFSalvagePlan.copy(gap.from..<gap.to, of: slice, to: skip)
      }
    }
    try plan.write(from: content, to: put)
    try plan.writeSkipped(from: content, to: skip)
    report.bytesKept += plan.bytesKept
    report.bytes = input.size
    return report
  }

  private func makePlan(
    _ content: any RandomAccess, _ range: Range<UInt64>
  ) throws(SourceError) -> AOFSalvagePlan {
    var planner = AOFSalvagePlanner(content, range)
    planner.keepsPartialTransactions = keepsPartialTransactions
    planner.until = until
    return try planner.run()
  }

  private static func all(_ size: UInt64) -> SalvageReport.Gap {
    SalvageReport.Gap(from: 0, to: size, reason: .badMagic)
  }

  /// Salvages the RDB that a file begins with; nil when nothing of it came back.
  private func salvage(
    _ content: any RandomAccess, _ size: UInt64, to file: LateOutputFile
  ) throws(AOFSalvageError) -> SalvageReport? {
    var salvage = RDBSalvage()
    salvage.jobs = jobs
    salvage.now = now
    salvage.databases = databases
    let verdict: RDBVerdict
    do throws(OutputError) {
      verdict = try salvage.run(content, size: size, named: "RDB") {
        (bytes) throws(OutputError) in
        try file.write(bytes)
      }
    } catch {
      throw .output(error)
    }
    return file.isOpen ? verdict.salvage : nil
  }
}
