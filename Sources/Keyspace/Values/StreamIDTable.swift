internal import DequeModule
package import Persistence

/// Stream IDs in ascending order, each with something that belongs to it: pending entries.
///
/// A deque of short sorted arrays: adding at the end and removing at the front, which is what groups mostly
/// do, cost next to nothing at any size, and all else a search and the move of one array's elements.
package struct StreamIDTable<Content: Sendable>: Sendable {
  package struct Element: Sendable {
    package var id: StreamID
    package var content: Content
  }

  /// None is empty, and none has more than ``chunkCount`` elements.
  private var chunks: Deque<[Element]> = []
  package private(set) var count = 0

  private static var chunkCount: Int { 128 }

  package init() {}

  package var isEmpty: Bool { count == 0 }
  package var first: Element? { chunks.first?.first }
  package var last: Element? { chunks.last?.last }

  // MARK: Finding

  /// The place of the first element at or above an ID: its chunk, which may be the one behind the last, and
  /// its number there.
  private func place(_ id: StreamID) -> (chunk: Int, index: Int) {
    // The first chunk whose last element is not below the ID.
    var low = 0
    var high = chunks.count
    while low < high {
      let middle = (low + high) / 2
      let chunk = chunks[middle]
      if chunk[chunk.count - 1].id < id { low = middle + 1 } else { high = middle }
    }
    guard low < chunks.count else { return (low, 0) }
    return (low, Self.index(id, in: chunks[low]))
  }

  /// The number of the first element of a chunk at or above an ID.
  private static func index(_ id: StreamID, in chunk: [Element]) -> Int {
    var low = 0
    var high = chunk.count
    while low < high {
      let middle = (low + high) / 2
      if chunk[middle].id < id { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func exact(_ id: StreamID) -> (chunk: Int, index: Int)? {
    let place = place(id)
    guard place.chunk < chunks.count, chunks[place.chunk][place.index].id == id else { return nil }
    return place
  }

  /// What belongs to an ID; nil when it is not there.
  package subscript(id: StreamID) -> Content? {
    exact(id).map { chunks[$0.chunk][$0.index].content }
  }

  /// The first element at or above an ID.
  package func element(from id: StreamID) -> Element? {
    let place = place(id)
    return place.chunk < chunks.count ? chunks[place.chunk][place.index] : nil
  }

  /// Calls `body` with each element at or above an ID until it returns false.
  package func forEach(from id: StreamID = .zero, _ body: (Element) -> Bool) {
    var (chunk, index) = place(id)
    while chunk < chunks.count {
      let elements = chunks[chunk]
      while index < elements.count {
        guard body(elements[index]) else { return }
        index += 1
      }
      index = 0
      chunk += 1
    }
  }

  // MARK: Changing

  /// Adds an ID, or gives one that is there other content.
  package mutating func set(_ id: StreamID, _ content: Content) {
    let element = Element(id: id, content: content)
    if let last, last.id >= id {
      insert(element)
    } else {
      count += 1
      let tail = chunks.count - 1
      if tail >= 0, chunks[tail].count < Self.chunkCount {
        chunks[tail].append(element)
      } else {
        chunks.append([element])
      }
    }
  }

  private mutating func insert(_ element: Element) {
    var (chunk, index) = place(element.id)
    if chunks[chunk][index].id == element.id {
      chunks[chunk][index] = element
      return
    }
    count += 1
    if chunks[chunk].count == Self.chunkCount {
      let half = Self.chunkCount / 2
      let tail = Array(chunks[chunk][half...])
      chunks[chunk].removeSubrange(half...)
      chunks.insert(tail, at: chunk + 1)
      if index > half {
        chunk += 1
        index -= half
      }
    }
    chunks[chunk].insert(element, at: index)
  }

  /// Changes what belongs to an ID; false when it is not there.
  @discardableResult
  package mutating func update(_ id: StreamID, _ body: (inout Content) -> Void) -> Bool {
    guard let place = exact(id) else { return false }
    body(&chunks[place.chunk][place.index].content)
    return true
  }

  /// Removes an ID and tells what belonged to it; nil when it is not there.
  @discardableResult
  package mutating func remove(_ id: StreamID) -> Content? {
    guard let (chunk, index) = exact(id) else { return nil }
    let content = chunks[chunk][index].content
    count -= 1
    if chunks[chunk].count == 1 {
      chunks.remove(at: chunk)
    } else {
      chunks[chunk].remove(at: index)
      mergeIfSmall(chunk)
    }
    return content
  }

  /// Joins a chunk that has become short with the one behind it, so that there are never many short ones.
  private mutating func mergeIfSmall(_ chunk: Int) {
    // Not the first one: what is removed at the front is not to be moved first.
    guard chunk > 0, chunk + 1 < chunks.count,
      chunks[chunk].count + chunks[chunk + 1].count <= Self.chunkCount / 2
    else { return }
    let next = chunks.remove(at: chunk + 1)
    chunks[chunk] += next
  }
}
