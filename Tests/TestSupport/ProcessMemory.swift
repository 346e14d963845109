import Foundation

/// What the system tells of the memory of a process.
package enum ProcessMemory {
  /// A figure (`VmHWM`, `VmPeak`) in bytes; nil for a process that has gone. Source: proc(5).
  package static func bytes(_ name: String, of process: String = "self") -> UInt64? {
    guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name + ":") })
    else { return nil }
    // In front of a number of eight digits there is a tab and no space.
    let words = line.split { $0 == " " || $0 == "\t" }
    return words.dropFirst().first.flatMap { UInt64($0) }.map { $0 * 1024 }
  }
}
