extension Array {
  /// Sorts as a server does: all elements by a stable method, or only those that will have some of the places
  /// by the quicksort of Bentley and McIlroy ("Engineering a Sort Function", 1993), after which equal elements
  /// stand in the order that it happens to give them.
  ///
  /// - `places`: those that matter. What is elsewhere is in no order.
  /// - `compare`: below 0, 0 or above 0 as the first one comes before, with or after the second one.
  package mutating func sort(places: Range<Int>, _ compare: (Element, Element) -> Int) {
    if places == indices {
      sortStably(compare)
    } else {
      var sorter = PartialSorter(count: count, places: places)
      // Data can be made for which this method takes time of the square of its size.
      if !sorter.sort(&self, compare) { sortStably(compare) }
    }
  }

  private mutating func sortStably(_ compare: (Element, Element) -> Int) {
    let order = indices.sorted { a, b in
      let result = compare(self[a], self[b])
      return result == 0 ? a < b : result < 0
    }
    self = order.map { self[$0] }
  }
}

private struct PartialSorter {
  private let places: Range<Int>
  /// Ranges that are still to be sorted.
  private var open: [Range<Int>]
  /// Elements that may still be looked at.
  private var budget: Int

  init(count: Int, places: Range<Int>) {
    self.places = places
    open = [0..<count]
    budget = 64 * Swift.max(count, 1) * (Int.bitWidth - count.leadingZeroBitCount)
  }

  /// False when it would take too long. The elements are then in no order.
  mutating func sort<Element>(
    _ elements: inout [Element], _ compare: (Element, Element) -> Int
  ) -> Bool {
    while let range = open.popLast() {
      budget -= range.count
      if budget < 0 { return false }
      if range.count < 7 {
        insert(&elements, range, compare)
      } else {
        let (left, right) = split(&elements, range, compare)
        for part in [right, left] where part.count > 1 && part.overlaps(places) {
          open.append(part)
        }
      }
    }
    return true
  }

  private func insert<Element>(
    _ elements: inout [Element], _ range: Range<Int>, _ compare: (Element, Element) -> Int
  ) {
    for start in range.dropFirst() {
      var index = start
      while index > range.lowerBound, compare(elements[index - 1], elements[index]) > 0 {
        elements.swapAt(index - 1, index)
        index -= 1
      }
    }
  }

  /// Puts a pivot and what is equal to it between what is smaller and what is larger, and tells where these
  /// are.
  private func split<Element>(
    _ elements: inout [Element], _ range: Range<Int>, _ compare: (Element, Element) -> Int
  ) -> (Range<Int>, Range<Int>) {
    let start = range.lowerBound
    elements.swapAt(start, pivot(elements, range, compare))
    // Equal ones are gathered at both ends first: start..<equalEnd and behind equalStart.
    var equalEnd = start + 1
    var low = start + 1
    var high = range.upperBound - 1
    var equalStart = high
    while true {
      while low <= high {
        let result = compare(elements[low], elements[start])
        if result > 0 { break }
        if result == 0 {
          elements.swapAt(equalEnd, low)
          equalEnd += 1
        }
        low += 1
      }
      while low <= high {
        let result = compare(elements[high], elements[start])
        if result < 0 { break }
        if result == 0 {
          elements.swapAt(high, equalStart)
          equalStart -= 1
        }
        high -= 1
      }
      if low > high { break }
      elements.swapAt(low, high)
      low += 1
      high -= 1
    }
    let smaller = low - equalEnd
    let larger = equalStart - high
    let first = Swift.min(equalEnd - start, smaller)
    for offset in 0..<first { elements.swapAt(start + offset, low - first + offset) }
    let last = Swift.min(larger, range.upperBound - equalStart - 1)
    for offset in 0..<last { elements.swapAt(low + offset, range.upperBound - last + offset) }
    return (start..<(start + smaller), (range.upperBound - larger)..<range.upperBound)
  }

  private func pivot<Element>(
    _ elements: [Element], _ range: Range<Int>, _ compare: (Element, Element) -> Int
  ) -> Int {
    func median(_ a: Int, _ b: Int, _ c: Int) -> Int {
      if compare(elements[a], elements[b]) < 0 {
        if compare(elements[b], elements[c]) < 0 { return b }
        return compare(elements[a], elements[c]) < 0 ? c : a
      }
      if compare(elements[b], elements[c]) > 0 { return b }
      return compare(elements[a], elements[c]) < 0 ? a : c
    }
    let count = range.count
    var first = range.lowerBound
    var middle = first + count / 2
    var last = range.upperBound - 1
    if count == 7 { return middle }
    if count > 40 {
      let step = count / 8
      first = median(first, first + step, first + 2 * step)
      middle = median(middle - step, middle, middle + step)
      last = median(last - 2 * step, last - step, last)
    }
    return median(first, middle, last)
  }
}
