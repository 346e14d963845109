/// A glob as the command `KEYS` reads it, on bytes: `*` any bytes, `?` one byte, `[a-z]` and `[^a]`
/// one byte of a class, `\` before a byte that means itself.
///
/// Every sequence of bytes is a glob. The answers are those of `stringmatchlen` in a server's util.c,
/// quirks included, with two exceptions. A server refuses globs whose nested stars would take it too
/// long or too deep (7.2.6 and later: more than a thousand); here no star is ever gone back to once a
/// later one has been reached, which gives the same answers in time of at most the product of both
/// lengths. And a range between an ASCII and a non-ASCII byte depends on the server's machine, whose
/// `char` has a sign on x86 and none on ARM; this is x86, where bytes from 80 on stand before 00.
package struct Glob: Equatable, Sendable {
  private enum Token: Equatable {
    case byte(UInt8)
    case anyByte
    /// One byte of the class at this place in `classes`.
    case oneOf(Int)
    case star
  }

  private var tokens: [Token] = []
  private var classes: [ByteClass] = []
  private let matchesEmpty: Bool

  /// Reads a glob. Never fails: what is no complete construct means something all the same.
  package init(_ pattern: RawSpan) {
    var offset = 0
    while offset < pattern.byteCount {
      let byte = pattern.byte(at: offset)
      offset += 1
      switch byte {
      case UInt8(ascii: "*"):
        if tokens.last != .star { tokens.append(.star) }
      case UInt8(ascii: "?"):
        tokens.append(.anyByte)
      case UInt8(ascii: "["):
        tokens.append(.oneOf(classes.count))
        classes.append(ByteClass(pattern, at: &offset))
      case UInt8(ascii: "\\") where offset < pattern.byteCount:
        tokens.append(.byte(pattern.byte(at: offset)))
        offset += 1
      default:
        // A backslash at the end means itself.
        tokens.append(.byte(byte))
      }
    }
    // Only a lone star matches the empty key: `KEYS` and `SCAN` never ask their matcher about that one,
    // and the matcher takes no step, not even over a star, without a byte to look at.
    matchesEmpty = pattern.byteCount == 0 || (pattern.byteCount == 1 && tokens == [.star])
  }

  /// Reads the UTF-8 bytes of a text as a glob.
  package init(_ pattern: String) {
    let bytes = Array(pattern.utf8)
    self.init(unsafe bytes.span.bytes)
  }

  /// Whether the whole key is of this form.
  package func matches(_ key: RawSpan) -> Bool {
    let count = key.byteCount
    guard count > 0 else { return matchesEmpty }
    let tokens = tokens.span
    var place = 0
    var offset = 0
    // Where to go on when what follows the last star does not match here.
    var afterStar: Int?
    var retryOffset = 0
    while true {
      if place < tokens.count, tokens[place] == .star {
        place &+= 1
        if place == tokens.count { return true }
        afterStar = place
        retryOffset = offset
      } else if offset == count {
        // Moving the star on would leave less for the rest, which is too long already.
        return place == tokens.count
      } else if place < tokens.count, accepts(tokens[place], key.byte(at: offset)) {
        place &+= 1
        offset &+= 1
      } else if let again = afterStar {
        retryOffset &+= 1
        offset = retryOffset
        place = again
      } else {
        return false
      }
    }
  }

  @inline(__always)
  private func accepts(_ token: Token, _ byte: UInt8) -> Bool {
    switch token {
    case .byte(let wanted): byte == wanted
    case .anyByte: true
    case .oneOf(let index): classes[index].contains(byte)
    case .star: false
    }
  }
}

/// A set of bytes, as brackets in a glob describe it.
private struct ByteClass: Equatable {
  /// Bit b of the whole stands for byte b.
  private var words = InlineArray<4, UInt64>(repeating: 0)

  static func == (a: ByteClass, b: ByteClass) -> Bool {
    a.words.indices.allSatisfy { a.words[$0] == b.words[$0] }
  }

  /// Reads a class from behind its opening bracket to behind the closing one, or to the end of the
  /// pattern where none closes it. `[]` has no byte in it and `[^]` all.
  init(_ pattern: RawSpan, at offset: inout Int) {
    let end = pattern.byteCount
    let isNegated = offset < end && pattern.byte(at: offset) == UInt8(ascii: "^")
    if isNegated { offset += 1 }
    while offset < end {
      let byte = pattern.byte(at: offset)
      if byte == UInt8(ascii: "\\"), end - offset >= 2 {
        insert(pattern.byte(at: offset + 1))
        offset += 2
      } else if byte == UInt8(ascii: "]") {
        offset += 1
        break
      } else if end - offset >= 3, pattern.byte(at: offset + 1) == UInt8(ascii: "-") {
        // The third byte is the end of the range whatever it is, a closing bracket too.
        insert(from: byte, to: pattern.byte(at: offset + 2))
        offset += 3
      } else {
        insert(byte)
        offset += 1
      }
    }
    if isNegated {
      for index in words.indices { words[index] = ~words[index] }
    }
  }

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool { words[Int(byte >> 6)] >> UInt64(byte & 63) & 1 == 1 }

  private mutating func insert(_ byte: UInt8) { words[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }

  /// Both ends belong to a range, in whichever order they are given. Bytes have a sign here.
  private mutating func insert(from first: UInt8, to last: UInt8) {
    let ends = (Int8(bitPattern: first), Int8(bitPattern: last))
    for byte in min(ends.0, ends.1)...max(ends.0, ends.1) { insert(UInt8(bitPattern: byte)) }
  }
}
