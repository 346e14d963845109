import TestSupport

/// What is said of an input and makes no sense; nil when all does.
private func nonsense(of bytes: [UInt8]) -> String? {
  let random = bytes.reduce(UInt64(bytes.count)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  if let text = CheckProperties.violation(bytes, random: random) { return "the verdict: \(text)" }
  if let text = ExportProperties.violation(bytes, random: random) { return "the JSON: \(text)" }
  if let text = SalvageProperties.violation(bytes, random: random) { return "the salvage: \(text)" }
  if let text = MemoryProperties.violation(bytes, random: random) {
    return "the memory: \(text)"
  }
  if let text = AOFProperties.violation(bytes, random: random) {
    return "the verdict as an AOF: \(text)"
  }
  if let text = AOFSalvageProperties.violation(bytes, random: random) {
    return "the salvage as an AOF: \(text)"
  }
  return nil
}

/// What libFuzzer calls: `swift build --sanitize=fuzzer` brings the `main`, and a plain build of this
/// target is an empty program. See "Fuzzing" in README.md.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  // Ending the process is how libFuzzer is told of a finding.
  if let text = nonsense(of: bytes) { fatalError("makes no sense, \(text)") }
  return 0
}
