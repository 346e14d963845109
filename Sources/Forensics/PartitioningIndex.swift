extension RandomAccessCollection {
  /// The index of the first element that a predicate holds for, in a collection that has all of those at
  /// its end; `endIndex` without any. Logarithmic.
  func partitioningIndex(where isInSecond: (Element) -> Bool) -> Index {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = index(low, offsetBy: distance(from: low, to: high) / 2)
      if isInSecond(self[middle]) { high = middle } else { low = index(after: middle) }
    }
    return low
  }
}
