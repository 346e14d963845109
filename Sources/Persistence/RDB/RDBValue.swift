/// A value of an RDB file, decoded.
public enum RDBValue: Sendable, Equatable {
  case string(ByteString)
  /// Elements in the order of the list.
  case list([ByteString])
  /// Members in the order of the file.
  case set([ByteString])
  /// Fields in the order of the file.
  case hash([RDBField])
  /// Members in the order of the file: ascending in compact encodings, else descending, as a rule.
  case sortedSet([RDBScoredMember])
  case stream(RDBStream)
  case module(RDBModuleValue)
}

/// A field of a hash.
public struct RDBField: Sendable, Equatable {
  /// The field's name.
  public var name: ByteString
  /// Its value.
  public var value: ByteString
  /// Unix time in milliseconds at which the field expires; nil for never.
  public var expiresAt: UInt64?

  /// A field, which never expires unless a time is given.
  public init(name: ByteString, value: ByteString, expiresAt: UInt64? = nil) {
    self.name = name
    self.value = value
    self.expiresAt = expiresAt
  }
}

/// A member of a sorted set.
public struct RDBScoredMember: Sendable, Equatable {
  /// The member.
  public var member: ByteString
  /// Its score; infinities are legal.
  public var score: Double

  /// A member with its score.
  public init(member: ByteString, score: Double) {
    self.member = member
    self.score = score
  }
}

/// A stream. What files of Redis before 7.0 do not hold is derived as a 7.0 server does on loading.
public struct RDBStream: Sendable, Equatable {
  /// An entry that has not been deleted.
  public struct Entry: Sendable, Equatable {
    /// The entry's ID.
    public var id: StreamID
    /// Field names and values, in order; names may repeat.
    public var fields: [(name: ByteString, value: ByteString)]

    /// An entry of these fields.
    public init(id: StreamID, fields: [(name: ByteString, value: ByteString)]) {
      self.id = id
      self.fields = fields
    }

    /// Whether ID and fields are equal.
    public static func == (a: Entry, b: Entry) -> Bool {
      a.id == b.id && a.fields.elementsEqual(b.fields, by: ==)
    }
  }

  /// An entry that was delivered to a consumer and not acknowledged.
  public struct Pending: Sendable, Equatable {
    /// The entry's ID; the entry itself may be gone.
    public var id: StreamID
    /// Unix time in milliseconds of the last delivery.
    public var deliveredAt: Int64
    /// How often it was delivered.
    public var deliveries: UInt64

    /// An entry that waits to be acknowledged.
    public init(id: StreamID, deliveredAt: Int64, deliveries: UInt64) {
      self.id = id
      self.deliveredAt = deliveredAt
      self.deliveries = deliveries
    }
  }

  /// A consumer of a group.
  public struct Consumer: Sendable, Equatable {
    /// The consumer's name.
    public var name: ByteString
    /// Unix time in milliseconds at which it last asked.
    public var seenAt: Int64
    /// Unix time in milliseconds at which it last got something; -1 for never.
    public var activeAt: Int64
    /// The IDs that it owns.
    public var pending: [StreamID]

    /// A consumer; every ID that it owns is also among those of its group.
    public init(name: ByteString, seenAt: Int64, activeAt: Int64, pending: [StreamID] = []) {
      self.name = name
      self.seenAt = seenAt
      self.activeAt = activeAt
      self.pending = pending
    }
  }

  /// A consumer group.
  public struct Group: Sendable, Equatable {
    /// The group's name.
    public var name: ByteString
    /// The last ID that was delivered.
    public var lastID: StreamID
    /// Entries read, as a logical counter; nil when the server does not know.
    public var entriesRead: UInt64?
    /// Entries delivered and not acknowledged, in the order of the file.
    public var pending: [Pending]
    /// Consumers in the order of the file.
    public var consumers: [Consumer]

    /// A group.
    public init(
      name: ByteString, lastID: StreamID, entriesRead: UInt64?, pending: [Pending] = [],
      consumers: [Consumer] = []
    ) {
      self.name = name
      self.lastID = lastID
      self.entriesRead = entriesRead
      self.pending = pending
      self.consumers = consumers
    }
  }

  /// Live entries in ascending order.
  public var entries: [Entry] = []
  /// The number of live entries, as stored.
  public var length: UInt64 = 0
  /// The highest ID the stream ever had.
  public var lastID = StreamID.zero
  /// The lowest ID of a live entry; 0-0 without any.
  public var firstID = StreamID.zero
  /// The highest ID that was ever deleted.
  public var maxDeletedID = StreamID.zero
  /// Entries ever added.
  public var entriesAdded: UInt64 = 0
  /// Consumer groups in the order of the file.
  public var groups: [Group] = []

  /// A stream that never had an entry.
  public init() {}

  /// A stream of entries in ascending order from which none was ever deleted, without groups.
  public init(_ entries: [Entry]) {
    self.entries = entries
    length = UInt64(entries.count)
    lastID = entries.last?.id ?? .zero
    firstID = entries.first?.id ?? .zero
    entriesAdded = length
  }
}

/// A value of a module: a sequence of typed operands that only the module understands.
public struct RDBModuleValue: Sendable, Equatable {
  /// One operand.
  public enum Operand: Sendable, Equatable {
    /// A signed number, as the bits of an unsigned one.
    case signed(UInt64)
    case unsigned(UInt64)
    case float(Float)
    case double(Double)
    case string(ByteString)
  }

  /// Nine characters, as a rule.
  public var name: ByteString
  /// The module's own version of its encoding, 0-1023.
  public var version: Int
  /// The operands.
  public var operands: [Operand]
  /// The operands as they stand in the file, up to and including the end mark.
  public var raw: ByteString

  package init(name: ByteString, version: Int, operands: [Operand], raw: ByteString) {
    self.name = name
    self.version = version
    self.operands = operands
    self.raw = raw
  }
}
