internal import Glibc

/// A thread of the system that is waited for.
@safe package final class JoinableThread {
  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  private var handle = pthread_t()

  /// Starts a thread; nil where the system gives no more.
  package init?(_ run: @escaping @Sendable () -> Void) {
    let body = unsafe Unmanaged.passRetained(Body(run)).toOpaque()
    let failure = unsafe pthread_create(
      &handle, nil,
      { pointer in
        guard let pointer = unsafe pointer else { return nil }
        unsafe Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue().run()
        return nil
      }, body)
    guard failure == 0 else {
      unsafe Unmanaged<Body>.fromOpaque(body).release()
      return nil
    }
  }

  /// Waits for the end of the thread. To be called once.
  package func join() { pthread_join(handle, nil) }
}
