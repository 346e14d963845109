extension CommandGenerator {
  package static let hyperLogLogs: [Maker] = [
    { ["PFADD", $0.sketch(), $0.value()] },
    { ["PFADD", $0.sketch()] },
    { generator in
      ["PFADD", generator.sketch()]
        + (0...generator.number(0...5)).map { _ in generator.value() }
    },
    // Enough for the dense form, in time.
    { generator in
      ["PFADD", generator.oneIn(3) ? "hll:6" : "hll:7"]
        + (0...generator.number(0...100)).map { _ in Word(generator.number(0...20_000)) }
    },
    { ["PFCOUNT", $0.sketch()] },
    { ["PFCOUNT", $0.sketch()] },
    {
      $0.oneIn(4)
        ? ["PFCOUNT", $0.sketch(), $0.sketch(), $0.sketch()] : ["PFCOUNT", $0.sketch()]
    },
    { $0.oneIn(12) ? ["PFMERGE", $0.sketch(), $0.sketch()] : ["GET", $0.sketch()] },
    {
      $0.oneIn(12) ? ["PFMERGE", $0.sketch(), $0.sketch(), $0.sketch()] : ["GET", $0.sketch()]
    },
    { $0.oneIn(9) ? ["PFMERGE", $0.sketch()] : ["GET", $0.sketch()] },
    { ["PFDEBUG", "ENCODING", $0.sketch()] },
    { ["PFDEBUG", "decode", "hll:\($0.number(1...8))"] },
    { $0.oneIn(30) ? ["PFDEBUG", "TODENSE", $0.sketch()] : ["GET", $0.sketch()] },
    { $0.oneIn(60) ? ["PFDEBUG", "GETREG", $0.sketch()] : ["GET", $0.sketch()] },
    { $0.oneIn(30) ? ["PFDEBUG", "nonsense", $0.sketch()] : ["GET", $0.sketch()] },
    { ["GET", $0.sketch()] },
    { $0.oneIn(30) ? ["SET", $0.sketch(), $0.value()] : ["STRLEN", $0.sketch()] },
    // Damage.
    {
      $0.oneIn(40)
        ? ["SETRANGE", "hll:0", Word($0.number(0...40)), Word($0.random.bytes(2))]
        : ["STRLEN", $0.sketch()]
    },
    { $0.oneIn(8) ? ["DEL", $0.sketch()] : ["STRLEN", $0.sketch()] },
    { $0.oneIn(60) ? ["SADD", "set:\($0.number(0...7))", "x"] : ["STRLEN", $0.sketch()] },
  ]

  private mutating func sketch() -> Word { key("hll") }
}
