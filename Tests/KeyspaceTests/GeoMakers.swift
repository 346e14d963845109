import TestSupport

extension CommandGenerator {
  static let geos: [Maker] = []
}
