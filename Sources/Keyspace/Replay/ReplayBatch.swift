internal import Persistence

/// A batch of commands that can be run, and how lanes would do it. Its memory goes back to whoever reads the
/// file, once nobody holds the batch.
final class ReplayBatch: Sendable {
  let parsed: ParsedCommands
  let plan: LanePlan
  private let recycle: @Sendable (CommandBatch) -> Void

  init(
    _ parsed: ParsedCommands, _ plan: LanePlan, recycle: @escaping @Sendable (CommandBatch) -> Void
  ) {
    self.parsed = parsed
    self.plan = plan
    self.recycle = recycle
  }

  deinit { recycle(parsed.batch) }
}
