/// Measures large values section by section, in constant memory but for compact encodings, which are held
/// whole.
extension ValueMeasurer {
  /// Measures the value of a large record. Offsets in errors count from the start of the record.
  package mutating func measure(_ record: LargeRecord) throws(LargeValueError) -> ValueMeasure {
    let layout = record.head.layout
    var measure: ValueMeasure
    if layout == .string {
      measure = try Self.largeText(record)
    } else if layout.isOneBlob {
      var reader = LargeValueReader(record)
      try reader.whole()
      var cursor = ByteCursor(reader.bytes)
      do throws(FormatError) {
        measure = try self.measure(layout, &cursor)
      } catch {
        throw .format(error.moved(by: reader.offset))
      }
    } else {
      measure = try sections(record)
    }
    measure.stored = record.count - record.valueOffset
    return measure
  }

  private static func largeText(_ record: LargeRecord) throws(LargeValueError) -> ValueMeasure {
    var measure = ValueMeasure(.string)
    let head: StringHead
    do throws(FormatError) {
      let beginning = record.beginning
      var cursor = ByteCursor(unsafe beginning.span.bytes, at: record.head.valueOffset)
      head = try cursor.readStringHead()
    } catch {
      throw .format(error)
    }
    if head.form == .lzf {
      var reader = LargeValueReader(record)
      try reader.checkText()
      measure.isCompressed = true
    }
    measure.length = head.length
    measure.longest = head.length
    return measure
  }

  private mutating func sections(_ record: LargeRecord) throws(LargeValueError) -> ValueMeasure {
    let layout = record.head.layout
    var tally = ElementTally(layout)
    var tree = RadixTree()
    var reader = LargeValueReader(record)
    while let section = try reader.next() {
      var cursor = ByteCursor(reader.bytes)
      do throws(FormatError) {
        switch section {
        case .head: break
        case .elements(let count):
          if layout.isStream {
            try Self.streamNodes(count, &cursor, &tally, &tree, &decoder, sizes)
          } else if layout != .module2 {
            try elements(count, &cursor, &tally)
          }
        case .tail:
          guard layout.isStream else { continue }
          try streamTail(&cursor, &tally)
        }
      } catch {
        throw .format(error.moved(by: reader.offset))
      }
    }
    if layout.isStream { tally.measure.stream.trees += tree.finish(sizes) }
    if layout == .module2 {
      tally.measure.elements = 1
      tally.measure.length = record.count - record.valueOffset
    }
    return tally.measure
  }
}
