import Forensics
import Foundation
import Persistence
import TestSupport
import Testing

/// Damage at places that nobody chose: what can be undone is, and nothing else is ever said.
@Suite(.timeLimit(.minutes(20))) struct ChecksumRepairFuzzTests {
  /// Damages a file. False when the file is too small for it.
  typealias Damage = @Sendable (inout [UInt8], inout SeededRandom) -> Bool

  struct Kind: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var damage: Damage

    init(_ name: String, _ damage: @escaping Damage) {
      testDescription = name
      self.damage = damage
    }
  }

  private static func number(_ range: Range<Int>, _ random: inout SeededRandom) -> Int {
    Int.random(in: range, using: &random)
  }

  private static func flip(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
    let bit = number(0..<(8 * bytes.count), &random)
    bytes[bit / 8] ^= 1 << UInt8(bit % 8)
  }

  private static func swap(
    _ bytes: inout [UInt8], _ random: inout SeededRandom, size: Int
  ) -> Bool {
    guard bytes.count >= 2 * size else { return false }
    let first = number(0..<(bytes.count / size), &random) * size
    let second = number(0..<(bytes.count / size), &random) * size
    guard first != second else { return false }
    for index in 0..<size { bytes.swapAt(first + index, second + index) }
    return true
  }

  private static func double(
    _ bytes: inout [UInt8], _ random: inout SeededRandom, size: Int
  ) -> Bool {
    guard bytes.count >= size else { return false }
    let start = number(0..<(bytes.count / size), &random) * size
    bytes.insert(contentsOf: Array(bytes[start..<(start + size)]), at: start + size)
    return true
  }

  static let undone: [Kind] = [
    Kind("one bit") {
      flip(&$0, &$1)
      return true
    },
    Kind("one byte") {
      $0[number(0..<$0.count, &$1)] ^= UInt8(number(1..<256, &$1))
      return true
    },
    Kind("two bytes") {
      let offset = number(0..<($0.count - 1), &$1)
      $0[offset] = UInt8(number(0..<256, &$1))
      $0[offset + 1] = UInt8(number(0..<256, &$1))
      return true
    },
    Kind("two bits") {
      flip(&$0, &$1)
      flip(&$0, &$1)
      return true
    },
    Kind("swapped 512") { swap(&$0, &$1, size: 512) },
    Kind("swapped 4096") { swap(&$0, &$1, size: 4096) },
    Kind("doubled 512") { double(&$0, &$1, size: 512) },
    Kind("doubled 4096") { double(&$0, &$1, size: 4096) },
    Kind("inserted") {
      let offset = number(1..<($0.count + 1), &$1)
      let count = number(1..<5001, &$1)
      $0.insert(contentsOf: $1.bytes(count), at: offset)
      return true
    },
    Kind("inserted zeros") {
      let offset = number(1..<$0.count, &$1)
      $0.insert(contentsOf: [UInt8](repeating: 0, count: number(1..<5001, &$1)), at: offset)
      return true
    },
  ]

  static let lost: [Kind] = [
    Kind("zeroed 4096") {
      let start = number(0..<($0.count / 4096 + 1), &$1) * 4096
      for offset in start..<min(start + 4096, $0.count) { $0[offset] = 0 }
      return true
    },
    Kind("two bytes apart") {
      for _ in 0..<2 { $0[number(0..<$0.count, &$1)] ^= UInt8(number(1..<128, &$1) * 2 + 1) }
      return true
    },
    Kind("three bits") {
      for _ in 0..<3 { flip(&$0, &$1) }
      return true
    },
    Kind("cut") {
      $0.removeLast(number(1..<($0.count - 1), &$1))
      return true
    },
    Kind("a piece missing") {
      let start = number(0..<($0.count - 100), &$1)
      $0.removeSubrange(start..<(start + number(1..<100, &$1)))
      return true
    },
    Kind("noise") {
      for offset in 9..<($0.count - 9) { $0[offset] = UInt8(number(0..<256, &$1)) }
      return true
    },
  ]

  private static let files = Seed.realFiles.filter { $0.isChecked && $0.bytes.count > 2000 }

  /// What the checksum proves the file to have been.
  private static func repaired(_ bytes: [UInt8]) throws -> [UInt8]? {
    let content = MemoryAccess(bytes)
    let size = UInt64(bytes.count)
    guard let repair = try ChecksumRepair.search(in: content, size: size), repair.isProof else {
      return nil
    }
    return try RepairedContent(content, size: size, repair).bytes(pieceSize: 65536)
  }

  @Test(arguments: undone)
  func isUndone(_ kind: Kind) throws {
    #expect(Self.files.count > 30)
    var random = SeededRandom(seed: 5)
    var undone = 0
    for file in Self.files {
      for trial in 0..<2 {
        var bytes = file.bytes
        guard kind.damage(&bytes, &random), bytes != file.bytes else { continue }
        #expect(try Self.repaired(bytes) == file.bytes, "\(file) \(trial)")
        undone += 1
      }
    }
    #expect(undone > 20)
  }

  /// Some of it is undone all the same, as three bits side by side: then it must be the file itself.
  @Test(arguments: lost)
  func isLeftAlone(_ kind: Kind) throws {
    var random = SeededRandom(seed: 6)
    var left = 0
    for file in Self.files {
      for trial in 0..<2 {
        var bytes = file.bytes
        guard kind.damage(&bytes, &random), bytes != file.bytes else { continue }
        let found = try Self.repaired(bytes)
        #expect(found == nil || found == file.bytes, "\(file) \(trial)")
        if found == nil { left += 1 }
      }
    }
    #expect(left > 50)
  }
}
