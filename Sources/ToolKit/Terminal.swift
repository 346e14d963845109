import Glibc

/// What is known about the other end of a file descriptor, as far as it matters for layout.
package struct Terminal: Sendable {
  /// Whether a person is looking.
  package var isTerminal: Bool
  /// Columns of a line, at least 1; 80 when nobody says.
  package var columns: Int
  /// Whether a line that has been written can be erased again.
  package var canErase: Bool
  /// Whether escape sequences for colour are welcome.
  package var hasColour: Bool

  /// Asks the system about `descriptor` (1 is standard output, 2 standard error).
  package init(descriptor: Int32) {
    self.init(
      isTerminal: isatty(descriptor) == 1, windowColumns: windowColumns(of: descriptor),
      environment: environmentVariable)
  }

  /// Decides from plain facts, so that every rule can be tested without a terminal.
  ///
  /// - Parameters:
  ///   - windowColumns: what the terminal driver says, or nil.
  ///   - environment: looks a variable up.
  package init(
    isTerminal: Bool, windowColumns: Int?, environment: (_ name: String) -> String?
  ) {
    let stated = environment("COLUMNS").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    // https://no-color.org: set to anything but the empty string means no colour.
    let isRefused = environment("NO_COLOR").map { !$0.isEmpty } ?? false
    let isDumb = environment("TERM") == "dumb"
    self.isTerminal = isTerminal
    columns = windowColumns ?? stated ?? 80
    canErase = isTerminal && !isDumb
    hasColour = canErase && !isRefused
  }

  /// The style for text that goes there.
  package var style: Style { Style(isOn: hasColour) }
}

/// Emphasis by escape sequences, or nothing at all.
package struct Style: Sendable {
  /// Whether escape sequences are written. When off, every function returns its argument.
  package var isOn: Bool

  package init(isOn: Bool) { self.isOn = isOn }

  package func bold(_ text: String) -> String { wrapped(text, in: 1) }
  package func dim(_ text: String) -> String { wrapped(text, in: 2) }
  package func red(_ text: String) -> String { wrapped(text, in: 31) }
  package func green(_ text: String) -> String { wrapped(text, in: 32) }
  package func yellow(_ text: String) -> String { wrapped(text, in: 33) }

  private func wrapped(_ text: String, in code: Int) -> String {
    isOn && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}

/// Columns of the window behind `descriptor`; nil when it is no terminal or does not say.
private func windowColumns(of descriptor: Int32) -> Int? {
  var size = winsize()
  let answer = unsafe withUnsafeMutablePointer(to: &size) {
    unsafe ioctl(descriptor, UInt(TIOCGWINSZ), $0)
  }
  return answer == 0 && size.ws_col > 0 ? Int(size.ws_col) : nil
}

/// The value of an environment variable of this process.
private func environmentVariable(_ name: String) -> String? {
  guard let value = unsafe getenv(name) else { return nil }
  return unsafe String(cString: value)
}
