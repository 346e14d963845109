internal import Persistence

// DUMP, RESTORE and OBJECT. Source: cluster.c and object.c of Redis 7.0.
extension Keyspace {
  static let dumpCommands: [(String, CommandHandler)] = [
    ("dump", { (k, a, r) throws(CommandError) in k.dump(a, &r) }),
    ("restore", { (k, a, r) throws(CommandError) in try k.restore(a, &r) }),
    ("restore-asking", { (k, a, r) throws(CommandError) in try k.restore(a, &r) }),
  ]

  private mutating func dump(_ arguments: Arguments, _ reply: inout ReplyWriter) {
    guard let entry = entry(arguments[1]) else { return reply.null() }
    guard !reply.isSilent else { return }
    var encoder = EntryEncoder(release, compresses: true)
    guard let payload = encoder.payload(of: entry) else { return reply.null() }
    reply.bulk(payload)
  }

  private struct RestoreOptions {
    var replaces = false
    var isAbsolute = false
    var idle: UInt64?
    var frequency: UInt8?

    init(_ arguments: Arguments) throws(CommandError) {
      var index = 4
      while index < arguments.count {
        let hasNext = index + 1 < arguments.count
        if arguments.isWord("REPLACE", at: index) {
          replaces = true
        } else if arguments.isWord("ABSTTL", at: index) {
          isAbsolute = true
        } else if arguments.isWord("IDLETIME", at: index), hasNext, frequency == nil {
          let seconds = try arguments.integer(at: index + 1)
          guard seconds >= 0 else { throw .text("Invalid IDLETIME value, must be >= 0") }
          idle = UInt64(seconds)
          index += 1
        } else if arguments.isWord("FREQ", at: index), hasNext, idle == nil {
          let number = try arguments.integer(at: index + 1)
          guard (0...255).contains(number) else {
            throw .text("Invalid FREQ value, must be >= 0 and <= 255")
          }
          frequency = UInt8(number)
          index += 1
        } else {
          throw .syntax
        }
        index += 1
      }
    }
  }

  private mutating func restore(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let options = try RestoreOptions(arguments)
    if !options.replaces, find(arguments[1]) != nil {
      throw .other("BUSYKEY Target key name already exists.")
    }
    let ttl = try arguments.integer(at: 2)
    guard ttl >= 0 else { throw .text("Invalid TTL value, must be >= 0") }
    let value: RDBValue
    do throws(FormatError) {
      value = try DumpPayload.value(arguments[3])
    } catch {
      throw .text(
        error.code == .checksumMismatch || error.code == .unsupportedVersion
          || arguments[3].byteCount < DumpPayload.shortest
          ? "DUMP payload version or checksum are wrong" : "Bad data format")
    }
    let entry = Entry.make(key: arguments[1], value)
    entry.eviction = EvictionData(idle: options.idle, frequency: options.frequency)
    let isReplaced = options.replaces && remove(arguments[1])
    if ttl > 0 {
      let (sum, overflow) = ttl.addingReportingOverflow(options.isAbsolute ? 0 : clock.now)
      entry.expiresAt = overflow ? .max : sum
      // A key that is over is made by nobody but a loader.
      if hasPassed(entry.expiresAt) {
        if isReplaced { changes += 1 }
        return reply.ok()
      }
    }
    databases[selected].set(entry)
    changes += 1
    reply.ok()
  }
}
