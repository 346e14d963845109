import Persistence
import TestSupport

/// What a test expects of a format error: its code and where it is.
struct Fault: Equatable, Sendable, CustomStringConvertible {
  var code: FindingCode
  var offset: Int

  init(_ code: FindingCode, _ offset: Int) {
    self.code = code
    self.offset = offset
  }

  init(_ error: FormatError) { self.init(error.code, error.offset) }

  var description: String { "\(code.rawValue) at \(offset)" }
}

/// The error that a piece of work ends in, if it does.
func fault<T>(_ work: () throws(FormatError) -> T) -> Fault? {
  do throws(FormatError) {
    _ = try work()
    return nil
  } catch {
    return Fault(error)
  }
}

extension CompactEntry {
  init(_ element: Element, in blob: RawSpan) {
    self = element.isInteger ? .integer(element.integer) : .text(element.bytes(in: blob).bytes)
  }
}

/// A case of a malformed blob: a name for the report, the bytes, the answer.
struct Malformed: Sendable, CustomStringConvertible {
  var description: String
  var bytes: [UInt8]
  var fault: Fault

  init(_ name: String, _ bytes: [UInt8], _ code: FindingCode, at offset: Int) {
    description = name
    self.bytes = bytes
    fault = Fault(code, offset)
  }

  init(_ name: String, _ text: String, _ code: FindingCode, at offset: Int) {
    self.init(name, hex(text), code, at: offset)
  }
}
