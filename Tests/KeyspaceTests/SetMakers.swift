import TestSupport

extension CommandGenerator {
  static let sets: [Maker] = []
}
