extension Intset {
  /// The members of a damaged intset that are in order, and how many there were, where that is known.
  ///
  /// `rest`: the bytes from its header on, which may go on behind its end, or be cut before it. `claimed`:
  /// the length that its string has. A width that cannot be is told from length and count, and that of a
  /// zeroed header by the order of the members.
  package static func remains(
    of rest: RawSpan, claimed: Int
  ) -> (members: [Int64], stated: UInt64?) {
    guard rest.byteCount >= 8, claimed >= 8 else { return ([], nil) }
    let width = rest.littleEndian(at: 0, as: UInt32.self)
    let count = rest.littleEndian(at: 4, as: UInt32.self)
    func agrees(_ width: UInt32) -> Bool { 8 + UInt64(count) * UInt64(width) == UInt64(claimed) }
    let widths: [UInt32] = [2, 4, 8]
    var best: [Int64] = []
    var bestBytes = 0
    let isZeroed = width == 0 && count == 0
    for candidate in widths where candidate == width || agrees(candidate) || isZeroed {
      let members = members(of: rest, claimed: claimed, width: Int(candidate), count: count)
      // The one that makes sense of the most bytes; what the header says counts as one byte more.
      let bytes = 2 * members.count * Int(candidate) + (candidate == width ? 1 : 0)
      guard bytes > bestBytes else { continue }
      best = members
      bestBytes = bytes
    }
    return (best, widths.contains { agrees($0) } ? UInt64(count) : nil)
  }

  private static func members(
    of rest: RawSpan, claimed: Int, width: Int, count: UInt32
  ) -> [Int64] {
    let there = (min(claimed, rest.byteCount) - 8) / width
    var members: [Int64] = []
    for index in 0..<there {
      members.append(read(rest, at: 8 &+ index &* width, width: width))
    }
    let isCut = claimed > rest.byteCount
    let order = AscendingRuns.indices(of: members, isCut: isCut)
    if order.count == there || there <= Int(count) || count == 0 {
      return order.map { members[$0] }
    }
    // More than there were: the length of the string may be the damage.
    members.removeLast(there - Int(count))
    return AscendingRuns.indices(of: members).map { members[$0] }
  }
}
