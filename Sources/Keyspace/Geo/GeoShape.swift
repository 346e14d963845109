internal import Glibc

/// What GEOSEARCH searches: a circle or a box around a place. Source: geohash_helper.c of Redis 7.0.
struct GeoShape {
  enum Form {
    case circle(radius: Double)
    /// The whole width and height.
    case box(width: Double, height: Double)
  }

  var centre: GeoPlace
  /// In units of `metres`.
  var form: Form
  /// Metres of a unit.
  var metres: Double

  /// Of the earth, in metres.
  private static let radius = 6372797.560856
  /// Half of the equator in the Mercator projection, in metres.
  private static let mercator = 20037726.37

  private static func radians(_ degrees: Double) -> Double { degrees * (Double.pi / 180) }
  private static func degrees(_ radians: Double) -> Double { radians / (Double.pi / 180) }

  /// Metres between two places, by the haversine formula.
  static func distance(_ a: GeoPlace, _ b: GeoPlace) -> Double {
    let v = sin((radians(b.longitude) - radians(a.longitude)) / 2)
    if v == 0 { return distance(a.latitude, b.latitude) }
    let first = radians(a.latitude)
    let second = radians(b.latitude)
    let u = sin((second - first) / 2)
    return 2 * radius * asin((u * u + cos(first) * cos(second) * v * v).squareRoot())
  }

  /// Metres between two latitudes.
  private static func distance(_ a: Double, _ b: Double) -> Double {
    radius * abs(radians(b) - radians(a))
  }

  /// The distance of a place in the shape, in metres; nil for one outside.
  func distance(of place: GeoPlace) -> Double? {
    switch form {
    case .circle(let radius):
      let distance = Self.distance(centre, place)
      return distance > radius * metres ? nil : distance
    case .box(let width, let height):
      if Self.distance(place.latitude, centre.latitude) > height * metres / 2 { return nil }
      let level = GeoPlace(longitude: centre.longitude, latitude: place.latitude)
      if Self.distance(place, level) > width * metres / 2 { return nil }
      return Self.distance(centre, place)
    }
  }

  /// The area around the shape. It may reach over the edges of the map.
  private var bounds: GeoArea {
    let height: Double
    let width: Double
    switch form {
    case .circle(let radius): (height, width) = (metres * radius, metres * radius)
    case .box(let w, let h): (height, width) = (metres * (h / 2), metres * (w / 2))
    }
    let latitude = Self.degrees(height / Self.radius)
    // Meridians are nearest to each other at the edge that is farther from the equator.
    let edge = centre.latitude < 0 ? centre.latitude - latitude : centre.latitude + latitude
    let longitude = Self.degrees(width / Self.radius / cos(Self.radians(edge)))
    return GeoArea(
      west: centre.longitude - longitude, east: centre.longitude + longitude,
      south: centre.latitude - latitude, north: centre.latitude + latitude)
  }

  /// The bits of cells that are as large as the shape, or somewhat larger.
  private var step: Int {
    var reach: Double
    switch form {
    case .circle(let radius): reach = radius
    case .box(let width, let height):
      reach = ((width / 2) * (width / 2) + (height / 2) * (height / 2)).squareRoot()
    }
    reach *= metres
    if reach == 0 { return GeoHash.finestStep }
    var step = -1
    while reach < Self.mercator {
      reach *= 2
      step += 1
    }
    // Cells are narrower towards the poles.
    if abs(centre.latitude) > 66 { step -= 1 }
    if abs(centre.latitude) > 80 { step -= 1 }
    return min(max(step, 1), GeoHash.finestStep)
  }

  /// The cells in which places of the shape may lie, in the order in which a server looks at them.
  var cells: [GeoHash] {
    let bounds = bounds
    var step = step
    var own = GeoHash(longitude: centre.longitude, latitude: centre.latitude, step: step)
    let reachesOver =
      own.neighbour(east: 0, north: 1).area.north < bounds.north
      || own.neighbour(east: 0, north: -1).area.south > bounds.south
      || own.neighbour(east: 1, north: 0).area.east < bounds.east
      || own.neighbour(east: -1, north: 0).area.west > bounds.west
    if step > 1, reachesOver {
      step -= 1
      own = GeoHash(longitude: centre.longitude, latitude: centre.latitude, step: step)
    }
    let area = own.area
    let directions = [
      (0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1),
    ]
    var cells: [GeoHash] = []
    for (east, north) in directions {
      if step >= 2 {
        if north < 0, area.south < bounds.south { continue }
        if north > 0, area.north > bounds.north { continue }
        if east < 0, area.west < bounds.west { continue }
        if east > 0, area.east > bounds.east { continue }
      }
      let cell = own.neighbour(east: east, north: north)
      // Of a very large shape, cells that follow each other can be the same.
      if cells.count > 1, cells.last == cell { continue }
      cells.append(cell)
    }
    return cells
  }
}
