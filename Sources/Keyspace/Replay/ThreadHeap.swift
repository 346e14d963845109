/// What a thread allocates from, in the allocator of glibc.
///
/// The heap of every thread but the first one grows by a page at a time (`sysmalloc` and `grow_heap` in glibc 2.36),
/// and each time is a system call that keeps the other threads from getting memory.
enum ThreadHeap {
  /// Bytes of records after which the heap is to grow again.
  static let step = 32 << 10

  /// Less than what the allocator gets from elsewhere, or would give back to the system: 128 KiB both.
  private static let growth = 120 << 10

  /// Has the heap of this thread grow by more than a page, unless it has as much room. What is asked for and given
  /// back stays in it.
  static func grow() {
    unsafe UnsafeMutableRawPointer.allocate(byteCount: growth, alignment: 1).deallocate()
  }
}
