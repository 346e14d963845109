internal import Glibc

/// The times that the server reads.
enum WallClock {
  /// Unix time in milliseconds.
  static var milliseconds: Int64 { read(CLOCK_REALTIME) / 1000 }
  /// Unix time in microseconds.
  static var microseconds: Int64 { read(CLOCK_REALTIME) }
  /// Microseconds of a clock that nobody sets.
  static var monotonic: Int64 { read(CLOCK_MONOTONIC) }

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }
}
