internal import Glibc
internal import SystemPackage

/// What the process takes of the machine's memory.
struct ProcessMemory {
  /// Bytes that are in use.
  var used: UInt64 = 0
  /// Bytes in RAM.
  var resident: UInt64 = 0

  /// Looks at it. Linux tells pages.
  static func now() -> ProcessMemory {
    var memory = ProcessMemory()
    guard let file = unsafe try? FileDescriptor.open("/proc/self/statm", .readOnly) else {
      return memory
    }
    defer { try? file.close() }
    var text = [UInt8](repeating: 0, count: 128)
    let count = try? unsafe text.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
    let numbers = String(decoding: text[..<(count ?? 0)], as: UTF8.self).split(separator: " ")
    guard numbers.count > 2, let resident = UInt64(numbers[1]), let shared = UInt64(numbers[2])
    else { return memory }
    let page = UInt64(sysconf(Int32(_SC_PAGESIZE)))
    memory.resident = resident * page
    memory.used = (resident - min(shared, resident)) * page
    return memory
  }

  /// Bytes of RAM that the machine has.
  static let ofMachine =
    UInt64(max(sysconf(Int32(_SC_PHYS_PAGES)), 0)) * UInt64(sysconf(Int32(_SC_PAGESIZE)))

  /// Gives free memory back to the system, as far as the C library can. Swift's Glibc does not know the function.
  static func giveBack() {
    guard let symbol = unsafe dlsym(nil, "malloc_trim") else { return }
    typealias Trim = @convention(c) (Int) -> Int32
    _ = unsafe unsafeBitCast(symbol, to: Trim.self)(0)
  }
}

extension ServerState {
  var memory: ProcessMemory { ProcessMemory.now() }

  /// Requests may bring so many bytes before somebody looks again how much memory is in use.
  private static let bytesBetweenLooks = 1 << 20

  /// Looks how much memory is in use, if there is a limit. What was given back to the C library counts as used,
  /// unless there is too much of it.
  func lookAtMemory() {
    guard settings.maxMemory > 0 else {
      isOutOfMemory = false
      return
    }
    bytesAtLook = statistics.bytesReceived
    isOutOfMemory = memory.used > settings.maxMemory
    guard isOutOfMemory, now - lastTrim >= 1000 else { return }
    lastTrim = now
    ProcessMemory.giveBack()
    isOutOfMemory = memory.used > settings.maxMemory
  }

  /// The same when much has come since the last look.
  func lookAtMemoryIfNeeded() {
    guard settings.maxMemory > 0,
      statistics.bytesReceived &- bytesAtLook >= Self.bytesBetweenLooks
    else { return }
    lookAtMemory()
  }
}
