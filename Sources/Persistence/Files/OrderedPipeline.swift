/// Works on the items of a sequence on several threads and puts the results together in order.
///
/// Threads take turns at fetching: whoever is free fetches the next item (so that what was just read is
/// still in that core's cache), works on it without talking to anyone, and merges the result when every
/// earlier one has been merged. The results, and their order, do not depend on the number of threads.
package enum OrderedPipeline {
  /// Runs until `fetch` returns nil or throws.
  ///
  /// - `jobs`: threads, at least 1, the caller's included. Threads are started with the second item.
  /// - `fetch`: the next item; never called by two threads at once, and not after it returned nil.
  /// - `makeWorker`: called once per thread; the worker is used by that thread alone.
  /// - `merge`: gets each result in the order of the items; never called by two threads at once.
  ///
  /// Throws what `fetch` threw, after the results of all items before it have been merged.
  package static func run<Worker: PipelineWorker & ~Copyable, Failure: Error>(
    jobs: Int,
    fetch: () throws(Failure) -> Worker.Item?,
    makeWorker: @Sendable () -> Worker,
    merge: (Worker.Output) -> Void
  ) throws(Failure) {
    var worker = makeWorker()
    // The closures are called under the monitor's lock or by its turns, never by two threads at once,
    // and not after this function has returned: it joins every thread.
    try withoutActuallyEscaping(fetch) { (fetch) throws(Failure) in
      try withoutActuallyEscaping(merge) { (merge) throws(Failure) in
        try withoutActuallyEscaping(makeWorker) { (makeWorker) throws(Failure) in
          let turns = Turns<Worker, Failure>(
            fetch: fetch, merge: merge, makeWorker: makeWorker, patience: max(1, jobs - 1))
          // A file of one batch needs no second thread.
          if turns.step(&worker), jobs > 1, turns.step(&worker) {
            // Where the system gives no more threads, those there are do the work.
            let threads = (1..<jobs).compactMap { _ in JoinableThread { turns.runOnNewThread() } }
            while turns.step(&worker) {}
            for thread in threads { thread.join() }
          } else {
            while turns.step(&worker) {}
          }
          if let failure = turns.failure { throw failure }
        }
      }
    }
  }
}

/// What a thread of a pipeline does with an item.
package protocol PipelineWorker: ~Copyable, SendableMetatype {
  associatedtype Item: Sendable
  associatedtype Output: Sendable
  mutating func process(_ item: Item) -> Output
}

/// The state that the threads of one run share. `@unchecked Sendable`: `fetch` is only called while
/// `fetching` is held, and `merge` only by the one thread that has set `isMerging`.
private final class Turns<Worker: PipelineWorker & ~Copyable, Failure: Error>: @unchecked Sendable {
  private struct Merging {
    var next = 0
    var isMerging = false
    /// Results that came before their turn.
    var early: [Int: Worker.Output] = [:]
  }
  private struct Fetching {
    var next = 0
    var isDone = false
    var failure: Failure?
  }

  private let fetch: () throws(Failure) -> Worker.Item?
  private let merge: (Worker.Output) -> Void
  private let makeWorker: @Sendable () -> Worker
  private let fetching = Monitor(Fetching())
  private let merging = Monitor(Merging())
  /// Early results that are kept; a thread with one more waits, so that memory is bounded.
  private let patience: Int

  init(
    fetch: @escaping () throws(Failure) -> Worker.Item?,
    merge: @escaping (Worker.Output) -> Void,
    makeWorker: @escaping @Sendable () -> Worker, patience: Int
  ) {
    self.fetch = fetch
    self.merge = merge
    self.makeWorker = makeWorker
    self.patience = patience
  }

  var failure: Failure? { fetching.withLock { $0.failure } }

  func runOnNewThread() {
    var worker = makeWorker()
    while step(&worker) {}
  }

  /// Fetches, processes and merges one item; false when there is none.
  func step(_ worker: inout Worker) -> Bool {
    let fetched = fetching.withLock { state -> (Int, Worker.Item)? in
      guard !state.isDone else { return nil }
      do throws(Failure) {
        guard let item = try fetch() else {
          state.isDone = true
          return nil
        }
        defer { state.next += 1 }
        return (state.next, item)
      } catch {
        state.isDone = true
        state.failure = error
        return nil
      }
    }
    guard let (number, item) = fetched else { return false }
    hand(worker.process(item), number)
    return true
  }

  /// Merges a result and the early ones that follow it, or keeps it for whoever merges those before it.
  private func hand(_ output: Worker.Output, _ number: Int) {
    let isOurs = merging.withLock(when: {
      ($0.next == number && !$0.isMerging) || $0.early.count < patience
    }) { state in
      guard state.next == number, !state.isMerging else {
        state.early[number] = output
        return false
      }
      state.isMerging = true
      return true
    }
    guard isOurs else { return }
    var following: Worker.Output? = output
    while let current = following {
      merge(current)
      following = merging.withLock { state in
        state.next += 1
        let early = state.early.removeValue(forKey: state.next)
        if early == nil { state.isMerging = false }
        return early
      }
      merging.signalAll()
    }
  }
}
