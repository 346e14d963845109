import MemoryModel
import Testing

/// What allocators make of a request.
@Suite struct AllocatorTests {
  /// The size classes that jemalloc's own documentation lists, by quantum.
  @Test(arguments: [
    (Allocator.jemalloc8, [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192]),
    (.jemalloc16, [8, 16, 32, 48, 64, 80, 96, 112, 128, 160, 192]),
  ])
  func classes(_ allocator: Allocator, _ classes: [UInt64]) {
    let classes = classes + [224, 256, 320, 384, 448, 512, 640, 768]
    for (last, size) in zip([0] + classes, classes) {
      #expect(allocator.bytes(for: last + 1) == size)
      #expect(allocator.bytes(for: size) == size)
    }
    #expect(allocator.bytes(for: 16385) == 20480)
    #expect(allocator.bytes(for: .max) == .max)
  }

  /// Chunks of glibc: 16 bytes apart, 8 of each for the header.
  @Test func libraryChunks() {
    let libc = Allocator.libc
    #expect([0, 24, 25, 40, 41].map { libc.bytes(for: $0) } == [24, 24, 40, 40, 56])
    #expect(libc.bytes(for: 128 << 10) == (132 << 10) - 16)
    #expect(libc.bytes(for: .max) == .max)
  }
}
