// The copies move 8 or 16 bytes at a time and may write past the token, but never past `room`, the
// bytes from the destination to the end of the output; what they overshoot, later tokens overwrite.
extension LZF {
  @inline(__always)
  static func copy16(
    _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ offset: Int
  ) {
    let part = unsafe source.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
    unsafe target.storeBytes(of: part, toByteOffset: offset, as: SIMD16<UInt8>.self)
  }

  /// Exactly `run` (1...32) bytes, from the input: there is no overlap.
  @inline(__always)
  static func copyLiteral(
    _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ run: Int
  ) {
    unsafe target.copyMemory(from: source, byteCount: run)
  }

  /// `length` (3...264) bytes from `distance` (1...8192) before `target`; the caller has checked
  /// that the source is inside the output and that the copy fits.
  @inline(__always)
  static func copyMatch(
    to target: UnsafeMutableRawPointer, _ distance: Int, _ length: Int, room: Int
  ) {
    let source = unsafe target - distance
    guard room &- length >= 16 else {
      for i in 0..<length { unsafe copyByte(source, target, i) }
      return
    }
    if distance >= 16 {
      var done = 0
      repeat {
        unsafe copy16(UnsafeRawPointer(source), target, done)
        done &+= 16
      } while done < length
      return
    }
    // The output repeats with period `distance`. After the first 8 bytes one by one, any multiple of
    // the period is as good, and the smallest that is 8 or more lets 8 bytes be copied at a time.
    // It reaches no further back than `source`: for each distance d < 8, the multiple is ≤ 8 + d.
    var done = 0
    var period = distance
    if distance < 8 {
      for i in 0..<8 { unsafe copyByte(source, target, i) }
      done = 8
      period = (7 &+ distance) / distance &* distance
    }
    while done < length {
      let part = unsafe target.loadUnaligned(fromByteOffset: done &- period, as: UInt64.self)
      unsafe target.storeBytes(of: part, toByteOffset: done, as: UInt64.self)
      done &+= 8
    }
  }

  @inline(__always)
  static func copyByte(
    _ source: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer, _ offset: Int
  ) {
    let byte = unsafe source.load(fromByteOffset: offset, as: UInt8.self)
    unsafe target.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
  }
}
