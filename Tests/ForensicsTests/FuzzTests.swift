import Forensics
import Foundation
import Glibc
import Persistence
import TestSupport
import Testing

/// Files with damage of every kind: no input may trap or hang, and every verdict has to make sense.
///
/// Every number is drawn from a fixed seed, so that a failure comes again. One that kills the process
/// is found by the fuzzer that knows the code (`Sources/Fuzz`), or by running the chunks one by one.
@Suite(.timeLimit(.minutes(20))) struct FuzzTests {
  /// Processor time for all checks of one small file, in milliseconds. Usually it is below one.
  private static let bound = 5000

  /// Tells what does not hold for these bytes, if anything; the number decides how that is looked at.
  typealias Property = @Sendable (_ bytes: [UInt8], _ random: UInt64) -> String?

  private struct Progress {
    var nextChunk = 0
    var running: Int
    var violation: String?
    var checked = 0
  }

  /// The first broken property of many inputs, which are worked on by all cores, on threads of their
  /// own and of low priority: the tests that run meanwhile are not held up.
  static func firstViolation(
    of property: @escaping Property = CheckProperties.violation, chunks: Int,
    _ inputs: @escaping @Sendable (_ chunk: Int, _ check: ([UInt8]) -> Void) -> Void
  ) async -> (violation: String?, checked: Int) {
    let threads = ProcessInfo.processInfo.activeProcessorCount
    let progress = Monitor(Progress(running: threads))
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      for _ in 0..<threads {
        Thread.detachNewThread {
          // On Linux this is the priority of the calling thread alone.
          setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
          while true {
            let chunk = progress.withLock { state in
              state.nextChunk += 1
              return state.nextChunk - 1
            }
            guard chunk < chunks else { break }
            let result = firstViolation(of: property, inChunk: chunk, inputs)
            progress.withLock { state in
              state.violation = state.violation ?? result.violation
              state.checked += result.checked
            }
          }
          let left = progress.withLock { state in
            state.running -= 1
            return state.running
          }
          if left == 0 { continuation.resume() }
        }
      }
    }
    return progress.withLock { ($0.violation, $0.checked) }
  }

  /// The same of all beginnings of all small files.
  static func firstViolationOfBeginnings(
    of property: @escaping Property
  ) async -> (violation: String?, checked: Int) {
    let seeds = Seed.small
    return await firstViolation(of: property, chunks: seeds.count) { chunk, check in
      for count in seeds[chunk].bytes.indices { check(Array(seeds[chunk].bytes.prefix(count))) }
    }
  }

  /// The same of files that a mutator makes of others, `each` in a chunk.
  static func firstViolationOfMutants(
    of property: @escaping Property = CheckProperties.violation,
    _ seeds: [[UInt8]] = Seed.all.map(\.bytes), seed: UInt64, chunks: Int, each: Int
  ) async -> (violation: String?, checked: Int) {
    await firstViolation(of: property, chunks: chunks) { chunk, check in
      var mutator = Mutator(seeds, seed: seed + UInt64(chunk))
      for _ in 0..<each { check(mutator.next()) }
    }
  }

  private static func firstViolation(
    of property: @escaping Property, inChunk chunk: Int,
    _ inputs: (_ chunk: Int, _ check: ([UInt8]) -> Void) -> Void
  ) -> (violation: String?, checked: Int) {
    var violation: String?
    var checked = 0
    var random = SeededRandom(seed: UInt64(chunk))
    inputs(chunk) { bytes in
      guard violation == nil else { return }
      let start = CheckProperties.threadTime()
      violation = property(bytes, random.next())
      checked += 1
      if CheckProperties.threadTime() - start > bound { violation = "takes too long" }
      if let found = violation {
        let text = bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        violation = "\(found), chunk \(chunk): \(text.joined())"
      }
    }
    return (violation, checked)
  }

  /// Every byte of every small file set to 00 and FF, and each of its bits flipped. Where the version
  /// has a checksum, a file changed so is never called sound.
  @Test func everyByte() async {
    let seeds = Seed.small
    let result = await Self.firstViolation(chunks: seeds.count) { chunk, check in
      for (index, byte) in seeds[chunk].bytes.enumerated() {
        let changes = [0x00, 0xFF] + (0..<8).map { byte ^ 1 << $0 }
        for change in changes where change != byte {
          var bytes = seeds[chunk].bytes
          bytes[index] = change
          check(bytes)
        }
      }
    }
    #expect(result.violation == nil)
    #expect(result.checked > 30_000)
  }

  @Test(arguments: Seed.all.filter(\.isChecked))
  func noChangedByteIsSound(_ seed: Seed) {
    var random = SeededRandom(seed: UInt64(seed.bytes.count))
    for index in seed.bytes.indices {
      var bytes = seed.bytes
      bytes[index] ^= UInt8.random(in: 1...255, using: &random)
      #expect(CheckProperties.verdict(bytes).outcome != .sound, "byte \(index)")
    }
  }

  @Test func randomMutants() async {
    let result = await Self.firstViolationOfMutants(seed: 0x5A1F_A6E0, chunks: 400, each: 500)
    #expect(result.violation == nil)
    #expect(result.checked == 400 * 500)
  }
}

