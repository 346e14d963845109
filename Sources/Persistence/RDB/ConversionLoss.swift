/// Something that a server release cannot hold.
public struct ConversionLoss: Sendable, Hashable {
  /// What it is.
  public enum What: Sendable, Hashable {
    /// Values of this type: streams before Redis 5.0, modules before 4.0.
    case type(ValueType)
    /// A collection without an element, which no server holds; empty streams are none.
    case emptyCollection
    /// A sorted set with a score that is not a number (NaN), which no server loads.
    case scoreNotANumber
    /// A string of 4 GiB or more before Redis 4.0, and an element of nearly as much in any list before
    /// 7.0.
    case size
    /// A module whose name or version no ID stands for.
    case moduleName
    /// When the key expires: in seconds before Redis 2.6, up to January 2038.
    case expiry
    /// Milliseconds of the expiry before Redis 2.6; the next whole second is written.
    case expiryMilliseconds
    /// The idle time before Redis 5.0.
    case idle
    /// The LFU counter before Redis 5.0.
    case frequency
    /// The lifetimes of so many fields of a hash, before Redis 7.4 and Valkey 9.0, or outside 1...2⁴⁸-1:
    /// those fields stay for ever.
    case fieldExpiries(Int)
    /// A stream's first ID, highest deleted ID or number of entries added, where a server before 7.0
    /// will come to others.
    case streamCounters
    /// How many entries a group of this name has read, likewise.
    case entriesRead(group: ByteString)
    /// When a consumer was last active, before Redis 7.2, where that is not when it was last seen.
    case consumerActivity(group: ByteString, consumer: ByteString)
    /// So many pending entries of a group of this name, in a log of commands: their ID is 0-0, which no
    /// message ever had, and no command makes such an entry.
    case orphanedPending(group: ByteString, Int)
    /// When, or how often, so many pending entries of a group of this name were delivered, in a log of commands:
    /// at a time before 1970, or more than 2⁶³-1 times, which XCLAIM does not take.
    case deliveries(group: ByteString, Int)
    /// A consumer that owns no pending entry, in a log of commands before Redis 6.2.
    case idleConsumer(group: ByteString, consumer: ByteString)
    /// An aux field of this name, before Redis 3.2.
    case aux(ByteString)
    /// A library of functions, before Redis 7.0.
    case function
    /// Data of a module beside the keys, before Redis 5.0.
    case moduleAux
  }

  /// What cannot be held.
  public var what: What
  /// Whether all of it is left out: the whole key, the field, the library. Otherwise only the part that
  /// `what` names is.
  public var isWhole: Bool

  package init(_ what: What, isWhole: Bool = false) {
    self.what = what
    self.isWhole = isWhole
  }

  /// Whether it is something that a stream counts. A server of a release that cannot hold it does not count,
  /// and answers every command as it would have.
  package var isStreamCounter: Bool {
    switch what {
    case .streamCounters, .entriesRead: true
    default: false
    }
  }
  /// Whether it is a server's account of how a stream was used: a counter, or when a consumer was active.
  package var isBookkeeping: Bool {
    if case .consumerActivity = what { return true }
    return isStreamCounter
  }
}

extension ConversionLoss: CustomStringConvertible {
  /// What is lost, as the end of a sentence that begins with the key.
  public var description: String {
    switch what {
    case .type(let type): "a \(type.rawValue) does not exist there"
    case .emptyCollection: "a collection without an element cannot exist"
    case .scoreNotANumber: "a score is not a number (NaN), which no server loads"
    case .size: "a string is too large"
    case .moduleName: "no ID stands for the name and version of the module"
    case .expiry: "the expiry is out of range, so that the key will not expire"
    case .expiryMilliseconds: "the expiry is written as the next whole second"
    case .idle: "the idle time is left out"
    case .frequency: "the access frequency is left out"
    case .fieldExpiries(1): "1 field loses its lifetime and will not expire"
    case .fieldExpiries(let count): "\(count) fields lose their lifetimes and will not expire"
    case .streamCounters: "first ID, highest deleted ID and entries added are left out"
    case .entriesRead(let group): "the number of entries read by the group \(group) is left out"
    case .consumerActivity(let group, let consumer):
      "when consumer \(consumer) of the group \(group) was active is left out"
    case .orphanedPending(let group, let count):
      "\(count) pending entries of the group \(group) are left out, of the ID 0-0 that no message has"
    case .deliveries(let group, let count):
      "\(count) pending entries of the group \(group) get other times or numbers of deliveries"
    case .idleConsumer(let group, let consumer):
      "consumer \(consumer) of the group \(group) is left out"
    case .aux(let name): "the aux field \(name) is left out"
    case .function: "a library of functions is left out"
    case .moduleAux: "data of a module beside the keys is left out"
    }
  }
}

