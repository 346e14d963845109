package import Persistence

extension ListValue {
  /// Calls `body` with each element from the one of a number on, towards an end, until it returns false: the
  /// element, the bytes in which its string lies, and its place.
  ///
  /// - `index`: a number that there is, or one beside them, from which there is nothing to tell.
  package func scan(
    from index: Int, backwards: Bool = false, _ body: (Element, RawSpan, Quicklist.Place) -> Bool
  ) {
    guard index >= 0, index < count else { return }
    scan(at: place(of: index), backwards: backwards, body)
  }

  /// Calls `body` with each element from a place on. Nothing is told from a place behind the last one.
  package func scan(
    at start: Quicklist.Place, backwards: Bool, _ body: (Element, RawSpan, Quicklist.Place) -> Bool
  ) {
    var place = start
    while place.node >= 0, place.node < nodeCount {
      let node = node(place.node)
      let bytes = node.bytes
      let span = unsafe bytes.span.bytes
      if backwards {
        // From a node that was just stepped into, the last element.
        if place.offset == .max { place.offset = node.previous(before: node.end) ?? node.start }
        guard Self.scanBack(node, span, &place, body) else { return }
        place = Quicklist.Place(node: place.node - 1, offset: .max)
      } else {
        if place.offset < node.start { place.offset = node.start }
        guard Self.scanOn(node, span, &place, body) else { return }
        place = Quicklist.Place(node: place.node + 1, offset: 0)
      }
    }
  }

  private static func scanOn(
    _ node: ListNode, _ bytes: RawSpan, _ place: inout Quicklist.Place,
    _ body: (Element, RawSpan, Quicklist.Place) -> Bool
  ) -> Bool {
    while place.offset < node.end {
      guard body(node.element(at: place.offset), bytes, place) else { return false }
      place.offset = node.next(after: place.offset)
    }
    return true
  }

  private static func scanBack(
    _ node: ListNode, _ bytes: RawSpan, _ place: inout Quicklist.Place,
    _ body: (Element, RawSpan, Quicklist.Place) -> Bool
  ) -> Bool {
    while true {
      guard body(node.element(at: place.offset), bytes, place) else { return false }
      guard let before = node.previous(before: place.offset) else { return true }
      place.offset = before
    }
  }

  /// Calls `body` with the bytes of each element, in their order.
  package func forEach(_ body: (RawSpan) -> Void) {
    scan(from: 0) { element, blob, _ in
      element.withBytes(in: blob, body)
      return true
    }
  }

  /// A copy of the element of a number. There has to be one.
  package func copy(_ index: Int) -> [UInt8] {
    let place = place(of: index)
    let node = node(place.node)
    let bytes = node.bytes
    return node.element(at: place.offset).bytes(in: unsafe bytes.span.bytes).bytes
  }

  /// The first element from a place on that is equal to a pattern.
  package func find(
    _ pattern: borrowing ElementPattern, at start: Quicklist.Place, backwards: Bool = false
  ) -> Quicklist.Place? {
    var found: Quicklist.Place?
    scan(at: start, backwards: backwards) { element, blob, place in
      if pattern.matches(element, in: blob) { found = place }
      return found == nil
    }
    return found
  }

  /// Removes elements that are equal to an entry, from an end on, and tells how many.
  ///
  /// - `most`: how many at most; 0 for all.
  package mutating func removeAll(
    _ entry: RawSpan, most: UInt, backwards: Bool, limit: Int
  ) -> Int {
    let pattern = ElementPattern(entry)
    var removed = 0
    guard !isEmpty else { return 0 }
    var next: Quicklist.Place? = place(of: backwards ? count - 1 : 0)
    while let start = next, most == 0 || UInt(removed) < most,
      let place = find(pattern, at: start, backwards: backwards)
    {
      // What stands before the element keeps its place.
      let before = backwards ? previous(before: place) : nil
      let behind = remove(at: place)
      next = backwards ? before : behind
      removed += 1
    }
    if removed > 0 { settle(limit: limit) }
    return removed
  }

  private func previous(before place: Quicklist.Place) -> Quicklist.Place? {
    if let offset = node(place.node).previous(before: place.offset) {
      return Quicklist.Place(node: place.node, offset: offset)
    }
    guard place.node > 0 else { return nil }
    let node = node(place.node - 1)
    return Quicklist.Place(
      node: place.node - 1, offset: node.previous(before: node.end) ?? node.start)
  }
}

/// A text that entries of compact encodings are compared with.
package struct ElementPattern: ~Escapable {
  private let text: RawSpan
  private let number: Int64?

  @_lifetime(copy text)
  package init(_ text: RawSpan) {
    self.text = text
    number = NumberText.canonicalInteger(text)
  }

  /// Whether a client would see an entry as this text.
  @inline(__always)
  package func matches(_ element: Element, in blob: RawSpan) -> Bool {
    if element.isInteger { return element.integer == number }
    return element.count == text.byteCount && blob.isEqual(at: element.offset, text)
  }
}

extension Element {
  /// Calls `body` with the bytes that a client sees.
  @inline(__always)
  package func withBytes<R>(in blob: RawSpan, _ body: (RawSpan) -> R) -> R {
    guard isInteger else { return body(blob.extracting(offset..<(offset &+ count))) }
    var digits = InlineArray<20, UInt8>(repeating: 0)
    let start = NumberText.write(integer, toEndOf: &digits)
    return body(unsafe digits.span.bytes.extracting(start..<20))
  }
}
