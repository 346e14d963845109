package import Persistence

extension Keyspace {
  /// The digest of the whole dataset: in the style of a release, what its `DEBUG DIGEST` answers for the same
  /// data. Source: `computeDatasetDigest` of debug.c, Redis 7.0.
  package func digest(_ style: DigestStyle = .redis7) -> DatasetDigest {
    var digest = DigestState()
    for (number, database) in databases.enumerated() where !database.isEmpty {
      digest.mix(UInt32(number))
      database.forEach { entry in digest.addHash(of: Self.digest(of: entry, style)) }
    }
    return DatasetDigest(digest)
  }

  private static func digest(of entry: Entry, _ style: DigestStyle) -> DigestState {
    var digest = DigestState()
    digest.mix(entry.key)
    digest.mixValue(of: entry, style)
    return digest
  }

  /// The digest of a key's value, as `DEBUG DIGEST-VALUE` answers; nil for a key that is not there.
  package mutating func valueDigest(
    _ key: ByteString, _ style: DigestStyle = .redis7
  ) -> DatasetDigest? {
    entry(unsafe key.bytes.span.bytes)?.valueDigest(style)
  }
}

extension Entry {
  /// The digest of the value, with that it expires if it does.
  func valueDigest(_ style: DigestStyle) -> DatasetDigest {
    var digest = DigestState()
    digest.mixValue(of: self, style)
    return DatasetDigest(digest)
  }
}
