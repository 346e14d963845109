internal import Persistence

/// A run of slots of one database.
struct SlotRange: Sendable {
  var database: Int
  var slots: Range<Int>
}

extension Snapshot {
  /// All slots of all databases with keys in them, in runs that are small enough to share the work, and to stay in
  /// a core's cache until they have been written.
  private var slotRanges: [SlotRange] {
    var ranges: [SlotRange] = []
    for (number, database) in databases.enumerated() {
      var start = 0
      var keys = 0
      for slot in database.slots {
        keys += database.table(of: slot).count
        if keys >= 500 || slot == HashSlot.count - 1, keys > 0 {
          ranges.append(SlotRange(database: number, slots: start..<(slot + 1)))
          start = slot + 1
          keys = 0
        }
      }
    }
    return ranges
  }

  /// Calls `body` with the entries of a run of slots, in the order of their names.
  func forEach(in range: SlotRange, _ body: (Entry) -> Void) {
    for slot in range.slots {
      databases[range.database].table(of: slot).forEachSorted(body)
    }
  }

  /// Encodes all slots on several threads.
  ///
  /// - `put`: gets each run with its database, in order; what it throws ends the work.
  func encode<Worker: PipelineWorker & ~Copyable, Failure: Error>(
    jobs: Int, makeWorker: @Sendable () -> Worker,
    put: (Worker.Output, Int) throws(Failure) -> Void
  ) throws(Failure) where Worker.Item == SlotRange {
    let ranges = slotRanges
    var rest = ranges[...]
    var merged = 0
    var failure: Failure?
    let stop = StopFlag()
    OrderedPipeline.run(
      jobs: jobs, fetch: { stop.isSet ? nil : rest.popFirst() }, makeWorker: makeWorker,
      merge: { chunk in
        guard failure == nil else { return }
        do throws(Failure) {
          try put(chunk, ranges[merged].database)
        } catch {
          failure = error
          stop.set()
        }
        merged += 1
      })
    if let failure { throw failure }
  }
}
