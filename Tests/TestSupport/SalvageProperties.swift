package import Forensics
import Foundation
package import Persistence
import SystemPackage

/// What holds for the salvage of any bytes at all, sound or not.
package enum SalvageProperties {
  /// The new file, empty when none was written, and what is said of it.
  package static func salvage(
    _ bytes: [UInt8], _ salvage: RDBSalvage = RDBSalvage()
  ) throws(OutputError) -> (output: [UInt8], verdict: RDBVerdict) {
    var output: [UInt8] = []
    let verdict = try salvage.run(
      MemoryAccess(bytes), size: UInt64(bytes.count), named: "memory"
    ) { piece in
      unsafe piece.withUnsafeBytes { unsafe output.append(contentsOf: $0) }
    }
    return (output, verdict)
  }

  /// The first property that does not hold for these bytes; nil when all do.
  ///
  /// Every byte is kept or in a gap; what is written is a sound file that holds as many keys as are
  /// said to be recovered, with the checksum, or without one, as the input; any number of jobs writes and
  /// says the same; the salvage of what was written changes nothing.
  package static func violation(_ bytes: [UInt8], random: UInt64) -> String? {
    var salvage = RDBSalvage()
    salvage.usesChecksum = random & 1 == 0
    salvage.keepsPartialValues = random & 2 == 0
    salvage.findingLimit = .max
    do {
      // Threads and temporary files take their time: few of the inputs.
      return try violation(bytes, salvage, jobs: random & 0x1C == 0 ? 2 : 1)
        ?? (random & 0x3E0 == 0 ? violationOfCarving(bytes, salvage) : nil)
    } catch {
      return "\(error)"
    }
  }

  /// The first property that does not hold for these bytes with that salvage, and with so many jobs.
  package static func violation(
    _ bytes: [UInt8], _ salvage: RDBSalvage, jobs: Int
  ) throws -> String? {
    let (output, verdict) = try Self.salvage(bytes, salvage)
    if let broken = try contradiction(in: verdict, bytes.count) { return broken }
    if let broken = try contradiction(between: verdict, and: output) { return broken }
    if jobs > 1 {
      var other = salvage
      other.jobs = jobs
      let (same, said) = try Self.salvage(bytes, other)
      if same != output { return "another file with \(jobs) jobs" }
      if try json(said) != json(verdict) { return "another verdict with \(jobs) jobs" }
    }
    guard !output.isEmpty else { return nil }
    let (again, second) = try Self.salvage(output, salvage)
    if again != output { return "a second salvage changes the file" }
    guard let report = second.salvage, report.gaps.isEmpty, report.keysLost == 0 else {
      return "a second salvage misses something"
    }
    return nil
  }

  /// What a verdict on so many bytes says that cannot be.
  package static func contradiction(in verdict: RDBVerdict, _ size: Int) throws -> String? {
    if let error = verdict.inputError { return "the input cannot be read: \(error)" }
    guard let report = verdict.salvage else { return "no report" }
    if verdict.bytes != UInt64(size) { return "the file is said to have \(verdict.bytes) bytes" }
    var (end, sum) = (UInt64(0), report.bytesKept)
    for gap in report.gaps {
      guard gap.from >= end, gap.from < gap.to, gap.to <= UInt64(size) else {
        return "a gap at \(gap.from)..<\(gap.to) behind \(end) of \(size) bytes"
      }
      sum += gap.to - gap.from
      end = gap.to
    }
    if sum != UInt64(size) { return "\(sum) of \(size) bytes are accounted for" }
    if verdict.keys != report.keysRecovered + report.keysPartial { return "keys are miscounted" }
    if report.keysPartial > report.lostKeys.count { return "a part is kept of no lost key" }
    for finding in verdict.findings.findings where finding.offset > UInt64(size) {
      return "outside the file: \(CheckProperties.describe(finding))"
    }
    for key in report.lostKeys where key.offset >= UInt64(size) {
      return "a lost key outside the file: \(key)"
    }
    for line in try json(verdict).split(separator: 10) {
      guard (try? JSONSerialization.jsonObject(with: Data(line))) is [String: Any] else {
        return "no JSON: \(String(decoding: line, as: UTF8.self))"
      }
    }
    return nil
  }

  /// How what is said differs from what is written.
  package static func contradiction(
    between verdict: RDBVerdict, and output: [UInt8]
  ) throws -> String? {
    guard !output.isEmpty else { return verdict.keys == 0 ? nil : "nothing is written of the keys" }
    let check = CheckProperties.verdict(output)
    if let error = check.findings.findings.first(where: { $0.severity == .error }) {
      return "not sound: \(CheckProperties.describe(error)), \(error.message)"
    }
    if check.dialect?.header != verdict.dialect?.header { return "another version" }
    let status: RDBVerdict.ChecksumStatus =
      if check.dialect?.hasChecksum != true { .absent } else if verdict.checksumStatus == .disabled
      {
        .disabled
      } else { .ok }
    if check.checksumStatus != status { return "the checksum is \(check.checksumStatus)" }
    if check.keys != verdict.keys {
      return "\(check.keys) keys are written, and \(verdict.keys) said to be"
    }
    if counts(check) != counts(verdict) {
      return "the databases have \(counts(check)), and are said to have \(counts(verdict))"
    }
    let announced = check.findings.findings.first { $0.code == .resizedbMismatch }
    return announced.map { "wrong numbers: \($0.message)" }
  }

  /// Keys, and keys with expiry, of the databases that have any.
  private static func counts(_ verdict: RDBVerdict) -> [UInt64: [UInt64]] {
    verdict.databases.filter { $0.value.keys > 0 }.mapValues { [$0.keys, $0.expires] }
  }

  /// The verdict and the list of what is lost, as lines of JSON.
  private static func json(_ verdict: RDBVerdict) throws -> [UInt8] {
    var json = JSONWriter()
    verdict.write(to: &json)
    json.newline()
    verdict.salvage?.writeLost(verdict.findings.findings, to: &json)
    return json.take()
  }

  /// The first property that does not hold for files inside these bytes; each is salvaged as it would
  /// be by itself.
  private static func violationOfCarving(
    _ bytes: [UInt8], _ salvage: RDBSalvage
  ) throws -> String? {
    var carving = salvage
    carving.carves = true
    let folder = try TemporaryFolder()
    let input = try folder.write("image", bytes)
    let verdicts = try carving.run(input.path, to: FilePath(folder.file("out.rdb").path))
    var end: UInt64 = 0
    for verdict in verdicts {
      guard let report = verdict.salvage else {
        return verdict.outcome == .notThisKind && verdicts.count == 1
          ? nil : "carved, but no report"
      }
      guard let range = report.carvedFrom, range.lowerBound >= end, range.upperBound <= bytes.count
      else { return "carved from no place" }
      end = range.upperBound
      let file = Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
      let (output, alone) = try Self.salvage(file, salvage)
      let written = try report.output.map { Array(try Data(contentsOf: URL(fileURLWithPath: $0))) }
      if written ?? [] != output { return "carved from \(range), the file is another" }
      guard alone.salvage?.gaps == report.gaps, alone.keys == verdict.keys else {
        return "carved from \(range), another report"
      }
    }
    return nil
  }
}
