internal import Persistence

/// A set: an intset while all members are few integers, else a listpack while they are few and short, else a
/// table. A set never goes back to a smaller form. Source: t_set.c of Redis 7.2.
enum SetValue: Sendable {
  case intset(EditableIntset)
  case listpack(EditableListpack)
  case table(Box<PackedTable>)

  /// Without members, and without memory of its own; only to stand where something else is being changed.
  static var placeholder: SetValue { .listpack(EditableListpack(valid: [])) }

  /// An empty set in the form that a server makes for a first member, with room for so many, and their bytes.
  init(first: RawSpan, members: Int = 1, bytes: Int = 0, _ limits: EncodingLimits) {
    if members <= limits.setIntsetEntries, NumberText.canonicalInteger(first) != nil {
      self = .intset(EditableIntset())
    } else if members <= limits.setListpackEntries, first.byteCount <= limits.setListpackValue,
      bytes <= members * limits.setListpackValue
    {
      // Most entries have two bytes beside their own.
      self = .listpack(EditableListpack(reserving: bytes + 2 * members))
    } else {
      self = .table(Box(PackedTable(hasValues: false, keys: members, bytes: bytes)))
    }
  }

  var count: Int {
    switch self {
    case .intset(let set): set.count
    case .listpack(let pack): pack.count
    case .table(let box): box.content.count
    }
  }

  var isEmpty: Bool {
    switch self {
    case .intset(let set): set.isEmpty
    case .listpack(let pack): pack.isEmpty
    case .table(let box): box.content.count == 0
    }
  }

  /// The intset or listpack, which an RDB holds as it stands; nil for a table.
  var blob: [UInt8]? {
    switch self {
    case .intset(let set): set.bytes
    case .listpack(let pack): pack.bytes
    case .table: nil
    }
  }

  // MARK: Finding

  func contains(_ member: RawSpan) -> Bool {
    switch self {
    case .intset(let set): NumberText.canonicalInteger(member).map(set.contains) ?? false
    case .listpack(let pack): pack.find(member) != nil
    case .table(let box): box.content.contains(member)
    }
  }

  /// Calls `body` with every member until it says false. False when it did.
  @discardableResult
  func all<E: Error>(_ body: (RawSpan) throws(E) -> Bool) throws(E) -> Bool {
    switch self {
    case .intset(let set):
      for index in 0..<set.count {
        guard try NumberText.withBytes(of: set[index], body) else { return false }
      }
      return true
    case .listpack(let pack):
      let blob = unsafe pack.bytes.span.bytes
      var place = EditableListpack.start
      while place < pack.end {
        let (member, next) = pack.elementAndNext(at: place)
        guard try member.withBytes(in: blob, body) else { return false }
        place = next
      }
      return true
    case .table(let box):
      return try box.content.all { (key, _) throws(E) in try body(key) }
    }
  }

  /// Calls `body` with every member.
  func forEach(_ body: (RawSpan) -> Void) {
    all { member in
      body(member)
      return true
    }
  }

  // MARK: Changing

  /// Adds a member; false when it is there.
  mutating func insert(_ member: RawSpan, _ limits: EncodingLimits) -> Bool {
    switch self {
    case .table(var box):
      self = .placeholder
      defer { self = .table(box) }
      return box.content.set(member)
    case .listpack(var pack):
      guard pack.find(member) == nil else { return false }
      guard pack.count < limits.setListpackEntries, member.byteCount <= limits.setListpackValue
      else {
        convertToTable(adding: 1)
        return insert(member, limits)
      }
      self = .placeholder
      pack.append(member)
      self = .listpack(pack)
      return true
    case .intset(var set):
      guard let number = NumberText.canonicalInteger(member) else {
        if set.count < limits.setListpackEntries, member.byteCount <= limits.setListpackValue {
          convertToListpack(adding: member.byteCount)
        } else {
          convertToTable(adding: 1)
        }
        return insert(member, limits)
      }
      self = .placeholder
      let isNew = set.insert(number)
      self = .intset(set)
      if isNew, set.count > limits.setIntsetEntries { convertToTable(adding: 1) }
      return isNew
    }
  }

  /// Removes a member; false when it is not there.
  mutating func remove(_ member: RawSpan) -> Bool {
    switch self {
    case .table(var box):
      self = .placeholder
      defer { self = .table(box) }
      return box.content.remove(member)
    case .listpack(var pack):
      guard let place = pack.find(member) else { return false }
      self = .placeholder
      pack.remove(at: place)
      self = .listpack(pack)
      return true
    case .intset(var set):
      guard let number = NumberText.canonicalInteger(member) else { return false }
      self = .placeholder
      defer { self = .intset(set) }
      return set.remove(number)
    }
  }

  /// Makes room for members of a command, and a table of a small form that is going to be too large.
  mutating func prepare(adding members: Int, bytes: Int, _ limits: EncodingLimits) {
    switch self {
    case .table(var box):
      // Members that are there already take no room: only what is a large part of the whole is reserved.
      guard members > box.content.count / 4 else { return }
      self = .placeholder
      box.content.reserve(keys: members, bytes: bytes)
      self = .table(box)
    case .listpack: if members > limits.setListpackEntries { convertToTable(adding: members) }
    case .intset: if members > limits.setIntsetEntries { convertToTable(adding: members) }
    }
  }

  private mutating func convertToListpack(adding bytes: Int) {
    let old = self
    var pack = EditableListpack(reserving: old.textSize + 2 * (old.count + 1) + bytes)
    if case .intset(let set) = old {
      for index in 0..<set.count { pack.append(set[index]) }
    }
    self = .listpack(pack)
  }

  private mutating func convertToTable(adding members: Int) {
    let old = self
    var table = PackedTable(hasValues: false, keys: old.count + members, bytes: old.textSize)
    old.forEach { table.set($0) }
    self = .table(Box(table))
  }

  /// Bytes of all members.
  private var textSize: Int {
    var size = 0
    forEach { size += $0.byteCount }
    return size
  }
}

// MARK: RDB

extension SetValue {
  /// The set of an RDB.
  init(_ members: [ByteString], limits: EncodingLimits = EncodingLimits()) {
    if members.count <= limits.setIntsetEntries {
      let numbers = members.compactMap {
        NumberText.canonicalInteger(unsafe $0.bytes.span.bytes)
      }
      if numbers.count == members.count {
        self = .intset(EditableIntset(numbers))
        return
      }
    }
    let size = members.reduce(0) { $0 + $1.count }
    let isShort = members.allSatisfy { $0.count <= limits.setListpackValue }
    if members.count <= limits.setListpackEntries, isShort {
      var pack = EditableListpack(reserving: size + 2 * members.count)
      for member in members { pack.append(unsafe member.bytes.span.bytes) }
      self = .listpack(pack)
    } else {
      var table = PackedTable(hasValues: false, keys: members.count, bytes: size)
      for member in members { table.set(unsafe member.bytes.span.bytes) }
      self = .table(Box(table))
    }
  }

  /// The members as an RDB holds them.
  var members: [ByteString] {
    var members: [ByteString] = []
    members.reserveCapacity(count)
    forEach { members.append(ByteString($0)) }
    return members
  }
}
