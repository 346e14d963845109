internal import Glibc
internal import Keyspace
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// The threads for what takes long.
struct BackgroundThreads: Sendable {
  private let loading = NIOThreadPool(numberOfThreads: 1)
  private let saving = NIOThreadPool(numberOfThreads: 2)

  init() {
    loading.start()
    saving.start()
  }

  func shutdownGracefully() async throws {
    try await loading.shutdownGracefully()
    try await saving.shutdownGracefully()
  }

  /// Runs what all clients wait for: loading, replaying.
  func load<Value: Sendable>(
    eventLoop: any EventLoop, _ body: @escaping @Sendable () throws -> Value
  ) -> EventLoopFuture<Value> {
    loading.runIfActive(eventLoop: eventLoop, body)
  }

  /// Runs what writes a dataset while clients go on.
  ///
  /// - `body`: gets the dataset and what to call again and again, so that the thread of the clients need not wait
  ///   for the processor. Linux takes that from a thread that computes only at a tick of its clock, every 4 ms in
  ///   many systems, and a client would wait as long.
  func save<Value: Sendable>(
    _ snapshot: Snapshot, eventLoop: any EventLoop,
    _ body: @escaping @Sendable (Snapshot, @escaping @Sendable () -> Void) throws -> Value
  ) -> EventLoopFuture<Value> {
    let held = HeldSnapshot(snapshot)
    return saving.runIfActive(eventLoop: eventLoop) {
      guard var snapshot = held.take() else { preconditionFailure("a dataset is saved once") }
      Self.lowerPriority()
      let courtesy = Courtesy()
      let makeWay: @Sendable () -> Void = { courtesy.makeWay() }
      defer { snapshot.removeAll(makingWay: makeWay) }
      return try body(snapshot, makeWay)
    }
  }

  /// How far the priority is lowered: a thread of the usual one gets three times as much, where both have work.
  private static let niceness: Int32 = 5

  /// Lowers the priority of the calling thread; in Linux, a process of 0 is just that (setpriority(2), "C
  /// library/kernel differences").
  private static func lowerPriority() {
    _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
  }
}

/// Gives the processor away, as long as that leaves enough of it for the work.
private final class Courtesy: Sendable {
  private struct Account {
    /// Microseconds of the clock when the work was last gone on with.
    var resumedAt = WallClock.monotonic
    /// Microseconds of work, and of waiting for others.
    var worked: Int64 = 0
    var waited: Int64 = 0
  }

  private let account = Mutex(Account())

  /// On a machine on which others always have work, a save must still come to its end.
  private static let mostWaiting: Int64 = 3

  func makeWay() {
    account.withLock { account in
      let now = WallClock.monotonic
      account.worked += now - account.resumedAt
      if account.waited <= account.worked * Self.mostWaiting {
        sched_yield()
        let end = WallClock.monotonic
        account.waited += end - now
        account.resumedAt = end
      } else {
        account.resumedAt = now
      }
    }
  }
}

/// A dataset on its way to the thread that writes it, which then is the only one that has it.
private final class HeldSnapshot: Sendable {
  private let snapshot: Mutex<Snapshot?>

  init(_ snapshot: Snapshot) { self.snapshot = Mutex(snapshot) }

  func take() -> Snapshot? {
    snapshot.withLock { snapshot in
      defer { snapshot = nil }
      return snapshot
    }
  }
}
