import Synchronization

/// The progress bar on standard error, one for a whole run of a tool.
///
/// Any thread may call any method. Drawing never fails: a bar that cannot be written is left out.
package final class ProgressBar: Sendable {
  private struct Drawing {
    var state: State
    var drawnAt: Duration?
    var isVisible = false
  }

  private let drawing: Mutex<Drawing>
  private let isOn: Bool
  private let columns: @Sendable () -> Int
  private let clock: @Sendable () -> Duration
  private let write: @Sendable (String) -> Void

  /// The bar is drawn at most this often.
  private static let interval = Duration.milliseconds(100)
  private static let eraser = "\r\u{1B}[K"

  /// A bar on standard error.
  ///
  /// - Parameters:
  ///   - total: bytes of the whole work; nil when the input is a pipe or compressed.
  ///   - unit: what is counted beside bytes, as a plural: `keys`, `commands`.
  package convenience init(_ mode: ProgressMode, total: UInt64?, unit: String) {
    let terminal = Terminal(descriptor: 2)
    let start = ContinuousClock.now
    self.init(
      isOn: mode == .always || (mode == .auto && terminal.canErase),
      state: State(total: total, unit: unit),
      columns: { Terminal(descriptor: 2).columns },
      clock: { ContinuousClock.now - start },
      write: { try? StandardStream.errors.write($0) })
  }

  /// A bar whose surroundings are given: what `columns` the line has now, the time since the work
  /// began, and where text goes.
  package init(
    isOn: Bool, state: State, columns: @escaping @Sendable () -> Int,
    clock: @escaping @Sendable () -> Duration, write: @escaping @Sendable (String) -> Void
  ) {
    self.isOn = isOn
    self.drawing = Mutex(Drawing(state: state))
    self.columns = columns
    self.clock = clock
    self.write = write
  }

  /// Adds to what is done and redraws when it is time to.
  ///
  /// Takes a lock and reads the clock: call it per batch, not per key.
  package func update(bytes: UInt64, count: UInt64) {
    guard isOn else { return }
    drawing.withLock { drawing in
      drawing.state.done &+= bytes
      drawing.state.count &+= count
      let now = clock()
      // A run that is over in no time never shows a bar.
      guard now - (drawing.drawnAt ?? .zero) >= Self.interval else { return }
      drawing.drawnAt = now
      drawing.state.elapsed = now
      drawing.isVisible = true
      write("\r" + Self.render(drawing.state, width: columns()) + "\u{1B}[K")
    }
  }

  /// Starts over for the next input of the same run.
  package func restart(total: UInt64?) {
    guard isOn else { return }
    drawing.withLock { drawing in
      drawing.state = State(total: total, unit: drawing.state.unit, began: clock())
    }
  }

  /// Writes a line of other text where the bar is; the bar comes back with the next update.
  package func print(_ line: String) {
    drawing.withLock { drawing in
      erase(&drawing)
      write(line + "\n")
    }
  }

  /// Runs `body` with the bar out of the way, for text that goes to standard output.
  package func withoutBar<R>(_ body: () throws -> R) rethrows -> R {
    try drawing.withLock { drawing in
      erase(&drawing)
      return try body()
    }
  }

  /// Takes the bar away for good or until the next update.
  package func finish() { drawing.withLock { erase(&$0) } }

  private func erase(_ drawing: inout Drawing) {
    guard drawing.isVisible else { return }
    write(Self.eraser)
    drawing.isVisible = false
  }
}
