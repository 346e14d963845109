/// The sums by patterns in partial reports.
extension GroupSums {
  mutating func exchange(_ partial: inout PartialExchange) throws(PartialError) {
    try sums.exchange(&partial)
    try partial.number(&names)
    try texts.exchange(&partial)
    try stuck.exchange(&partial)
    try shards.exchange(&partial)
  }
}

extension Saving {
  mutating func exchange(_ partial: inout PartialExchange) throws(PartialError) {
    try partial.number(&keys)
    try partial.number(&bytes)
  }
}

extension TextSums {
  mutating func exchange(_ partial: inout PartialExchange) throws(PartialError) {
    try partial.number(&keys)
    guard keys > 0 else {
      self = TextSums()
      return
    }
    try partial.number(&length)
    try partial.number(&shortest)
    try partial.number(&longest)
    try partial.number(&entries)
    try partial.number(&bytes)
    try integers.exchange(&partial)
    try compressible.exchange(&partial)
    try partial.number(&objects)
  }
}

extension ShardSums {
  mutating func exchange(_ partial: inout PartialExchange) throws(PartialError) {
    var isThere = hashKeys + setKeys > 0
    try partial.flag(&isThere)
    guard isThere else {
      self = ShardSums()
      return
    }
    for index in hashes.indices {
      try partial.number(&hashes[index])
      try partial.number(&sets[index])
    }
    try partial.number(&hashKeys)
    try partial.number(&hashElements)
    try partial.number(&hashLongest)
    try partial.number(&setKeys)
    try partial.number(&setElements)
    try partial.number(&setLongest)
    try partial.number(&integerSets)
  }
}
