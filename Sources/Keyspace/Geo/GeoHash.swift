/// A cell of the earth's surface: bits of latitude (even) and longitude (odd) in turn, the highest ones first.
///
/// A sorted set keeps places as cells of 26 bits each; the number is the score. Latitudes reach as far as the
/// Mercator projection of web maps does. Source: geohash.c of Redis 7.0.
struct GeoHash: Equatable {
  var bits: UInt64
  /// Bits of each coordinate, 1-26.
  var step: Int

  static let longitudes = -180.0...180.0
  static let latitudes = -85.05112878...85.05112878
  static let finestStep = 26

  init(bits: UInt64, step: Int) {
    self.bits = bits
    self.step = step
  }

  /// The cell in which a place lies that is inside the ranges.
  init(
    longitude: Double, latitude: Double, step: Int = GeoHash.finestStep,
    latitudes: ClosedRange<Double> = GeoHash.latitudes
  ) {
    let cells = Double(UInt64(1) << UInt64(step))
    let x = (longitude + 180) / 360 * cells
    let y =
      (latitude - latitudes.lowerBound) / (latitudes.upperBound - latitudes.lowerBound) * cells
    bits = Self.spread(UInt32(clamping: Int64(y))) | Self.spread(UInt32(clamping: Int64(x))) << 1
    self.step = step
  }

  /// The finest cell of a place that is on the map.
  init(_ place: GeoPlace) { self.init(longitude: place.longitude, latitude: place.latitude) }

  /// The cell of a score, whatever that is: what x86 makes of `(uint64_t)score`.
  init(score: Double) {
    if score < 0x1p63 {
      bits = UInt64(bitPattern: score >= -0x1p63 ? Int64(score) : .min)
    } else {
      bits = UInt64(exactly: score.rounded(.towardZero)) ?? 0
    }
    step = Self.finestStep
  }

  /// The bits in the even places of 64.
  private static func spread(_ number: UInt32) -> UInt64 {
    var bits = UInt64(number)
    bits = (bits | bits << 16) & 0x0000_FFFF_0000_FFFF
    bits = (bits | bits << 8) & 0x00FF_00FF_00FF_00FF
    bits = (bits | bits << 4) & 0x0F0F_0F0F_0F0F_0F0F
    bits = (bits | bits << 2) & 0x3333_3333_3333_3333
    return (bits | bits << 1) & 0x5555_5555_5555_5555
  }

  /// The bits from the even places.
  private static func gather(_ number: UInt64) -> UInt32 {
    var bits = number & 0x5555_5555_5555_5555
    bits = (bits | bits >> 1) & 0x3333_3333_3333_3333
    bits = (bits | bits >> 2) & 0x0F0F_0F0F_0F0F_0F0F
    bits = (bits | bits >> 4) & 0x00FF_00FF_00FF_00FF
    bits = (bits | bits >> 8) & 0x0000_FFFF_0000_FFFF
    return UInt32(truncatingIfNeeded: bits | bits >> 16)
  }

  /// The edges of the cell. Bits above those of the step put it outside of the earth.
  var area: GeoArea {
    let cells = Double(UInt64(1) << UInt64(step))
    let y = Self.gather(bits)
    let x = Self.gather(bits >> 1)
    let low = Self.latitudes.lowerBound
    let height = Self.latitudes.upperBound - low
    return GeoArea(
      west: -180 + (Double(x) / cells) * 360, east: -180 + (Double(x &+ 1) / cells) * 360,
      south: low + (Double(y) / cells) * height, north: low + (Double(y &+ 1) / cells) * height)
  }

  /// The middle of the cell.
  var place: GeoPlace {
    let area = area
    return GeoPlace(
      longitude: min(max((area.west + area.east) / 2, -180), 180),
      latitude: min(
        max((area.south + area.north) / 2, Self.latitudes.lowerBound), Self.latitudes.upperBound))
  }

  /// The cell as a score: its bits in front of 52.
  var score: Double { Double(bits << UInt64(52 - 2 * step)) }

  /// The scores of all places in the cell: up to the score of the next one, which does not belong to them.
  var scores: ScoreRange {
    ScoreRange(
      from: score, upTo: GeoHash(bits: bits &+ 1, step: step).score)
  }

  /// A cell so many to the east, and to the north, 1 or -1. Behind the last one the first one follows.
  func neighbour(east: Int, north: Int) -> GeoHash {
    let odd: UInt64 = 0xAAAA_AAAA_AAAA_AAAA
    let even: UInt64 = 0x5555_5555_5555_5555
    let mask = UInt64.max >> UInt64(64 - 2 * step)
    // With all bits of the other coordinate set, a carry goes through them; without, a borrow.
    func moved(_ own: UInt64, _ other: UInt64, _ by: Int) -> UInt64 {
      let next = other & mask &+ 1
      return switch by {
      case 1: ((bits & own) &+ next) & own & mask
      case -1: ((bits & own | other & mask) &- next) & own & mask
      default: bits & own
      }
    }
    return GeoHash(bits: moved(odd, even, east) | moved(even, odd, north), step: step)
  }

  /// The 11 characters of the standard geohash of a place, of which the last one is always 0: there are only 52
  /// bits.
  static func text(_ place: GeoPlace) -> [UInt8] {
    let alphabet = Array("0123456789bcdefghjkmnpqrstuvwxyz".utf8)
    let hash = GeoHash(
      longitude: place.longitude, latitude: place.latitude, latitudes: -90...90)
    return (0..<11).map { index in
      index == 10 ? alphabet[0] : alphabet[Int(hash.bits >> UInt64(47 - 5 * index) & 31)]
    }
  }
}

/// Degrees.
struct GeoPlace {
  var longitude: Double
  var latitude: Double
}

/// The edges of an area, in degrees.
struct GeoArea {
  var west: Double
  var east: Double
  var south: Double
  var north: Double
}
