internal import Persistence

/// Tells which tool finds the faults of a file, where the formats leave no doubt.
struct FaultForecast {
  let layout: FileLayout
  /// Bytes of the RDB that the sound file begins with; 0 for none.
  let rdbEnd: UInt64
  /// Bytes of the sound file.
  let sound: UInt64
  let faults: [(fault: FaultLabel.Fault, site: FaultSite)]
  /// Whether the RDB ends with a checksum that is not 0.
  let hasChecksum: Bool

  private var tool: String { layout == .rdb ? "check-rdb" : "check-aof" }

  /// Bytes of a checksum.
  private static let checksumLength: UInt64 = 8

  /// - `broken`: the file with the faults.
  func expectation(_ broken: any RandomAccess) throws(SourceError) -> FaultLabel.Expectation? {
    var cut: (offset: UInt64, site: FaultSite)?
    var flips: [(offset: UInt64, before: UInt8, site: FaultSite)] = []
    for (fault, site) in faults {
      switch fault {
      case .torn(let offset, _): cut = (offset, site)
      case .flip(let offset, _, let before, _): flips.append((offset, before, site))
      default: break
      }
    }
    if let cut { return flips.isEmpty ? expectation(cut.offset, cut.site) : nil }
    // A file that begins otherwise is none of its kind, or of another version.
    guard !flips.contains(where: { $0.site.part == "header" }) else { return nil }
    if flips.contains(where: { $0.offset < rdbEnd }) {
      if try checksumDiffers(broken) { return finding(1) }
    }
    return flips.allSatisfy({ $0.offset >= rdbEnd }) ? expectation(ofFramingIn: flips) : nil
  }

  private func finding(_ exitCode: Int) -> FaultLabel.Expectation {
    FaultLabel.Expectation(tool: tool, exitCode: exitCode)
  }

  /// Of a file that is cut and otherwise sound.
  private func expectation(_ offset: UInt64, _ site: FaultSite) -> FaultLabel.Expectation? {
    if offset < rdbEnd {
      // Without all of its header, what begins a log is not taken for an RDB.
      return offset >= UInt64(RDBDialect.headerLength) || layout == .rdb ? finding(1) : nil
    }
    // A whole command fewer is a log of an earlier moment.
    if site.offset == offset { return finding(site.isSettled ? 0 : 1) }
    // A file without one whole command may be anything.
    return rdbEnd > 0 || site.offset > 0 ? finding(1) : nil
  }

  /// Whether the bytes of the RDB do not have the checksum that stands behind them.
  private func checksumDiffers(_ broken: any RandomAccess) throws(SourceError) -> Bool {
    guard hasChecksum, rdbEnd >= Self.checksumLength else { return false }
    let end = rdbEnd - Self.checksumLength
    // 0 says that there is none.
    guard let stored = try broken.storedChecksum(at: end), stored != 0 else { return false }
    var sum: UInt64 = 0
    var offset: UInt64 = 0
    while offset < end {
      let piece = try broken.bytes(at: offset, count: Int(min(1 << 20, end - offset)))
      guard !piece.isEmpty else { throw .changedWhileRead(at: offset) }
      sum = CRC64.update(sum, unsafe piece.span.bytes)
      offset += UInt64(piece.count)
    }
    return sum != stored
  }

  /// Of turned bits in commands: a mark, or an end of a line, that is none any more, is missed where it should be,
  /// unless another fault has the reader look for it elsewhere.
  private func expectation(
    ofFramingIn flips: [(offset: UInt64, before: UInt8, site: FaultSite)]
  ) -> FaultLabel.Expectation? {
    let framing = flips.filter { $0.site.part == "framing" }
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard !framing.isEmpty, !framing.contains(where: { digits.contains($0.before) }),
      rdbEnd > 0 || framing.allSatisfy({ $0.site.offset > 0 })
    else { return nil }
    return finding(1)
  }
}
