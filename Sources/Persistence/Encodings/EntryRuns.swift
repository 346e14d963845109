/// The entries of a damaged listpack or ziplist that are sound: a run from its front and a run up to its
/// end. What is lost lies between them.
///
/// Every entry is proved by the size of it that stands behind it, and in the run from the end in both
/// directions. The size and the count in the header, the terminator and the length of the string that
/// holds the blob are claims, of which any may be the damage.
package struct EntryRuns: Sendable {
  /// Entries from the first one on.
  package private(set) var front: [Element] = []
  /// Entries up to the last one, in the order of the blob.
  package private(set) var back: [Element] = []
  /// Whether nothing is missing between the two.
  package private(set) var isWhole = false
  /// The header's count of entries, when so many can have been there.
  package private(set) var stated: Int?
  /// Bytes of the blob: as claimed, unless a sound blob of another size is there.
  package private(set) var size: Int

  /// A run that neither ends the blob nor stands behind a plausible header has to have so many entries:
  /// one may be proved by accident.
  private static let shortestRun = 2

  /// All entries, or, where some are missing, those of whole groups of `stride` entries (2 for the pairs
  /// of a hash): counted from the front in the one run, and from the end in the other. Empty when the
  /// entries of a whole blob are no such groups, since nobody knows where the groups begin.
  package func groups(of stride: Int) -> [Element] {
    if isWhole {
      let all = front + back
      return all.count.isMultiple(of: stride) ? all : []
    }
    return Array(front.prefix(front.count / stride * stride))
      + back.suffix(back.count / stride * stride)
  }

  /// What a walk needs to know of the blob.
  private struct Extent {
    /// Offsets of terminators, by the claim and by the header.
    var terminators: [Int] = []
    /// Bytes in which entries may lie.
    var limit: Int
    /// Whether the header has the size that is claimed.
    var agrees: Bool

    init(_ rest: RawSpan, claimed: Int, headerSize: Int) {
      let total = Int(rest.littleEndian(at: 0, as: UInt32.self))
      agrees = total == claimed
      limit = 0
      for end in agrees ? [claimed] : [claimed, total] where end > headerSize {
        if end > rest.byteCount {
          if end == claimed { limit = rest.byteCount }
        } else {
          limit = max(limit, end)
          if rest.byte(at: end - 1) == 0xFF { terminators.append(end - 1) }
        }
      }
    }
  }

  /// Takes over the end of the walk from the front; false when a walk from the back is to follow.
  private mutating func endFront(at stop: Int, _ extent: Extent) -> Bool {
    // Where the sizes agree, it may be the terminator that is damaged.
    guard extent.terminators.contains(stop) || (extent.agrees && stop == size - 1) else {
      return false
    }
    isWhole = true
    size = stop + 1
    return true
  }

  private mutating func dropAccidents(_ extent: Extent) {
    guard !isWhole, !extent.agrees else { return }
    if front.count < EntryRuns.shortestRun { front = [] }
    if back.count < EntryRuns.shortestRun { back = [] }
  }

  private mutating func setStated(_ count: UInt16, _ extent: Extent) {
    let count = Int(count)
    // An entry takes two bytes or more, and 65535 stands for "not known".
    guard count < 65535, count >= front.count + back.count, count <= size / 2 else { return }
    stated = count
  }
}

// MARK: - Listpacks

extension EntryRuns {
  /// Finds the entries of a listpack (for the layout see `ListpackCursor`). `rest`: the bytes from its
  /// header on, which may go on behind its end, or be cut before it. `claimed`: the length that its string
  /// has.
  package init(listpack rest: RawSpan, claimed: Int) {
    size = claimed
    guard rest.byteCount > 6 else { return }
    let extent = Extent(rest, claimed: claimed, headerSize: 6)
    guard extent.limit > 6 else { return }
    var cursor = ListpackCursor(damaged: rest.extracting(0..<extent.limit), from: 6)
    while let entry = try? cursor.next() { front.append(entry) }
    if !endFront(at: cursor.offset, extent) {
      for terminator in extent.terminators {
        let (run, start) = Self.listpackRun(rest, before: terminator, from: cursor.offset)
        guard run.count > back.count else { continue }
        back = run
        isWhole = start == cursor.offset
        size = terminator + 1
      }
    }
    dropAccidents(extent)
    setStated(rest.littleEndian(at: 4, as: UInt16.self), extent)
  }

