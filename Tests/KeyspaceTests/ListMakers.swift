import TestSupport

extension CommandGenerator {
  static let lists: [Maker] = []
}
