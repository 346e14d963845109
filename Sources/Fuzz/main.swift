import TestSupport

/// What libFuzzer calls: `swift build --sanitize=fuzzer` brings the `main`, and a plain build of this
/// target is an empty program. See "Fuzzing" in README.md.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  let random = bytes.reduce(UInt64(count)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  let nonsense =
    CheckProperties.violation(bytes, random: random).map { "the verdict: \($0)" }
    ?? ExportProperties.violation(bytes, random: random).map { "the JSON: \($0)" }
    ?? AOFProperties.violation(bytes, random: random).map { "the verdict as an AOF: \($0)" }
    ?? SalvageProperties.violation(bytes, random: random).map { "the salvage: \($0)" }
  // Ending the process is how libFuzzer is told of a finding.
  if let nonsense { fatalError("makes no sense, \(nonsense)") }
  return 0
}
