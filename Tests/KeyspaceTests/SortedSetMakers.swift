import TestSupport

extension CommandGenerator {
  static let sortedSets: [Maker] = []
}
