internal import Glibc

/// The time of day.
package enum Clock {
  /// Unix time in milliseconds.
  package static var unixMilliseconds: Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
