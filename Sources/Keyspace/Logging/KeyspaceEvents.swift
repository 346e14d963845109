package import Persistence

// What has happened to keys: derived from a command and its reply, as what is logged is, where that tells all of it;
// otherwise noted by the command.
extension Keyspace {
  /// Notes an event of a command that ``events(of:_:reply:)`` does not derive.
  @inline(__always)
  mutating func note(_ classes: EventClasses, _ name: StaticString, _ key: RawSpan) {
    guard !tells.isEmpty else { return }
    append(classes, name, key)
  }

  @inline(never)
  private mutating func append(_ classes: EventClasses, _ name: StaticString, _ key: RawSpan) {
    guard tells.contains(classes) else { return }
    notes.append(
      KeyspaceEvent(
        classes: classes, name: "\(name)", key: ByteString(key), database: selected))
  }

  /// Notes `del` for a collection that has been emptied, which has no key then.
  mutating func noteIfGone(_ key: RawSpan) {
    guard !tells.isEmpty, storedEntry(key) == nil else { return }
    append(.generic, "del", key)
  }

  /// Where a key is, of which nobody is told that it is missed; nil when it is not there.
  mutating func findUnnoticed(_ key: RawSpan) -> Database.Place? {
    let noted = notes.count
    defer { notes.removeLast(notes.count - noted) }
    return find(key)
  }

  /// What has happened to keys by a command that has just been run, in the order in which a server tells it, as far as
  /// somebody wants to know.
  ///
  /// - `hasChanged`: whether the command has changed something.
  /// - `reply`: what the command replied, in RESP 2 or 3.
  package mutating func takeEvents(
    of entry: CommandEntry, _ arguments: Arguments, hasChanged: Bool, reply: RawSpan
  ) -> [KeyspaceEvent] {
    defer { notes.removeAll(keepingCapacity: true) }
    var events =
      tells.contains(.missed)
      ? notes.filter { $0.classes != .missed || isRead($0.key, by: entry, arguments) } : notes
    guard hasChanged else { return events }
    if let handler = EventRegistry.shared[entry] {
      events += handler(self, arguments, reply).filter { tells.contains($0.classes) }
    }
    return tells.contains(.new) ? withNew(events, by: entry, arguments) : events
  }

  /// Whether a command looks for a key to read it, and not to change it; of the latter nobody is told that it misses.
  private func isRead(
    _ key: ByteString, by entry: CommandEntry, _ arguments: Arguments
  ) -> Bool {
    if entry.flags.contains(.read) { return true }
    switch CommandTable.shared.name(entry) {
    case "getset", "getdel", "getex", "pfmerge": return true
    case "set": return (3..<arguments.count).contains { arguments.isWord("GET", at: $0) }
    case "copy", "sort", "georadius", "georadiusbymember": return key == arguments.word(1)
    case "bitop": return key != arguments.word(2)
    case "sinterstore", "sunionstore", "sdiffstore", "zinterstore", "zunionstore", "zdiffstore",
      "zrangestore", "geosearchstore":
      return key != arguments.word(1)
    default: return false
    }
  }

  /// An event of a command that has been run.
  func event(
    _ classes: EventClasses, _ name: String, _ key: RawSpan, database: Int? = nil
  ) -> KeyspaceEvent {
    KeyspaceEvent(
      classes: classes, name: name, key: ByteString(key), database: database ?? selected)
  }

  /// An event, and `del` behind it when the key is gone.
  func events(_ classes: EventClasses, _ name: String, emptying key: RawSpan) -> [KeyspaceEvent] {
    let event = event(classes, name, key)
    return storedEntry(key) == nil ? [event, self.event(.generic, "del", key)] : [event]
  }

  /// An event, or `del` when the key is gone.
  func events(_ classes: EventClasses, _ name: String, storing key: RawSpan) -> [KeyspaceEvent] {
    [storedEntry(key) == nil ? event(.generic, "del", key) : event(classes, name, key)]
  }

  // MARK: New keys

  /// Before a command that may change keys is run: removes those whose time is over, also where the command would
  /// overwrite them unseen, and notes which are not there.
  mutating func prepareEvents(_ entry: CommandEntry, _ arguments: Arguments) {
    absent = []
    guard entry.flags.contains(.write) else { return }
    var keys: [Int] = []
    entry.keys.forEachKey(in: arguments.table, of: arguments.bytes) { keys.append($0) }
    for index in keys {
      if let place = databases[selected].find(arguments[index]) {
        guard isOver(databases[selected][place]) else { continue }
        removeExpired(at: place)
      }
      if tells.contains(.new) { absent.append(ByteString(arguments[index])) }
    }
  }

  /// Adds `new` in front of the first event of each key that was not there. What is renamed, moved, copied and
  /// restored is added after all that was there has been removed.
  private mutating func withNew(
    _ events: [KeyspaceEvent], by entry: CommandEntry, _ arguments: Arguments
  ) -> [KeyspaceEvent] {
    var fresh = Set(absent)
    absent = []
    switch CommandTable.shared.name(entry) {
    case "rename", "renamenx", "move", "copy", "restore", "restore-asking":
      guard let last = events.last, last.name != "del" else { return events }
      var new = last
      (new.classes, new.name) = (.new, "new")
      return [new] + events
    default:
      return events.flatMap { event -> [KeyspaceEvent] in
        guard event.name != "del", event.classes != .missed, fresh.remove(event.key) != nil else {
          return [event]
        }
        var new = event
        (new.classes, new.name) = (.new, "new")
        return [new, event]
      }
    }
  }
}

/// Tells the events of a command that has been run and has changed something, from the dataset as it is then, and from
/// the reply.
typealias EventHandler = @Sendable (borrowing Keyspace, Arguments, RawSpan) -> [KeyspaceEvent]

/// The commands whose events are derived, by their place in the command table.
struct EventRegistry: Sendable {
  static let shared = EventRegistry()

  private let handlers: [EventHandler?]

  private init() {
    var handlers = [EventHandler?](repeating: nil, count: CommandTable.shared.entries.count)
    for (name, handler) in Keyspace.plainEvents + Keyspace.otherEvents {
      guard let entry = CommandTable.shared.entries(named: name).first else {
        preconditionFailure("no command \(name)")
      }
      precondition(handlers[entry.index] == nil, "two events of \(name)")
      handlers[entry.index] = handler
    }
    self.handlers = handlers
  }

  subscript(entry: CommandEntry) -> EventHandler? { handlers[entry.index] }
}
