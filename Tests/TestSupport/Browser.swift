package import Foundation
import Glibc
import Synchronization

/// A Chromium without a window, which is used as a person would and tells whatever it complains of.
///
/// It is spoken to through its descriptors 3 and 4 (`--remote-debugging-pipe`), in JSON that ends
/// with a zero byte: https://chromedevtools.github.io/devtools-protocol/. It ends with the object, and
/// with this process, since it then reads the end of descriptor 3.
package final class Browser {
  /// What a browser answered that is not what was asked for, or that it did not answer at all.
  package struct Failure: Error, CustomStringConvertible {
    package var description: String
  }

  /// Keys that do something other than to write their name.
  package enum Key: String {
    case arrowDown = "ArrowDown"
    case arrowLeft = "ArrowLeft"
    case arrowRight = "ArrowRight"
    case arrowUp = "ArrowUp"
    case backspace = "Backspace"
    case enter = "Enter"
    case escape = "Escape"
    case tab = "Tab"

    fileprivate var code: Int {
      switch self {
      case .arrowDown: 40
      case .arrowLeft: 37
      case .arrowRight: 39
      case .arrowUp: 38
      case .backspace: 8
      case .enter: 13
      case .escape: 27
      case .tab: 9
      }
    }
  }

  /// Errors and warnings of the pages so far: uncaught exceptions, the console, and what a content
  /// security policy forbade.
  package private(set) var complaints: [String] = []
  /// The addresses that the pages asked for, with those of the pages.
  package private(set) var requests: [String] = []

  private let folder: TemporaryFolder
  private let process: ChildProcess
  private let socket: Int32
  private var received: [UInt8] = []
  private var commandCount = 0
  private var session: String?
  private var isLoaded = false

  /// Starts the browser with one empty page.
  /// - Parameters:
  ///   - width: of the page, in CSS pixels.
  ///   - height: of the page.
  /// - Throws: `Oracle.Missing` when it is not installed, `ChildProcess.SpawnError`, `Failure`.
  package init(width: Int = 1280, height: Int = 900) throws {
    let executable = try Oracle.installed("chromium")
    folder = try TemporaryFolder()
    let log = try folder.write("log", [])
    let arguments = [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
      "--disable-background-networking", "--remote-debugging-pipe",
      "--user-data-dir=\(folder.file("profile").path)", "about:blank",
    ]
    (process, socket) = try ChildProcess.spawning.withLock { _ in
      let (ours, theirs) = try Self.makeSockets()
      let null = unsafe Glibc.open("/dev/null", O_RDWR | O_CLOEXEC)
      let output = unsafe Glibc.open(log.path, O_WRONLY | O_CLOEXEC)
      defer { for descriptor in [null, output, theirs] { close(descriptor) } }
      let process = try ChildProcess(
        executable.path, arguments, descriptors: [null, output, output, theirs, theirs])
      return (process, ours)
    }
    let targets = try send("Target.getTargets")["targetInfos"] as? [[String: Any]] ?? []
    let page = targets.first { $0["type"] as? String == "page" }
    let attached = try send(
      "Target.attachToTarget", ["targetId": page?["targetId"] ?? "", "flatten": true])
    session = attached["sessionId"] as? String
    for domain in ["Page", "Runtime", "Log", "Network"] { try send("\(domain).enable") }
    try resize(width: width, height: height)
  }

  deinit {
    // Once it has ended by itself its folder is at rest and can be removed.
    session = nil
    _ = try? send("Browser.close")
    close(socket)
    let deadline = ContinuousClock.now + .seconds(5)
    while process.poll() == nil, ContinuousClock.now < deadline { usleep(5000) }
    process.send(SIGKILL)
    _ = process.wait()
  }

  /// Changes the size of the page, in CSS pixels.
  package func resize(width: Int, height: Int) throws {
    try send(
      "Emulation.setDeviceMetricsOverride",
      ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false])
  }

  /// Opens a file and waits until it is loaded and its scripts have run.
  package func open(_ page: URL) throws {
    isLoaded = false
    try send("Page.navigate", ["url": page.absoluteString])
    let deadline = ContinuousClock.now + .seconds(60)
    while !isLoaded { take(try message(before: deadline)) }
  }

  /// The value of an expression in the page.
  /// - Throws: `Failure` with the exception, if there is one.
  @discardableResult
  package func evaluate(_ expression: String) throws -> Any? {
    let answer = try send(
      "Runtime.evaluate",
      ["expression": expression, "returnByValue": true, "awaitPromise": true, "userGesture": true])
    if let exception = answer["exceptionDetails"] {
      throw Failure(description: "\(expression): \(exception)")
    }
    return (answer["result"] as? [String: Any])?["value"]
  }

  /// Presses the left button of the mouse on the middle of the element that a CSS selector finds.
  package func click(_ selector: String) throws {
    let place = try evaluate(
      """
      (() => {
        const element = document.querySelector(\(try Self.json(selector)));
        element.scrollIntoView({ block: 'center' });
        const box = element.getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2];
      })()
      """)
    guard let place = place as? [Double], place.count == 2 else {
      throw Failure(description: "\(selector) has no place")
    }
    for type in ["mousePressed", "mouseReleased"] {
      try send(
        "Input.dispatchMouseEvent",
        ["type": type, "x": place[0], "y": place[1], "button": "left", "clickCount": 1])
    }
  }

  /// Presses a key and lets go of it.
  package func press(_ key: Key) throws {
    var event: [String: Any] = [
      "type": "keyDown", "key": key.rawValue, "code": key.rawValue,
      "windowsVirtualKeyCode": key.code,
    ]
    if key == .enter { event["text"] = "\r" }
    try send("Input.dispatchKeyEvent", event)
    event["type"] = "keyUp"
    event["text"] = nil
    try send("Input.dispatchKeyEvent", event)
  }

  /// Writes text where the focus is.
  package func type(_ text: String) throws { try send("Input.insertText", ["text": text]) }

  // MARK: The protocol

  /// Sends a command and waits for its result.
  @discardableResult
  private func send(_ method: String, _ parameters: [String: Any] = [:]) throws -> [String: Any] {
    commandCount += 1
    let identifier = commandCount
    var command: [String: Any] = ["id": identifier, "method": method, "params": parameters]
    command["sessionId"] = session
    try write(Array(try JSONSerialization.data(withJSONObject: command)) + [0])
    let deadline = ContinuousClock.now + .seconds(60)
    while true {
      let answer = try message(before: deadline)
      guard answer["id"] as? Int == identifier else {
        take(answer)
        continue
      }
      if let error = answer["error"] { throw Failure(description: "\(method): \(error)") }
      return answer["result"] as? [String: Any] ?? [:]
    }
  }

  /// Takes note of an event.
  private func take(_ event: [String: Any]) {
    let facts = event["params"] as? [String: Any] ?? [:]
    switch event["method"] as? String {
    case "Page.loadEventFired":
      isLoaded = true
    case "Runtime.exceptionThrown":
      complaints.append("\(facts["exceptionDetails"] ?? facts)")
    case "Runtime.consoleAPICalled":
      let isComplaint = ["error", "warning", "assert"].contains(facts["type"] as? String)
      if isComplaint { complaints.append("console: \(facts["args"] ?? "")") }
    case "Log.entryAdded":
      let entry = facts["entry"] as? [String: Any] ?? [:]
      let isComplaint = ["error", "warning"].contains(entry["level"] as? String)
      if isComplaint { complaints.append("\(entry["text"] ?? entry)") }
    case "Network.requestWillBeSent":
      let request = facts["request"] as? [String: Any]
      requests.append(request?["url"] as? String ?? "?")
    default:
      break
    }
  }

  private func write(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes {
        unsafe Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure("the browser does not listen") }
      rest = rest.dropFirst(count)
    }
  }

  /// The next message of the browser.
  private func message(before deadline: ContinuousClock.Instant) throws -> [String: Any] {
    while true {
      if let end = received.firstIndex(of: 0) {
        let object = try JSONSerialization.jsonObject(with: Data(received[..<end]))
        received.removeSubrange(...end)
        return object as? [String: Any] ?? [:]
      }
      let patience = (deadline - .now) / .milliseconds(1)
      var poll = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      guard patience > 0, unsafe Glibc.poll(&poll, 1, Int32(patience) + 1) >= 0 || errno == EINTR
      else { throw failure("the browser does not answer") }
      guard poll.revents != 0 else { continue }
      let chunk = try unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
        let size = unsafe read(socket, buffer.baseAddress, buffer.count)
        guard size > 0 else { throw failure("the browser has ended") }
        count = size
      }
      received += chunk
    }
  }

  private func failure(_ what: String) -> Failure {
    let log = (try? Data(contentsOf: folder.file("log"))) ?? Data()
    return Failure(description: "\(what):\n\(String(decoding: log, as: UTF8.self))")
  }

  private static func json(_ text: String) throws -> String {
    String(
      decoding: try JSONSerialization.data(withJSONObject: text, options: .fragmentsAllowed),
      as: UTF8.self)
  }

  /// Two connected sockets above the descriptors 3 and 4, which become those of the browser.
  private static func makeSockets() throws -> (ours: Int32, theirs: Int32) {
    var ends: [Int32] = [-1, -1]
    guard unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
      throw Failure(description: "no sockets")
    }
    let high = ends.map { fcntl($0, F_DUPFD_CLOEXEC, 16) }
    for end in ends { close(end) }
    return (high[0], high[1])
  }
}
