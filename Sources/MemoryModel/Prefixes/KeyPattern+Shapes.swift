import Persistence

/// IDs that are known by where their punctuation stands.
extension KeyPattern {
  /// The end of what begins at `start`, where no letter or digit stands before: a UUID, a hexadecimal number
  /// with `0x`, a moment, an IPv6 or MAC address.
  ///
  /// Whether a byte is a separator does not matter here.
  func wideShape(_ window: KeyWindow, _ start: Int, _ limit: Int) -> Int? {
    let digits = hexEnd(window, start, min(limit, start &+ 9)) &- start
    let next = start &+ digits
    guard next < limit else { return nil }
    let byte = window.byte(at: next)
    let end: Int? =
      switch (digits, byte) {
      case (1, UInt8(ascii: "x")), (1, UInt8(ascii: "X")):
        window.byte(at: start) == UInt8(ascii: "0") ? prefixedHex(window, next &+ 1, limit) : nil
      case (2, UInt8(ascii: ":")), (2, UInt8(ascii: "-")): hardwareAddress(window, start, limit)
      case (4, UInt8(ascii: "-")): moment(window, start, limit)
      case (4, UInt8(ascii: ":")): networkAddress(window, start, limit)
      case (8, UInt8(ascii: "-")): uuid(window, start, limit)
      case (8, UInt8(ascii: "T")): compactMoment(window, start, limit)
      default: nil
      }
    guard let end, end == limit || !isWordByte(window.byte(at: end)) else { return nil }
    return end
  }

  private func prefixedHex(_ window: KeyWindow, _ start: Int, _ limit: Int) -> Int? {
    let end = hexEnd(window, start, limit)
    return end > start ? end : nil
  }

  /// 8-4-4-4-12 hexadecimal digits.
  private func uuid(_ window: KeyWindow, _ start: Int, _ limit: Int) -> Int? {
    guard limit &- start >= 36 else { return nil }
    for offset in 8..<36 {
      let byte = window.byte(at: start &+ offset)
      switch offset {
      case 8, 13, 18, 23: if byte != UInt8(ascii: "-") { return nil }
      default: if !Self.isHex(byte) { return nil }
      }
    }
    return start &+ 36
  }

  /// Six pairs of hexadecimal digits, all with the same of `:` and `-` between them.
  private func hardwareAddress(_ window: KeyWindow, _ start: Int, _ limit: Int) -> Int? {
    guard limit &- start >= 17 else { return nil }
    let joiner = window.byte(at: start &+ 2)
    for offset in 0..<17 {
      let byte = window.byte(at: start &+ offset)
      guard offset % 3 == 2 ? byte == joiner : Self.isHex(byte) else { return nil }
    }
    return start &+ 17
  }

  /// An IPv6 address that begins with four hexadecimal digits, one of them 0 to 9, as those of all networks
  /// in use do, with a letter anywhere: without that it is as well a row of numbers.
  private func networkAddress(_ window: KeyWindow, _ start: Int, _ limit: Int) -> Int? {
    var groups = 0
    var isShortened = false
    var hasLetter = false
    var hasDigit = false
    var offset = start
    while true {
      let end = hexEnd(window, offset, min(limit, offset &+ 5))
      let isGroup =
        (1...4).contains(end &- offset) && (end == limit || !isWordByte(window.byte(at: end)))
      guard isGroup else {
        // What follows the last group is no part of it, and begins behind its colon.
        guard groups > 0, window.byte(at: offset &- 1) == UInt8(ascii: ":") else { return nil }
        let isOpen = offset >= 2 && window.byte(at: offset &- 2) == UInt8(ascii: ":")
        offset = isOpen && isShortened ? offset : offset &- 1
        break
      }
      for place in offset..<end {
        let isDecimal = window.byte(at: place) <= UInt8(ascii: "9")
        hasLetter = hasLetter || !isDecimal
        hasDigit = hasDigit || isDecimal && groups == 0
      }
      groups &+= 1
      offset = end
      guard groups < 8, offset < limit, window.byte(at: offset) == UInt8(ascii: ":") else { break }
      offset &+= 1
      if offset < limit, window.byte(at: offset) == UInt8(ascii: ":") {
        if isShortened {
          offset &-= 1
          break
        }
        isShortened = true
        offset &+= 1
      }
    }
    return hasLetter && hasDigit && (isShortened || groups == 8) ? offset : nil
  }

