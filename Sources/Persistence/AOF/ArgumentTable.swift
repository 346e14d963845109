/// Where an argument of a command lies in the buffer it was parsed in.
package struct CommandArgument: BitwiseCopyable, Sendable, Equatable {
  /// Bytes from the start of the buffer.
  package var offset: Int
  /// Bytes.
  package var count: Int

  @inlinable @inline(__always)
  package init(offset: Int, count: Int) {
    self.offset = offset
    self.count = count
  }

  /// Bytes from the start of the buffer to behind the argument.
  @inlinable package var end: Int { offset &+ count }

  /// The bytes of the argument in that buffer.
  @_lifetime(copy buffer)
  @inlinable @inline(__always)
  package func bytes(in buffer: RawSpan) -> RawSpan { buffer.extracting(offset..<end) }

  /// A copy of the bytes of the argument in that buffer.
  package func copy(from buffer: RawSpan) -> ByteString { ByteString(bytes(in: buffer)) }
}

/// The arguments of one command, the command's name first. One table serves all commands: its memory is
/// kept from one to the next.
@safe package struct ArgumentTable: ~Copyable {
  /// The number of arguments.
  package private(set) var count = 0

  private var base: UnsafeMutablePointer<CommandArgument>
  private var capacity = 64

  /// Arguments whose memory is kept for the next command, at most.
  private static var mostKept: Int { 1 << 16 }

  /// An empty table.
  package init() { unsafe base = .allocate(capacity: capacity) }

  deinit { unsafe base.deallocate() }

  /// The argument of a number, from 0 for the name; traps outside the table.
  package subscript(index: Int) -> CommandArgument {
    @inline(__always) get {
      precondition(index >= 0 && index < count, "no such argument")
      return unsafe base[index]
    }
  }

  /// All arguments.
  package var span: Span<CommandArgument> {
    @_lifetime(borrow self)
    get {
      let span = unsafe UnsafeBufferPointer(start: base, count: count).span
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Copies of all arguments.
  package func copy(from buffer: RawSpan) -> [ByteString] {
    var copies: [ByteString] = []
    copies.reserveCapacity(count)
    for index in 0..<count { copies.append(self[index].copy(from: buffer)) }
    return copies
  }

  mutating func removeAll() {
    count = 0
    guard capacity > ArgumentTable.mostKept else { return }
    unsafe base.deallocate()
    capacity = 64
    unsafe base = .allocate(capacity: capacity)
  }

  @inline(__always)
  mutating func append(_ argument: CommandArgument) {
    if count == capacity { grow() }
    // In bounds: there is room for one more.
    unsafe (base + count).initialize(to: argument)
    count &+= 1
  }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<CommandArgument>.allocate(capacity: 2 * capacity)
    unsafe larger.update(from: base, count: count)
    unsafe base.deallocate()
    unsafe base = larger
    capacity *= 2
  }
}

/// Who wants to know the arguments of a command while it is parsed.
protocol ArgumentSink: ~Copyable {
  mutating func begin()
  mutating func take(_ argument: CommandArgument)
}

extension ArgumentTable: ArgumentSink {
  @inline(__always) mutating func begin() { removeAll() }
  @inline(__always) mutating func take(_ argument: CommandArgument) { append(argument) }
}

/// Nobody: only the framing is walked.
struct NoArguments: ArgumentSink {
  @inline(__always) mutating func begin() {}
  @inline(__always) mutating func take(_ argument: CommandArgument) {}
}
