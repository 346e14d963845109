internal import SystemPackage

/// The bytes of something large that have passed: their checksum, and themselves where they are kept.
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

  mutating func takeSpool() -> SpooledBytes? {
    guard let file = spool.take() else { return nil }
    return SpooledBytes(file)
  }
}
