/// Steps over values by their framing alone: outer lengths are followed, nothing inside a blob is
/// looked at, nothing is decoded.
extension ByteCursor {
  /// Steps over the value of a key.
  ///
  /// `inputEnd` is the number of bytes from the start of the buffer to the end of the whole input,
  /// where that is known: a count that could not fit in it is refused at once.
  @_lifetime(self: copy self)
  package mutating func skipValue(_ layout: ValueLayout, inputEnd: UInt64) throws(FormatError) {
    switch layout {
    case .string, .hashZipmap, .listZiplist, .setIntset, .zsetZiplist, .hashZiplist,
      .hashListpack, .zsetListpack, .setListpack, .hashListpackExPreGA:
      try skipString()
    case .list, .set, .listQuicklist:
      let count = try readCount(minimum: 1, inputEnd)
      for _ in 0..<count { try skipString() }
    case .hash:
      let count = try readCount(minimum: 2, inputEnd)
      for _ in 0..<count {
        try skipString()
        try skipString()
      }
    case .zset:
      let count = try readCount(minimum: 2, inputEnd)
      for _ in 0..<count {
        try skipString()
        let length = try readByte()
        if length < 253 { try skip(Int(length)) }
      }
    case .zset2:
      let count = try readCount(minimum: 9, inputEnd)
      for _ in 0..<count {
        try skipString()
        try skip(8)
      }
    case .listQuicklist2:
      let count = try readCount(minimum: 2, inputEnd)
      for _ in 0..<count {
        _ = try readLength()
        try skipString()
      }
    case .hashMetadataPreGA: try skipHashMetadata(inputEnd)
    case .hashMetadata:
      try skip(8)
      try skipHashMetadata(inputEnd)
    case .hashListpackEx:
      try skip(8)
      try skipString()
    case .valkeyHash2:
      let count = try readCount(minimum: 10, inputEnd)
      for _ in 0..<count {
        try skipString()
        try skipString()
        try skip(8)
      }
    case .stream, .stream2, .stream3: try skipStream(layout, inputEnd)
    case .module2:
      _ = try readLength()
      try skipModuleValue()
    case .modulePreRelease:
      throw FormatError(
        .unknownModule, at: offset,
        "a module value of the 4.0 release candidates (type 6) has no end mark: nothing after it can be read"
      )
    }
  }

  /// A count of elements, compared with what the rest of the input could hold at `minimum` bytes each.
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func readCount(
    minimum: UInt64, _ inputEnd: UInt64
  ) throws(FormatError) -> UInt64 {
    let at = offset
    let count = try readLength()
    guard count <= (inputEnd &- UInt64(offset)) / minimum else {
      throw FormatError(
        .badLength, at: at, "more elements than the rest of the file can hold",
        expected: (inputEnd &- UInt64(offset)) / minimum, found: count)
    }
    return count
  }

  @_lifetime(self: copy self)
  private mutating func skipHashMetadata(_ inputEnd: UInt64) throws(FormatError) {
    let count = try readCount(minimum: 3, inputEnd)
    for _ in 0..<count {
      _ = try readLength()
      try skipString()
      try skipString()
    }
  }

  @_lifetime(self: copy self)
  private mutating func skipStream(
    _ layout: ValueLayout, _ inputEnd: UInt64
  ) throws(FormatError) {
    let nodes = try readCount(minimum: 2, inputEnd)
    for _ in 0..<nodes {
      try skipString()
      try skipString()
    }
    for _ in 0..<(layout == .stream ? 3 : 8) { _ = try readLength() }
    let groups = try readCount(minimum: 5, inputEnd)
    for _ in 0..<groups {
      try skipString()
      for _ in 0..<(layout == .stream ? 2 : 3) { _ = try readLength() }
      let pending = try readCount(minimum: 25, inputEnd)
      for _ in 0..<pending {
        try skip(24)
        _ = try readLength()
      }
      let consumers = try readCount(minimum: 10, inputEnd)
      for _ in 0..<consumers {
        try skipString()
        try skip(layout == .stream3 ? 16 : 8)
        let owned = try readCount(minimum: 16, inputEnd)
        try skip(claimed: owned &* 16)
      }
    }
  }

  /// Steps over a module's operands up to and including the end mark (opcode 0).
  @_lifetime(self: copy self)
  package mutating func skipModuleValue() throws(FormatError) {
    while true {
      let at = offset
      switch try readLength() {
      case 0: return
      case 1, 2: _ = try readLength()
      case 3: try skip(4)
      case 4: try skip(8)
      case 5: try skipString()
      case let opcode:
        throw FormatError(.badModule, at: at, "unknown module opcode", found: opcode)
      }
    }
  }
}
