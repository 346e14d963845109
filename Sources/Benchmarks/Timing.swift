import Foundation
import Synchronization
import TestSupport
import ToolKit

/// A program that takes part in a comparison.
struct Contender {
  var name: String
  /// An absolute path.
  var path: String
  var arguments: [String]
}

/// Times whole processes, from the call of `posix_spawn` to the return of `wait4`.
enum Timing {
  /// What was measured of one contender.
  struct Figures {
    var name: String
    var wall: [Duration] = []
    var cpu: [Duration] = []
    var peakMemory: UInt64?
    /// Exit codes seen, signals as negative numbers.
    var endings: Set<Int32> = []

    /// Takes in what was measured of the same contender at another time.
    mutating func add(_ other: Figures) {
      wall += other.wall
      cpu += other.cpu
      peakMemory = peakMemory ?? other.peakMemory
      endings.formUnion(other.endings)
    }
  }

  /// Runs all contenders, round by round: what disturbs the machine for a while disturbs all. A round that
  /// is not timed comes first, unless it has been.
  static func inTurn(
    _ contenders: [Contender], rounds: Int, warmsUp: Bool = true
  ) throws -> [Figures] {
    var figures = contenders.map { Figures(name: $0.name) }
    for round in stride(from: warmsUp ? 0 : 1, through: rounds, by: 1) {
      for (index, contender) in contenders.enumerated() {
        // Watching the memory takes time away, so that run is not timed.
        let isWarmUp = round == 0
        let run = try Run.program(
          contender.path, contender.arguments, timeout: .seconds(600), measuringMemory: isWarmUp)
        figures[index].endings.insert(run.exitCode ?? -(run.signal ?? 0))
        if isWarmUp {
          figures[index].peakMemory = run.peakMemory
        } else {
          figures[index].wall.append(run.elapsed)
          figures[index].cpu.append(run.cpu)
        }
      }
    }
    return figures
  }

  /// One line per contender, 80 columns: medians, the fastest run, throughput and memory.
  static func table(_ figures: [Figures], bytes: Int) -> String {
    var table = Table([
      .left("program"), .right("median"), .right("fastest"), .right("CPU"), .right("MB/s"),
      .right("memory"), .right("exit"),
    ])
    for figure in figures {
      let wall = median(figure.wall)
      table.add(
        figure.name, milliseconds(wall), milliseconds(figure.wall.min() ?? .zero),
        milliseconds(median(figure.cpu)),
        Text.grouped(Int(Double(bytes) / 1e6 / (wall / .seconds(1)))),
        figure.peakMemory.map(Text.byteSize) ?? "-",
        figure.endings.sorted().map(String.init).joined(separator: ","))
    }
    return table.render()
  }

  /// How many times as long `name` takes as each of the others, in medians.
  static func ratios(of figures: [Figures], against name: String) -> String {
    guard let peer = figures.first(where: { $0.name == name }) else { return "" }
    return figures.filter { $0.name != name }.map { figure in
      let wall = median(peer.wall) / median(figure.wall)
      let cpu = median(peer.cpu) / max(median(figure.cpu), .microseconds(1))
      return "\(name) / \(figure.name): \(oneDecimal(wall))x wall, \(oneDecimal(cpu))x CPU\n"
    }.joined()
  }

  /// The middle value, or the mean of the two in the middle; zero of nothing.
  static func median(_ values: [Duration]) -> Duration {
    .seconds(median(values.map { $0 / .seconds(1) }) ?? 0)
  }

  /// The same; nil of nothing.
  static func median(_ values: [Double]) -> Double? {
    let sorted = values.sorted()
    guard let upper = sorted.dropFirst(sorted.count / 2).first else { return nil }
    return sorted.count.isMultiple(of: 2) ? (sorted[sorted.count / 2 - 1] + upper) / 2 : upper
  }

  static func milliseconds(_ duration: Duration) -> String {
    oneDecimal(duration / .milliseconds(1)) + " ms"
  }

  private static func oneDecimal(_ number: Double) -> String {
    let tenths = Int((number * 10).rounded())
    return "\(Text.grouped(tenths / 10)).\(tenths % 10)"
  }
}

/// The machine that figures were taken on.
enum Machine {
  /// Cores, processor, memory and system, as far as Linux tells.
  static var description: String {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let memory = Text.byteSize(ProcessInfo.processInfo.physicalMemory)
    let processor = value(of: "model name", in: "/proc/cpuinfo") ?? "unknown processor"
    let system = value(of: "PRETTY_NAME", in: "/etc/os-release") ?? "Linux"
    return "\(cores) cores, \(processor), \(memory), \(system)"
  }

  /// The longest time, in milliseconds, between two looks at the clock of threads that do nothing else, one on each
  /// core: for so long the machine holds up any program.
  static func longestHoldUp(in duration: Duration) -> Double {
    let longest = Mutex(Duration.zero)
    DispatchQueue.concurrentPerform(iterations: ProcessInfo.processInfo.activeProcessorCount) { _ in
      let clock = ContinuousClock()
      let start = clock.now
      var last = start
      var gap = Duration.zero
      while last - start < duration {
        let now = clock.now
        gap = max(gap, now - last)
        last = now
      }
      longest.withLock { $0 = max($0, gap) }
    }
    return longest.withLock { $0 } / .milliseconds(1)
  }

  private static func value(of name: String, in file: String) -> String? {
    let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
    return line?.split(whereSeparator: { $0 == ":" || $0 == "=" }).dropFirst().first?
      .trimmingCharacters(in: .whitespaces.union(["\""]))
  }
}
