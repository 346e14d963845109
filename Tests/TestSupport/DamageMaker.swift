/// Damages files at random, the same way for the same seed.
package struct DamageMaker {
  private let file: any DamageTarget
  private var random: SeededRandom

  package init(_ file: any DamageTarget, seed: UInt64) {
    self.file = file
    random = SeededRandom(seed: seed)
  }

  /// A damage of that kind; nil when the file has no place for one.
  package mutating func damage(_ kind: DamageKind) -> Damage? {
    for _ in 0..<20 {
      var damage = Damage(kind)
      add(kind, to: &damage)
      if !damage.edits.isEmpty, damage.applied(to: file.bytes) != file.bytes { return damage }
    }
    return nil
  }

  private var size: Int { file.bytes.count }

  private mutating func number(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &random)
  }

  private mutating func add(_ kind: DamageKind, to damage: inout Damage) {
    switch kind {
    case .oneBit: addBit(&damage)
    case .oneByte: addChange(number(0...(size - 1)), 1, &damage)
    case .twoBits:
      addBit(&damage)
      addBit(&damage)
      // Both hit one byte, or bytes side by side.
      if damage.edits.count < 2 { damage = Damage(kind) }
    case .zeroed512: addZeros(512, &damage)
    case .zeroed4K: addZeros(4096, &damage)
    case .swapped512: addSwap(512, &damage)
    case .swapped4K: addSwap(4096, &damage)
    case .cutTail: damage.add(.init(number(9...(size - 1))..<size, []), to: file.bytes)
    case .lostHead: damage.add(.init(0..<number(1...(size / 2)), []), to: file.bytes)
    case .doubled512: addCopy(512, &damage)
    case .doubled4K: addCopy(4096, &damage)
    case .inserted:
      let offset = number(0...size)
      damage.add(.init(offset..<offset, random.bytes(number(1...5000))), to: file.bytes)
    case .damagedLZF: addToLZF(&damage)
    case .damagedLength: addToLength(&damage)
    case .swallowingLength: addSwallowingLength(&damage)
    case .lost:
      let start = number(0...(size - 1))
      damage.add(.init(start..<min(start + number(1...5000), size), []), to: file.bytes)
    case .torn: addTear(&damage)
    case .foreign4K: addForeignBlock(4096, &damage)
    case .several:
      let kinds: [DamageKind] = [
        .oneBit, .oneByte, .zeroed512, .zeroed4K, .swapped512, .doubled512, .inserted,
        .damagedLZF, .damagedLength,
      ]
      for _ in 0..<number(2...4) { add(kinds[number(0...(kinds.count - 1))], to: &damage) }
      if damage.edits.count < 2 { damage = Damage(kind) }
    }
  }

  private mutating func addBit(_ damage: inout Damage) {
    let offset = number(0...(size - 1))
    let bit: UInt8 = 1 << UInt8(number(0...7))
    damage.add(.init(offset..<(offset + 1), [file.bytes[offset] ^ bit]), to: file.bytes)
  }

  /// Other values for so many bytes, each of them changed.
  private mutating func addChange(_ offset: Int, _ count: Int, _ damage: inout Damage) {
    let bytes = file.bytes[offset..<(offset + count)].map { $0 ^ UInt8(number(1...255)) }
    damage.add(.init(offset..<(offset + count), bytes), to: file.bytes)
  }

  private mutating func addZeros(_ blockSize: Int, _ damage: inout Damage) {
    let start = number(0...((size - 1) / blockSize)) * blockSize
    let range = start..<min(start + blockSize, size)
    damage.add(.init(range, [UInt8](repeating: 0, count: range.count)), to: file.bytes)
  }

  private mutating func addSwap(_ blockSize: Int, _ damage: inout Damage) {
    guard size >= 2 * blockSize else { return }
    let first = number(0...(size / blockSize - 1)) * blockSize
    let second = number(0...(size / blockSize - 1)) * blockSize
    guard first != second else { return }
    let ranges = [first..<(first + blockSize), second..<(second + blockSize)]
    let bytes = ranges.map { Array(file.bytes[$0]) }
    var swap = damage
    guard swap.add(.init(ranges[0], bytes[1]), to: file.bytes),
      swap.add(.init(ranges[1], bytes[0]), to: file.bytes)
    else { return }
    damage = swap
  }

  private mutating func addCopy(_ blockSize: Int, _ damage: inout Damage) {
    guard size >= blockSize else { return }
    let end = number(1...(size / blockSize)) * blockSize
    damage.add(.init(end..<end, Array(file.bytes[(end - blockSize)..<end])), to: file.bytes)
  }

  private mutating func addToLZF(_ damage: inout Damage) {
    let all = file.compressed
    guard !all.isEmpty else { return }
    let payload = all[number(0...(all.count - 1))]
    let count = number(1...min(4, payload.count))
    addChange(number(payload.lowerBound...(payload.upperBound - count)), count, &damage)
  }

  private mutating func addToLength(_ damage: inout Damage) {
    let all = file.lengths
    guard !all.isEmpty else { return }
    let field = all[number(0...(all.count - 1))]
    let count = number(1...min(3, field.count))
    let start = number(field.lowerBound...(field.upperBound - count))
    guard file.lengthsAreText else { return addChange(start, count, &damage) }
    let digits = (0..<count).map { _ in UInt8(ascii: "0") + UInt8(number(0...9)) }
    damage.add(.init(start..<(start + count), digits), to: file.bytes)
  }

  private mutating func addSwallowingLength(_ damage: inout Damage) {
    guard let edit = file.swallowingLength(&random) else { return }
    damage.add(edit, to: file.bytes)
  }

  private mutating func addTear(_ damage: inout Damage) {
    let starts = file.starts
    guard starts.count > 1 else { return }
    let end = number(1...(starts.count - 1))
    let first = max(0, end - number(1...20))
    damage.add(
      .init(number((starts[first] + 1)...(starts[end] - 1))..<starts[end], []), to: file.bytes)
  }

  private mutating func addForeignBlock(_ blockSize: Int, _ damage: inout Damage) {
    guard size >= 2 * blockSize else { return }
    let place = number(0...(size / blockSize - 1)) * blockSize
    let other = number(0...(size - blockSize))
    damage.add(
      .init(place..<(place + blockSize), Array(file.bytes[other..<(other + blockSize)])),
      to: file.bytes)
  }
}
