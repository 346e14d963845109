extension RDBWriter {
  /// Writes what a record of type `meta` holds of a file, at its place. Libraries of the release candidates
  /// of Redis 7.0 are left out: the record in which they stood is one that no release writes.
  package mutating func append(_ fact: MetaFact) throws(Failure) -> [ConversionLoss] {
    switch fact {
    case .aux(let name, let value): try append(aux: name, value)
    case .function(let code): try append(function: code)
    case .functionPreGA: [ConversionLoss(.function, isWhole: true)]
    case .moduleAux(let id, let when, let operands):
      try append(moduleAux: id, when: when, operands: operands)
    }
  }
}

extension RDBTarget {
  /// The release that a record of type `meta` tells of: the one that its aux fields name, where that
  /// writes the version that it says, else one that does. Nil for a version that cannot be written.
  package init?(_ meta: JSONMeta) {
    for (field, server) in [("redis-ver", "redis"), ("valkey-ver", "valkey")]
      as [(ByteString, String)]
    {
      guard let text = meta.aux.first(where: { $0.name == field })?.value.utf8 else { continue }
      let release = text.split(separator: ".").prefix(2).joined(separator: ".")
      if let target = RDBTarget(named: "\(server)-\(release)"), target.magic == meta.magic,
        target.version == meta.version
      {
        self = target
        return
      }
    }
    self.init(magic: meta.magic, version: meta.version)
  }
}