  /// `2026-11-28T10:20`, or with a space; with seconds, fractions of them and a zone or without.
  private func moment(_ window: KeyWindow, _ start: Int, _ limit: Int) -> Int? {
    guard limit &- start >= 16, isNumber(window, start..<(start &+ 4)),
      isNumber(window, (start &+ 5)..<(start &+ 7)),
      window.byte(at: start &+ 7) == UInt8(ascii: "-"),
      isNumber(window, (start &+ 8)..<(start &+ 10)),
      isNumber(window, (start &+ 11)..<(start &+ 13)),
      window.byte(at: start &+ 13) == UInt8(ascii: ":"),
      isNumber(window, (start &+ 14)..<(start &+ 16))
    else { return nil }
    switch window.byte(at: start &+ 10) {
    case UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " "): break
    default: return nil
    }
    var end = start &+ 16
    if let next = pair(window, end, limit, behind: UInt8(ascii: ":")) { end = next }
    if end &+ 1 < limit, window.byte(at: end) == UInt8(ascii: "."), isDigit(window, end &+ 1) {
      end &+= 1
      while end < limit, isDigit(window, end) { end &+= 1 }
    }
    return zoneEnd(window, end, limit)
  }

  /// `20261128T1020`, with seconds and a zone or without.
  private func compactMoment(_ window: KeyWindow, _ start: Int, _ limit: Int) -> Int? {
    guard limit &- start >= 13, isNumber(window, start..<(start &+ 8)),
      isNumber(window, (start &+ 9)..<(start &+ 13))
    else { return nil }
    var end = start &+ 13
    if end &+ 2 <= limit, isNumber(window, end..<(end &+ 2)) { end &+= 2 }
    return zoneEnd(window, end, limit)
  }

  private func zoneEnd(_ window: KeyWindow, _ start: Int, _ limit: Int) -> Int {
    guard start < limit else { return start }
    switch window.byte(at: start) {
    case UInt8(ascii: "Z"), UInt8(ascii: "z"): return start &+ 1
    case UInt8(ascii: "+"), UInt8(ascii: "-"):
      guard start &+ 3 <= limit, isNumber(window, (start &+ 1)..<(start &+ 3)) else { return start }
      let hours = start &+ 3
      if let end = pair(window, hours, limit, behind: UInt8(ascii: ":")) { return end }
      guard hours &+ 2 <= limit, isNumber(window, hours..<(hours &+ 2)) else { return hours }
      return hours &+ 2
    default: return start
    }
  }

  /// The end of two digits behind a byte.
  private func pair(_ window: KeyWindow, _ start: Int, _ limit: Int, behind joiner: UInt8) -> Int? {
    guard start &+ 3 <= limit, window.byte(at: start) == joiner,
      isNumber(window, (start &+ 1)..<(start &+ 3))
    else { return nil }
    return start &+ 3
  }

  /// The end of an e-mail address at the start of a range: a name, `@`, and a domain of at least two labels.
  func mailAddress(_ window: KeyWindow, _ range: Range<Int>) -> Int? {
    var offset = range.lowerBound
    while offset < range.upperBound, isMailByte(window.byte(at: offset)) { offset &+= 1 }
    guard offset < range.upperBound, window.byte(at: offset) == UInt8(ascii: "@") else {
      return nil
    }
    offset &+= 1
    var labelStart = offset
    var labels = 0
    var end: Int?
    while offset < range.upperBound {
      let byte = window.byte(at: offset)
      if isWordByte(byte) || byte == UInt8(ascii: "-") {
        offset &+= 1
      } else if byte == UInt8(ascii: "."), offset > labelStart {
        labels &+= 1
        offset &+= 1
        labelStart = offset
      } else {
        break
      }
      if labels > 0, offset > labelStart { end = offset }
    }
    return end
  }

  private func isMailByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "%"), UInt8(ascii: "+"),
      UInt8(ascii: "-"):
      !separators.contains(byte)
    default: isWordByte(byte) && !separators.contains(byte)
    }
  }

  private func isWordByte(_ byte: UInt8) -> Bool {
    ByteClass.natural(byte) & ByteClass.word != 0
  }

  private func isDigit(_ window: KeyWindow, _ offset: Int) -> Bool {
    window.byte(at: offset) &- UInt8(ascii: "0") <= 9
  }

  private func isNumber(_ window: KeyWindow, _ range: Range<Int>) -> Bool {
    for offset in range where !isDigit(window, offset) { return false }
    return true
  }

  @inline(__always)
  private static func isHex(_ byte: UInt8) -> Bool {
    byte &- UInt8(ascii: "0") <= 9 || (byte | 0x20) &- UInt8(ascii: "a") <= 5
  }

  @inline(__always)
  private func hexEnd(_ window: KeyWindow, _ start: Int, _ limit: Int) -> Int {
    var end = start
    while end < limit, Self.isHex(window.byte(at: end)) { end &+= 1 }
    return end
  }
}
