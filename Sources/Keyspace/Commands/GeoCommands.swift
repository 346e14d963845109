internal import Glibc
internal import Persistence

// Places in sorted sets. Source: geo.c of Redis 7.0.
extension Keyspace {
  static let geoCommands: [(String, CommandHandler)] = [
    ("geoadd", { (k, a, r) throws(CommandError) in try k.geoadd(a, &r) }),
    ("geodist", { (k, a, r) throws(CommandError) in try k.geodist(a, &r) }),
    ("geohash", { (k, a, r) throws(CommandError) in try k.geohash(a, &r) }),
    ("geopos", { (k, a, r) throws(CommandError) in try k.geopos(a, &r) }),
    ("geosearch", { (k, a, r) throws(CommandError) in try k.geosearch(a, .search, &r) }),
    ("geosearchstore", { (k, a, r) throws(CommandError) in try k.geosearch(a, .searchStore, &r) }),
    ("georadius", { (k, a, r) throws(CommandError) in try k.geosearch(a, .radius, &r) }),
    (
      "georadius_ro", { (k, a, r) throws(CommandError) in try k.geosearch(a, .radiusReadOnly, &r) }
    ),
    ("georadiusbymember", { (k, a, r) throws(CommandError) in try k.geosearch(a, .member, &r) }),
    (
      "georadiusbymember_ro",
      { (k, a, r) throws(CommandError) in try k.geosearch(a, .memberReadOnly, &r) }
    ),
  ]

  private mutating func geoadd(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    var options: AddOptions = []
    var first = 2
    while first < arguments.count {
      if arguments.isWord("NX", at: first) {
        options.insert(.onlyIfAbsent)
      } else if arguments.isWord("XX", at: first) {
        options.insert(.onlyIfPresent)
      } else if arguments.isWord("CH", at: first) {
        options.insert(.countChanged)
      } else {
        break
      }
      first += 1
    }
    let left = arguments.count - first
    guard left > 0, left % 3 == 0, !options.isSuperset(of: [.onlyIfAbsent, .onlyIfPresent]) else {
      throw .syntax
    }
    let score = try GeoHash(arguments.place(at: first)).score
    var others: [Double] = []
    for index in stride(from: first + 3, to: arguments.count, by: 3) {
      others.append(try GeoHash(arguments.place(at: index)).score)
    }
    try add(arguments, from: first + 2, step: 3, scores: (score, others), options, &reply)
  }

  private mutating func geodist(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let metres = arguments.count > 4 && arguments.count <= 5 ? try arguments.unit(at: 4) : 1
    guard arguments.count <= 5 else { throw .syntax }
    guard let set = try sortedSet(arguments[1]), let first = set.score(of: arguments[2]),
      let second = set.score(of: arguments[3])
    else { return reply.null() }
    reply.distance(
      GeoShape.distance(GeoHash(score: first).place, GeoHash(score: second).place) / metres)
  }

  private mutating func geohash(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let set = try sortedSet(arguments[1])
    reply.array(arguments.count - 2)
    for index in 2..<arguments.count {
      guard let score = set?.score(of: arguments[index]) else {
        reply.null()
        continue
      }
      reply.bulk(GeoHash.text(GeoHash(score: score).place))
    }
  }

  private mutating func geopos(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let set = try sortedSet(arguments[1])
    reply.array(arguments.count - 2)
    for index in 2..<arguments.count {
      guard let score = set?.score(of: arguments[index]) else {
        reply.nullArray()
        continue
      }
      reply.place(GeoHash(score: score).place)
    }
  }
}

extension Arguments {
  /// The longitude and latitude that two arguments are. Throws an error of its own for places off the map.
  func place(at index: Int) throws(CommandError) -> GeoPlace {
    let longitude = try double(at: index)
    let latitude = try double(at: index + 1)
    guard GeoHash.longitudes.contains(longitude), GeoHash.latitudes.contains(latitude) else {
      throw .text(
        "invalid longitude,latitude pair \(fixed(longitude, digits: 6)),\(fixed(latitude, digits: 6))"
      )
    }
    return GeoPlace(longitude: longitude, latitude: latitude)
  }

  /// The metres of a unit. Throws an error of its own.
  func unit(at index: Int) throws(CommandError) -> Double {
    if isWord("M", at: index) { return 1 }
    if isWord("KM", at: index) { return 1000 }
    if isWord("FT", at: index) { return 0.3048 }
    if isWord("MI", at: index) { return 1609.34 }
    throw .text("unsupported unit provided. please use M, KM, FT, MI")
  }
}

/// A number with so many digits behind the point.
private func fixed(_ number: Double, digits: Int32) -> String {
  // The largest double has 309 digits before the point.
  unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 340) { buffer in
    _ = unsafe withVaList([digits, number]) {
      unsafe vsnprintf(buffer.baseAddress, buffer.count, "%.*f", $0)
    }
    guard let text = buffer.baseAddress else { return "" }
    return unsafe String(cString: text)
  }
}

extension ReplyWriter {
  /// A distance, with four digits behind the point.
  mutating func distance(_ distance: Double) { if !isSilent { bulk(fixed(distance, digits: 4)) } }

  /// Longitude and latitude.
  mutating func place(_ place: GeoPlace) {
    guard !isSilent else { return }
    array(2)
    for number in [place.longitude, place.latitude] {
      let text = LongDouble(double: number).text
      if form == .resp3 {
        buffer.append(UInt8(ascii: ","))
        buffer.append(ByteString(text))
        buffer.append(ByteString("\r\n"))
      } else {
        bulk(text)
      }
    }
  }
}
