/// What is in order in a sequence that should ascend strictly, and of which a part is damaged.
package enum AscendingRuns {
  /// The longest ascending run from the front and the longest one up to the end, without what does not
  /// fit between them. With `isCut`, the end is not that of the sequence, and only the front is taken.
  package static func indices<Value: Comparable>(
    of values: [Value], isCut: Bool = false
  ) -> [Int] {
    guard !values.isEmpty else { return [] }
    var front = 1
    while front < values.count, values[front - 1] < values[front] { front += 1 }
    guard front < values.count, !isCut else { return Array(0..<front) }
    var back = values.count - 1
    while back > front, values[back - 1] < values[back] { back -= 1 }
    while front > 0, back < values.count, values[front - 1] >= values[back] {
      // One of the two is wrong: the one without which there is order.
      let isFrontWrong = front < 2 || values[front - 2] < values[back]
      let isBackWrong = back + 1 == values.count || values[front - 1] < values[back + 1]
      if isFrontWrong || !isBackWrong { front -= 1 }
      if isBackWrong || !isFrontWrong { back += 1 }
    }
    return Array(0..<front) + Array(back..<values.count)
  }
}
