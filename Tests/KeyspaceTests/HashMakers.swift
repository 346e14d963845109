import TestSupport

extension CommandGenerator {
  static let hashs: [Maker] = []
}
