/// Steps over values by their framing alone: outer lengths are followed, nothing inside a blob is
/// looked at, nothing is decoded.
///
/// A value may be longer than the part of the input that is in memory. `SkipProgress` remembers how far
/// the elements were walked, so that no element is walked again when more has been read.
package struct SkipProgress: BitwiseCopyable, Sendable {
  var elements: UInt64 = 0
  var offset = 0

  package init() {}
}

extension ByteCursor {
  /// Steps over the value of a key.
  ///
  /// `inputEnd` is the number of bytes from the start of the buffer to the end of the whole input,
  /// where that is known: a count that could not fit in it is refused at once. `progress` is that of an
  /// earlier call that threw `truncated` for the same value at the same place of the buffer, or new.
  @_lifetime(self: copy self)
  package mutating func skipValue(
    _ layout: ValueLayout, inputEnd: UInt64, progress: inout SkipProgress
  ) throws(FormatError) {
    switch layout {
    case .string, .hashZipmap, .listZiplist, .setIntset, .zsetZiplist, .hashZiplist,
      .hashListpack, .zsetListpack, .setListpack, .hashListpackExPreGA:
      try skipString()
    case .list, .set, .listQuicklist: try skipElements(layout, 1, inputEnd, &progress)
    case .hash, .zset, .listQuicklist2: try skipElements(layout, 2, inputEnd, &progress)
    case .zset2: try skipElements(layout, 9, inputEnd, &progress)
    case .valkeyHash2: try skipElements(layout, 10, inputEnd, &progress)
    case .hashMetadataPreGA: try skipElements(layout, 3, inputEnd, &progress)
    case .hashMetadata:
      try skip(8)
      try skipElements(layout, 3, inputEnd, &progress)
    case .hashListpackEx:
      try skip(8)
      try skipString()
    case .stream, .stream2, .stream3:
      try skipElements(layout, 2, inputEnd, &progress)
      try skipStreamTail(layout, inputEnd)
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

  /// Steps over a count and that many elements of at least `minimum` bytes each.
  @_lifetime(self: copy self)
  @inline(__always)
  private mutating func skipElements(
    _ layout: ValueLayout, _ minimum: UInt64, _ inputEnd: UInt64, _ progress: inout SkipProgress
  ) throws(FormatError) {
    let count = try readCount(minimum: minimum, inputEnd)
    var index = progress.elements
    if index > 0 {
      offset = progress.offset
      progress = SkipProgress()
    }
    while index < count {
      let at = offset
      do throws(FormatError) {
        switch layout {
        case .hash, .stream, .stream2, .stream3:
          try skipString()
          try skipString()
        case .zset:
          try skipString()
          let length = try readByte()
          if length < 253 { try skip(Int(length)) }
        case .zset2:
          try skipString()
          try skip(8)
        case .listQuicklist2:
          _ = try readLength()
          try skipString()
        case .hashMetadata, .hashMetadataPreGA:
          _ = try readLength()
          try skipString()
          try skipString()
        case .valkeyHash2:
          try skipString()
          try skipString()
          try skip(8)
        default: try skipString()
        }
      } catch {
        progress.elements = index
        progress.offset = at
        throw error
      }
      index &+= 1
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

  /// Steps over what follows the nodes of a stream.
  @_lifetime(self: copy self)
  private mutating func skipStreamTail(
    _ layout: ValueLayout, _ inputEnd: UInt64
  ) throws(FormatError) {
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
