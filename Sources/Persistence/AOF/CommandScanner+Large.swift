/// Walking a command that is too large to hold, through a window that slides over it.
extension CommandScanner {
  /// Walks the command at the start of the current batch to its end; nil when its framing is broken, as
  /// `ending` then tells.
  func readLarge() throws(SourceError) -> LargeCommand? {
    let start = reader.current.fileOffset
    try reader.fill(to: LargeCommand.shown)
    let beginning = unsafe Array(reader.held.prefix(LargeCommand.shown))
    var passage = try Passage(isKept: keepsLarge && content == nil)
    var progress = CommandProgress()
    var at = 0
    while let error = skip(&at, &progress) {
      guard reader.isShortOfInput(error, reader.inputEnd) else {
        try fail(error, from: reader.current.fileOffset, command: start)
        return nil
      }
      try reader.slide(to: &at, into: &passage)
    }
    try reader.finish(&passage, at: at)
    let (checksum, count) = (passage.checksum, passage.count)
    let spool = passage.takeSpool()
    passLarge()
    return LargeCommand(
      argumentCount: progress.argumentCount,
      beginning: Array(beginning.prefix(Int(clamping: count))), fileOffset: start, count: count,
      isOdd: progress.isOdd, number: commands, state: state, checksum: checksum,
      content: spool ?? content, contentOffset: spool == nil ? start : 0)
  }

  /// Goes on with the walk as far as the window reaches; nil at the end of the command.
  private func skip(_ at: inout Int, _ progress: inout CommandProgress) -> FormatError? {
    var parser = CommandParser(unsafe reader.held.bytes, at: at, inputEnd: reader.inputEnd)
    defer { at = parser.cursor.offset }
    do throws(FormatError) {
      try parser.skip(&progress)
      return nil
    } catch {
      return error
    }
  }
}
