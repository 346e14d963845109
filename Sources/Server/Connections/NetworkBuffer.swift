internal import NIOCore
internal import Persistence

/// The bytes that connections hand over and take: NIO's, not those of `Persistence`.
typealias NetworkBuffer = NIOCore.ByteBuffer

extension NetworkBuffer {
  /// Adds a copy of a span.
  mutating func write(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { _ = unsafe writeBytes($0) }
  }
}
