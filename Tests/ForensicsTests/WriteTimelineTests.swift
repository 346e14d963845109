import Forensics
import Persistence
import TestSupport
import Testing

@Suite struct WriteTimelineTests {
  private func timeline(_ seconds: [(Int64, UInt64)]) -> WriteTimeline {
    var timeline = WriteTimeline()
    timeline.add(seconds.map { CommandTally.Second(second: $0.0, writes: $0.1) })
    return timeline
  }

  @Test func nothing() {
    let timeline = timeline([])
    #expect(timeline.first == nil && timeline.peak == nil && timeline.buckets == [])
    #expect(timeline.mean == 0)
  }

  @Test func fewSeconds() {
    let timeline = timeline([(100, 5), (101, 3), (101, 4), (104, 2)])
    #expect(timeline.first == 100 && timeline.last == 104 && timeline.latest == 104)
    #expect(timeline.writes == 14 && timeline.mean == 14.0 / 5)
    #expect(timeline.peak == .init(second: 101, writes: 7))
    #expect(timeline.width == 1 && timeline.start == 100)
    #expect(timeline.buckets == [5, 7, 0, 0, 2])
  }

  /// A run that goes on in the next batch is one second.
  @Test func batches() {
    var timeline = timeline([(9, 4)])
    timeline.add([.init(second: 9, writes: 3), .init(second: 10, writes: 6)])
    #expect(timeline.peak == .init(second: 9, writes: 7))
  }

  @Test func bucketsWiden() {
    let timeline = timeline((0..<1000).map { (1_700_000_000 + $0, 1) })
    #expect(timeline.width == 16 && timeline.buckets.count == 63)
    #expect(timeline.start == 1_700_000_000 && timeline.buckets.reduce(0, +) == 1000)
    #expect(timeline.buckets.dropLast().allSatisfy { $0 == 16 })
  }

  /// A clock that goes back: the order does not matter to the buckets.
  @Test func timesGoBack() {
    var random = SeededRandom(seed: 5)
    let seconds = (0..<500).map { (Int64($0 * 7 - 1000), UInt64($0)) }
    let ordered = timeline(seconds)
    for _ in 0..<5 {
      let shuffled = timeline(seconds.shuffled(using: &random))
      #expect(shuffled.buckets == ordered.buckets && shuffled.width == ordered.width)
      #expect(shuffled.start == ordered.start && shuffled.mean == ordered.mean)
      #expect(shuffled.first == -1000 && shuffled.last == 499 * 7 - 1000)
    }
  }

  /// Numbers that no clock tells.
  @Test func extremes() {
    let timeline = timeline([(0, 1), (.max, 2), (.min, 3), (-1, 4), (.max, 5)])
    #expect(timeline.first == .min && timeline.last == .max)
    #expect(timeline.buckets.count <= WriteTimeline.mostBuckets)
    #expect(timeline.buckets.reduce(0, +) == 15 && timeline.start == .min)
    #expect(timeline.mean >= 0)
  }
}
