/// Walking a record that is too large to hold, through a window that slides over it.
extension RecordScanner {
  /// Bytes before the place of the walk that stay in the window, so that the end of a file can be told
  /// by its last nine bytes.
  private static let kept = 16

  /// Walks the record at the start of the current batch to its end; nil when its framing is broken, as
  /// `ending` then tells.
  func readLarge(_ head: RecordHead) throws(SourceError) -> LargeRecord? {
    let start = reader.current.fileOffset
    let shown = head.valueOffset + LargeRecord.shownValue
    try reader.fill(to: shown)
    var beginning = unsafe Array(reader.held.prefix(shown))
    var passage = try Passage(isKept: isKept(head, beginning))
    var progress = SkipProgress()
    var at = head.valueOffset
    while let error = skipValue(head.layout, &at, &progress) {
      guard reader.isShortOfInput(error, reader.inputEnd) else {
        var decoder = StringDecoder()
        let key = try? decoder.copy(head.name, in: unsafe beginning.span.bytes)
        try readRest(from: start, key: key, error) { () throws(SourceError) in
          try summarizeRest(after: 0).joined(to: passage)
        }
        return nil
      }
      try reader.slide(to: &at, keeping: Self.kept, into: &passage)
    }
    try reader.finish(&passage, at: at)
    lastRecord = start
    let (checksum, count) = (passage.checksum, passage.count)
    // What follows a short value is none of it. In place: names have up to 512 MB.
    if count < beginning.count { beginning.removeLast(beginning.count - Int(count)) }
    let spool = passage.takeSpool()
    return LargeRecord(
      head, beginning: beginning, database: database,
      dialect: dialect, fileOffset: start, count: count, checksum: checksum,
      content: spool ?? content, contentOffset: spool == nil ? start : 0,
      sectionSize: min(LargeValueReader.sectionSize, max(largeRecord, 1)))
  }

  /// Goes on with the walk over a value as far as the window reaches; nil at the end of the value.
  private func skipValue(
    _ layout: ValueLayout, _ at: inout Int, _ progress: inout SkipProgress
  ) -> FormatError? {
    var cursor = ByteCursor(unsafe reader.held.bytes, at: at)
    do throws(FormatError) {
      try cursor.skipValue(layout, inputEnd: reader.inputEnd, progress: &progress)
      at = cursor.offset
      return nil
    } catch {
      at = cursor.offset
      return error
    }
  }

  /// Whether a record's bytes have to go to a temporary file.
  private func isKept(_ head: RecordHead, _ beginning: [UInt8]) -> Bool {
    guard content == nil else { return false }
    switch keeping {
    case .none: return false
    case .all: return true
    case .structured:
      guard head.layout == .string else { return true }
      var cursor = ByteCursor(unsafe beginning.span.bytes, at: head.valueOffset)
      return (try? cursor.readStringHead())?.form != .raw
    }
  }
}
