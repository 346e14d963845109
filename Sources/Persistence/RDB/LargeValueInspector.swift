/// Checks large values: the same checks as for one in memory, section by section.
extension ValueInspector {
  /// Checks the value of a large record. Offsets in errors count from the start of the record.
  mutating func inspect(_ record: LargeRecord) throws(LargeValueError) -> ValueFacts {
    let layout = record.head.layout
    switch layout {
    case .string: return try inspectText(record)
    case .set, .zset, .zset2, .hash, .hashMetadataPreGA, .hashMetadata, .valkeyHash2:
      return try inspectTable(record)
    case .list, .listQuicklist, .listQuicklist2, .stream, .stream2, .stream3, .module2:
      return try inspectSections(record)
    case .hashZipmap, .listZiplist, .setIntset, .zsetZiplist, .hashZiplist, .hashListpack,
      .zsetListpack, .setListpack, .hashListpackExPreGA, .hashListpackEx:
      return try inspectBlob(record)
    case .modulePreRelease:
      preconditionFailure("the scanner stops at a module without an end mark")
    }
  }

  private func inspectText(_ record: LargeRecord) throws(LargeValueError) -> ValueFacts {
    let facts: ValueFacts
    let form: StringReference.Form
    do throws(FormatError) {
      let beginning = record.beginning
      let bytes = unsafe beginning.span.bytes
      facts = try Self.glance(.string, bytes, at: record.head.valueOffset)
      var cursor = ByteCursor(bytes, at: record.head.valueOffset)
      form = try cursor.readStringHead().form
    } catch {
      throw .format(error)
    }
    // Nothing can be wrong in other forms, and they may not have been kept.
    if form == .lzf {
      var reader = LargeValueReader(record)
      try reader.checkText()
    }
    return facts
  }

  /// A compact encoding is held whole.
  private mutating func inspectBlob(
    _ record: LargeRecord
  ) throws(LargeValueError) -> ValueFacts {
    var reader = LargeValueReader(record)
    try reader.whole()
    var cursor = ByteCursor(reader.bytes)
    do throws(FormatError) {
      return try inspect(record.head.layout, &cursor)
    } catch {
      throw .format(error.moved(by: reader.offset))
    }
  }

  /// Lists, streams and modules: one walk.
  private mutating func inspectSections(
    _ record: LargeRecord
  ) throws(LargeValueError) -> ValueFacts {
    let layout = record.head.layout
    var facts = ValueFacts()
    var stream = StreamInspector(nodes: 0)
    var reader = LargeValueReader(record)
    while let section = try reader.next() {
      var cursor = ByteCursor(reader.bytes)
      do throws(FormatError) {
        switch (section, layout) {
        case (.head, .module2): facts.moduleID = try cursor.readLength()
        case (.head, .list): facts.elements = try readElementsHead(layout, &cursor).count
        case (.head, .listQuicklist), (.head, .listQuicklist2):
          facts.elements = 0
          facts.nodes = try readElementsHead(layout, &cursor).count
        case (.head, _):
          stream = StreamInspector(nodes: try readElementsHead(layout, &cursor).count)
        case (.elements(let count), .module2):
          for _ in 0..<count { _ = try Self.checkOperand(&cursor) }
        case (.elements(let count), .list): try Self.checkStrings(count, &cursor)
        case (.elements(let count), .listQuicklist), (.elements(let count), .listQuicklist2):
          try inspectNodes(count, layout, &cursor, base: Int(reader.offset), &facts)
        case (.elements(let count), _): try stream.inspectNodes(count, &cursor, &decoder)
        case (.tail, .module2): break
        case (.tail, _): try stream.inspectTail(layout, &cursor, &decoder)
        }
      } catch {
        throw .format(error.moved(by: reader.offset))
      }
    }
    if layout.isStream { return stream.facts }
    if layout == .listQuicklist || layout == .listQuicklist2 {
      do throws(FormatError) { try Self.checkNotEmpty(facts) } catch { throw .format(error) }
    }
    return facts
  }

  /// Hashes, sets and sorted sets: a walk for each part of the hashes.
  private mutating func inspectTable(
    _ record: LargeRecord
  ) throws(LargeValueError) -> ValueFacts {
    let layout = record.head.layout
    var head: (count: UInt64, hint: UInt64) = (0, 0)
    var reader = LargeValueReader(record)
    var passes: UInt64 = 1
    var pass: UInt64 = 0
    repeat {
      reader.rewind()
      while let section = try reader.next() {
        guard case .elements(let count) = section else {
          var cursor = ByteCursor(reader.bytes)
          do throws(FormatError) {
            head = try readElementsHead(layout, &cursor)
          } catch {
            throw .format(error.moved(by: reader.offset))
          }
          passes = SeenHashes.passes(for: head.count)
          seen.begin(count: head.count, pass: pass, of: passes)
          continue
        }
        try collect(count, record, hint: head.hint, reader.bytes, at: reader.offset)
      }
      pass += 1
    } while pass < passes
    return ValueFacts(elements: head.count)
  }

  /// Checks the elements of a section, which begins at `offset` in the record, and collects their names.
  private mutating func collect(
    _ count: UInt64, _ record: LargeRecord, hint: UInt64, _ bytes: RawSpan, at offset: UInt64
  ) throws(LargeValueError) {
    let layout = record.head.layout
    var cursor = ByteCursor(bytes)
    var left = count
    while true {
      let suspect: Int
      let name: ByteString
      do throws(FormatError) {
        guard let found = try collectElements(layout, &cursor, hint: hint, &left) else { return }
        suspect = found
        name = try copyName(layout, at: found, in: bytes)
      } catch {
        throw .format(error.moved(by: offset))
      }
      if try stands(name, in: record, before: offset + UInt64(suspect)) {
        throw .format(.duplicate(at: suspect).moved(by: offset))
      }
    }
  }

  /// Whether an element of that name stands before an offset in the record.
  private mutating func stands(
    _ name: ByteString, in record: LargeRecord, before end: UInt64
  ) throws(LargeValueError) -> Bool {
    var reader = LargeValueReader(record)
    while let section = try reader.next(), reader.offset < end {
      guard case .elements = section else { continue }
      var cursor = ByteCursor(reader.bytes)
      let last = Int(min(UInt64(cursor.remaining), end - reader.offset))
      do throws(FormatError) {
        if try finds(name, record.head.layout, &cursor, upTo: last) { return true }
      } catch {
        throw .format(error.moved(by: reader.offset))
      }
    }
    return false
  }
}
