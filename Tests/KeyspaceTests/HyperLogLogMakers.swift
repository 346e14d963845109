import TestSupport

extension CommandGenerator {
  static let hyperLogLogs: [Maker] = []
}
