import Persistence

/// The bytes of a key that are looked at, with their classes.
struct KeyWindow: ~Escapable {
  private let bytes: RawSpan
  private let classes: RawSpan

  /// The first bytes of a key; `classes` are those of all 256 bytes.
  @_lifetime(copy bytes, copy classes)
  init(_ bytes: RawSpan, _ classes: RawSpan) {
    precondition(classes.byteCount == 256)
    self.bytes = bytes
    self.classes = classes
  }

  var byteCount: Int { bytes.byteCount }

  @inline(__always)
  func byte(at offset: Int) -> UInt8 { bytes.byte(at: offset) }

  @inline(__always)
  func byteClass(at offset: Int) -> UInt8 {
    // In bounds: there are 256 classes.
    unsafe classes.unsafeLoad(fromUncheckedByteOffset: Int(bytes.byte(at: offset)), as: UInt8.self)
  }

  @inline(__always)
  func isSeparator(at offset: Int) -> Bool { byteClass(at: offset) == ByteClass.separator }
}
