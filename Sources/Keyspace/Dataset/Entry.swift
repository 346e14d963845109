internal import Persistence

/// A key with its value: one block of memory that holds the key and a short string behind it.
///
/// An entry is shared by the dataset and its snapshots, and is changed only where one alone holds it
/// (``KeyTable``).
final class Entry: ManagedBuffer<Entry.Header, UInt8> {
  struct Header {
    /// Bytes of the key.
    var keyCount: UInt32
    /// Bytes of the string behind the key; of no meaning unless the value is `text`.
    var textCount: UInt32
    /// Unix time in milliseconds; -1, as in a server, for never.
    var expiresAt: Int64
    var value: Value
    var eviction: EvictionData
  }

  /// Bytes of the largest key, and of the largest string that lies behind one.
  static let largestKey = 1 << 31

  /// A key that expires at no time.
  static let never: Int64 = -1

  static func make(key: RawSpan, value: Value) -> Entry {
    make(key: key, text: RawSpan(), value: value)
  }

  /// A key of a string that lies behind it.
  static func make(key: RawSpan, text: RawSpan) -> Entry {
    make(key: key, text: text, value: .text)
  }

  private static func make(key: RawSpan, text: RawSpan, value: Value) -> Entry {
    let buffer = Entry.create(minimumCapacity: key.byteCount &+ text.byteCount) { _ in
      Header(
        keyCount: UInt32(truncatingIfNeeded: key.byteCount),
        textCount: UInt32(truncatingIfNeeded: text.byteCount), expiresAt: never, value: value,
        eviction: EvictionData())
    }
    let entry = unsafe unsafeDowncast(buffer, to: Entry.self)
    unsafe entry.withUnsafeMutablePointerToElements { place in
      unsafe copy(key, to: place)
      unsafe copy(text, to: place + key.byteCount)
    }
    return entry
  }

  private static func copy(_ bytes: RawSpan, to place: UnsafeMutablePointer<UInt8>) {
    unsafe bytes.withUnsafeBytes { source in
      if let start = source.baseAddress {
        unsafe UnsafeMutableRawPointer(place).copyMemory(from: start, byteCount: source.count)
      }
    }
  }

  /// The same key and value, held by nobody else.
  func copy() -> Entry { renamed(key) }

  /// The same value and lifetime under another name.
  func renamed(_ name: RawSpan) -> Entry {
    let copy =
      if case .text = value {
        Entry.make(key: name, text: text)
      } else {
        Entry.make(key: name, value: value)
      }
    copy.expiresAt = expiresAt
    copy.eviction = eviction
    return copy
  }

  /// The bytes of the key.
  var key: RawSpan {
    @_lifetime(borrow self)
    get {
      let span = unsafe withUnsafeMutablePointers { header, place in
        unsafe UnsafeRawBufferPointer(start: place, count: Int(header.pointee.keyCount))
      }
      return unsafe _overrideLifetime(span.bytes, borrowing: self)
    }
  }

  /// The bytes of a string that lies behind the key. Only when the value is `text`.
  var text: RawSpan {
    @_lifetime(borrow self)
    get {
      let span = unsafe withUnsafeMutablePointers { header, place in
        unsafe UnsafeRawBufferPointer(
          start: place + Int(header.pointee.keyCount), count: Int(header.pointee.textCount))
      }
      return unsafe _overrideLifetime(span.bytes, borrowing: self)
    }
  }

  /// The value. A copy of it counts as another holder.
  var value: Value {
    @inline(__always) get { unsafe withUnsafeMutablePointerToHeader { unsafe $0.pointee.value } }
    @inline(__always) set {
      unsafe withUnsafeMutablePointerToHeader { unsafe $0.pointee.value = newValue }
    }
    @inline(__always) _modify {
      let header = unsafe withUnsafeMutablePointerToHeader { unsafe $0 }
      defer { _fixLifetime(self) }
      yield unsafe &header.pointee.value
    }
  }

  /// Unix time in milliseconds; -1 for never.
  var expiresAt: Int64 {
    @inline(__always) get {
      unsafe withUnsafeMutablePointerToHeader { unsafe $0.pointee.expiresAt }
    }
    @inline(__always) set {
      unsafe withUnsafeMutablePointerToHeader { unsafe $0.pointee.expiresAt = newValue }
    }
  }

  var eviction: EvictionData {
    get { unsafe withUnsafeMutablePointerToHeader { unsafe $0.pointee.eviction } }
    set { unsafe withUnsafeMutablePointerToHeader { unsafe $0.pointee.eviction = newValue } }
  }

  /// Whether the key expires at all.
  var hasExpiry: Bool { expiresAt != Entry.never }
}

/// What an RDB tells of a key for eviction: its idle time, its LFU counter, or nothing.
struct EvictionData: BitwiseCopyable, Sendable {
  /// 0 for nothing; 1 + the idle time in seconds; with the highest bit, the counter.
  private var bits: UInt32 = 0

  init() {}

  init(idle: UInt64?, frequency: UInt8?) {
    if let frequency {
      bits = 1 << 31 | UInt32(frequency)
    } else if let idle {
      bits = UInt32(min(idle, (1 << 31) - 2)) + 1
    }
  }

  /// Seconds since the last use.
  var idle: UInt64? { bits > 0 && bits >> 31 == 0 ? UInt64(bits) - 1 : nil }
  /// The LFU counter.
  var frequency: UInt8? { bits >> 31 == 1 ? UInt8(truncatingIfNeeded: bits) : nil }
}
