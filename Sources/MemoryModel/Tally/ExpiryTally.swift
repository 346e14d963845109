/// When the memory of keys with lifetimes is freed: sums by hours; when those are too many, by days, then
/// by 30 days and so on. That depends on the keys alone and not on their order.
package struct ExpiryTally: Sendable, Equatable {
  package static let hour: Int64 = 3_600_000

  /// Distinct times that are told apart: those of a year of hours.
  private static let most = 8784
  /// Hours of a bucket, from fine to coarse. Each is a multiple of the one before.
  private static let steps: [Int64] = [1, 24, 720, 21_600, 648_000, 2_592_000_000]

  /// By the beginnings of buckets: Unix time in hours.
  private var sums: [Int64: MemorySums] = [:]
  private var step = 0
  /// Keys whose lifetime was over at the time of the report.
  package private(set) var expired = MemorySums()
  /// Keys without a lifetime.
  package private(set) var never = MemorySums()

  package init() {}

  /// Hours of a bucket.
  package var hoursOfBucket: Int64 { Self.steps[step] }

  mutating func add(_ expiresAt: Int64?, now: Int64, _ key: MemorySums) {
    guard let expiresAt else { return never.add(key) }
    if expiresAt < now { return expired.add(key) }
    add(hour: Self.floor(expiresAt, Self.hour), key)
  }

  package mutating func merge(_ other: ExpiryTally) {
    never.add(other.never)
    expired.add(other.expired)
    while step < other.step { coarsen() }
    for (hour, sums) in other.sums { add(hour: hour, sums) }
  }

  /// Writes or reads them.
  mutating func exchange(_ partial: inout PartialExchange) throws(PartialError) {
    try never.exchange(&partial)
    try expired.exchange(&partial)
    var step = UInt64(self.step)
    try partial.word(&step)
    guard step < UInt64(Self.steps.count) else { throw .outOfRange }
    self.step = Int(step)
    var rows = buckets
    try partial.list(&rows, (hour: 0, sums: MemorySums())) { (partial, row) throws(PartialError) in
      try partial.signed(&row.hour)
      // Times are 64 bits of milliseconds.
      guard row.hour.magnitude <= UInt64(Int64.max / Self.hour) + 1 else { throw .outOfRange }
      try row.sums.exchange(&partial)
    }
    guard partial.isReading else { return }
    sums = [:]
    for row in rows { add(hour: row.hour, row.sums) }
  }

  private mutating func add(hour: Int64, _ key: MemorySums) {
    sums[Self.floor(hour, hoursOfBucket) * hoursOfBucket, default: MemorySums()].add(key)
    while sums.count > Self.most, step < Self.steps.count - 1 { coarsen() }
  }

  private mutating func coarsen() {
    step += 1
    let old = sums
    sums = [:]
    for (hour, part) in old {
      sums[Self.floor(hour, hoursOfBucket) * hoursOfBucket, default: MemorySums()].add(part)
    }
  }

  /// The quotient, rounded down.
  private static func floor(_ a: Int64, _ b: Int64) -> Int64 {
    let quotient = a / b
    return a % b < 0 ? quotient - 1 : quotient
  }

  /// The buckets in the order of time: Unix time in hours of their beginnings, and their sums.
  package var buckets: [(hour: Int64, sums: MemorySums)] {
    sums.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// A span of time and what is freed in it.
  package struct Span: Sendable, Equatable {
    package enum Kind: String, Sendable { case hour, day, later }
    package var kind: Kind
    /// Unix time in milliseconds; the last span has no end.
    package var from: Int64
    package var to: Int64?
    package var sums: MemorySums
  }

  /// What is freed in each hour of the next two days, in each day of the 90 after them, and later; spans
  /// in which nothing is are left out.
  package func forecast(now: Int64) -> [Span] {
    let day = 24 * Self.hour
    let firstHour = Self.floor(now, Self.hour) * Self.hour
    let hoursEnd = (Self.floor(now, day) + 3) * day
    let daysEnd = hoursEnd + 90 * day
    var spans: [Span] = []
    for (hour, sums) in buckets {
      let (start, overflow) = hour.multipliedReportingOverflow(by: Self.hour)
      let from = overflow ? .max : max(start, firstHour)
      var span = Span(kind: .hour, from: from, to: from &+ Self.hour, sums: sums)
      if from >= daysEnd || hoursOfBucket > 24 {
        span = Span(kind: .later, from: max(daysEnd, firstHour), to: nil, sums: sums)
      } else if from >= hoursEnd || hoursOfBucket > 1 {
        let start = Self.floor(from, day) * day
        span = Span(kind: .day, from: start, to: start + day, sums: sums)
      }
      if let last = spans.last, last.kind == span.kind, last.from == span.from {
        spans[spans.count - 1].sums.add(sums)
      } else {
        spans.append(span)
      }
    }
    return spans
  }
}
