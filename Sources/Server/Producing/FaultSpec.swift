internal import Glibc
internal import SystemPackage

/// A place in the server's work at which it can be killed.
enum FaultPoint: String, CaseIterable, Sendable {
  case beforeLogWrite = "before-log-write"
  /// Before syncs and replies.
  case afterLogWrite = "after-log-write"
  /// Before replies.
  case afterLogSync = "after-log-sync"
  case dumpHalfWritten = "dump-half-written"
  /// The dump is written, and not synced yet.
  case beforeDumpRename = "before-dump-rename"
  case afterDumpRename = "after-dump-rename"
  case baseHalfWritten = "rewrite-base-half-written"
  case beforeBaseRename = "before-base-rename"
  /// The base of a rewrite has its name, and no manifest lists it yet.
  case baseWritten = "rewrite-base-written"
  case beforeManifestRename = "before-manifest-rename"
  case afterManifestRename = "after-manifest-rename"
  /// DEBUG FAULT CRASH.
  case command = "debug-fault-crash"
}

/// A fault in what the server itself writes.
package struct FaultSpec: Equatable, Sendable, CustomStringConvertible {
  enum Kind: Equatable, Sendable {
    /// The log's file ends at this byte, and the process is killed.
    case torn(UInt64)
    /// A bit of the byte at this offset of the log's file is turned.
    case flip(UInt64, bit: UInt8)
    /// Syncs of the log are told to be done, and are not.
    case dropSync
    /// Syncs, or writes, of the log fail.
    case failSync(String, Errno)
    case failWrite(String, Errno)
    /// The process is killed when it passes a point for this time, from 1.
    case kill(FaultPoint, count: Int)
  }

  let kind: Kind

  /// Reads `torn:N`, `flip:OFFSET[.BIT]`, `drop-sync`, `fail-sync:NAME`, `fail-write:NAME` and
  /// `kill:POINT[:COUNT]`. Offsets are bytes of the log's file that commands are added to; a bit is 0, the lowest, to
  /// 7; a name is that of an error (`EIO`, `ENOSPC`, `EDQUOT`, `EROFS`, `EFBIG`).
  package init(_ text: String) throws(FaultSpecError) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let value = parts.count > 1 ? parts[1] : ""
    switch (parts[0].lowercased(), parts.count) {
    case ("torn", 2):
      guard let offset = FilePlace.digits(value[...]) else { throw .torn }
      kind = .torn(offset)
    case ("flip", 2):
      guard let flip = FileFaults.Flip(value), case .offset(let offset) = flip.place else {
        throw .flip
      }
      kind = .flip(offset, bit: flip.bit)
    case ("drop-sync", 1): kind = .dropSync
    case ("fail-sync", 2): kind = try .failSync(value.uppercased(), Self.error(value))
    case ("fail-write", 2): kind = try .failWrite(value.uppercased(), Self.error(value))
    case ("kill", 2), ("kill", 3):
      guard let point = FaultPoint(rawValue: value.lowercased()), point != .command else {
        throw .point
      }
      guard let count = parts.count == 3 ? FilePlace.digits(parts[2][...]) : 1, count > 0,
        let number = Int(exactly: count)
      else { throw .count }
      kind = .kill(point, count: number)
    default: throw .kind(text)
    }
  }

  private static let errors: [String: Errno] = [
    "EIO": .ioError, "ENOSPC": .noSpace, "EDQUOT": Errno(rawValue: EDQUOT),
    "EROFS": .readOnlyFileSystem, "EFBIG": .fileTooLarge,
  ]

  private static func error(_ name: String) throws(FaultSpecError) -> Errno {
    guard let error = errors[name.uppercased()] else { throw .error }
    return error
  }

  /// The text that it is read from.
  package var description: String {
    switch kind {
    case .torn(let offset): "torn:\(offset)"
    case .flip(let offset, let bit): "flip:\(offset).\(bit)"
    case .dropSync: "drop-sync"
    case .failSync(let name, _): "fail-sync:\(name)"
    case .failWrite(let name, _): "fail-write:\(name)"
    case .kill(let point, let count): "kill:\(point.rawValue):\(count)"
    }
  }

  /// Whether it is about the log alone.
  var isOfLog: Bool {
    if case .kill = kind { return false }
    return true
  }
}

/// Why a text is no fault.
package enum FaultSpecError: Error, Sendable, CustomStringConvertible {
  case kind(String)
  case torn
  case flip
  case error
  case point
  case count

  package var description: String {
    switch self {
    case .kind(let text):
      "no such fault: '\(text)'; there are torn:N, flip:OFFSET[.BIT], drop-sync, fail-sync:ERROR, "
        + "fail-write:ERROR and kill:POINT[:COUNT]"
    case .torn: "torn takes an offset"
    case .flip: "flip takes OFFSET or OFFSET.BIT, with a bit from 0, the lowest, to 7"
    case .error: "an error is one of EIO, ENOSPC, EDQUOT, EROFS, EFBIG"
    case .point:
      "a point is one of "
        + FaultPoint.allCases.filter { $0 != .command }.map(\.rawValue).joined(separator: ", ")
    case .count: "a count is a number of 1 or more"
    }
  }
}
