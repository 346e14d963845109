import Forensics
import Foundation
import Persistence
import TestSupport
import Testing

/// Files that were damaged on purpose: what anything gives away, the check reports, in the right
/// words and at the right place.
@Suite struct DamagedRDBTests {
  private typealias Codes = Set<FindingCode>

  private static func check(_ bytes: [UInt8]) throws -> RDBVerdict {
    let folder = try TemporaryFolder()
    var check = RDBCheck()
    check.jobs = 2
    return check.run(try folder.write("damaged.rdb", bytes).path)
  }

  @Test func allRecipesAreHere() {
    #expect(DamagedFile.all.count == 285)
    #expect(Set(DamagedFile.all.map(\.name)).count == 285)
  }

  @Test(arguments: DamagedFile.all)
  func recipeMakesTheFileThatTheServersSaw(_ file: DamagedFile) throws {
    let folder = try TemporaryFolder()
    let url = try folder.write("damaged.rdb", file.bytes())
    let run = try Run.program("/usr/bin/sha256sum", [url.path])
    #expect(run.outputText.hasPrefix(file.sha256 + " "))
  }

  /// What is not reported, because nothing can give it away.
  private static let unreported: [String: String] = {
    let text = "bytes of a text, with the checksum made right again: another text"
    let packed = "packed text, with the checksum made right again: it unpacks to another text"
    let zero = "a checksum of zero says that none was computed"
    return [
      "2.8.24-small-blob-mid-ff": text, "2.8.24-small-crc-zero": zero,
      "2.8.24-small-flipcrc-02": packed, "2.8.24-small-flipcrc-04": text,
      "2.8.24-small-flipcrc-06": packed, "2.8.24-small-flipcrc-09": text,
      "2.8.24-small-flipcrc-10": packed, "2.8.24-small-flipcrc-12": packed,
      "6.2.16-small-blob-mid-ff": text, "6.2.16-small-crc-zero": zero,
      "6.2.16-small-flipcrc-02": text, "6.2.16-small-flipcrc-07": packed,
      "6.2.16-small-flipcrc-08": packed, "6.2.16-small-flipcrc-11": text,
      "6.2.16-small-flipcrc-12":
        "the last ID of a stream becomes higher, as after the deletion of its last entries",
      "7.2.6-small-blob-mid-ff": text, "7.2.6-small-crc-zero": zero,
      "7.2.6-small-flipcrc-01": "the name of an aux field becomes another one",
      "7.2.6-small-flipcrc-02": "the value of the aux field aof-base becomes another number",
      "7.2.6-small-flipcrc-03": "the code of a function library becomes another one",
      "7.2.6-small-flipcrc-04": text, "7.2.6-small-flipcrc-05": text,
      "7.2.6-small-flipcrc-06": packed, "7.2.6-small-flipcrc-07": packed,
      "7.2.6-small-flipcrc-08": packed, "7.2.6-small-flipcrc-10": packed,
      "7.2.6-small-flipcrc-12": packed,
      "7.2.6-small-type-swap": "an intset is one string in the file, and its type is now string",
      "7.4.1-hfesmall-flipcrc-01": packed, "7.4.1-hfesmall-flipcrc-03": text,
      "7.4.1-hfesmall-flipcrc-05": packed, "7.4.1-hfesmall-flipcrc-06": packed,
      "7.4.1-hfesmall-flipcrc-08": text, "7.4.1-hfesmall-flipcrc-09": packed,
      "7.4.1-hfesmall-flipcrc-11": packed, "7.4.1-hfesmall-flipcrc-12": text,
    ]
  }()

  @Test func unreportedOnesAreFiles() {
    #expect(Set(Self.unreported.keys).isSubset(of: DamagedFile.all.map(\.name)))
  }

  @Test(arguments: DamagedFile.all)
  func isReportedUnlessNothingGivesItAway(_ file: DamagedFile) throws {
    let verdict = try Self.check(file.bytes())
    if file.isRefused || file.isGivenAwayByChecksum {
      #expect(Self.unreported[file.name] == nil)
      #expect(!verdict.findings.findings.isEmpty)
    } else {
      #expect(verdict.findings.findings.isEmpty == (Self.unreported[file.name] != nil))
    }
  }

  /// Reading goes on at a wrong place, where any of these may come up.
  private static let astray: Codes = [
    .badType, .badOpcode, .badLength, .badString, .badLZF, .truncated, .badListpack, .badZiplist,
    .badIntset, .badQuicklist, .badStream, .badScore, .badModule, .emptyCollection,
    .duplicateElement,
  ]

