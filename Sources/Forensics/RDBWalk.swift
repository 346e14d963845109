package import Persistence
internal import SystemPackage

/// Walks over the records of an RDB file with workers of the caller's, and says what is wrong with the file
/// on the way, as far as framing and checksum tell and the workers report.
package struct RDBWalk: Sendable {
  /// Threads, at least 1.
  package var jobs = 1
  /// Findings that are kept; more are counted.
  package var findingLimit = 1000
  /// The large values that workers read.
  package var keeping = LargeValueKeeping.structured

  package init() {}

  /// Walks over one file. `path` may be `-` for standard input.
  ///
  /// - `opened`: what came of opening it, where that has been done; nothing has been read from it.
  /// - `begin`: called before any worker is made, with what the file says of itself.
  /// - `makeWorker`: called once per thread, with the same and with what takes every batch back when it has
  ///   been read.
  /// - `merge`: gets each result in the order of the file, from one thread at a time; it returns what the
  ///   worker reported.
  /// - `progress`: called now and then, from one thread at a time.
  package func run<Worker: PipelineWorker & ~Copyable>(
    _ path: String, opened: Result<Input, SourceError>? = nil,
    progress: (ScanProgress) -> Void = { _ in },
    begin: (RDBOrigin) -> Void,
    makeWorker:
      @escaping @Sendable (RDBOrigin, @escaping @Sendable (RecordBatch) -> Void) -> Worker,
    merge: (Worker.Output) -> BatchReport
  ) -> RDBVerdict where Worker.Item == ScannedItem {
    var verdict = RDBVerdict(
      file: path, isDeep: false, findings: FindingList(limit: findingLimit))
    do throws(SourceError) {
      let input = if let opened { try opened.get() } else { try Input(path: FilePath(path)) }
      verdict.compression = input.compression
      let total = input.storedSize
      let scanner = try verdict.open { () throws(ScanError) in
        try RecordScanner(input, keeping: keeping)
      }
      if let scanner {
        try walk(scanner, &verdict, begin, makeWorker, merge) { keys in
          progress(ScanProgress(bytes: input.storedBytesRead, total: total, count: keys))
        }
      }
      if input.statusChanged() {
        verdict.findings.add(
          Finding(
            .warning, .changedWhileRead, at: verdict.bytes,
            "the file changed while it was read; take a copy that nobody writes to"))
      }
    } catch {
      verdict.fail(error)
    }
    verdict.conclude()
    return verdict
  }

  private func walk<Worker: PipelineWorker & ~Copyable>(
    _ scanner: RecordScanner, _ verdict: inout RDBVerdict,
    _ begin: (RDBOrigin) -> Void,
    _ makeWorker:
      @escaping @Sendable (RDBOrigin, @escaping @Sendable (RecordBatch) -> Void) -> Worker,
    _ merge: (Worker.Output) -> BatchReport, progress: (UInt64) -> Void
  ) throws(SourceError) where Worker.Item == ScannedItem {
    verdict.dialect = scanner.dialect
    var collector = RDBCollector(verdict, databases: .max, reader: nil, isDeep: false)
    let recycle = scanner.recycler()
    var first = try scanner.next()
    let origin = RDBOrigin(scanner.dialect, first)
    begin(origin)
    try OrderedPipeline.run(
      jobs: jobs,
      fetch: { () throws(SourceError) -> ScannedItem? in
        if let item = first.take() { return item }
        return try scanner.next()
      },
      makeWorker: { makeWorker(origin, recycle) },
      merge: { result in
        collector.add(merge(result))
        progress(collector.verdict.keys)
      })
    collector.finish(scanner.ending)
    verdict = collector.verdict
    if let error = collector.sourceError { throw error }
  }
}

/// What a file says of itself before its first key.
package struct RDBOrigin: Sendable {
  package let dialect: RDBDialect
  /// Aux fields in the order of the file.
  package let aux: [(name: ByteString, value: ByteString)]

  init(_ dialect: RDBDialect, _ first: ScannedItem?) {
    self.dialect = dialect
    guard case .batch(let batch) = first else {
      aux = []
      return
    }
    aux = Self.fields(FileFact.leading(in: batch))
  }

  /// What the first bytes of a file say, as far as they go; nil for those of no RDB that this build reads.
  package init?(first: [UInt8]) {
    let bytes = unsafe first.span.bytes
    guard let dialect = try? RDBHeader.read(bytes) else { return nil }
    self.dialect = dialect
    aux = Self.fields(FileFact.leading(in: bytes, from: RDBDialect.headerLength, dialect))
  }

  private static func fields(_ facts: [FileFact]) -> [(name: ByteString, value: ByteString)] {
    facts.compactMap { fact in
      if case .aux(let name, let value) = fact { (name, value) } else { nil }
    }
  }

  /// Whether commands follow in the same file, as in an AOF of Redis 4.0 to 6.2. The base of a later AOF says
  /// `aof-base`, and is a file of its own.
  package var isPreamble: Bool { aux.contains { $0 == ("aof-preamble", "1") } }

  /// The release that wrote the file: the one that its aux fields name, else the first that writes its
  /// version.
  package var target: RDBTarget? {
    aux.lazy.compactMap { RDBTarget(aux: $0.name, $0.value) }.last { $0.writes(dialect) }
      ?? RDBTarget(magic: dialect.magic, version: dialect.version)
  }
}