/// Makes damaged files out of sound ones.
struct Mutator {
  private let seeds: [[UInt8]]
  private var random: SeededRandom

  init(_ seeds: [[UInt8]], seed: UInt64) {
    self.seeds = seeds
    random = SeededRandom(seed: seed)
  }

  /// Bytes and lengths at which readers go wrong.
  private static let interesting: [[UInt8]] = [
    "00", "01", "3F", "40", "7F", "80", "81", "82", "BF", "C0", "C3", "C4", "F0", "F4", "F5", "FA",
    "FC", "FD", "FE", "FF", "FFFF", "7FFF", "0080", "FFFFFF7F", "FFFFFFFF", "00000080",
    "81FFFFFFFFFFFFFFFF", "817FFFFFFFFFFFFFFF", "818000000000000000", "80FFFFFFFF", "807FFFFFFF",
    "8100000000FFFFFFFF", "FFFFFFFFFFFFFFFF", "0000000000000080", "FFFFFFFFFFFFFF7F", "C3004040",
    "C303817FFFFFFFFFFFFFFF", "0201", "0B0000000A0000000000FF", "07000000FFFFFF", "6E616E", "1000",
  ].map { hex($0) }

  /// The next file: one to eight changes to a seed, and every other time a checksum that is right.
  mutating func next() -> [UInt8] {
    var bytes = seed()
    for _ in 0...Int.random(in: 0..<8, using: &random) { change(&bytes) }
    if Bool.random(using: &random), bytes.count > 17 {
      // Most damage lies behind the checksum's back only when that is made anew.
      bytes.replaceSubrange((bytes.count - 8)..., with: ReferenceCRC64.stored(bytes.dropLast(8)))
    }
    return bytes
  }

  private mutating func seed() -> [UInt8] {
    seeds[Int.random(in: 0..<seeds.count, using: &random)]
  }

  private mutating func change(_ bytes: inout [UInt8]) {
    let kind = Int.random(in: 0..<10, using: &random)
    // Damage to the header is refused at once; it is left alone most of the time.
    let first = kind == 0 || bytes.count < 12 ? 0 : 9
    guard bytes.count > first else {
      bytes += seed().prefix(20)
      return
    }
    let at = Int.random(in: first..<bytes.count, using: &random)
    let room = bytes.count - at
    let size = min(room, 1 << Int.random(in: 0...6, using: &random))
    let piece = Self.interesting[Int.random(in: 0..<Self.interesting.count, using: &random)]
    switch kind {
    case 0, 1, 2: bytes[at] ^= 1 << UInt8.random(in: 0...7, using: &random)
    case 3: bytes[at] = UInt8.random(in: .min ... .max, using: &random)
    case 4: bytes.replaceSubrange(at..<(at + min(room, piece.count)), with: piece)
    case 5: bytes.insert(contentsOf: piece, at: at)
    case 6: bytes.removeSubrange(at..<(at + size))
    case 7: bytes.insert(contentsOf: bytes[at..<(at + size)], at: at)
    case 8:
      let other = seed()
      let from = Int.random(in: 0..<other.count, using: &random)
      bytes.replaceSubrange(at..., with: other[from...])
    default:
      for index in at..<(at + size) { bytes[index] = 0 }
    }
    if bytes.count > 16384 { bytes.removeSubrange(8192..<(bytes.count - 4096)) }
  }
}
