/// Reads an intset.
///
///     u32le encoding (2, 4 or 8) · u32le count · count × signed little-endian integers of that width
///
/// Valid if and only if: at least 8 bytes; the encoding is 2, 4 or 8; 8 + count × encoding is the
/// length; there is at least one member; members strictly ascend. A width that is larger than needed
/// is legal (members that needed it have gone). Source: intset.c of Redis 2.4-8.0.
package struct Intset: ~Escapable {
  package let blob: RawSpan
  package let count: Int
  let width: Int

  /// Checks the header against the length of the blob.
  @_lifetime(copy blob)
  package init(_ blob: RawSpan) throws(FormatError) {
    guard blob.byteCount >= 8 else {
      throw FormatError(
        .badIntset, at: 0, "intset is shorter than its header", expected: 8,
        found: UInt64(blob.byteCount))
    }
    let width = blob.littleEndian(at: 0, as: UInt32.self)
    guard width == 2 || width == 4 || width == 8 else {
      throw FormatError(
        .badIntset, at: 0, "intset members are not 2, 4 or 8 bytes wide", found: UInt64(width))
    }
    let count = blob.littleEndian(at: 4, as: UInt32.self)
    let size = 8 + UInt64(count) * UInt64(width)
    guard size == UInt64(blob.byteCount) else {
      throw FormatError(
        .badIntset, at: 4, "intset header disagrees with the length of the blob",
        expected: UInt64(blob.byteCount), found: size)
    }
    guard count > 0 else { throw FormatError(.badIntset, at: 4, "intset has no members") }
    self.blob = blob
    self.count = Int(count)
    self.width = Int(width)
  }

  /// The member at `index`, which is below `count`.
  package subscript(index: Int) -> Int64 {
    Intset.read(blob, at: 8 &+ index &* width, width: width)
  }

  /// The member of `width` bytes at an offset.
  @inline(__always)
  static func read(_ blob: RawSpan, at offset: Int, width: Int) -> Int64 {
    switch width {
    case 2: return Int64(blob.littleEndian(at: offset, as: Int16.self))
    case 4: return Int64(blob.littleEndian(at: offset, as: Int32.self))
    default: return blob.littleEndian(at: offset, as: Int64.self)
    }
  }

  /// Checks that members strictly ascend, which finds disorder and duplicates.
  package func checkOrder() throws(FormatError) {
    var previous = self[0]
    for index in 1..<Swift.max(count, 1) {
      let member = self[index]
      guard member > previous else {
        throw member == previous
          ? FormatError(
            .duplicateElement, at: 8 + index * width, "intset holds a member twice")
          : FormatError(.badIntset, at: 8 + index * width, "intset members do not ascend")
      }
      previous = member
    }
  }
}

extension Intset {
  /// Writes an intset of members that strictly ascend, in the smallest width that holds them all.
  package static func write(_ members: [Int64], to blob: inout ByteBuffer) {
    guard let first = members.first, let last = members.last else {
      preconditionFailure("an intset has a member")
    }
    let width = max(width(of: first), width(of: last))
    blob.append(littleEndian: width)
    blob.append(littleEndian: UInt32(members.count))
    for member in members {
      switch width {
      case 2: blob.append(littleEndian: Int16(member))
      case 4: blob.append(littleEndian: Int32(member))
      default: blob.append(littleEndian: member)
      }
    }
  }

  private static func width(of member: Int64) -> UInt32 {
    if Int16(exactly: member) != nil { return 2 }
    return Int32(exactly: member) != nil ? 4 : 8
  }
}
