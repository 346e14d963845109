internal import Persistence

/// The fields and members of the collections in a sample of keys, as far as they are in the sample.
struct FieldSample {
  struct Field: BitwiseCopyable {
    /// The hash within the key.
    var hash: UInt64
    /// The number of the key, and of the value that the key had then: a later value has none of the fields.
    var key: Int32
    var generation: UInt32
    /// Bytes with framing; below 0 for a field that was removed.
    var size: Int64
  }

  private(set) var fields: [Field] = []
  /// Open addressing: 1 + the number of a field, or 0. A power of two of slots, at most half of them taken.
  private var slots = [UInt32](repeating: 0, count: 1024)
  /// Unknown to whoever wrote the file, so that nobody can make fields queue up for one slot.
  private let secret = ByteHash.seed

  /// Sets a field and returns its size before, nil when it was not there.
  mutating func set(_ hash: UInt64, of key: Int32, _ generation: UInt32, size: Int64) -> Int64? {
    let slot = slot(of: hash, key, generation)
    let found = Int(slots[slot])
    if found > 0 {
      let before = fields[found - 1].size
      fields[found - 1].size = size
      return before < 0 ? nil : before
    }
    fields.append(Field(hash: hash, key: key, generation: generation, size: size))
    slots[slot] = UInt32(fields.count)
    if 2 * fields.count > slots.count { fillSlots(2 * slots.count) }
    return nil
  }

  /// Removes a field and returns its size, nil when it was not there.
  mutating func remove(_ hash: UInt64, of key: Int32, _ generation: UInt32) -> Int64? {
    let found = Int(slots[slot(of: hash, key, generation)])
    guard found > 0, fields[found - 1].size >= 0 else { return nil }
    defer { fields[found - 1].size = -1 }
    return fields[found - 1].size
  }

  /// Keeps the fields that `change` returns, as it returns them.
  mutating func keep(_ change: (Field) -> Field?) {
    fields = fields.compactMap { $0.size < 0 ? nil : change($0) }
    fillSlots(slots.count)
  }

  private func slot(of hash: UInt64, _ key: Int32, _ generation: UInt32) -> Int {
    let mask = slots.count - 1
    let owner = UInt64(UInt32(bitPattern: key)) << 32 | UInt64(generation)
    var slot =
      Int(truncatingIfNeeded: ByteHash.fold(hash ^ secret, owner ^ 0x9e37_79b9_7f4a_7c15)) & mask
    while slots[slot] != 0 {
      let field = fields[Int(slots[slot]) - 1]
      if field.hash == hash, field.key == key, field.generation == generation { break }
      slot = (slot + 1) & mask
    }
    return slot
  }

  private mutating func fillSlots(_ count: Int) {
    slots = [UInt32](repeating: 0, count: count)
    for (index, field) in fields.enumerated() {
      slots[slot(of: field.hash, field.key, field.generation)] = UInt32(index + 1)
    }
  }
}
