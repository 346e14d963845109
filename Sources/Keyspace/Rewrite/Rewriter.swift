package import Persistence
package import SystemPackage

/// Replays a log or a dump and writes what came of it anew, in the shortest form.
package struct Rewriter: Sendable {
  /// In which form a dataset is written.
  package enum Form: String, Sendable, CaseIterable {
    /// A file of commands.
    case aof
    /// A dump.
    case rdb
    /// A folder with a dump, an empty file of commands and a manifest.
    case multiPart = "multi-part"
  }

  package var replay = Replay()
  /// The release to write for; nil for the one that an RDB of the input is from, else Redis 7.0.
  package var target: RDBTarget?
  /// Nil for that of the input: a folder for one of several files, else commands.
  package var form: Form?
  package var selection = KeySelection()
  /// Whether what the target cannot hold is left out; else nothing is written.
  package var dropsUnsupported = false
  /// Whether the output is read back and compared.
  package var verifies = false
  /// Whether the digest of the dataset is wanted.
  package var wantsDigest = false
  /// Losses that are kept; more are counted.
  package var lossLimit = 1000
  /// Whether the process ends soon: then the memory of the dataset is left to the system, which takes it back
  /// at once, where giving back a million keys takes half a second.
  package var isLast = false
  /// Unix seconds that an RDB tells to have been written at.
  package var now: Int64 = 0

  package init() {}

  /// How far the work has come.
  package enum Phase: Sendable {
    case replaying(ScanProgress)
    case writing(keys: UInt64, of: UInt64)
    case verifying(ScanProgress)
  }

  /// What came of it.
  package struct Outcome: Sendable {
    package var replay: ReplayOutcome
    package var form: Form
    package var target: RDBTarget
    /// Whether nobody named the target, and no RDB told of it.
    package var isDefaultTarget: Bool
    /// Keys after the replay that are in the selection, by database.
    package var databases: [(number: Int, keys: Int, expires: Int)] = []
    /// What was written; nil where nothing was.
    package var report: RewriteReport?
    /// What the comparison of the output found; nil where none was made.
    package var verification: Verification?
    /// The digest, in the style of the target's `DEBUG DIGEST`; nil where nobody asked.
    package var digest: DatasetDigest?

    /// Whether a replay came to where it was to end.
    package var isReplayed: Bool { replay.failure == nil }
    /// Whether the target cannot hold all, and nothing was to be left out: then there is no output, and the
    /// report tells what it is.
    package var isRefused = false
  }

  private func load(
    _ path: FilePath, into keyspace: inout Keyspace, progress: (Phase) -> Void
  ) -> Outcome {
    keyspace.databaseLimit = Replay.databaseLimit
    let outcome = replay.run(path, into: &keyspace) { progress(.replaying($0)) }
    keyspace.keep(selection)
    var isMultiPart = false
    if let layout = try? AOFLayout.find(path) { isMultiPart = layout.isMultiPart }
    var result = Outcome(
      replay: outcome, form: form ?? (isMultiPart ? .multiPart : .aof),
      target: target ?? outcome.source ?? keyspace.release,
      isDefaultTarget: target == nil && outcome.source == nil)
    result.databases = keyspace.databases.enumerated().filter { $0.element.count > 0 }.map {
      (number: $0.offset, keys: $0.element.count, expires: $0.element.expires)
    }
    if wantsDigest, result.isReplayed {
      result.digest = keyspace.digest(DigestStyle(result.target))
    }
    return result
  }

  /// Replays what a path leads to, and writes nothing.
  package func read(_ path: FilePath, progress: (Phase) -> Void = { _ in }) -> Outcome {
    var keyspace = Keyspace()
    return load(path, into: &keyspace, progress: progress)
  }

  /// Replays what a path leads to and writes it. Nothing is written where the replay fails.
  ///
  /// `output`: `-` for standard output, which is no place for a folder.
  package func run(
    _ path: FilePath, to output: FilePath, progress: (Phase) -> Void = { _ in }
  ) throws(OutputError) -> Outcome {
    var keyspace = Keyspace()
    var outcome = load(path, into: &keyspace, progress: progress)
    guard outcome.isReplayed else { return outcome }
    let snapshot = keyspace.snapshot()
    if isLast { snapshot.leak() }
    let total = snapshot.keyCount
    func show(_ keys: UInt64) { progress(.writing(keys: keys, of: UInt64(total))) }
    switch outcome.form {
    case .aof, .rdb:
      let file = LateOutputFile(path: output)
      do throws(OutputError) {
        let report = try write(snapshot, outcome, isBase: false, to: file, show)
        outcome.report = report
        outcome.isRefused = report.isLossy && !dropsUnsupported
        if outcome.isRefused { file.cancel() } else { try file.commit() }
      } catch {
        file.cancel()
        throw error
      }
    case .multiPart:
      let folder = try MultiPartOutput(replacing: path, at: output)
      let report = try folder.write(allowsLosses: dropsUnsupported) {
        (file) throws(OutputError) in
        try write(snapshot, outcome, isBase: true, to: file, show)
      }
      outcome.report = report
      outcome.isRefused = report.isLossy && !dropsUnsupported
    }
    if verifies, !outcome.isRefused {
      outcome.verification = verify(output, keyspace, outcome) { progress(.verifying($0)) }
    }
    return outcome
  }

  private func rdbRewriter(_ outcome: Outcome) -> RDBRewriter {
    var rewriter = RDBRewriter(outcome.target)
    rewriter.jobs = replay.jobs
    rewriter.lossLimit = lossLimit
    return rewriter
  }

  private func aofRewriter(_ outcome: Outcome) -> AOFRewriter {
    var rewriter = AOFRewriter(outcome.target)
    rewriter.jobs = replay.jobs
    rewriter.lossLimit = lossLimit
    return rewriter
  }

  /// `isBase`: the RDB is the base of a log.
  private func write(
    _ snapshot: Snapshot, _ outcome: Outcome, isBase: Bool, to file: LateOutputFile,
    _ progress: (UInt64) -> Void
  ) throws(OutputError) -> RewriteReport {
    func put(_ bytes: RawSpan) throws(OutputError) { try file.write(bytes) }
    let report: RewriteReport
    if outcome.form == .aof {
      report = try aofRewriter(outcome).write(snapshot, to: put, progress: progress)
      // A log of nothing is an empty file.
      if report.bytes == 0 { try file.write(RawSpan()) }
    } else {
      var rewriter = rdbRewriter(outcome)
      rewriter.aux = outcome.target.aux(ctime: now, isBase: isBase)
      report = try rewriter.write(snapshot, to: put, progress: progress)
    }
    return report
  }

  /// Reads the output back, and compares it with what was to be written.
  private func verify(
    _ output: FilePath, _ keyspace: borrowing Keyspace, _ outcome: Outcome,
    progress: (ScanProgress) -> Void
  ) -> Verification {
    var replay = Replay()
    replay.jobs = self.replay.jobs
    replay.now = self.replay.now
    replay.writer = outcome.target
    var copy = Keyspace()
    copy.databaseLimit = Replay.databaseLimit
    let reread = replay.run(output, into: &copy, progress: progress)
    var verification = Verification(failure: reread.failure, tail: reread.tail)
    guard reread.failure == nil else { return verification }
    verification.compare(keyspace, with: copy, as: OutputForm(outcome.form, for: outcome.target))
    return verification
  }
}

extension RDBTarget {
  /// The release with its patch, as files and INFO tell it: the one whose answers are the measure, and the first one of
  /// others.
  package var fullRelease: String {
    let number = name.drop { $0 != "-" }.dropFirst()
    return number + (name == "redis-7.0" ? ".15" : ".0")
  }

  /// The aux fields that a server of this release puts first into a file.
  package func aux(ctime: Int64, isBase: Bool) -> [(name: ByteString, value: ByteString)] {
    var fields: [(name: ByteString, value: ByteString)] = [
      (magic == .valkey ? "valkey-ver" : "redis-ver", ByteString(fullRelease)),
      ("redis-bits", "64"), ("ctime", ByteString(String(ctime))),
    ]
    if isBase { fields.append((version >= 10 ? "aof-base" : "aof-preamble", "1")) }
    return fields
  }
}
