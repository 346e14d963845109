import Foundation
import Glibc
import Persistence
import TestSupport
import Testing

@Suite struct OrderedPipelineTests {
  private struct Failure: Error, Equatable { var at: Int }

  /// Sleeps as long as the item says, and answers with its number.
  private struct Sleeper: PipelineWorker {
    mutating func process(_ item: (number: Int, microseconds: UInt32)) -> Int {
      if item.microseconds > 0 { usleep(item.microseconds) }
      return item.number
    }
  }

  @Test(arguments: 1...8)
  func orderIsKept(jobs: Int) {
    var random = SeededRandom(seed: UInt64(jobs))
    let delays = (0..<300).map { _ in UInt32.random(in: 0...400, using: &random) }
    var next = 0
    var results: [Int] = []
    OrderedPipeline.run(
      jobs: jobs,
      fetch: { () -> (number: Int, microseconds: UInt32)? in
        guard next < delays.count else { return nil }
        defer { next += 1 }
        return (next, delays[next])
      }, makeWorker: { Sleeper() }, merge: { results.append($0) })
    #expect(results == Array(0..<300))
  }

  @Test(arguments: 1...8, [0, 1, 2, 50])
  func errorsComeAfterEarlierResults(jobs: Int, failing: Int) {
    var random = SeededRandom(seed: UInt64(jobs))
    let delays = (0..<failing).map { _ in UInt32.random(in: 0...2000, using: &random) }
    var next = 0
    var results: [Int] = []
    var thrown: Failure?
    do throws(Failure) {
      try OrderedPipeline.run(
        jobs: jobs,
        fetch: { () throws(Failure) -> (number: Int, microseconds: UInt32)? in
          guard next < failing else { throw Failure(at: next) }
          defer { next += 1 }
          return (next, delays[next])
        }, makeWorker: { Sleeper() }, merge: { results.append($0) })
    } catch {
      thrown = error
    }
    #expect(thrown == Failure(at: failing))
    #expect(results == Array(0..<failing))
  }

  @Test(arguments: 1...4)
  func nothingToDo(jobs: Int) {
    var fetches = 0
    OrderedPipeline.run(
      jobs: jobs,
      fetch: { () -> (number: Int, microseconds: UInt32)? in
        fetches += 1
        return nil
      }, makeWorker: { Sleeper() }, merge: { _ in Issue.record("nothing to merge") })
    #expect(fetches == 1)
  }

  /// Notes how many threads work at once, and makes a worker's own state visible.
  private struct Counting: ~Copyable, PipelineWorker {
    let gauge: Monitor<(now: Int, most: Int, workers: Int)>
    private var processed = 0

    init(_ gauge: Monitor<(now: Int, most: Int, workers: Int)>) {
      self.gauge = gauge
      gauge.withLock { $0.workers += 1 }
    }

    mutating func process(_ item: Int) -> Int {
      gauge.withLock {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
      usleep(300)
      gauge.withLock { $0.now -= 1 }
      processed += 1
      return processed
    }
  }

  @Test(arguments: 1...6)
  func eachThreadHasAWorkerOfItsOwn(jobs: Int) {
    let gauge = Monitor((now: 0, most: 0, workers: 0))
    var left = 200
    var total = 0
    OrderedPipeline.run(
      jobs: jobs,
      fetch: { () -> Int? in
        guard left > 0 else { return nil }
        left -= 1
        return left
      }, makeWorker: { Counting(gauge) }, merge: { _ in total += 1 })
    let seen = gauge.withLock { $0 }
    #expect(total == 200)
    #expect(seen.now == 0)
    #expect(seen.most <= jobs)
    #expect(seen.workers <= jobs)
    #expect((jobs == 1) == (seen.workers == 1))
  }

  // MARK: Monitor

  /// On a thread of its own: tasks that wait for each other may be given the same one.
  @Test func monitorWaitsForItsCondition() {
    let monitor = Monitor(0)
    let turns = 200
    @Sendable func takeTurns(from first: Int) {
      for turn in stride(from: first, to: turns, by: 2) {
        monitor.withLock(when: { $0 == turn }) { $0 += 1 }
        monitor.signalAll()
      }
    }
    Thread.detachNewThread { takeTurns(from: 1) }
    takeTurns(from: 0)
    monitor.withLock(when: { $0 == turns }) { _ in }
  }

  @Test func monitorExcludes() async {
    let monitor = Monitor(0)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask { for _ in 0..<5000 { monitor.withLock { $0 += 1 } } }
      }
    }
    #expect(monitor.withLock { $0 } == 20_000)
  }
}
