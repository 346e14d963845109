import TestSupport

extension CommandGenerator {
  static let sorts: [Maker] = []
}
