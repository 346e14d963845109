/// Which databases were emptied when, and which number each has at the moment.
///
/// Of more databases than any server has, the swaps and flushes are not kept.
struct FlushedDatabases {
  /// Moves on with every flush.
  private(set) var epoch: UInt64 = 0

  private var allFlushed: UInt64 = 0
  private var flushed: [UInt32: UInt64] = [:]
  /// By its number, the database that has it, as it was numbered at the start.
  private var swapped: [UInt32: UInt32] = [:]

  private static let most = 4096

  /// The database that has a number now.
  func current(_ number: UInt32) -> UInt32 {
    swapped.isEmpty ? number : swapped[number] ?? number
  }

  /// Whether a database was emptied after a moment.
  func isFlushed(_ database: UInt32, since moment: UInt64) -> Bool {
    moment < allFlushed || (!flushed.isEmpty && moment < flushed[database] ?? 0)
  }

  mutating func flushAll() {
    epoch += 1
    allFlushed = epoch
    flushed.removeAll()
  }

  /// Empties the database that has a number now.
  mutating func flush(_ number: UInt32) {
    let database = current(number)
    guard flushed.count < Self.most || flushed[database] != nil else { return }
    epoch += 1
    flushed[database] = epoch
  }

  mutating func swap(_ one: UInt32, _ other: UInt32) {
    guard swapped.count < Self.most || (swapped[one] != nil && swapped[other] != nil) else {
      return
    }
    let (first, second) = (current(one), current(other))
    swapped[one] = second
    swapped[other] = first
  }
}
