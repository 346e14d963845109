internal import SystemPackage

/// The bytes of a large record that have passed: their checksum, and themselves where they are kept.
struct Passage: ~Copyable {
  private(set) var checksum: UInt64 = 0
  private(set) var count: UInt64 = 0
  private var spool: TemporaryFile?

  init(isKept: Bool) throws(SourceError) {
    guard isKept else { return }
    do throws(Errno) {
      spool = try TemporaryFile()
    } catch {
      throw .cannotSpool(error)
    }
  }

  mutating func add(_ bytes: RawSpan) throws(SourceError) {
    checksum = CRC64.update(checksum, bytes)
    count += UInt64(bytes.byteCount)
    do throws(Errno) {
      try spool?.append(bytes)
    } catch {
      throw .cannotSpool(error)
    }
  }

  /// The summary of the bytes that passed and those behind them, of which there are more than eight
  /// when any have passed, unless the rest is not read.
  func joined(with rest: TailReader.Summary) -> TailReader.Summary {
    guard count > 0, rest.count > 0 else { return rest }
    var sum = rest
    sum.checksum = CRC64.combine(checksum, rest.checksum, lengthOfB: rest.count - 8)
    sum.count += count
    return sum
  }

  mutating func takeSpool() -> SpooledBytes? {
    guard let file = spool.take() else { return nil }
    return SpooledBytes(file)
  }
}
