/// What a run of commands does to the keys of a sample, in the terms of what a rewrite would write.
package struct RewriteLog: Sendable {
  /// In the order of the commands.
  package private(set) var events: [KeyEvent] = []
  /// Bytes of the commands whose effect on their keys the events tell, had all keys been in the sample.
  package private(set) var keyedBytes: UInt64 = 0
  /// Bytes of the commands that a rewrite is taken to leave as they are.
  package private(set) var keptBytes: UInt64 = 0

  private var bounds: SampleBounds

  init(_ bounds: SampleBounds) { self.bounds = bounds }

  /// Empties the log for a sample within other bounds, and keeps its memory, unless that is unusually much.
  mutating func removeAll(_ bounds: SampleBounds) {
    let kept = events.capacity <= 1 << 15 ? events : []
    self = RewriteLog(bounds)
    events = kept
    events.removeAll(keepingCapacity: true)
  }

  /// Counts a command whose effect events tell.
  @inline(__always)
  mutating func countKeyed(_ bytes: UInt64) { keyedBytes &+= bytes }

  /// Counts a command that stays as it is.
  mutating func countKept(_ bytes: UInt64) { keptBytes &+= bytes }

  /// Whether a key belongs to the sample, as far as is known here.
  @inline(__always)
  func wants(_ key: UInt64) -> Bool { key <= bounds.keys }

  mutating func append(_ event: KeyEvent) { events.append(event) }

  /// Adds the event of a field or member of the collection that `owner` tells of, if it belongs to the
  /// sample.
  mutating func appendField(
    _ name: RawSpan, of owner: KeyEvent, _ kind: KeyEvent.Kind, size: UInt64 = 0
  ) {
    let hash = StableHash.hash(name, of: owner.key)
    guard hash <= bounds.fields else { return }
    var event = KeyEvent(kind)
    event.key = hash
    event.size = Int64(clamping: size)
    events.append(event)
  }
}
