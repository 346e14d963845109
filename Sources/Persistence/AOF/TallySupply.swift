/// Hands out empty tallies to those who fill them, and takes them back from whoever has merged them.
///
/// Each tells of the sample's keys only those that were still wanted when it was handed out. Bounds only
/// ever fall, and whoever keeps the sample looks at each hash again: it does not matter when the others
/// learn of it.
package final class TallySupply: Sendable {
  private struct State {
    var bounds = SampleBounds()
    var free: [CommandTally] = []
  }

  private let state = Monitor(State())

  /// Tallies that are kept.
  private static let most = 16

  package init() {}

  /// An empty tally.
  package func take() -> CommandTally {
    var (used, bounds) = state.withLock { ($0.free.popLast(), $0.bounds) }
    guard var tally = used.take() else { return CommandTally(bounds) }
    tally.removeAll(bounds)
    return tally
  }

  /// Takes a tally back, and the bounds that hold from now on.
  package func put(_ tally: CommandTally, bounds: SampleBounds) {
    state.withLock { state in
      state.bounds = bounds
      if state.free.count < Self.most { state.free.append(tally) }
    }
  }
}
