internal import Glibc
internal import Synchronization
internal import SystemPackage

/// The names of the temporary files that lie around at the moment, so that none is left when the
/// process ends: by `exit`, or by a signal that a user, a terminal or a limit sends.
///
/// Handlers are there only while such a file is, and only for signals that would have ended the
/// process: one that is ignored (as `nohup` does) stays so, and one that has a handler keeps it.
///
/// What a handler touches: the word of bits, which is atomic, and names in C memory that is never
/// freed. Whoever clears a bit owns its name: a handler that has cleared it unlinks the file, and the
/// name is not used again.
enum UncommittedFiles {
  /// What a file that has been added is known by.
  struct Entry {
    fileprivate let bit: UInt64
  }

  private struct Registry {
    /// The names that are in use; those that a handler has taken stay so.
    var taken: UInt64 = 0
    /// The signals that have our handler.
    var handled: [Int32] = []
    var isPrepared = false
  }

  /// SIGXCPU and SIGXFSZ are the limits of `ulimit -t` and `-f`. SIGQUIT is left alone: who asks for
  /// a core wants to see everything as it was.
  private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXCPU, SIGXFSZ]
  private static let nameCapacity = Int(PATH_MAX) + 1
  private static let registry = Mutex(Registry())
  /// Bit n is set while name n is that of a file to unlink.
  private static let live = Atomic<UInt64>(0)
  /// 64 names one after another, each with a NUL at its end. A name is written before its bit is set
  /// and not while it is; pages that are never written cost nothing.
  nonisolated(unsafe) private static let names =
    UnsafeMutablePointer<CChar>.allocate(capacity: 64 * nameCapacity)

  /// Adds the absolute path of a file that is about to be made. Nil when there are 64 already, or
  /// when the path is longer than the system allows.
  static func add(_ path: FilePath) -> Entry? {
    unsafe path.withPlatformString { name in
      let length = unsafe strlen(name)
      return registry.withLock { registry in
        let slot = (~registry.taken).trailingZeroBitCount
        guard slot < 64, length < nameCapacity else { return nil }
        let entry = Entry(bit: 1 << UInt64(slot))
        prepare(&registry)
        // In bounds by the guard; no handler reads it while the bit is clear.
        unsafe (names + slot * nameCapacity).update(from: name, count: length + 1)
        if registry.taken == 0 { installHandlers(&registry) }
        registry.taken |= entry.bit
        live.bitwiseOr(entry.bit, ordering: .releasing)
        return entry
      }
    }
  }

  /// Forgets a file that has been renamed or unlinked.
  static func remove(_ entry: Entry) {
    registry.withLock { registry in
      let (before, _) = live.bitwiseAnd(~entry.bit, ordering: .acquiringAndReleasing)
      // Otherwise a handler is reading the name, and the process is about to end.
      guard before & entry.bit != 0 else { return }
      registry.taken &= ~entry.bit
      if registry.taken == 0 { removeHandlers(&registry) }
    }
  }

  /// Unlinks every file. Takes no lock and no memory: handlers call it.
  static func unlinkAll() {
    var bits = live.exchange(0, ordering: .acquiringAndReleasing)
    while bits != 0 {
      // A whole name, by the rule above.
      _ = unsafe unlink(names + bits.trailingZeroBitCount * nameCapacity)
      bits &= bits &- 1
    }
  }

  /// The first time, runs what handlers run, so that nothing is left for them that is made when it is
  /// first used; and sees to the end of the process by `exit`.
  private static func prepare(_ registry: inout Registry) {
    guard !registry.isPrepared else { return }
    registry.isPrepared = true
    unlinkAll()
    _ = atexit { UncommittedFiles.unlinkAll() }
  }
}

// Signal handlers.
extension UncommittedFiles {
  /// Ends the process as the signal would have ended it: it comes again, by default action, as soon
  /// as the handler returns.
  private static let handler: @convention(c) (Int32) -> Void = { number in
    UncommittedFiles.unlinkAll()
    _ = signal(number, SIG_DFL)
    raise(number)
  }

  private static func installHandlers(_ registry: inout Registry) {
    for number in signals {
      guard disposition(of: number) == nil else { continue }
      var action = sigaction()
      unsafe action.__sigaction_handler.sa_handler = handler
      // One at a time: a second signal waits for the first to end the process.
      unsafe sigfillset(&action.sa_mask)
      if unsafe sigaction(number, &action, nil) == 0 { registry.handled.append(number) }
    }
  }

  /// Leaves a handler alone that somebody else has put in the place of ours.
  private static func removeHandlers(_ registry: inout Registry) {
    for number in registry.handled {
      let current = disposition(of: number)
      // Function pointers have no equality of their own; as integers they have.
      if let current,
        unsafe unsafeBitCast(current, to: Int.self) == unsafeBitCast(handler, to: Int.self)
      {
        _ = signal(number, SIG_DFL)
      }
    }
    registry.handled = []
  }

  /// The handler of a signal; nil for the default action. Not to be called: it may be `SIG_IGN`.
  private static func disposition(of number: Int32) -> (@convention(c) (Int32) -> Void)? {
    var action = sigaction()
    unsafe sigaction(number, nil, &action)
    return unsafe action.__sigaction_handler.sa_handler
  }
}
