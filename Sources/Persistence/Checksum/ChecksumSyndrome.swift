/// What the checksum of a damaged file tells about the damage.
///
/// The CRC64 of a sound file together with the eight bytes that store it is 0. The checksum is linear:
/// of a damaged file it is what the damage alone would give, every unchanged byte being zero. That is
/// the syndrome. A change of the file has the syndrome for its checksum or is not the damage; and one
/// that has it by chance is one in 2^64.
///
/// Because x can be divided by, there is for every place in the file exactly one word of 64 bits that
/// explains the syndrome when it is XORed in there: the syndrome × x^-8 for each byte from there to
/// the end. A damage shows as a word that is mostly zero.
package struct ChecksumSyndrome: Sendable, Equatable {
  /// The checksum of the whole file, not 0.
  package let value: UInt64
  /// Bytes of the file, with the checksum that it stores.
  package let fileSize: UInt64

  /// `checksum` of all `fileSize` bytes; nil when it is 0 and there is nothing to explain.
  package init?(checksum: UInt64, fileSize: UInt64) {
    guard checksum != 0 else { return nil }
    value = checksum
    self.fileSize = fileSize
  }

  /// The word, its lowest byte first, that explains the syndrome when it is XORed in at `offset`, at
  /// most the size of the file.
  package func word(at offset: UInt64) -> UInt64 {
    CRC64.Polynomial.multiply(value, CRC64.Polynomial.inversePowerOfX(8 * (fileSize - offset)))
  }
}

/// Bits that were changed close to one another.
package struct ErrorBurst: Sendable, Equatable {
  /// Offset in bytes in the file, of the first byte that was changed.
  package var offset: UInt64
  /// What was XORed in from there, the lowest byte first. The lowest byte is not 0.
  package var pattern: UInt64

  package init(offset: UInt64, pattern: UInt64) {
    self.offset = offset
    self.pattern = pattern
  }

  /// The bytes of the pattern down to the last that is not 0.
  package var bytes: [UInt8] {
    (0..<(8 - pattern.leadingZeroBitCount / 8)).map {
      UInt8(truncatingIfNeeded: pattern >> UInt64(8 * $0))
    }
  }
}

extension ChecksumSyndrome {
  /// The bursts of at most `width` bits, 1...56, within a range of the file that explain the syndrome.
  /// The first bit of a byte is its lowest, as the checksum takes them.
  ///
  /// No byte of the file is needed. Takes about a nanosecond for each byte of the range.
  package func bursts(within range: Range<UInt64>, width: Int) -> [ErrorBurst] {
    precondition((1...56).contains(width) && range.upperBound <= fileSize)
    var found: [ErrorBurst] = []
    // Four walks side by side from the end of a quarter each to its beginning: a step of one does not
    // wait for that of another.
    let quarter = UInt64(range.count) / 4
    let ends = (1...4).map { range.lowerBound + UInt64($0) * quarter }
    var a = word(at: ends[0])
    var b = word(at: ends[1])
    var c = word(at: ends[2])
    var d = word(at: ends[3])
    let backward = ByteStates.Backward()
    // A burst begins in the lowest byte.
    let limit: UInt64 = 1 << UInt64(width + 7)
    var left = quarter
    while left > 0 {
      left &-= 1
      a = backward.step(a)
      b = backward.step(b)
      c = backward.step(c)
      d = backward.step(d)
      guard min(min(a, b), min(c, d)) < limit else { continue }
      for (index, word) in [a, b, c, d].enumerated() {
        let start = ends[index] - quarter
        add(word, at: start + left, in: range, width, to: &found)
      }
    }
    var last = word(at: range.upperBound)
    for offset in (ends[3]..<range.upperBound).reversed() {
      last = backward.step(last)
      add(last, at: offset, in: range, width, to: &found)
    }
    return found.sorted { $0.offset < $1.offset }
  }

  /// Adds what is a burst.
  private func add(
    _ word: UInt64, at offset: UInt64, in range: Range<UInt64>, _ width: Int,
    to found: inout [ErrorBurst]
  ) {
    let first = word.trailingZeroBitCount
    let bits = 64 - word.leadingZeroBitCount
    let bytes = UInt64(bits + 7) / 8
    guard first < 8, bits - first <= width, bytes <= range.upperBound - offset else { return }
    found.append(ErrorBurst(offset: offset, pattern: word))
  }
}
