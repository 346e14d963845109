extension CommandGenerator {
  package static let bits: [Maker] = [
    { ["SETBIT", $0.bits(), $0.bitOffset(), $0.bit()] },
    { ["SETBIT", $0.bits(), $0.bitOffset(), "1"] },
    { ["GETBIT", $0.bits(), $0.bitOffset()] },
    { ["BITCOUNT", $0.bits()] },
    { ["BITCOUNT", $0.bits(), $0.integer(), $0.integer()] },
    {
      ["BITCOUNT", $0.bits(), $0.integer(-200...200), $0.integer(-200...200)]
        + $0.pick([["BIT"], ["byte"], ["nonsense"], []])
    },
    { ["BITPOS", $0.bits(), $0.bit()] },
    { ["BITPOS", $0.bits(), $0.bit(), $0.integer()] },
    { ["BITPOS", $0.bits(), $0.bit(), $0.integer(), $0.integer()] },
    {
      ["BITPOS", $0.bits(), $0.bit(), $0.integer(-200...200), $0.integer(-200...200)]
        + $0.pick([["bit"], ["BYTE"], ["nonsense"], ["BIT", "BIT"]])
    },
    { generator in
      ["BITOP", generator.pick(["AND", "or", "XOR", "nonsense"]), generator.bits()]
        + (0...generator.number(0...3)).map { _ in generator.bits() }
    },
    { ["BITOP", "NOT", $0.bits(), $0.bits()] + ($0.oneIn(9) ? ["x"] : []) },
    { generator in
      ["BITFIELD", generator.bits()]
        + (0..<generator.number(0...4)).flatMap { _ in generator.operation() }
    },
    { ["BITFIELD", $0.bits()] + $0.operation() },
    { ["BITFIELD_RO", $0.bits(), "GET", $0.fieldType(), $0.fieldOffset()] },
    { ["BITFIELD_RO", $0.bits()] + $0.operation() },
    { ["SET", $0.bits(), $0.value()] },
    {
      ["SET", $0.bits(), Word([UInt8](repeating: $0.pick([0, 0xFF]), count: $0.number(0...40)))]
    },
    { ["GET", $0.bits()] },
    { ["APPEND", $0.bits(), $0.member()] },
    { $0.oneIn(3) ? ["DEL", $0.bits()] : ["STRLEN", $0.bits()] },
    { $0.oneIn(30) ? ["SADD", "set:\($0.number(0...7))", "x"] : ["STRLEN", $0.bits()] },
  ]

  private mutating func bits() -> Word { key("bits") }

  private mutating func bit() -> Word { oneIn(9) ? integer(-1...3) : Word(number(0...1)) }

  private mutating func bitOffset() -> Word {
    oneIn(30) ? pick(["#1", "4294967296", Word(Int.max), "99999999999"]) : integer(0...300)
  }

  private mutating func fieldType() -> Word {
    oneIn(15)
      ? pick(["u64", "i65", "u0", "i0", "x8", "", "u", "I8", "u08", "i-1"])
      : "\(pick(["i", "u"]))\(number(1...63))"
  }

  private mutating func fieldOffset() -> Word {
    switch number(0...20) {
    case 0: pick(["#x", "#", "#-1", "4294967296", "#9223372036854775807", "##1"])
    case 1...6: "#\(number(0...20))"
    default: integer(0...200)
    }
  }

  private mutating func operation() -> [Word] {
    let number = oneIn(3) ? integer(Int.min...Int.max) : integer(-300...300)
    let type = oneIn(12) ? "i64" : fieldType()
    switch self.number(0...10) {
    case 0...2: return ["GET", type, fieldOffset()]
    case 3...5: return ["set", type, fieldOffset(), number]
    case 6...8: return ["INCRBY", type, fieldOffset(), number]
    case 9: return ["OVERFLOW", pick(["WRAP", "sat", "FAIL", "SAT", "FAIL", "nonsense"])]
    default: return oneIn(8) ? ["SET", type] : ["OVERFLOW", pick(["SAT", "FAIL"])]
    }
  }
}
