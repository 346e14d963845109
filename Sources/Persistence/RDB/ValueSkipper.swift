/// Steps over values by their framing alone: outer lengths are followed, nothing inside a blob is
/// looked at, nothing is decoded.
extension ByteCursor {
  /// Steps over the value of a key.
  ///
  /// `inputEnd` is the number of bytes from the start of the buffer to the end of the whole input,
  /// where that is known: a count that could not fit in it is refused at once. `progress` is new, or that
  /// of an earlier call for the same value which threw `truncated`; the cursor then is where that call
  /// left it. Throws framing errors; the offset of one in a text that began before the buffer is
  /// negative.
  @_lifetime(self: copy self)
  package mutating func skipValue(
    _ layout: ValueLayout, inputEnd: UInt64, progress: inout SkipProgress
  ) throws(FormatError) {
    switch layout.shape {
    case .string: try skipOnlyString(layout, &progress)
    case .elements:
      if progress.stage <= .elements {
        var left = progress.left
        if progress.stage == .start { left = try readElementCount(layout, inputEnd) }
        do throws(FormatError) {
          try skipElements(layout, &left)
        } catch {
          progress.stage = .elements
          progress.left = left
          throw error
        }
        guard layout.isStream else { return }
        progress.stage = .counters
      }
      try skipStreamTail(layout, inputEnd, &progress)
    case .operands:
      if progress.stage == .start {
        _ = try readModuleID()
        progress.stage = .elements
      }
      while try skipOperand() {}
    case .endless:
      throw FormatError(
        .unknownModule, at: offset,
        "a module value of the 4.0 release candidates (type 6) has no end mark: nothing after it can be read"
      )
    }
  }

  // MARK: One string

  @_lifetime(self: copy self)
  @inline(__always)
  private mutating func skipOnlyString(
    _ layout: ValueLayout, _ progress: inout SkipProgress
  ) throws(FormatError) {
    guard progress.stage == .start else { return try skipText(&progress) }
    let start = offset
    do throws(FormatError) {
      if layout == .hashListpackEx { try skip(8) }
      try skipString()
    } catch {
      offset = start
      guard error.code == .truncated, enterText(layout, &progress) else { throw error }
      try skipText(&progress)
    }
  }

  /// Steps into the text of a value that is one string; false, without a step, when what stands before
  /// the text is incomplete.
  @_lifetime(self: copy self)
  private mutating func enterText(_ layout: ValueLayout, _ progress: inout SkipProgress) -> Bool {
    let start = offset
    do throws(FormatError) {
      if layout == .hashListpackEx { try skip(8) }
      progress.left = try readStringHead().payload
      progress.stage = .text
      return true
    } catch {
      offset = start
      return false
    }
  }

  /// Steps over what is left of a text, or over as much of it as there is.
  @_lifetime(self: copy self)
  private mutating func skipText(_ progress: inout SkipProgress) throws(FormatError) {
    let left = progress.left
    let there = remaining
    if UInt64(there) >= left {
      offset &+= Int(left)
      progress.left = 0
      progress.gone = 0
      return
    }
    let (end, overflow) = UInt64(offset).addingReportingOverflow(left)
    let start = offset &- progress.gone
    offset &+= there
    progress.left &-= UInt64(there)
    progress.gone &+= there
    throw FormatError(
      .truncated, at: start, "the input ends here", expected: overflow ? .max : end)
  }

  // MARK: Elements

  /// Reads what stands before the elements: a lifetime in some hashes, and their number. When it throws,
  /// the cursor has not moved.
  @_lifetime(self: copy self)
  @inline(__always)
  mutating func readElementCount(
    _ layout: ValueLayout, _ inputEnd: UInt64
  ) throws(FormatError) -> UInt64 {
    let start = offset
    do throws(FormatError) {
      if layout == .hashMetadata { try skip(8) }
      return try readCount(minimum: layout.smallestElement, inputEnd)
    } catch {
      offset = start
      throw error
    }
  }

  /// Steps over `left` elements, counting it down. When it throws, the cursor is at the start of the
  /// element that the error is in.
  @_lifetime(self: copy self)
  @inline(__always)
  mutating func skipElements(
    _ layout: ValueLayout, _ left: inout UInt64
  ) throws(FormatError) {
    while left > 0 {
      let start = offset
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
        offset = start
        throw error
      }
      left &-= 1
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

  // MARK: The tail of a stream

  /// Steps over what follows the nodes of a stream, part by part.
  @_lifetime(self: copy self)
  mutating func skipStreamTail(
    _ layout: ValueLayout, _ inputEnd: UInt64, _ progress: inout SkipProgress
  ) throws(FormatError) {
    while true {
      let start = offset
      do throws(FormatError) {
        guard try skipTailPart(layout, inputEnd, &progress) else { return }
      } catch {
        // Of the IDs of a consumer there may be a part.
        if progress.stage != .owned { offset = start }
        throw error
      }
    }
  }

  /// Steps over one part of the tail; false behind the last one.
  @_lifetime(self: copy self)
  @inline(__always)
  private mutating func skipTailPart(
    _ layout: ValueLayout, _ inputEnd: UInt64, _ progress: inout SkipProgress
  ) throws(FormatError) -> Bool {
    switch progress.stage {
    case .start, .text, .elements, .counters:
      for _ in 0..<(layout == .stream ? 3 : 8) { _ = try readLength() }
      progress.groups = try readCount(minimum: 5, inputEnd)
      progress.stage = .group
    case .group:
      guard progress.groups > 0 else { return false }
      try skipString()
      for _ in 0..<(layout == .stream ? 2 : 3) { _ = try readLength() }
      progress.left = try readCount(minimum: 25, inputEnd)
      progress.stage = .pending
    case .pending where progress.left > 0:
      try skip(24)
      _ = try readLength()
      progress.left &-= 1
    case .pending:
      progress.consumers = try readCount(minimum: 10, inputEnd)
      progress.stage = .consumer
    case .consumer:
      guard progress.consumers > 0 else {
        progress.groups &-= 1
        progress.stage = .group
        return true
      }
      try skipString()
      try skip(layout == .stream3 ? 16 : 8)
      let owned = try readCount(minimum: 16, inputEnd)
      progress.left = owned &* 16
      progress.stage = .owned
    case .owned:
      try skipText(&progress)
      progress.consumers &-= 1
      progress.stage = .consumer
    }
    return true
  }

  // MARK: Modules

  /// Reads the id of a module value. When it throws, the cursor has not moved.
  @_lifetime(self: copy self)
  mutating func readModuleID() throws(FormatError) -> UInt64 {
    let start = offset
    do throws(FormatError) {
      return try readLength()
    } catch {
      offset = start
      throw error
    }
  }

  /// Steps over an operand of a module value, or over the end mark (opcode 0), and then returns false.
  /// When it throws, the cursor has not moved.
  @_lifetime(self: copy self)
  package mutating func skipOperand() throws(FormatError) -> Bool {
    let start = offset
    do throws(FormatError) {
      switch try readLength() {
      case 0: return false
      case 1, 2: _ = try readLength()
      case 3: try skip(4)
      case 4: try skip(8)
      case 5: try skipString()
      case let opcode:
        throw FormatError(.badModule, at: start, "unknown module opcode", found: opcode)
      }
      return true
    } catch {
      offset = start
      throw error
    }
  }
}
