import TestSupport

extension CommandGenerator {
  static let bits: [Maker] = []
}
