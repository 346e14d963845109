import Synchronization
import Testing
import ToolKit

private func state(
  done: UInt64, total: UInt64?, count: UInt64 = 0, elapsed: Duration = .zero
) -> ProgressBar.State {
  var state = ProgressBar.State(total: total, unit: "keys")
  state.done = done
  state.count = count
  state.elapsed = elapsed
  return state
}

@Suite struct ProgressBarRenderTests {
  private let half = state(
    done: 500_000_000, total: 1_000_000_000, count: 1_234_567, elapsed: .milliseconds(2500))

  @Test func fullLine() {
    #expect(
      ProgressBar.render(half, width: 80)
        == " 50% [################>                ]  200.0 MB/s  0:03 left  1,234,567 keys")
  }

  @Test(arguments: [
    (50, " 50%  200.0 MB/s  0:03 left  1,234,567 keys"),
    (40, " 50%  200.0 MB/s  0:03 left"),
    (20, " 50%  200.0 MB/s"),
    (8, " 50%"),
    (1, ""),
  ])
  func narrowerLinesSayLess(_ width: Int, _ line: String) {
    #expect(ProgressBar.render(half, width: width) == line)
  }

  @Test func noLineIsWiderThanTheTerminal() {
    for width in 0...200 {
      for done in stride(from: UInt64(0), through: 1000, by: 37) {
        let line = ProgressBar.render(
          state(done: done, total: 1000, count: done, elapsed: .seconds(1)), width: width)
        #expect(line.count <= max(0, width - 1))
      }
    }
  }

  @Test func beginningAndEnd() {
    #expect(
      ProgressBar.render(state(done: 0, total: 10), width: 40)
        == "  0% [>                       ]  0 keys")
    #expect(
      ProgressBar.render(state(done: 10, total: 10, elapsed: .seconds(1)), width: 52)
        == "100% [###############]  0.0 MB/s  0:00 left  0 keys")
  }

  @Test func inputThatGrewIsDoneAtItsEnd() {
    let line = ProgressBar.render(state(done: 20, total: 10), width: 40)
    #expect(line.hasPrefix("100% ["))
  }

  @Test func unknownTotalHasBytesRateAndCount() {
    let pipe = state(done: 3_221_225_472, total: nil, count: 42, elapsed: .seconds(2))
    #expect(ProgressBar.render(pipe, width: 80) == "3.0 GiB  1,610.6 MB/s  42 keys")
  }
}

@Suite struct ProgressBarTests {
  /// A bar whose clock and screen the test holds.
  private final class Desk: Sendable {
    let now = Mutex(Duration.zero)
    let screen = Mutex("")

    func bar(isOn: Bool = true, columns: Int = 12) -> ProgressBar {
      ProgressBar(
        isOn: isOn, state: .init(total: 1000, unit: "keys"), columns: { columns },
        clock: { self.now.withLock { $0 } }, write: { text in self.screen.withLock { $0 += text } })
    }
  }

  @Test func redrawsAtMostTenTimesASecond() {
    let desk = Desk()
    let bar = desk.bar()
    for millisecond in 1...1000 {
      desk.now.withLock { $0 = .milliseconds(millisecond) }
      bar.update(bytes: 1, count: 1)
    }
    let drawn = desk.screen.withLock { $0.split(separator: "\r") }
    #expect(drawn.count == 10)
    #expect(drawn.last == "100%\u{1B}[K")
  }

  @Test func isErasedBeforeOtherTextAndAtTheEnd() {
    let desk = Desk()
    let bar = desk.bar()
    desk.now.withLock { $0 = .seconds(1) }
    bar.update(bytes: 500, count: 1)
    bar.print("damaged")
    bar.finish()
    #expect(desk.screen.withLock { $0 } == "\r 50%\u{1B}[K\r\u{1B}[Kdamaged\n")
    desk.now.withLock { $0 = .seconds(2) }
    bar.update(bytes: 0, count: 0)
    bar.finish()
    #expect(desk.screen.withLock { $0.hasSuffix("\r\u{1B}[K") })
  }

  @Test func shortRunShowsNothing() {
    let desk = Desk()
    let bar = desk.bar()
    desk.now.withLock { $0 = .milliseconds(99) }
    bar.update(bytes: 1000, count: 9)
    bar.finish()
    #expect(desk.screen.withLock { $0 } == "")
  }

  @Test func barThatIsOffStillPrints() {
    let desk = Desk()
    let bar = desk.bar(isOn: false)
    desk.now.withLock { $0 = .seconds(1) }
    bar.update(bytes: 1, count: 1)
    bar.print("text")
    #expect(desk.screen.withLock { $0 } == "text\n")
  }

  @Test func countsFromManyThreads() async {
    let desk = Desk()
    let bar = desk.bar(columns: 80)
    await withTaskGroup { group in
      for _ in 0..<8 {
        group.addTask { for _ in 0..<1000 { bar.update(bytes: 0, count: 1) } }
      }
    }
    desk.now.withLock { $0 = .seconds(1) }
    bar.update(bytes: 1000, count: 0)
    #expect(desk.screen.withLock { $0.contains("  8,000 keys") })
  }
}
