package import Persistence
package import SystemPackage

/// Reads keys back by the offset of their string, to confirm that two of them are equal.
package protocol KeyReader {
  /// Bytes from `offset` on, at most `count`; fewer at the end.
  func bytes(at offset: UInt64, count: Int) throws(Errno) -> [UInt8]
  /// The offset in the file of the key that an entry's offset stands for.
  func fileOffset(of offset: UInt64) throws(Errno) -> UInt64
}

/// A key that stands in a database more than once.
package struct DuplicateKey {
  package var key: ByteString
  package var database: UInt64
  /// Offsets of the first, the second and the last of them in the file.
  package var first: UInt64
  package var second: UInt64
  package var last: UInt64
  /// At least 2.
  package var count: UInt64
  /// Offsets in the file of the strings of all but the first of them, as far as they are told apart.
  package var others: [UInt64] = []
}

/// Tells equal keys from equal hashes.
package enum KeyComparer {
  /// Calls `found` for every key that stands more than once, in no particular order.
  package static func confirm(
    _ hashes: [KeyLedger.Repeated], _ reader: some KeyReader, found: (DuplicateKey) -> Void
  ) throws(Errno) {
    for repeated in hashes {
      // Different keys of one hash are all but impossible; the list is as good as always one long.
      var distinct: [(key: ByteString, first: UInt64)] = []
      var duplicates: [Int: DuplicateKey] = [:]
      for offset in repeated.offsets {
        guard let key = try readKey(offset, reader) else { continue }
        guard let index = distinct.firstIndex(where: { $0.key == key }) else {
          distinct.append((key, offset))
          continue
        }
        let place = try reader.fileOffset(of: offset)
        if duplicates[index] == nil {
          duplicates[index] = DuplicateKey(
            key: key,
            database: KeyHash.database(ofHash: repeated.hash, key: unsafe key.bytes.span.bytes),
            first: try reader.fileOffset(of: distinct[index].first), second: place, last: place,
            count: 1)
        }
        duplicates[index]?.count += 1
        duplicates[index]?.last = place
        duplicates[index]?.others.append(place)
      }
      // Beyond the first offsets all keys of the hash count as equal.
      let unread = repeated.count - UInt64(repeated.offsets.count)
      if distinct.count == 1, unread > 0 {
        duplicates[0]?.count += unread
        duplicates[0]?.last = try reader.fileOffset(of: repeated.last)
      }
      if distinct.count == 1, let run = repeated.run, let last = duplicates[0]?.last {
        duplicates[0]?.count += run.count
        duplicates[0]?.last = max(last, run.last)
      }
      duplicates.values.forEach(found)
    }
  }

  /// The key whose string begins at `offset`; nil when it no longer parses, because the file has been
  /// changed meanwhile.
  private static func readKey(
    _ offset: UInt64, _ reader: some KeyReader
  ) throws(Errno) -> ByteString? {
    var size = 256
    while true {
      let bytes = try reader.bytes(at: offset, count: size)
      var decoder = StringDecoder()
      var cursor = ByteCursor(unsafe bytes.span.bytes)
      do throws(FormatError) {
        let string = try cursor.readString()
        return try decoder.copy(string, in: cursor.bytes)
      } catch {
        guard error.code == .truncated, bytes.count == size else { return nil }
        size *= 4
      }
    }
  }
}

/// Reads keys from the file itself.
struct ContentKeyReader: KeyReader {
  let content: any RandomAccess

  func bytes(at offset: UInt64, count: Int) throws(Errno) -> [UInt8] {
    do throws(SourceError) {
      return try content.bytes(at: offset, count: count)
    } catch {
      throw .ioError
    }
  }

  func fileOffset(of offset: UInt64) -> UInt64 { offset }
}

extension MemorySource: KeyReader {
  package func bytes(at offset: UInt64, count: Int) -> [UInt8] {
    guard offset < UInt64(bytes.count) else { return [] }
    return Array(bytes[Int(offset)...].prefix(count))
  }

  package func fileOffset(of offset: UInt64) -> UInt64 { offset }
}

/// Keeps the keys of an input that cannot be read twice in a temporary file: the offset of each in the
/// input (u64, host order), and its string as it stood there.
package final class KeySpool: KeyReader {
  private var file: TemporaryFile
  private var buffer: [UInt8] = []
  private static let bufferSize = 1 << 20

  package init() throws(Errno) { file = try TemporaryFile() }

  /// Writes the keys of a batch and returns their entries with offsets in the spool.
  package func add(_ report: BatchReport) throws(Errno) -> [KeyEntry] {
    var entries = report.keyEntries
    var cursor = 0
    for index in entries.indices {
      let end =
        index + 1 < report.keyStarts.count ? report.keyStarts[index + 1] : report.keyBytes.count
      let start = UInt64(file.size) + UInt64(buffer.count)
      unsafe withUnsafeBytes(of: entries[index].offset) { unsafe buffer.append(contentsOf: $0) }
      buffer += report.keyBytes[cursor..<end]
      cursor = end
      entries[index].offset = start
      if buffer.count >= KeySpool.bufferSize { try flush() }
    }
    return entries
  }

  package func flush() throws(Errno) { try file.append(emptying: &buffer) }

  /// The string of a key, which lies behind its eight bytes of offset.
  package func bytes(at offset: UInt64, count: Int) throws(Errno) -> [UInt8] {
    try raw(at: offset + 8, count: count)
  }

  package func fileOffset(of offset: UInt64) throws(Errno) -> UInt64 {
    let bytes = try raw(at: offset, count: 8)
    guard bytes.count == 8 else { throw .ioError }
    return unsafe bytes.withUnsafeBytes { unsafe $0.load(as: UInt64.self) }
  }

  private func raw(at offset: UInt64, count: Int) throws(Errno) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    do {
      let got = try unsafe bytes.withUnsafeMutableBytes {
        try unsafe file.read(at: Int64(offset), into: $0)
      }
      bytes.removeLast(count - got)
    } catch {
      throw (error as? Errno) ?? .ioError
    }
    return bytes
  }
}
