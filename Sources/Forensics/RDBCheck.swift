internal import Crypto
package import Persistence
internal import SystemPackage

/// Checks RDB files.
package struct RDBCheck: Sendable {
  /// Deep: every value down to the last byte, and duplicate keys. Else framing and checksum only.
  package var isDeep = true
  /// Threads, at least 1.
  package var jobs = 1
  /// Unix time in milliseconds by which keys count as expired.
  package var now: Int64 = 0
  /// The `databases` setting of the server that is to load the file.
  package var databases: UInt64 = 16
  package var wantsSHA256 = false
  /// Findings that are kept; more are counted.
  package var findingLimit = 1000

  package init() {}

  /// Checks one file. `path` may be `-` for standard input. `progress` is called now and then, from
  /// one thread at a time.
  package func run(_ path: String, progress: (ScanProgress) -> Void = { _ in }) -> RDBVerdict {
    var verdict = RDBVerdict(
      file: path, isDeep: isDeep, findings: FindingList(limit: findingLimit))
    let hash = StreamingSHA256()
    do throws(SourceError) {
      let input = try Input(
        path: FilePath(path), observer: wantsSHA256 ? { hash.update($0) } : nil)
      verdict.compression = input.compression
      try check(input, &verdict, progress)
      if wantsSHA256 {
        try input.drain()
        verdict.sha256 = hash.hexDigest()
      }
      if input.statusChanged() {
        verdict.findings.add(
          Finding(
            .warning, .changedWhileRead, at: verdict.bytes,
            "the file changed while it was read; check a copy that nobody writes to"))
      }
    } catch {
      verdict.fail(error)
    }
    verdict.conclude()
    return verdict
  }

  /// Checks an RDB that lies elsewhere than in a file.
  ///
  /// - `name`: what the verdict calls it.
  /// - `size`: the bytes that the source will deliver in all, when known.
  /// - `reader`: reads keys back to confirm that two are equal; without one they are kept in a
  ///   temporary file meanwhile.
  /// - `content`: the same bytes to be read at offsets; without them large values are kept in temporary
  ///   files meanwhile.
  /// - `batchSize`, `largeRecord`: the bytes that a thread works on at once, and those above which a
  ///   record is not held in memory. They change no verdict.
  package func run(
    _ source: any ByteSource, named name: String, size: UInt64?, reader: (any KeyReader)?,
    content: (any RandomAccess)? = nil, batchSize: Int = RecordScanner.batchSize,
    largeRecord: Int = RecordScanner.largeRecord
  ) -> RDBVerdict {
    var verdict = RDBVerdict(
      file: name, isDeep: isDeep, findings: FindingList(limit: findingLimit))
    do throws(SourceError) {
      let scanner = try verdict.open { () throws(ScanError) in
        try RecordScanner(
          source, inputSize: { size }, content: content, keeping: keeping, batchSize: batchSize,
          largeRecord: largeRecord)
      }
      if let scanner { try check(scanner, reader, &verdict, progress: { _ in }) }
    } catch {
      verdict.fail(error)
    }
    verdict.conclude()
    return verdict
  }

  /// The large values that are looked at a second time.
  private var keeping: LargeValueKeeping { isDeep ? .structured : .none }

  private func check(
    _ input: Input, _ verdict: inout RDBVerdict, _ progress: (ScanProgress) -> Void
  ) throws(SourceError) {
    let total = input.storedSize
    let scanner = try verdict.open { () throws(ScanError) in
      try RecordScanner(input, keeping: keeping)
    }
    guard let scanner else {
      verdict.bytes = input.decodedSize() ?? 0
      return
    }
    let reader = input.randomAccess.map { ContentKeyReader(content: $0) }
    try check(scanner, reader, &verdict) { keys in
      progress(ScanProgress(bytes: input.storedBytesRead, total: total, count: keys))
    }
  }

  func check(
    _ scanner: RecordScanner, _ reader: (any KeyReader)?, _ verdict: inout RDBVerdict,
    progress: (UInt64) -> Void
  ) throws(SourceError) {
    verdict.dialect = scanner.dialect
    var options = InspectionOptions()
    options.isDeep = isDeep
    options.now = now
    options.keepsKeyBytes = reader == nil
    var collector = RDBCollector(verdict, databases: databases, reader: reader, isDeep: isDeep)
    let recycle = scanner.recycler()
    let inspection = options
    try OrderedPipeline.run(
      jobs: jobs,
      fetch: { () throws(SourceError) -> ScannedItem? in try scanner.next() },
      makeWorker: { BatchInspector(inspection, recycle: recycle) },
      merge: { report in
        collector.add(report)
        progress(collector.verdict.keys)
      })
    collector.finish(scanner.ending)
    verdict = collector.verdict
    if let error = collector.sourceError { throw error }
  }
}

/// SHA-256 of the pieces of a file, which come one after another from whichever thread reads.
/// `@unchecked Sendable`: the reader of an input is only ever one thread at a time.
private final class StreamingSHA256: @unchecked Sendable {
  private var hash = SHA256()

  func update(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
  }

  func hexDigest() -> String { Hexadecimal.text(hash.finalize()) }
}

extension RDBVerdict {
  /// Reads the header; nil when it is refused, which the verdict then says.
  mutating func open(
    _ scan: () throws(ScanError) -> RecordScanner
  ) throws(SourceError) -> RecordScanner? {
    do throws(ScanError) {
      return try scan()
    } catch {
      switch error {
      case .source(let source): throw source
      case .format(let format):
        refuse(format)
        return nil
      }
    }
  }

  /// Nothing will be added any more.
  mutating func conclude() {
    findings.sort()
    if outcome == .sound, findings.errors > 0 { outcome = .damaged }
  }

  /// The input is no RDB file that this build reads.
  mutating func refuse(_ error: FormatError) {
    let isKind = error.code == .truncated
    var message = error.description
    if error.code == .unsupportedVersion {
      message = "RDB version \(error.found ?? 0) is not known: \(error.what)"
    } else if error.code == .truncated {
      message =
        error.offset == 0
        ? "the file is empty" : "the file ends inside its header, after \(error.offset) bytes"
    }
    findings.add(Finding(.error, error.code, at: UInt64(error.offset), message))
    outcome = isKind ? .damaged : .notThisKind
  }

  /// The input cannot be read.
  mutating func fail(_ error: SourceError) {
    switch error {
    case .cannotOpen, .isDirectory, .noWriter:
      inputError = error
      outcome = .cannotOpen
    case .readFailed, .cannotSpool, .changedWhileRead:
      inputError = error
      outcome = .inputError
    case .unsupportedCompression:
      findings.add(Finding(.error, .badMagic, at: 0, error.description))
      outcome = .notThisKind
    case .damagedCompression, .truncatedCompression:
      findings.add(Finding(.error, .badCompression, at: 0, error.description))
      outcome = .damaged
    }
  }
}
