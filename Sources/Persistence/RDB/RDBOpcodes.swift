/// Opcodes with their operands as a server writes them.
package enum RDBOpcodes {
  /// SELECTDB: the database of the keys that follow.
  package static func selectDB(_ database: UInt64) -> [UInt8] { [254] + length(database) }

  /// RESIZEDB: what a database has.
  package static func resizeDB(keys: UInt64, expires: UInt64) -> [UInt8] {
    [251] + length(keys) + length(expires)
  }

  /// A length in its shortest form: 6, 14, 32 or 64 bits, the latter three big-endian.
  package static func length(_ value: UInt64) -> [UInt8] {
    func bigEndian(_ bytes: UInt64) -> [UInt8] {
      (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * (bytes - 1 - $0))) }
    }
    if value < 64 { return [UInt8(value)] }
    if value < 1 << 14 { return [0x40 | UInt8(value >> 8), UInt8(truncatingIfNeeded: value)] }
    return value <= UInt64(UInt32.max) ? [0x80] + bigEndian(4) : [0x81] + bigEndian(8)
  }
}
