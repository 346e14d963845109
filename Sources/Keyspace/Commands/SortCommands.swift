internal import Persistence

// SORT. Source: sort.c of Redis 7.0.
extension Keyspace {
  static let sortCommands: [(String, CommandHandler)] = [
    ("sort", { (k, a, r) throws(CommandError) in try k.sort(a, mayStore: true, &r) }),
    ("sort_ro", { (k, a, r) throws(CommandError) in try k.sort(a, mayStore: false, &r) }),
  ]

  private struct SortOptions {
    var isDescending = false
    var isAlphabetic = false
    var offset: Int64 = 0
    /// Below 0 for all.
    var limit: Int64 = -1
    var by: SortPattern?
    var get: [SortPattern] = []
    /// The argument of the key under which the result is stored.
    var target: Int?
    /// Whether the elements stay in the order that they have.
    var keepsOrder = false

    init(_ arguments: Arguments, mayStore: Bool) throws(CommandError) {
      var index = 2
      while index < arguments.count {
        let left = arguments.count - index - 1
        if arguments.isWord("ASC", at: index) {
          isDescending = false
        } else if arguments.isWord("DESC", at: index) {
          isDescending = true
        } else if arguments.isWord("ALPHA", at: index) {
          isAlphabetic = true
        } else if arguments.isWord("LIMIT", at: index), left >= 2 {
          offset = try arguments.integer(at: index + 1)
          limit = try arguments.integer(at: index + 2)
          index += 2
        } else if mayStore, arguments.isWord("STORE", at: index), left >= 1 {
          target = index + 1
          index += 1
        } else if arguments.isWord("BY", at: index), left >= 1 {
          let pattern = SortPattern(arguments[index + 1])
          // Once said, it holds, even if another pattern follows.
          if pattern.isConstant { keepsOrder = true }
          by = pattern
          index += 1
        } else if arguments.isWord("GET", at: index), left >= 1 {
          get.append(SortPattern(arguments[index + 1]))
          index += 1
        } else {
          throw .syntax
        }
        index += 1
      }
    }

    /// The places of the elements that are wanted, of so many.
    func places(_ count: Int) -> Range<Int> {
      let start = Int(min(max(offset, 0), Int64(count)))
      let wanted = limit < 0 ? count - start : Int(min(limit, Int64(count - start)))
      return start..<(start + wanted)
    }
  }

  /// An element, and what it is sorted by.
  private struct SortItem {
    var element: ByteString
    /// Its place before the sort.
    var place: Int
    var score = 0.0
    var weight: ByteString?
  }

  private mutating func sort(
    _ arguments: Arguments, mayStore: Bool, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    var options = try SortOptions(arguments, mayStore: mayStore)
    var elements: [ByteString] = []
    var isSet = false
    if let place = find(arguments[1]) {
      let value = database[place].value
      guard let found = value.sortElements else { throw .wrongType }
      elements = found
      if case .set = value { isSet = true }
      // A server sorts no listpack: it makes a skiplist of it, which stays.
      if case .sortedSet(let set) = value, set.isSmall {
        try modifySortedSet(place) { (set) throws(CommandError) in set.enlarge() }
      }
    }
    if options.keepsOrder, isSet, options.target != nil {
      // The order of a set is of no account, but what is stored must be the same everywhere.
      options.keepsOrder = false
      options.isAlphabetic = true
      options.by = nil
    }
    if options.target == nil, reply.isSilent { return }
    let places = options.places(elements.count)
    if options.keepsOrder {
      if options.isDescending, !isSet { elements.reverse() }
      elements = Array(elements[places])
    } else {
      elements = try sorted(elements, options, places)
    }
    let results = results(elements, options)
    if let target = options.target {
      if results.isEmpty {
        if remove(arguments[target]) { changes += 1 }
      } else {
        set(arguments[target], .list(of: results.map { $0 ?? ByteString([]) }))
        changes += UInt64(results.count)
      }
      return reply.integer(results.count)
    }
    reply.array(results.count)
    for result in results {
      if let result { reply.bulk(result) } else { reply.null() }
    }
  }

  /// The elements that have some places in order. Throws an error of its own when they are to be sorted by
  /// numbers that are none.
  private mutating func sorted(
    _ elements: [ByteString], _ options: SortOptions, _ places: Range<Int>
  ) throws(CommandError) -> [ByteString] {
    var items: [SortItem] = []
    items.reserveCapacity(elements.count)
    var isNumeric = true
    for (place, element) in elements.enumerated() {
      var item = SortItem(element: element, place: place)
      let weight = options.by.map { value($0, element) } ?? element
      if options.isAlphabetic {
        item.weight = weight
      } else if let weight {
        let number = LenientNumber(unsafe weight.bytes.span.bytes)
        isNumeric = isNumeric && !number.isOutOfRange
        if let value = number.value { item.score = value } else { isNumeric = false }
      }
      items.append(item)
    }
    guard isNumeric else { throw .text("One or more scores can't be converted into double") }
    let sign = options.isDescending ? -1 : 1
    let isStored = options.target != nil
    let keepsTies = semantics.sortKeepsTies
    let range = options.by == nil || places.isEmpty ? items.indices : places
    items.sort(places: range) { a, b in
      sign
        * (options.isAlphabetic
          ? Self.order(a.weight, b.weight, whole: isStored)
          : Self.order(a, b, keepsTies: keepsTies))
    }
    return items[places].map(\.element)
  }

  /// By score, then by bytes, or as they stood.
  private static func order(_ a: SortItem, _ b: SortItem, keepsTies: Bool) -> Int {
    if a.score != b.score { return a.score < b.score ? -1 : 1 }
    return keepsTies ? a.place - b.place : order(a.element, b.element)
  }

  private static func order(_ a: ByteString, _ b: ByteString) -> Int {
    let (first, second) = unsafe (a.bytes.span.bytes, b.bytes.span.bytes)
    return first.order(second)
  }

  /// By bytes, where nothing comes first.
  ///
  /// - `whole`: whether what stands behind a zero byte counts. A server compares C strings, by the rules of its
  ///   locale, unless the result is stored; here the locale is C.
  private static func order(_ a: ByteString?, _ b: ByteString?, whole: Bool) -> Int {
    guard let a, let b else { return (a == nil ? 0 : 1) - (b == nil ? 0 : 1) }
    if whole { return order(a, b) }
    return order(
      ByteString(Array(a.bytes.prefix { $0 != 0 })), ByteString(Array(b.bytes.prefix { $0 != 0 })))
  }

  private mutating func results(
    _ elements: [ByteString], _ options: SortOptions
  ) -> [ByteString?] {
    if options.get.isEmpty { return elements }
    var results: [ByteString?] = []
    results.reserveCapacity(elements.count * options.get.count)
    for element in elements {
      for pattern in options.get { results.append(value(pattern, element)) }
    }
    return results
  }
}
