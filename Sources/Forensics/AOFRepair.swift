package import Persistence
package import SystemPackage

/// Cuts an AOF back to where it is whole, or to a point in time. Every byte that goes is saved first.
///
/// Only the end of what is loaded last can go without another loss: a damage in an earlier file, in an RDB
/// or in the manifest is left to a salvage.
package struct AOFRepair: Sendable {
  /// What a repair is going to do.
  package struct Plan: Equatable, Sendable {
    /// The file whose end goes.
    package var file: FilePath
    /// Its offset of the first byte that goes.
    package var cutFrom: UInt64
    /// Bytes that go of that file.
    package var cutBytes: UInt64
    /// Where they are saved.
    package var savedAs: FilePath
    /// Files that are loaded behind that one, and the names that they get.
    package var dropped: [Dropped] = []
    /// The manifest that is written anew without them.
    package var manifest: FilePath?

    package struct Dropped: Equatable, Sendable {
      package var file: FilePath
      package var savedAs: FilePath
      package var bytes: UInt64
    }
  }

  /// Why nothing is done.
  package enum Refusal: Error, Equatable, Sendable {
    /// Standard input, or a pipe.
    case notAFile
    case compressed
    /// What cannot be mended by cutting, with the name of the file.
    case damaged(Damage, String)
    /// The base, or the whole file, is later than the time.
    case nothingBefore(Int64)

    package enum Damage: Sendable {
      case preamble, earlierFile, missingFile, manifest, beforeTheTime
    }
  }

  private let verdict: AOFVerdict

  package init(_ verdict: AOFVerdict) { self.verdict = verdict }

  // MARK: What is to be done

  /// What makes the AOF whole; nil when it is.
  package func plan() throws(Refusal) -> Plan? {
    guard verdict.errors > 0 else { return nil }
    guard let damaged = verdict.lastDamaged, verdict.manifestFindings.errors == 0 else {
      throw .damaged(.manifest, verdict.manifest?.lastComponent?.string ?? verdict.file)
    }
    for part in verdict.loaded where part.findings.errors > 0 {
      if part.isMissing { throw .damaged(.missingFile, part.name) }
      if part.preamble?.status == .damaged || part.commandsFrom == nil {
        throw .damaged(.preamble, part.name)
      }
    }
    guard let last = verdict.loaded.last, damaged.path == last.path,
      !verdict.loaded.dropLast().contains(where: { $0.findings.errors > 0 })
    else { throw .damaged(.earlierFile, damaged.name) }
    return try plan(last, from: last.validUpTo)
  }

  /// What takes the AOF back to a time in Unix seconds; nil when nothing is later.
  ///
  /// Only with a verdict of a check that had this time as its `until`.
  package func plan(until time: Int64) throws(Refusal) -> Plan? {
    let parts = verdict.loaded
    guard let index = parts.firstIndex(where: { $0.laterFrom != nil }),
      let start = parts[index].laterFrom
    else {
      guard verdict.errors == 0 else { throw .damaged(.beforeTheTime, verdict.file) }
      if parts.first?.isLater(than: time) == true { throw .nothingBefore(time) }
      return nil
    }
    guard verdict.manifestFindings.errors == 0 else {
      throw .damaged(.manifest, verdict.manifest?.lastComponent?.string ?? verdict.file)
    }
    let part = parts[index]
    for earlier in parts[..<index] where earlier.findings.errors > 0 {
      throw .damaged(.beforeTheTime, earlier.name)
    }
    guard part.findings.errors == 0 || part.validUpTo >= start else {
      throw .damaged(.beforeTheTime, part.name)
    }
    if parts[0].isLater(than: time) || (index == 0 && start == 0) {
      throw .nothingBefore(time)
    }
    var plan = try plan(part, from: start)
    for later in parts[(index + 1)...] where !later.isMissing {
      plan.dropped.append(
        Plan.Dropped(
          file: later.path, savedAs: FileTail.freeName(later.path.withSuffix(".cut-0")),
          bytes: later.bytes))
    }
    if index + 1 < parts.count { plan.manifest = verdict.manifest }
    return plan
  }

  private func plan(_ part: AOFPart, from start: UInt64) throws(Refusal) -> Plan {
    guard part.compression == nil else { throw .compressed }
    guard part.path != FilePath("-"), (try? part.path.stat())?.type == .regular else {
      throw .notAFile
    }
    return Plan(
      file: part.path, cutFrom: start, cutBytes: part.bytes - start,
      savedAs: FileTail.freeName(part.path.withSuffix(".cut-\(start)")))
  }

  // MARK: Doing it

  /// Does what a plan says. Every step leaves an AOF that is at least as whole as before.
  package func perform(_ plan: Plan) throws(AOFRepairError) {
    if let manifest = plan.manifest {
      try write(manifest: manifest, endingWith: plan.file)
      for dropped in plan.dropped {
        do throws(Errno) {
          try FileTail.rename(dropped.file, to: dropped.savedAs)
        } catch {
          throw AOFRepairError(file: dropped.file, failure: .cannotSave(.cannotCreate(error)))
        }
      }
    }
    guard plan.cutBytes > 0 else { return }
    let tail = FileTail(
      of: plan.file, from: plan.cutFrom, size: plan.cutFrom + plan.cutBytes)
    do throws(FileTail.Failure) {
      try tail.cut(savingAs: plan.savedAs)
    } catch {
      throw AOFRepairError(file: plan.file, failure: error)
    }
  }

  private func write(
    manifest path: FilePath, endingWith last: FilePath
  ) throws(AOFRepairError) {
    guard let layout = try? AOFLayout.find(path), var manifest = layout.manifest else {
      throw AOFRepairError(file: path, failure: .changed)
    }
    let loaded = manifest.loaded.map(\.name)
    let kept = loaded.prefix { $0 != last.lastName } + [last.lastName].compactMap(\.self)
    manifest.records.removeAll { $0.role != .history && !kept.contains($0.name) }
    let text = manifest.text
    do throws(OutputError) {
      let output = try OutputFile(path: path)
      try output.write(unsafe text.span.bytes)
      try output.commit()
    } catch {
      throw AOFRepairError(file: path, failure: .cannotSave(error))
    }
  }
}

/// A repair that could not be done, or not to its end.
package struct AOFRepairError: Error, Equatable, Sendable {
  package var file: FilePath
  package var failure: FileTail.Failure
}

/// What a repair has done.
package struct AOFRepairReport: Sendable {
  package var plan: AOFRepair.Plan
  /// Whether it was done; else it was only told (`--dry-run`), or somebody said no.
  package var isDone: Bool
  /// What a check of the repaired AOF says.
  package var after: AOFVerdict.Status?

  package init(plan: AOFRepair.Plan, isDone: Bool, after: AOFVerdict.Status? = nil) {
    self.plan = plan
    self.isDone = isDone
    self.after = after
  }
}

extension AOFPart {
  /// Whether all of a file that a server loads first is later than a time in Unix seconds.
  fileprivate func isLater(than time: Int64) -> Bool {
    guard let preamble else { return false }
    guard let text = preamble.auxValue("ctime"), let written = Int64(text.description) else {
      return false
    }
    return written > time
  }
}

extension FilePath {
  /// The path with something behind its last name.
  func withSuffix(_ suffix: String) -> FilePath {
    guard let name = lastName else { return self }
    return removingLastComponent().appending(name: ByteString(name.bytes + Array(suffix.utf8)))
  }
}
