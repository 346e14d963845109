/// The name that a server gives to a file of an AOF: `BASE.7.base.rdb`, `BASE.7.base.aof`,
/// `BASE.7.incr.aof`, and `temp-BASE.incr` and `temp-BASE.manifest` while it writes them.
package struct AOFPartName: Equatable, Sendable {
  /// The `appendfilename` of the server.
  package var base: ByteString
  /// The number; nil for a temporary file.
  package var sequence: UInt64?
  /// The role; nil for a temporary manifest.
  package var role: AOFManifest.Role?

  /// Nil for any other name.
  package init?(_ name: ByteString) {
    if name.hasPrefix("temp-") {
      let rest = name.bytes.dropFirst("temp-".utf8.count)
      guard let suffix = [".incr", ".manifest"].first(where: { name.hasSuffix($0) }),
        rest.count > suffix.utf8.count
      else { return nil }
      base = ByteString(Array(rest.dropLast(suffix.utf8.count)))
      role = suffix == ".incr" ? .incremental : nil
      return
    }
    let kinds: [(String, AOFManifest.Role)] = [
      (".base.rdb", .base), (".base.aof", .base), (".incr.aof", .incremental),
    ]
    guard let (suffix, role) = kinds.first(where: { name.hasSuffix($0.0) }) else { return nil }
    let rest = name.bytes.dropLast(suffix.utf8.count)
    guard let point = rest.lastIndex(of: UInt8(ascii: ".")), point > rest.startIndex else {
      return nil
    }
    let digits = Array(rest[(point + 1)...])
    guard let sequence = NumberText.unsigned(unsafe digits.span.bytes), sequence > 0 else {
      return nil
    }
    base = ByteString(Array(rest[..<point]))
    self.sequence = sequence
    self.role = role
  }
}
