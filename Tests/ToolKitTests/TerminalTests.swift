import Glibc
import Testing
import ToolKit

@Suite struct TerminalTests {
  private func terminal(
    _ environment: [String: String] = [:], isTerminal: Bool = true, window: Int? = nil
  ) -> Terminal {
    Terminal(isTerminal: isTerminal, windowColumns: window) { environment[$0] }
  }

  @Test func widthIsTheWindowsThenTheVariablesThenEighty() {
    #expect(terminal(["COLUMNS": "40"], window: 132).columns == 132)
    #expect(terminal(["COLUMNS": "40"]).columns == 40)
    #expect(terminal().columns == 80)
  }

  @Test(arguments: ["0", "-5", "wide", ""])
  func senselessWidthIsIgnored(_ columns: String) {
    #expect(terminal(["COLUMNS": columns]).columns == 80)
  }

  @Test func colourIsForTerminalsThatWantIt() {
    #expect(terminal(["TERM": "xterm"]).hasColour)
    #expect(!terminal(["TERM": "xterm"], isTerminal: false).hasColour)
    #expect(!terminal(["TERM": "dumb"]).hasColour)
    #expect(!terminal(["NO_COLOR": "1"]).hasColour)
    #expect(terminal(["NO_COLOR": ""]).hasColour)
  }

  @Test func barsAreForTerminalsThatCanErase() {
    #expect(terminal().canErase)
    #expect(terminal(["NO_COLOR": "1"]).canErase)
    #expect(!terminal(["TERM": "dumb"]).canErase)
    #expect(!terminal(isTerminal: false).canErase)
  }

  @Test func theSystemIsAskedForTheWidth() throws {
    let controller = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    defer { close(controller) }
    var size = winsize(ws_row: 24, ws_col: 123, ws_xpixel: 0, ws_ypixel: 0)
    let answer = unsafe ioctl(controller, UInt(TIOCSWINSZ), &size)
    try #require(answer == 0)
    let terminal = Terminal(descriptor: controller)
    #expect(terminal.isTerminal)
    #expect(terminal.columns == 123)
  }

  @Test func aPipeIsNoTerminal() {
    #expect(!Terminal(descriptor: -1).isTerminal)
  }

  @Test func styleThatIsOffChangesNothing() {
    let off = Style(isOn: false)
    for function in [off.bold, off.dim, off.red, off.green, off.yellow] {
      #expect(function("text") == "text")
    }
  }

  @Test func styleThatIsOnEndsWhatItBegins() {
    let on = Style(isOn: true)
    #expect(on.bold("text") == "\u{1B}[1mtext\u{1B}[0m")
    #expect(on.red("text") == "\u{1B}[31mtext\u{1B}[0m")
    #expect(on.green("") == "")
  }
}
