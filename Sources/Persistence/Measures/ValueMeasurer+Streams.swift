/// Measures streams: their nodes, and what groups and consumers have beside them.
extension ValueMeasurer {
  @_lifetime(cursor: copy cursor)
  mutating func stream(
    _ layout: ValueLayout, _ cursor: inout ByteCursor
  ) throws(FormatError) -> ValueMeasure {
    var tally = ElementTally(layout)
    var tree = RadixTree()
    try Self.streamNodes(try cursor.readLength(), &cursor, &tally, &tree, &decoder, sizes)
    tally.measure.stream.trees += tree.finish(sizes)
    try streamTail(&cursor, &tally)
    return tally.measure
  }

  /// Measures nodes.
  @_lifetime(cursor: copy cursor)
  static func streamNodes(
    _ count: UInt64, _ cursor: inout ByteCursor, _ tally: inout ElementTally,
    _ tree: inout RadixTree, _ decoder: inout StringDecoder, _ sizes: borrowing ElementAllocations
  ) throws(FormatError) {
    for _ in 0..<count {
      tree.add(try StreamInspector.readNodeKey(&cursor, &decoder), sizes)
      let string = try cursor.readString()
      let blob = try decoder.decode(string, in: cursor.bytes)
      do throws(FormatError) {
        var entries = try ListpackCursor(blob)
        while let element = try entries.next() {
          tally.measure.longest = max(tally.measure.longest, UInt64(element.count))
        }
      } catch {
        throw error.inside(string)
      }
      tally.measure.nodes &+= 1
      tally.measure.stream.lastNode = UInt64(blob.byteCount)
      tally.measure.nodeLengths &+= UInt64(blob.byteCount)
      tally.measure.nodeBytes &+= sizes.blob[UInt64(blob.byteCount)]
    }
  }

  /// Measures what follows the nodes.
  @_lifetime(cursor: copy cursor)
  mutating func streamTail(
    _ cursor: inout ByteCursor, _ tally: inout ElementTally
  ) throws(FormatError) {
    let layout = tally.measure.layout
    tally.measure.elements = try cursor.readLength()
    for _ in 0..<(layout == .stream ? 2 : 7) { _ = try cursor.readLength() }
    let groups = try cursor.readLength()
    for _ in 0..<groups {
      tally.measure.stream.groups &+= 1
      tally.measure.stream.groupNames &+= try cursor.readString().length
      for _ in 0..<(layout == .stream ? 2 : 3) { _ = try cursor.readLength() }
      let pending = try cursor.readLength()
      tally.measure.stream.pending &+= pending
      var tree = RadixTree()
      for _ in 0..<pending {
        tree.add(try Self.readID(&cursor), sizes)
        try cursor.skip(8)
        _ = try cursor.readLength()
      }
      tally.measure.stream.trees += tree.finish(sizes)
      try consumers(&cursor, &tally)
    }
  }

  @_lifetime(cursor: copy cursor)
  private func consumers(
    _ cursor: inout ByteCursor, _ tally: inout ElementTally
  ) throws(FormatError) {
    let consumers = try cursor.readLength()
    for _ in 0..<consumers {
      tally.measure.stream.consumers &+= 1
      tally.measure.stream.consumerNames &+= try cursor.readString().length
      try cursor.skip(tally.measure.layout == .stream3 ? 16 : 8)
      let owned = try cursor.readLength()
      var tree = RadixTree()
      for _ in 0..<owned { tree.add(try Self.readID(&cursor), sizes) }
      tally.measure.stream.trees += tree.finish(sizes)
    }
  }

  @_lifetime(cursor: copy cursor)
  private static func readID(_ cursor: inout ByteCursor) throws(FormatError) -> StreamID {
    let at = cursor.offset
    try cursor.skip(16)
    return StreamID(cursor.bytes, at: at)
  }
}
