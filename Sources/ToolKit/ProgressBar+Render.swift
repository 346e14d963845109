extension ProgressBar {
  /// How far the work is.
  package struct State: Equatable, Sendable {
    /// Bytes done.
    package var done: UInt64 = 0
    /// Bytes of the whole work, when known.
    package var total: UInt64?
    /// Keys or commands done.
    package var count: UInt64 = 0
    /// What `count` counts, as a plural.
    package var unit: String
    /// The clock's time when the work began, and when the state was taken.
    package var began = Duration.zero
    package var elapsed = Duration.zero

    package init(total: UInt64?, unit: String, began: Duration = .zero) {
      self.total = total
      self.unit = unit
      self.began = began
      self.elapsed = began
    }
  }

  /// One line of at most `width - 1` columns: in the last column a terminal may begin a new line.
  ///
  /// ` 42% [########>          ]  812.5 MB/s  0:07 left  1,234,567 keys`. Where there is less room
  /// the bar goes first, then the count, then the time left. Without a total there are only bytes,
  /// rate and count.
  package static func render(_ state: State, width: Int) -> String {
    let room = max(0, width - 1)
    let count = "\(Text.grouped(state.count)) \(state.unit)"
    guard let total = state.total, total > 0 else {
      return joined([Text.byteSize(state.done), rate(state), count], within: room)
    }
    let done = min(state.done, total)
    let percent = "\(Int(Double(done) / Double(total) * 100))%"
    let head = String(repeating: " ", count: 4 - percent.count) + percent
    let tail = [rate(state), timeLeft(state, done: done, total: total), count]
      .filter { !$0.isEmpty }
    let tailWidth = tail.reduce(0) { $0 + 2 + $1.count }
    // At ten columns and up the bar says more than the figures that it would push out.
    let barWidth = min(40, room - head.count - tailWidth - 3)
    guard barWidth >= 10 else {
      return joined([head] + tail, within: room)
    }
    let filled = Int(Double(done) / Double(total) * Double(barWidth))
    let tip = filled < barWidth ? ">" : ""
    let bar =
      String(repeating: "#", count: filled) + tip
      + String(repeating: " ", count: barWidth - filled - tip.count)
    return "\(head) [\(bar)]" + tail.map { "  " + $0 }.joined()
  }

  /// As many of `parts`, from the first on, as there is room for.
  private static func joined(_ parts: [String], within room: Int) -> String {
    var line = ""
    for part in parts where !part.isEmpty {
      let next = line.isEmpty ? part : line + "  " + part
      if next.count > room { break }
      line = next
    }
    return line
  }

  /// Bytes per second since the work began; nil when there is nothing to divide yet.
  private static func bytesPerSecond(_ state: State) -> Double? {
    let seconds = (state.elapsed - state.began) / .seconds(1)
    return seconds > 0 && state.done > 0 ? Double(state.done) / seconds : nil
  }

  private static func rate(_ state: State) -> String {
    guard let bytesPerSecond = bytesPerSecond(state) else { return "" }
    let tenths = UInt64(min(bytesPerSecond / 100_000, 1e12))
    return "\(Text.grouped(tenths / 10)).\(tenths % 10) MB/s"
  }

  private static func timeLeft(_ state: State, done: UInt64, total: UInt64) -> String {
    guard let bytesPerSecond = bytesPerSecond(state) else { return "" }
    let seconds = Double(total - done) / bytesPerSecond
    // A hundred days is as good as never.
    guard seconds < 8_640_000 else { return "" }
    return Text.stopwatch(seconds: UInt64(seconds.rounded(.up))) + " left"
  }
}