  /// The entries before an offset, and where the first of them begins: at `lowest` or behind it.
  private static func listpackRun(
    _ rest: RawSpan, before end: Int, from lowest: Int
  ) -> (run: [Element], start: Int) {
    var run: [Element] = []
    var start = end
    while start > lowest, let previous = listpackEntry(rest, before: start), previous >= lowest {
      var cursor = ListpackCursor(damaged: rest.extracting(0..<start), from: previous)
      guard let entry = try? cursor.next(), cursor.offset == start else { break }
      run.append(entry)
      start = previous
    }
    return (run.reversed(), start)
  }

  /// Where the entry before an offset begins, as the size behind it has it.
  private static func listpackEntry(_ rest: RawSpan, before end: Int) -> Int? {
    var size = 0
    for count in 1...5 {
      guard end - count >= 6 else { return nil }
      let byte = rest.byte(at: end - count)
      size |= Int(byte & 0x7F) << (7 * (count - 1))
      guard byte & 0x80 == 0 else { continue }
      return size > 0 && ListpackCursor.backlenSize(size) == count ? end - count - size : nil
    }
    return nil
  }
}

// MARK: - Ziplists

extension EntryRuns {
  /// Finds the entries of a ziplist (for the layout see `ZiplistCursor`); the rest as for a listpack.
  ///
  /// The size of an entry stands in the one behind it, so that of a run from the front the last one is kept
  /// only when what follows confirms it.
  package init(ziplist rest: RawSpan, claimed: Int) {
    size = claimed
    guard rest.byteCount > 10 else { return }
    let extent = Extent(rest, claimed: claimed, headerSize: 10)
    guard extent.limit > 10 else { return }
    var cursor = ZiplistCursor(
      damaged: rest.extracting(0..<extent.limit), from: 10, previousSize: 0)
    var last = 10
    while true {
      let at = cursor.offset
      guard let entry = try? cursor.next() else { break }
      last = at
      front.append(entry)
    }
    let stop = cursor.offset
    if !endFront(at: stop, extent) {
      let isConfirmed = Self.previousSize(rest, at: stop)?.size == stop - last
      let lowest = isConfirmed ? stop : last
      let tail = Int(rest.littleEndian(at: 4, as: UInt32.self))
      var backStart = -1
      for terminator in extent.terminators {
        let (run, start) = Self.ziplistRun(
          rest, last: tail, before: terminator, from: lowest)
        guard run.count > back.count else { continue }
        back = run
        backStart = start
        size = terminator + 1
      }
      isWhole = backStart == stop || backStart == lowest
      if backStart != stop, !isConfirmed, !front.isEmpty { front.removeLast() }
    }
    dropAccidents(extent)
    setStated(rest.littleEndian(at: 8, as: UInt16.self), extent)
  }

  /// The entries before an offset, of which the last one begins at `last`, and where the first of them
  /// begins: at `lowest` or behind it.
  private static func ziplistRun(
    _ rest: RawSpan, last: Int, before end: Int, from lowest: Int
  ) -> (run: [Element], start: Int) {
    var run: [Element] = []
    var start = end
    var at = last
    while at >= lowest, at < start, let previous = previousSize(rest, at: at) {
      var cursor = ZiplistCursor(
        damaged: rest.extracting(0..<start), from: at, previousSize: previous.size)
      guard let entry = try? cursor.next(), cursor.offset == start else { break }
      run.append(entry)
      start = at
      at -= previous.size
    }
    return (run.reversed(), start)
  }

  /// The size of the entry before the one at an offset, as that one has it.
  private static func previousSize(_ rest: RawSpan, at offset: Int) -> (size: Int, bytes: Int)? {
    guard offset < rest.byteCount else { return nil }
    let first = rest.byte(at: offset)
    guard first >= 0xFE else { return (Int(first), 1) }
    guard first == 0xFE, rest.byteCount - offset >= 5 else { return nil }
    return (Int(rest.littleEndian(at: offset + 1, as: UInt32.self)), 5)
  }
}
