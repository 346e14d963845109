internal import Persistence
internal import SystemPackage

extension AOFPart {
  mutating func addMissing() {
    let isHistory = role == .history
    findings.add(
      Finding(
        isHistory ? .warning : .error, .manifestMissingFile, at: 0,
        isHistory
          ? "the manifest lists this file, which is not loaded any more, and it is gone"
          : "the manifest lists this file, and it is not there: a server does not start"))
  }

  mutating func addChange() {
    hasChanged = true
    findings.add(
      Finding(
        .warning, .changedWhileRead, at: bytes,
        "the file changed while it was read: what its end looks like now is another question"))
  }

  /// Adds the RDB that the file begins with.
  mutating func add(_ verdict: RDBVerdict) {
    bytes = verdict.bytes
    validUpTo = verdict.status == .damaged ? 0 : verdict.bytes
    findings.add(verdict.findings) { finding in
      var finding = finding
      finding.isInPreamble = true
      return finding
    }
    preamble = verdict
  }

  /// Nothing will be added any more.
  ///
  /// `hasFollowers`: whether files are loaded after this one.
  mutating func conclude(isMultiPart: Bool, hasFollowers: Bool) {
    let own = findings
    findings = FindingList(limit: own.limit)
    let (isHistory, name, isLive) = (role == .history, name, hasChanged)
    findings.add(own) { finding in
      var finding = finding
      if isMultiPart { finding.file = name }
      if isHistory { finding.severity = .warning }
      switch finding.code {
      case .truncated where !finding.isInPreamble, .openTransaction:
        if isLive {
          // What is missing may not have been written yet.
          finding.severity = .warning
        } else if hasFollowers {
          finding.message +=
            ". This is not the last file: a server with `aof-load-truncated yes` cuts it on disk "
            + "before it refuses to start"
        }
      default: break
      }
      return finding
    }
    findings.sort()
    if findings.errors == 0 { validUpTo = bytes }
  }
}

extension AOFVerdict {
  /// Adds what is wrong with the manifest itself.
  mutating func addManifest(_ layout: AOFLayout) {
    let name = layout.manifestPath?.lastComponent?.string
    for problem in layout.problems {
      var finding = Finding(
        .error, problem.error.code, at: UInt64(problem.error.offset), line: problem.line,
        problem.error.description)
      finding.file = name
      manifestFindings.add(finding)
    }
    for orphan in layout.orphans {
      var finding = Finding(
        .warning, .manifestOrphanFile, at: 0,
        "the manifest does not list this file: no server loads it")
      finding.file = orphan.path.lastComponent?.string
      manifestFindings.add(finding)
    }
  }

  /// Nothing will be added any more.
  mutating func conclude() {
    guard outcome == .sound, errors > 0 else { return }
    outcome = .damaged
    guard kind == .plain, let part = parts.first, part.commands == 0, let ending = part.ending,
      ending.lastEnd == 0, let error = ending.error, error.code == .badFraming,
      !ending.restIsZero, ending.looksForeign
    else { return }
    outcome = .notThisKind
  }

  /// There is no AOF where the path leads.
  mutating func fail(_ error: AOFLayoutError) {
    switch error {
    case .source(let source, let path): fail(source, path)
    case .noManifest(let folder, let parts) where !parts.isEmpty:
      kind = .multiPart
      var finding = Finding(
        .error, .manifestMissingFile, at: 0,
        "the manifest is missing in \(folder), and there are \(parts.count) files of an AOF: a "
          + "server would start without any data and write a new one")
      finding.file = parts.first?.description
      manifestFindings.add(finding)
      outcome = .damaged
    case .noManifest, .severalManifests:
      inputError = error.description
      outcome = .cannotOpen
    }
  }

  /// The server has rewritten the AOF faster than its files could be opened.
  mutating func failOvertaken(times: Int) {
    inputError =
      "\(file): \(times) times the manifest was replaced, and files of the old one taken away, before "
      + "they were read: a server rewrites the AOF again and again; check a copy"
    outcome = .inputError
  }

  /// A file cannot be read.
  mutating func fail(_ error: SourceError, _ path: FilePath) {
    switch error {
    case .cannotOpen, .isDirectory, .noWriter: outcome = .cannotOpen
    case .unsupportedCompression: outcome = .notThisKind
    case .readFailed, .cannotSpool, .changedWhileRead, .damagedCompression,
      .truncatedCompression:
      outcome = .inputError
    }
    inputError = "\(path): \(error)"
  }
}
