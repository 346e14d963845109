/// The allocators that servers are built with, and what they make of a request.
package struct Allocator: Sendable, Hashable, BitwiseCopyable {
  /// `jemalloc-q8`, `jemalloc-q16` or `libc`.
  package var name: String {
    switch kind {
    case .jemalloc(let quantum): "jemalloc-q\(quantum)"
    case .libc: "libc"
    }
  }

  private let kind: Kind

  private enum Kind: Sendable, Hashable, BitwiseCopyable {
    case jemalloc(quantum: UInt64)
    case libc
  }

  /// The jemalloc that Redis and Valkey bring along, built with `--with-lg-quantum=3`.
  package static let jemalloc8 = Allocator(kind: .jemalloc(quantum: 8))
  /// The jemalloc of a distribution, which packages of Debian and Ubuntu are linked with.
  package static let jemalloc16 = Allocator(kind: .jemalloc(quantum: 16))
  /// The malloc of the GNU C library.
  package static let libc = Allocator(kind: .libc)

  package static let all = [jemalloc8, jemalloc16, libc]

  private init(kind: Kind) { self.kind = kind }

  /// nil when there is none of that name.
  package init?(named name: String) {
    guard let allocator = Self.all.first(where: { $0.name == name }) else { return nil }
    self = allocator
  }

  /// The bytes that a request of `count` bytes takes, as `malloc_usable_size` tells.
  ///
  /// jemalloc: four classes for each doubling, no closer together than the quantum; 8 is the smallest.
  /// Source: the size classes of jemalloc 5; 300 sizes up to 1 MB compared with Redis 7.0.15. The C
  /// library: 8 bytes before each block, blocks of at least 32 bytes and in steps of 16; from 128 KiB on
  /// (M_MMAP_THRESHOLD) pages of their own with 16 bytes before them. Source: malloc.c of glibc 2.36.
  package func bytes(for count: UInt64) -> UInt64 {
    switch kind {
    case .jemalloc(let quantum):
      if count <= 8 { return 8 }
      guard count <= 1 << 62 else { return count }
      let group = 63 - UInt64((count - 1).leadingZeroBitCount)
      let step = max(group >= 2 ? 1 << (group - 2) : 1, quantum)
      return (count + step - 1) & ~(step - 1)
    case .libc:
      guard count <= 1 << 62 else { return count }
      if count >= 128 << 10 { return ((count + 16 + 4095) & ~4095) - 16 }
      return max(24, ((count + 8 + 15) & ~15) - 8)
    }
  }
}