extension RDBTarget {
  /// What this release cannot hold of a key, in the order of the record; empty for all of most keys. With
  /// an element that `isWhole` the key cannot be written, otherwise it is written without these parts.
  public func losses(of entry: RDBEntry) -> [ConversionLoss] {
    if let loss = refusal(of: entry) { return [ConversionLoss(loss, isWhole: true)] }
    var losses: [ConversionLoss] = []
    if let expiry = entry.expiresAt, !hasMillisecondExpiry {
      if Self.seconds(expiry) == nil {
        losses.append(ConversionLoss(.expiry))
      } else if expiry % 1000 != 0 {
        losses.append(ConversionLoss(.expiryMilliseconds))
      }
    }
    if !hasEvictionData {
      if entry.idle != nil { losses.append(ConversionLoss(.idle)) }
      if entry.frequency != nil { losses.append(ConversionLoss(.frequency)) }
    }
    switch entry.value {
    case .hash(let fields):
      let count = fields.count { $0.expiresAt != nil && lifetime(of: $0) == nil }
      if count > 0 { losses.append(ConversionLoss(.fieldExpiries(count))) }
    case .stream(let stream): losses += self.losses(of: stream)
    default: break
    }
    return losses
  }

  /// Why a key cannot be written at all.
  private func refusal(of entry: RDBEntry) -> ConversionLoss.What? {
    guard isHoldable(entry.key) else { return .size }
    switch entry.value {
    case .string(let string): return isHoldable(string) ? nil : .size
    case .list(let elements):
      if elements.isEmpty { return .emptyCollection }
      // A ziplist has 32 bits for its size.
      let isSmall = version >= 10 || elements.allSatisfy { $0.count < (1 << 32) - 64 }
      return isSmall ? nil : .size
    case .set(let members):
      if members.isEmpty { return .emptyCollection }
      return members.allSatisfy(isHoldable) ? nil : .size
    case .hash(let fields):
      if fields.isEmpty { return .emptyCollection }
      return fields.allSatisfy { isHoldable($0.name) && isHoldable($0.value) } ? nil : .size
    case .sortedSet(let members):
      if members.isEmpty { return .emptyCollection }
      if members.contains(where: \.score.isNaN) { return .scoreNotANumber }
      return members.allSatisfy { isHoldable($0.member) } ? nil : .size
    case .stream(let stream):
      guard version >= 9 else { return .type(.stream) }
      // A node is a listpack, which has 32 bits for its size.
      let isSmall = stream.entries.allSatisfy { entry in
        entry.fields.reduce(0) { $0 + 2 * $1.name.count + $1.value.count + 40 } < 1 << 32 - 1
      }
      return isSmall ? nil : .size
    case .module(let module):
      guard version >= 8 else { return .type(.module) }
      guard module.version >= 0,
        ModuleID(name: module.name, version: UInt64(module.version)) != nil
      else { return .moduleName }
      return nil
    }
  }

  /// Lengths had 32 bits before RDB version 8.
  private func isHoldable(_ string: ByteString) -> Bool {
    version >= 8 || string.count < 1 << 32
  }

  private func losses(of stream: RDBStream) -> [ConversionLoss] {
    var losses: [ConversionLoss] = []
    if !hasStreamCounters {
      let summary = StreamSummary(
        length: UInt64(stream.entries.count), lastID: stream.lastID,
        firstLive: stream.entries.first?.id)
      if stream.firstID != summary.firstID || stream.maxDeletedID != summary.maxDeletedID
        || stream.entriesAdded != summary.entriesAdded
      {
        losses.append(ConversionLoss(.streamCounters))
      }
      for group in stream.groups
      where group.entriesRead != summary.estimatedEntriesRead(group.lastID) {
        losses.append(ConversionLoss(.entriesRead(group: group.name)))
      }
    }
    guard layout(for: .stream(stream)) != .stream3 else { return losses }
    for group in stream.groups {
      for consumer in group.consumers where consumer.activeAt != consumer.seenAt {
        losses.append(
          ConversionLoss(.consumerActivity(group: group.name, consumer: consumer.name)))
      }
    }
    return losses
  }
}

// What follows from the RDB version.
extension RDBTarget {
  package var hasMillisecondExpiry: Bool { version >= 3 }
  var hasAux: Bool { version >= 7 }
  var hasModuleAux: Bool { version >= 9 }
  /// Idle times and LFU counters.
  var hasEvictionData: Bool { version >= 9 }
  package var hasFunctions: Bool { version >= 10 }
  /// What streams have counted, since Redis 7.0.
  package var hasStreamCounters: Bool { version >= 10 }

  /// Unix seconds at which a key has expired that expires at these milliseconds, and the second before
  /// has not; nil outside of 32 bits.
  package static func seconds(_ milliseconds: Int64) -> Int32? {
    let (quotient, remainder) = milliseconds.quotientAndRemainder(dividingBy: 1000)
    return Int32(exactly: quotient + (remainder > 0 ? 1 : 0))
  }
}
