/// Which keys a tool is asked for. Conditions of different kinds must all hold; of several values of one
/// kind one is enough, but for ``notKeys``, none of which may match.
package struct KeySelection: Sendable {
  /// What becomes of keys that have expired and are still in the file.
  package enum Expired: String, Sendable, CaseIterable {
    case include, exclude, only
  }

  /// Numbers of databases; empty for all.
  package var databases: Set<UInt64> = []
  /// Globs for the key; empty for all keys.
  package var keys: [Glob] = []
  /// Globs of keys to leave out.
  package var notKeys: [Glob] = []
  /// Regular expressions, one of which is to be found in the key; empty for all keys.
  package var keyRegexes: [KeyRegex] = []
  /// Types of the value; empty for all.
  package var types: Set<ValueType> = []
  /// Cluster slots, within `0..<HashSlot.count`; empty for all.
  package var slots: [ClosedRange<Int>] = []
  /// What becomes of expired keys, judged at ``now``.
  package var expired = Expired.include
  /// Unix time in milliseconds. A key whose expiry is before it has expired, as a server says.
  package var now: Int64 = 0
  /// Bytes that the record in the file must be larger than.
  package var largerThan: UInt64?
  /// How many of the keys, from the first on, are wanted; nil for all. To count is the caller's
  /// business: a selector sees only what one thread gets.
  package var limit: UInt64?

  package init() {}

  /// Whether nothing but ``limit`` is asked for.
  package var selectsEverything: Bool {
    databases.isEmpty && keys.isEmpty && notKeys.isEmpty && keyRegexes.isEmpty && types.isEmpty
      && slots.isEmpty && expired == .include && largerThan == nil
  }
}

/// Tells the keys of a selection from others, for one thread: the regular expressions in it cannot be
/// shared.
package struct KeySelector {
  private let selection: KeySelection
  private let selectsEverything: Bool
  /// Bit n stands for the type whose index is n.
  private let types: UInt64
  /// Bit n of the whole stands for slot n; empty when no slot is asked for.
  private let slots: [UInt64]
  private let regexes: [KeyRegexMatcher]

  package init(_ selection: KeySelection) {
    self.selection = selection
    selectsEverything = selection.selectsEverything
    types = selection.types.reduce(0) { $0 | 1 << UInt64($1.index) }
    slots = Self.bits(selection.slots)
    regexes = selection.keyRegexes.map { KeyRegexMatcher($0) }
  }

  /// Whether a key is one of the selection.
  ///
  /// - `key`: its bytes, decoded.
  /// - `expiresAt`: Unix time in milliseconds; nil when it does not expire.
  /// - `size`: of its record in the file, in bytes.
  @inline(__always)
  package func includes(
    key: RawSpan, database: UInt64, type: ValueType, expiresAt: Int64?, size: UInt64
  ) -> Bool {
    selectsEverything
      || (includes(database: database, type: type, expiresAt: expiresAt, size: size)
        && includes(key: key))
  }

  /// Whether what is cheap to know speaks for a key: with false, its bytes need not be decoded.
  package func includes(
    database: UInt64, type: ValueType, expiresAt: Int64?, size: UInt64
  ) -> Bool {
    if !selection.databases.isEmpty, !selection.databases.contains(database) { return false }
    if types != 0, types >> UInt64(type.index) & 1 == 0 { return false }
    if selection.expired != .include {
      let isExpired = expiresAt.map { $0 < selection.now } ?? false
      if isExpired != (selection.expired == .only) { return false }
    }
    if let least = selection.largerThan, size <= least { return false }
    return true
  }

  /// Whether its bytes speak for a key.
  package func includes(key: RawSpan) -> Bool {
    if !slots.isEmpty {
      let slot = HashSlot.slot(of: key)
      if slots[slot >> 6] >> UInt64(slot & 63) & 1 == 0 { return false }
    }
    for glob in selection.notKeys where glob.matches(key) { return false }
    return hasGlob(key) && hasRegex(key)
  }

  private func hasGlob(_ key: RawSpan) -> Bool {
    for glob in selection.keys where glob.matches(key) { return true }
    return selection.keys.isEmpty
  }

  private func hasRegex(_ key: RawSpan) -> Bool {
    // Not a copy of each, which would count references.
    for index in regexes.indices where regexes[index].matches(key) { return true }
    return regexes.isEmpty
  }

  private static func bits(_ ranges: [ClosedRange<Int>]) -> [UInt64] {
    guard !ranges.isEmpty else { return [] }
    var bits = [UInt64](repeating: 0, count: HashSlot.count / 64)
    for range in ranges {
      for slot in range.clamped(to: 0...(HashSlot.count - 1)) {
        bits[slot >> 6] |= 1 << UInt64(slot & 63)
      }
    }
    return bits
  }
}

extension KeySelector {
  /// Whether a record is one of the selection, whose value `value` stands at. A key that cannot be decoded
  /// is: it is a finding for whoever reads it.
  func includes(
    _ head: RecordHead, at value: borrowing ByteCursor, _ database: UInt64,
    _ decoder: inout StringDecoder
  ) throws(FormatError) -> Bool {
    var size = 0
    if selection.largerThan != nil {
      var cursor = ByteCursor(value.bytes, at: value.offset)
      var progress = SkipProgress()
      try cursor.skipValue(head.layout, inputEnd: .max, progress: &progress)
      size = cursor.offset - head.start
    }
    guard includes(head, database, UInt64(size)) else { return false }
    guard let key = try? decoder.decode(head.name, in: value.bytes) else { return true }
    return includes(key: key)
  }

  /// Whether a large record is one of the selection; one is whose key cannot be decoded.
  func includes(_ record: LargeRecord) -> Bool {
    guard includes(record.head, record.database, record.count) else { return false }
    guard record.keyError == nil else { return true }
    let key = record.key
    return includes(key: unsafe key.bytes.span.bytes)
  }

  /// Whether all but the key itself speaks for a record of so many bytes.
  private func includes(_ head: RecordHead, _ database: UInt64, _ size: UInt64) -> Bool {
    includes(
      database: database, type: head.layout.type,
      expiresAt: head.hasExpiry ? head.expiresAt : nil, size: size)
  }
}
