internal import Glibc

/// A value behind a lock, with waiting for a condition on it.
///
/// `Mutex` of the standard library has no condition; this is the one place that wraps the POSIX pair.
/// `@unchecked Sendable`: the value is only touched while the mutex is held.
@safe package final class Monitor<State>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var state: State

  package init(_ state: State) {
    self.state = state
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(condition, nil)
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  /// Runs `body` with the lock held, once `condition` holds.
  @discardableResult
  package func withLock<R>(
    when isReady: (State) -> Bool = { _ in true }, _ body: (inout State) -> R
  ) -> R {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    while !isReady(state) { unsafe pthread_cond_wait(condition, mutex) }
    return body(&state)
  }

  /// Wakes every thread that waits, to look at its condition again.
  package func signalAll() {
    unsafe pthread_cond_broadcast(condition)
  }
}
