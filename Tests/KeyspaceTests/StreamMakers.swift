import TestSupport

extension CommandGenerator {
  static let streams: [Maker] = []
}
