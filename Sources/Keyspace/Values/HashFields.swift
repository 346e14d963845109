internal import Persistence

/// The fields of a hash and their values: a listpack of field, value, field, value, … while they are few and
/// short, then a table. A hash that has become a table stays one. Source: t_hash.c of Redis 7.0.
enum HashFields: Sendable {
  case listpack(EditableListpack)
  case table(Box<PackedTable>)

  /// Of no fields, and without memory of its own; only to stand where something else is being changed.
  static var placeholder: HashFields { .listpack(EditableListpack(valid: [])) }

  /// No fields, with room for so many, and bytes of fields and values.
  init(fields: Int = 0, bytes: Int = 0, limits: EncodingLimits) {
    // More bytes than that, and one of them is too long for a listpack.
    if fields > limits.hashEntries || bytes > 2 * fields * limits.hashValue {
      self = .table(Box(PackedTable(hasValues: true, keys: fields, bytes: bytes)))
    } else {
      // Most entries have two bytes beside their own.
      self = .listpack(EditableListpack(reserving: bytes + 4 * fields))
    }
  }

  var count: Int {
    switch self {
    case .listpack(let pack): pack.count / 2
    case .table(let box): box.content.count
    }
  }

  var isEmpty: Bool {
    switch self {
    case .listpack(let pack): pack.isEmpty
    case .table(let box): box.content.count == 0
    }
  }

  // MARK: Finding

  func contains(_ field: RawSpan) -> Bool {
    switch self {
    case .listpack(let pack): pack.find(field, skipping: 1) != nil
    case .table(let box): box.content.contains(field)
    }
  }

  /// Calls `body` with the value of a field; nil when that is not there.
  @inline(__always)
  func withValue<R, E: Error>(
    of field: RawSpan, _ body: (RawSpan) throws(E) -> R
  ) throws(E) -> R? {
    switch self {
    case .listpack(let pack):
      guard let place = pack.find(field, skipping: 1) else { return nil }
      return try pack.element(at: pack.next(after: place)).withBytes(
        in: unsafe pack.bytes.span.bytes, body)
    case .table(let box):
      let table = box.content
      guard let record = table.find(field) else { return nil }
      return try body(table.bytes.extracting(record.value))
    }
  }

  /// Calls `body` with every field and its value until it says false. False when it did.
  @discardableResult
  func all<E: Error>(_ body: (RawSpan, RawSpan) throws(E) -> Bool) throws(E) -> Bool {
    switch self {
    case .listpack(let pack):
      let blob = unsafe pack.bytes.span.bytes
      var place = EditableListpack.start
      while place < pack.end {
        let (name, middle) = pack.elementAndNext(at: place)
        let (value, next) = pack.elementAndNext(at: middle)
        let goesOn = try name.withBytes(in: blob) { (name) throws(E) in
          try value.withBytes(in: blob) { (value) throws(E) in try body(name, value) }
        }
        guard goesOn else { return false }
        place = next
      }
      return true
    case .table(let box): return try box.content.all(body)
    }
  }

  // MARK: Changing

  /// Gives a field a value; true when the field is new.
  mutating func set(_ field: RawSpan, _ value: RawSpan, _ limits: EncodingLimits) -> Bool {
    switch self {
    case .table(var box):
      self = .placeholder
      defer { self = .table(box) }
      return box.content.set(field, value)
    case .listpack(var pack):
      guard field.byteCount <= limits.hashValue, value.byteCount <= limits.hashValue else {
        convert()
        return set(field, value, limits)
      }
      self = .placeholder
      if let place = pack.find(field, skipping: 1) {
        pack.replace(at: pack.next(after: place), with: value)
        self = .listpack(pack)
        return false
      }
      pack.append(field)
      pack.append(value)
      self = .listpack(pack)
      if count > limits.hashEntries { convert() }
      return true
    }
  }

  /// Adds a field that is not there.
  mutating func append(_ field: RawSpan, _ value: RawSpan, _ limits: EncodingLimits) {
    guard case .listpack(var pack) = self, field.byteCount <= limits.hashValue,
      value.byteCount <= limits.hashValue
    else {
      _ = set(field, value, limits)
      return
    }
    self = .placeholder
    pack.append(field)
    pack.append(value)
    self = .listpack(pack)
  }

  /// Removes a field; false when it is not there.
  mutating func remove(_ field: RawSpan) -> Bool {
    switch self {
    case .table(var box):
      self = .placeholder
      defer { self = .table(box) }
      return box.content.remove(field)
    case .listpack(var pack):
      guard let place = pack.find(field, skipping: 1) else { return false }
      self = .placeholder
      pack.remove(at: place, entries: 2)
      self = .listpack(pack)
      return true
    }
  }

  /// Makes a table of a listpack.
  mutating func convert() {
    guard case .listpack(let pack) = self else { return }
    var table = PackedTable(hasValues: true, keys: pack.count / 2 + 1, bytes: pack.size)
    all { field, value in
      table.set(field, value)
      return true
    }
    self = .table(Box(table))
  }
}
