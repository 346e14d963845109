/// Finds IDs among ascending ones, mostly one after another as servers write them, and knows which of
/// them have been found.
struct PendingSearch {
  private let ids: [StreamID]
  private var isFound: [Bool]
  /// How many different ones have been found.
  private(set) var found = 0
  private var next = 0

  /// The IDs ascend; equal ones may follow each other.
  init(_ ids: [StreamID]) {
    self.ids = ids
    isFound = [Bool](repeating: false, count: ids.count)
  }

  var count: Int { ids.count }

  /// Whether every one has been found.
  var isComplete: Bool { found == ids.count }

  /// The place of an ID, and whether it is found for the first time; nil when it is not there.
  mutating func find(_ id: StreamID) -> (index: Int, isFirst: Bool)? {
    if next >= ids.count || ids[next] != id { next = position(of: id) }
    guard next < ids.count, ids[next] == id else { return nil }
    let index = next
    let isFirst = !isFound[index]
    if isFirst {
      isFound[index] = true
      found += 1
    }
    next += 1
    return (index, isFirst)
  }

  private func position(of id: StreamID) -> Int {
    var low = 0
    var high = ids.count
    while low < high {
      let middle = (low + high) / 2
      if ids[middle] < id { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
