package import Persistence
internal import SystemPackage

/// Checks append-only files: plain ones, those that begin with an RDB, and those of several files.
package struct AOFCheck: Sendable {
  /// Threads, at least 1.
  package var jobs = 1
  /// Unix time in milliseconds by which keys of an RDB count as expired.
  package var now: Int64 = 0
  /// The `databases` setting of the server that is to load the files.
  package var databases: UInt64 = 16
  /// Unix time in seconds: the place is looked for from which on the commands are later.
  package var until: Int64?
  /// Whether statistics of the commands are wanted.
  package var wantsStatistics = false
  /// Findings that are kept; more are counted.
  package var findingLimit = 1000

  /// Manifests that are followed before giving up, when each is replaced while its files are opened.
  private static let attempts = 8
  /// Files that are open before the first is read; a damaged manifest may list thousands.
  private static let mostHeld = 16

  package init() {}

  /// Checks what a path leads to (`AOFLayout.find`): a file, a manifest, a folder; `-` is standard
  /// input. `progress` is called now and then, from one thread at a time.
  ///
  /// A server that ends a rewrite replaces the manifest and takes the files of the old one away. Where
  /// one of them could not be opened any more, the files of the new manifest are checked instead.
  package func run(_ path: String, progress: (ScanProgress) -> Void = { _ in }) -> AOFVerdict {
    var verdict = AOFVerdict(file: path, findingLimit: findingLimit)
    do throws(AOFLayoutError) {
      var layout = try AOFLayout.find(FilePath(path))
      for _ in 0..<Self.attempts {
        let answer = run(layout, named: path, progress: progress)
        guard answer.lacksFiles, let now = try? AOFLayout.find(FilePath(path)),
          now.manifest != layout.manifest
        else { return answer }
        layout = now
      }
      verdict.failOvertaken(times: Self.attempts)
    } catch {
      verdict.fail(error)
    }
    return verdict
  }

  /// Checks the files of a layout. Some of them may be gone since it was found.
  package func run(
    _ layout: AOFLayout, named path: String, progress: (ScanProgress) -> Void = { _ in }
  ) -> AOFVerdict {
    var verdict = AOFVerdict(file: path, findingLimit: findingLimit)
    verdict.manifest = layout.isMultiPart ? layout.manifestPath : nil
    verdict.listedIn = layout.listedIn
    verdict.addManifest(layout)
    let files = layout.parts + layout.history
    var statistics = wantsStatistics ? AOFStatisticsCollector() : nil
    var before = ScanProgress(bytes: 0, total: 0, count: 0)
    for file in files { before.total = before.total.flatMap { a in file.size.map { a + $0 } } }
    // What is open stays readable when a rewrite takes it away.
    var held = files.prefix(Self.mostHeld).map { file in
      file.isMissing ? nil : Result { () throws(SourceError) in try AOFFile(file.path) }
    }
    for (index, file) in files.enumerated() {
      var part = AOFPart(file, findingLimit: findingLimit)
      var last = before
      func show(_ state: ScanProgress) {
        last = ScanProgress(
          bytes: before.bytes + state.bytes, total: before.total,
          count: before.count + state.count)
        progress(last)
      }
      let opened = index < held.count ? held[index].take() : nil
      if index < layout.parts.count {
        check(opened, &part, &verdict, &statistics, show)
      } else {
        // What is not loaded does not count.
        var nothing: AOFStatisticsCollector?
        check(opened, &part, &verdict, &nothing, show)
      }
      before = last
      part.conclude(
        isMultiPart: layout.isMultiPart, hasFollowers: index < layout.parts.count - 1)
      verdict.parts.append(part)
    }
    if layout.isMultiPart {
      verdict.kind = .multiPart
    } else if verdict.parts.first?.format == .rdb {
      verdict.kind = .preamble
    }
    verdict.statistics = statistics?.statistics(now: now)
    verdict.conclude()
    return verdict
  }

  /// Checks an AOF of one file that lies elsewhere than in a file.
  ///
  /// - `size`: the bytes that the source will deliver in all, when known.
  /// - `content`: the same bytes to be read at offsets.
  /// - `batchSize`, `largeCommand`: the bytes that a thread works on at once, and those above which a
  ///   command is not held in memory. They change no verdict.
  package func run(
    _ source: any ByteSource, named name: String, size: UInt64?, content: (any RandomAccess)?,
    batchSize: Int = CommandScanner.batchSize, largeCommand: Int = CommandScanner.largeCommand
  ) -> AOFVerdict {
    var verdict = AOFVerdict(file: name, findingLimit: findingLimit)
    var part = AOFPart(path: FilePath(name), findingLimit: findingLimit)
    do throws(SourceError) {
      let file = try AOFFile(source, size: size, content: content)
      var statistics = wantsStatistics ? AOFStatisticsCollector() : nil
      try check(file, &part, &statistics, batchSize: batchSize, largeCommand: largeCommand) { _ in }
      verdict.statistics = statistics?.statistics(now: now)
    } catch {
      verdict.fail(error, part.path)
    }
    part.conclude(isMultiPart: false, hasFollowers: false)
    verdict.parts.append(part)
    if part.format == .rdb { verdict.kind = .preamble }
    verdict.conclude()
    return verdict
  }

  private func check(
    _ opened: Result<AOFFile, SourceError>?, _ part: inout AOFPart, _ verdict: inout AOFVerdict,
    _ statistics: inout AOFStatisticsCollector?, _ progress: (ScanProgress) -> Void
  ) {
    guard !part.isMissing else { return part.addMissing() }
    do throws(SourceError) {
      let file = if let opened { try opened.get() } else { try AOFFile(part.path) }
      part.compression = file.input?.compression
      try check(file, &part, &statistics, progress)
      if file.input?.statusChanged() == true { part.addChange() }
    } catch .cannotOpen(.noSuchFileOrDirectory) where part.role != nil {
      // A server takes files of the history away before it writes the manifest without them.
      part.isMissing = true
      part.addMissing()
    } catch {
      verdict.fail(error, part.path)
    }
  }

  private func check(
    _ file: AOFFile, _ part: inout AOFPart, _ statistics: inout AOFStatisticsCollector?,
    batchSize: Int = CommandScanner.batchSize,
    largeCommand: Int = CommandScanner.largeCommand, _ progress: (ScanProgress) -> Void
  ) throws(SourceError) {
    part.format = file.format
    func show(_ count: UInt64) {
      let bytes = file.input?.storedBytesRead ?? 0
      progress(ScanProgress(bytes: bytes, total: nil, count: count))
    }
    if file.format == .rdb {
      var check = RDBCheck()
      check.jobs = jobs
      check.now = now
      check.databases = databases
      check.findingLimit = findingLimit
      part.add(try check.run(preambleOf: file, progress: show))
    }
    let commands = file.commands(
      keepsLarge: false, batchSize: batchSize, largeCommand: largeCommand)
    guard let scanner = commands else { return }
    part.commandsFrom = part.bytes
    var collector = AOFCollector(part, databases: databases)
    let keys = part.preamble?.keys ?? 0
    let until = until
    let supply = statistics?.supply
    let recycle = scanner.recycler()
    try OrderedPipeline.run(
      jobs: jobs,
      fetch: { () throws(SourceError) -> ScannedCommands? in try scanner.next() },
      makeWorker: { CommandInspector(until: until, supply: supply, recycle: recycle) },
      merge: { report in
        collector.add(report)
        if let tally = report.tally { statistics?.add(tally) }
        show(keys + collector.part.commands)
      })
    statistics?.endFile()
    collector.finish(scanner.ending, scanner.state)
    part = collector.part
  }
}

extension RDBCheck {
  /// Checks the RDB that an AOF begins with.
  func run(
    preambleOf file: AOFFile, progress: (UInt64) -> Void
  ) throws(SourceError) -> RDBVerdict {
    var verdict = RDBVerdict(
      file: file.input?.path.string ?? "", isDeep: isDeep,
      findings: FindingList(limit: findingLimit))
    let scanner = try verdict.open { () throws(ScanError) in
      try file.preamble(keeping: .structured)
    }
    if let scanner {
      let reader = file.content.map { ContentKeyReader(content: $0) }
      try check(scanner, reader, &verdict, progress: progress)
    }
    verdict.conclude()
    return verdict
  }
}