  /// The codes of which one at least must be among the findings: made from what was changed.
  private static func allowed(_ file: DamagedFile) -> Codes {
    if file.isGivenAwayByChecksum { return [.checksumMismatch] }
    let kind = file.kind
    switch kind {
    case "blob-end", "blob-head-ff", "blob-total", "blob-mid-ff":
      // Packed values of type 12 are ziplists, and those of types 16 to 20 listpacks.
      return file.what.hasSuffix("type 12 set to FF") || file.what.contains("type 12")
        || (kind == "blob-total" && file.source < "7") ? [.badZiplist] : [.badListpack]
    case "count-zero": return [.emptyCollection]
    case "dup-key": return [.duplicateKey]
    case "garbage-after", "zeros-after": return [.trailingBytes]
    case "garbage-between", "lost-chunk", "zero-page-crc": return astray
    case "header-magic", "header-magic-lower", "header-version-text": return [.badMagic]
    case "header-version-high", "header-version-zero": return [.unsupportedVersion]
    case "intset-count", "intset-width": return [.badIntset]
    case "len-encoding": return [.badString]
    case "len-form", "len64-5gb", "len64-max63", "lzf-clen-64": return [.badLength]
    case "lzf-clen-big", "lzf-clen-small", "lzf-data", "lzf-ulen-64", "lzf-ulen-big",
      "lzf-ulen-small", "lzf-zeros":
      return [.badLZF]
    case "resizedb-huge": return [.resizedbMismatch]
    case "selectdb-64", "selectdb-9999": return [.dbOutOfRange]
    // 0xC8 is nothing; 0x1F is a type that only a much newer version has; 0xF2 an opcode of such.
    case "type-08", "type-1f", "type-7f", "type-c8": return [.badType]
    case "type-f2", "type-eof": return [.badOpcode]
    case "type-swap", "flipcrc": return astray
    default:
      if kind.hasPrefix("len32-") || kind.hasPrefix("len64-") { return [.badLength] }
      if kind.hasPrefix("trunc-") { return [.truncated] }
      if kind.hasPrefix("flipcrc-") { return astray }
      return []
    }
  }

  @Test(arguments: DamagedFile.all.filter { unreported[$0.name] == nil })
  func findingIsOfTheRightKind(_ file: DamagedFile) throws {
    let allowed = Self.allowed(file)
    try #require(!allowed.isEmpty, "no codes for the kind \(file.kind)")
    let verdict = try Self.check(file.bytes())
    let codes = verdict.findings.findings.map(\.code)
    #expect(!allowed.isDisjoint(with: codes), "\(codes)")
    // A checksum that was made right again is right, as long as the end of the file is found.
    if file.checksum_recomputed, verdict.checksumStatus == .mismatch {
      #expect(file.kind == "type-eof")
    }
  }

  @Test(arguments: DamagedFile.all.filter { unreported[$0.name] == nil })
  func findingIsAtTheRightPlace(_ file: DamagedFile) throws {
    let verdict = try Self.check(file.bytes())
    // The place of a wrong checksum is the checksum.
    guard let first = verdict.findings.findings.first(where: { $0.code != .checksumMismatch })
    else {
      let finding = try #require(verdict.findings.findings.first)
      #expect(finding.offset == UInt64(try file.bytes().count - 8))
      return
    }
    let record = try #require(RecordList(file.sound().bytes()).record(at: file.offset))
    let end = max(file.offset, record.range.upperBound + file.inserted.count - file.removed)
    #expect(first.record ?? first.offset <= UInt64(end), "\(first)")
  }

  @Test(arguments: DamagedFile.all)
  func exitCodeIsRight(_ file: DamagedFile) throws {
    let expected: Int32
    if file.kind.hasPrefix("header-") {
      expected = 65
    } else if Self.unreported[file.name] != nil || file.kind == "selectdb-9999" {
      // A server may have ten thousand databases: a warning.
      expected = 0
    } else {
      expected = 1
    }
    let folder = try TemporaryFolder()
    let url = try folder.write("damaged.rdb", file.bytes())
    let run = try Run.built("check-rdb", [url.path])
    #expect(run.exitCode == expected, "\(run.outputText)")
    #expect(run.errorText == "")
  }

  /// Where the first damage is, everything before it counts.
  @Test(arguments: DamagedFile.all.filter { $0.kind.hasPrefix("trunc-") })
  func keysBeforeACutAreCounted(_ file: DamagedFile) throws {
    let whole = try RecordList(file.sound().bytes()).records.filter {
      $0.kind == .key && $0.range.upperBound <= file.offset
    }
    #expect(try Self.check(file.bytes()).keys == UInt64(whole.count))
  }
}
