internal import Persistence

/// A hash: its fields, and beside them, where there are any, the lifetimes of fields.
struct HashValue: Sendable {
  private enum Storage: Sendable {
    case plain(HashFields)
    case timed(Box<Timed>)
  }

  private struct Timed: Sendable {
    var content: HashFields
    var lifetimes: FieldLifetimes
  }

  private var storage: Storage

  init(_ content: HashFields) { storage = .plain(content) }

  /// The fields with their values.
  var content: HashFields {
    @inline(__always)
    get {
      switch storage {
      case .plain(let content): content
      case .timed(let box): box.content.content
      }
    }
    @inline(__always)
    _modify {
      switch storage {
      case .plain(var content):
        storage = .plain(.placeholder)
        defer { storage = .plain(content) }
        yield &content
      case .timed(var box):
        storage = .plain(.placeholder)
        defer { storage = .timed(box) }
        yield &box.content.content
      }
    }
  }

  /// The lifetimes of fields; nil where none has one.
  var lifetimes: FieldLifetimes? {
    if case .timed(let box) = storage { box.content.lifetimes } else { nil }
  }

  /// Whether any field has a lifetime.
  var hasLifetimes: Bool {
    if case .timed = storage { true } else { false }
  }

  var count: Int { content.count }
  var isEmpty: Bool { content.isEmpty }

  /// The listpack, which an RDB holds as it stands; nil for a table, and where fields have lifetimes.
  var listpack: EditableListpack? {
    if case .plain(.listpack(let pack)) = storage { pack } else { nil }
  }

  // MARK: Changing

  /// Gives a field a value; true when the field is new. Its lifetime ends, unless it is to be kept.
  mutating func set(
    _ field: RawSpan, _ value: RawSpan, _ limits: EncodingLimits, keepsLifetime: Bool = false
  ) -> Bool {
    let isNew = content.set(field, value, limits)
    if !keepsLifetime, !isNew { removeLifetime(of: field) }
    return isNew
  }

  /// Removes a field; false when it is not there.
  mutating func remove(_ field: RawSpan) -> Bool {
    guard content.remove(field) else { return false }
    removeLifetime(of: field)
    return true
  }

  /// When a field expires, in Unix milliseconds; nil for never.
  func expiry(of field: RawSpan) -> Int64? {
    if case .timed(let box) = storage { box.content.lifetimes[field] } else { nil }
  }

  /// Says when a field that is there expires, in Unix milliseconds.
  mutating func setExpiry(of field: RawSpan, _ time: Int64) {
    switch storage {
    case .plain(let content):
      storage = .plain(.placeholder)
      var lifetimes = FieldLifetimes()
      lifetimes.set(field, time)
      storage = .timed(Box(Timed(content: content, lifetimes: lifetimes)))
    case .timed(var box):
      storage = .plain(.placeholder)
      box.content.lifetimes.set(field, time)
      storage = .timed(box)
    }
  }

  /// Has a field expire at no time; false when it did not anyway.
  @discardableResult
  mutating func removeLifetime(of field: RawSpan) -> Bool {
    guard case .timed(var box) = storage else { return false }
    storage = .plain(.placeholder)
    let isRemoved = box.content.lifetimes.remove(field)
    storage = box.content.lifetimes.isEmpty ? .plain(box.content.content) : .timed(box)
    return isRemoved
  }

  /// Whether a field has expired at a time, in Unix milliseconds.
  func hasExpiredFields(at now: Int64) -> Bool {
    if case .timed(let box) = storage { box.content.lifetimes.earliest < now } else { false }
  }

  /// Removes the fields that have expired, and tells them.
  mutating func removeExpired(at now: Int64) -> [ByteString] {
    guard case .timed(var box) = storage else { return [] }
    storage = .plain(.placeholder)
    let over = box.content.lifetimes.removeExpired(at: now)
    for field in over { _ = box.content.content.remove(unsafe field.bytes.span.bytes) }
    storage = box.content.lifetimes.isEmpty ? .plain(box.content.content) : .timed(box)
    return over
  }

  /// Calls `body` with every field, its value, and when it expires, in Unix milliseconds.
  func forEach(_ body: (RawSpan, RawSpan, Int64?) -> Void) {
    let lifetimes = lifetimes
    content.all { field, value in
      body(field, value, lifetimes?[field])
      return true
    }
  }
}

// MARK: RDB

extension HashValue {
  /// The hash of an RDB, whose fields are all different.
  init(_ fields: [RDBField], limits: EncodingLimits = EncodingLimits()) {
    let bytes = fields.reduce(0) { $0 + $1.name.count + $1.value.count }
    var content = HashFields(fields: fields.count, bytes: bytes, limits: limits)
    for field in fields {
      content.append(
        unsafe field.name.bytes.span.bytes, unsafe field.value.bytes.span.bytes, limits)
    }
    self.init(content)
    for field in fields {
      if let time = field.expiresAt {
        setExpiry(of: unsafe field.name.bytes.span.bytes, Int64(clamping: time))
      }
    }
  }

  /// The fields as an RDB holds them.
  var fields: [RDBField] {
    var fields: [RDBField] = []
    fields.reserveCapacity(count)
    forEach { name, value, expiry in
      fields.append(
        RDBField(
          name: ByteString(name), value: ByteString(value),
          expiresAt: expiry.map { UInt64(max(0, $0)) }))
    }
    return fields
  }
}
