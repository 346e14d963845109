/// What stands behind the nodes of a stream and before its groups. What files before RDB 10 do not
/// hold is derived as a 7.0 server does on loading.
struct StreamSummary: BitwiseCopyable {
  /// The number of live entries, as stored.
  var length: UInt64
  /// The highest ID the stream ever had.
  var lastID: StreamID
  /// The lowest ID of a live entry; 0-0 without any.
  var firstID = StreamID.zero
  /// The highest ID that was ever deleted.
  var maxDeletedID = StreamID.zero
  /// Entries ever added.
  var entriesAdded: UInt64

  /// Reads it; `firstLive` is the lowest ID of a live entry, for files that do not hold it.
  @_lifetime(cursor: copy cursor)
  init(
    _ layout: ValueLayout, _ cursor: inout ByteCursor, firstLive: StreamID?
  ) throws(FormatError) {
    self.init(
      length: try cursor.readLength(),
      lastID: StreamID(try cursor.readLength(), try cursor.readLength()), firstLive: firstLive)
    guard layout != .stream else { return }
    firstID = StreamID(try cursor.readLength(), try cursor.readLength())
    maxDeletedID = StreamID(try cursor.readLength(), try cursor.readLength())
    entriesAdded = try cursor.readLength()
  }

  /// What a server comes to for a stream whose file does not hold it.
  init(length: UInt64, lastID: StreamID, firstLive: StreamID?) {
    self.length = length
    self.lastID = lastID
    firstID = firstLive ?? .zero
    entriesAdded = length
  }

  /// Reads how many entries a group has read, with its last ID `id`; nil when the server does not know.
  @_lifetime(cursor: copy cursor)
  func readEntriesRead(
    _ layout: ValueLayout, _ id: StreamID, _ cursor: inout ByteCursor
  ) throws(FormatError) -> UInt64? {
    guard layout != .stream else { return estimatedEntriesRead(id) }
    // -1 stands for "not known".
    let stored = try cursor.readLength()
    return stored == .max ? nil : stored
  }

  /// The counter that files before RDB 10 do not hold, as a 7.0 server estimates it on loading; for
  /// those files nothing counts as deleted. Source: streamEstimateDistanceFromFirstEverEntry of
  /// Redis 7.0.
  func estimatedEntriesRead(_ id: StreamID) -> UInt64? {
    if entriesAdded == 0 { return 0 }
    if length == 0, id <= lastID { return entriesAdded }
    if id == lastID { return entriesAdded }
    if id > lastID { return nil }
    if id < firstID { return 0 }
    if id == firstID { return 1 }
    return nil
  }
}
