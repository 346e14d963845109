extension MemoryEstimate {
  /// The report as bytes that can be merged with others.
  package var partial: [UInt8] {
    var copy = self
    var partial = PartialExchange()
    do throws(PartialError) {
      try copy.exchange(&partial)
    } catch {
      preconditionFailure("writing a partial report cannot fail: \(error)")
    }
    return partial.finished()
  }

  /// Reads a partial report.
  package init(partial bytes: [UInt8]) throws(PartialError) {
    self.init(MemoryScan(MemoryTally.Wishes()))
    var partial = try PartialExchange(reading: bytes)
    try exchange(&partial)
    try partial.checkEnd()
  }

  /// Whether a file begins as partial reports do.
  package static func isPartial(_ beginning: [UInt8]) -> Bool {
    beginning.starts(with: PartialExchange.magic)
  }

  /// Adds another report. Throws when it was made for another server or with other options.
  package mutating func merge(_ other: MemoryEstimate) throws(PartialError) {
    if server == nil { server = other.server }
    let isSame =
      (other.server == nil || other.server?.name == server?.name) && allocator == other.allocator
      && settings == other.settings && wishes.isAlike(other.wishes)
    guard isSame else {
      throw PartialError(
        description: "the partial report was made with other options; it is about "
          + "\(other.server?.name ?? "no server"), \(other.allocator.name)", isMismatch: true)
    }
    wishes.now = max(wishes.now, other.wishes.now)
    files += other.files
    tally.merge(other.tally)
  }

  private mutating func exchange(_ partial: inout PartialExchange) throws(PartialError) {
    var name = server?.name ?? ""
    try partial.text(&name)
    var allocatorName = allocator.name
    try partial.text(&allocatorName)
    if partial.isReading {
      server = name.isEmpty ? nil : ServerModel(named: name)
      guard name.isEmpty || server != nil, let known = Allocator(named: allocatorName) else {
        throw PartialError(description: "the partial report is about a server that is not known")
      }
      allocator = known
    }
    try settings.exchange(&partial)
    try wishes.exchange(&partial)
    if partial.isReading { tally = MemoryTally(wishes) }
    try partial.list(&files, File.blank) { (partial, file) throws(PartialError) in
      try file.exchange(&partial)
    }
    try tally.exchange(&partial)
  }
}

extension EncodingSettings {
  mutating func exchange(_ partial: inout PartialExchange) throws(PartialError) {
    // Each setting once: later names are other names of the same.
    for row in Self.names.prefix(Self.settingCount) {
      try partial.signed(&self[keyPath: row.setting])
    }
  }
}

extension MemoryTally.Wishes {
  /// Whether tallies of these wishes can be merged: all but the time is the same.
  func isAlike(_ other: Self) -> Bool {
    largestKeys == other.largestKeys && bySlot == other.bySlot && whatIfs == other.whatIfs
      && whatIfNames == other.whatIfNames && separators == other.separators
      && prefixes == other.prefixes
  }

  mutating func exchange(_ partial: inout PartialExchange) throws(PartialError) {
    var (keys, prefixCount) = (UInt64(largestKeys), UInt64(prefixes))
    try partial.number(&keys)
    try partial.number(&prefixCount)
    guard keys < 1 << 31, prefixCount < 1 << 31 else { throw .outOfRange }
    (largestKeys, prefixes) = (Int(keys), Int(prefixCount))
    try partial.flag(&bySlot)
    try partial.signed(&now)
    var bytes = separators.bytes
    try partial.text(&bytes)
    guard !bytes.isEmpty else { throw .outOfRange }
    if partial.isReading { separators = KeySeparators(bytes) }
    try partial.list(&whatIfs, EncodingSettings()) { (partial, value) throws(PartialError) in
      try value.exchange(&partial)
    }
    try partial.list(&whatIfNames, "") { (partial, value) throws(PartialError) in
      try partial.text(&value)
    }
    guard whatIfNames.count == whatIfs.count else { throw .outOfRange }
  }
}

extension MemoryEstimate.File {
  static let blank = MemoryEstimate.File(
    path: "", bytes: 0, keys: 0, status: .ok, readUpTo: 0)

  mutating func exchange(_ partial: inout PartialExchange) throws(PartialError) {
    try partial.text(&path)
    try partial.number(&bytes)
    try partial.number(&keys)
    try partial.choice(&status)
    try partial.optional(&error, "") { (partial, value) throws(PartialError) in
      try partial.text(&value)
    }
    try partial.number(&readUpTo)
    try partial.optional(&usedMemory, 0) { (partial, value) throws(PartialError) in
      try partial.number(&value)
    }
  }
}
