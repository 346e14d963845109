// Lists. From Redis 3.2 on they are nodes of at most 8 KiB. Here they are filled as a server fills them
// when elements come one after another at the tail. Sources: quicklist.c of Redis 3.2-7.4, t_list.c of
// Redis 7.2.
extension RDBEncoder {
  mutating func append(list elements: [ByteString], as layout: ValueLayout) {
    switch layout {
    case .listQuicklist: appendZiplistNodes(elements)
    case .listQuicklist2: appendListpackNodes(elements)
    case .listZiplist:
      ziplist.begin()
      for element in elements { ziplist.append(element) }
      ziplist.finish()
      strings.append(ziplist.blob, to: &buffer)
    default:
      buffer.append(length: elements.count)
      for element in elements { append(element) }
    }
  }

  private mutating func appendZiplistNodes(_ elements: [ByteString]) {
    var count = 0
    nodes.removeAll()
    ziplist.begin()
    for element in elements {
      let size = element.count
      // What the element takes at most: it is judged as text, and by its own size in place of the one
      // before it.
      let overhead = (size < 254 ? 1 : 5) + (size < 64 ? 1 : size < 16384 ? 2 : 5)
      if ziplist.count > 0, ziplist.size + size + overhead > RDBTarget.nodeSize {
        finishZiplistNode(&count)
      }
      ziplist.append(element)
    }
    finishZiplistNode(&count)
    appendNodes(count)
  }

  private mutating func finishZiplistNode(_ count: inout Int) {
    ziplist.finish()
    strings.append(ziplist.blob, to: &nodes)
    ziplist.begin()
    count += 1
  }

  private mutating func appendListpackNodes(_ elements: [ByteString]) {
    var count = 0
    // Bytes that an element is taken to need beside its text. A list that is still one listpack is not
    // charged for them.
    var overhead = target.hasListpackLists ? 0 : 8
    nodes.removeAll()
    listpack.begin()
    for element in elements {
      if target.isPlain(element) {
        finishListpackNode(&count)
        nodes.append(length: 1)
        strings.append(element, to: &nodes)
        count += 1
        overhead = 8
        continue
      }
      if listpack.size + element.count + overhead > RDBTarget.nodeSize {
        finishListpackNode(&count)
        overhead = 8
      }
      listpack.append(element)
    }
    finishListpackNode(&count)
    appendNodes(count)
  }

  /// Writes the node that is being filled, unless it is empty.
  private mutating func finishListpackNode(_ count: inout Int) {
    guard listpack.count > 0 else { return }
    listpack.finish()
    nodes.append(length: 2)
    strings.append(listpack.blob, to: &nodes)
    listpack.begin()
    count += 1
  }

  mutating func appendNodes(_ count: Int) {
    buffer.append(length: count)
    buffer.append(nodes)
    nodes.removeAll()
  }
}

extension RDBTarget {
  /// Whether an element of a list is a node by itself.
  fileprivate func isPlain(_ element: ByteString) -> Bool { isPlain(count: element.count) }

  /// Whether an element of so many bytes is.
  func isPlain(count: Int) -> Bool {
    plainNodes == .huge ? count >= 1 << 30 : count > RDBTarget.nodeSize
  }
}
