extension CommandGenerator {
  package static let geos: [Maker] = [
    { generator in
      var words: [Word] = ["GEOADD", generator.geo()]
      if generator.oneIn(4) { words.append(generator.pick(["NX", "xx", "CH", "GT"])) }
      for _ in 0..<generator.number(1...9) {
        words += generator.place() + [generator.geoMember()]
      }
      return words + (generator.oneIn(40) ? ["odd"] : [])
    },
    { ["ZADD", $0.geo(), $0.double(), $0.geoMember()] },
    { ["ZREM", $0.geo(), $0.geoMember(), $0.geoMember()] },
    { ["GEODIST", $0.geo(), $0.geoMember(), $0.geoMember()] + ($0.oneIn(2) ? [$0.unit()] : []) },
    { ["GEODIST", $0.geo(), $0.geoMember(), $0.geoMember()] + $0.maybe("km") + $0.maybe("mi") },
    { ["GEOHASH", $0.geo(), $0.geoMember(), $0.geoMember()] },
    { ["GEOPOS", $0.geo(), $0.geoMember(), $0.geoMember()] },
    { ["GEORADIUS", $0.geo()] + $0.place() + $0.radius() + $0.geoOptions(stores: true) },
    { ["GEORADIUS_RO", $0.geo()] + $0.place() + $0.radius() + $0.geoOptions() },
    {
      ["GEORADIUSBYMEMBER", $0.geo(), $0.geoMember()] + $0.radius() + $0.geoOptions(stores: true)
    },
    { ["GEORADIUSBYMEMBER_RO", $0.geo(), $0.geoMember()] + $0.radius() + $0.geoOptions() },
    { ["GEOSEARCH", $0.geo()] + $0.shape() + $0.geoOptions() },
    { ["GEOSEARCH", $0.geo()] + $0.shape() + $0.geoOptions() },
    { ["GEOSEARCHSTORE", "geo:7", $0.geo()] + $0.shape() + $0.geoOptions(stores: true) },
    { $0.oneIn(50) ? ["DEL", $0.geo()] : ["ZCARD", $0.geo()] },
  ]

  private mutating func geo() -> Word {
    oneIn(40) ? anyKey() : Word("geo:\(number(0...3))")
  }
  private mutating func geoMember() -> Word { Word("place:\(number(0...199))") }

  private mutating func place() -> [Word] {
    func degrees(_ most: Double, _ random: inout CommandGenerator) -> Double {
      Double.random(in: -most...most, using: &random.random)
    }
    switch number(0...19) {
    case 0: return [pick(["-180", "180", "179.999999", "-179.999999"]), Word(number(-85...85))]
    case 1: return [Word(number(-180...180)), pick(["85.05112878", "-85.05112878", "85", "-85"])]
    case 2: return [pick(["181", "x", "inf", "0"]), pick(["86", "-1e10", "", "0"])]
    case 3...8:
      return [Word("\(13 + degrees(2, &self))"), Word("\(38 + degrees(2, &self))")]
    case 9, 10: return [Word("\(degrees(180, &self))"), Word("\(80 + degrees(5, &self))")]
    case 11, 12:
      return [Word("\(oneIn(2) ? 179.9 : -179.9)"), Word("\(degrees(3, &self))")]
    case 13: return [Word("0"), Word(number(-2...2))]
    default: return [Word("\(degrees(180, &self))"), Word("\(degrees(85, &self))")]
    }
  }

  private mutating func unit() -> Word { pick(["m", "km", "FT", "mi", "km", "m", "x"]) }

  private mutating func length() -> Word {
    switch number(0...9) {
    case 0: return pick(["0", "x", "-1", "1e10", "inf", "1e-300", "0.5"])
    default:
      return Word("\(Double(number(1...9999)) * pick([0.01, 1, 1, 100, 1000]))")
    }
  }

  private mutating func radius() -> [Word] {
    oneIn(2) ? [Word(number(1...3000)), "km"] : [length(), unit()]
  }

  private mutating func shape() -> [Word] {
    var words: [Word] = oneIn(3) ? ["FROMMEMBER", geoMember()] : ["FROMLONLAT"] + place()
    if oneIn(60) { words = [] }
    if oneIn(60) { words += ["FROMMEMBER", geoMember()] }
    if oneIn(2) {
      words += ["BYRADIUS"] + radius()
    } else {
      words += oneIn(2) ? ["BYBOX", length(), length(), unit()] : ["bybox", "900", "700", "km"]
    }
    if oneIn(60) { words.removeLast(3) }
    return words
  }

  private mutating func geoOptions(stores: Bool = false) -> [Word] {
    var words: [Word] = []
    if oneIn(3) { words.append(pick(["ASC", "desc"])) }
    if oneIn(3) { words += ["COUNT", integer(0...20)] }
    if oneIn(6) { words.append("ANY") }
    let few = stores ? 12 : 2
    if oneIn(few) { words.append("WITHDIST") }
    if oneIn(few) { words.append("WITHCOORD") }
    if oneIn(few) { words.append("withhash") }
    if oneIn(stores ? 2 : 20) {
      words += [pick(["STORE", "storedist"]), Word("geo:\(number(4...7))")]
    }
    return words
  }
}
