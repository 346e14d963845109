/// What stands in a file beside its keys.
package enum MetaFact: Sendable, Equatable {
  case aux(name: ByteString, value: ByteString)
  case function(code: ByteString)
  /// A library of the release candidates of Redis 7.0.
  case functionPreGA(
    name: ByteString, engine: ByteString, description: ByteString?, code: ByteString)
  /// Data of a module beside the keys: before (`when` 1) or after (2) them; the operands as they stand
  /// in the file, up to and including the end mark.
  case moduleAux(ModuleID, when: UInt64, operands: ByteString)

  /// Reads a library of the release candidates: name, engine, optional description, code.
  static func functionPreGA(
    reading cursor: consuming ByteCursor, decoder: inout StringDecoder
  ) throws(FormatError) -> MetaFact {
    let bytes = cursor.bytes
    let name = try decoder.copy(cursor.readString(), in: bytes)
    let engine = try decoder.copy(cursor.readString(), in: bytes)
    var description: ByteString?
    if try cursor.readLength() != 0 {
      description = try decoder.copy(cursor.readString(), in: bytes)
    }
    let code = try decoder.copy(cursor.readString(), in: bytes)
    return .functionPreGA(name: name, engine: engine, description: description, code: code)
  }

  /// Bytes that it holds.
  package var size: Int {
    switch self {
    case .aux(let name, let value): name.count + value.count
    case .function(let code): code.count
    case .functionPreGA(_, _, let description, let code): code.count + (description?.count ?? 0)
    case .moduleAux(_, _, let operands): operands.count
    }
  }
}

/// Writes records of type `meta`:
///
///     {"type":"meta","magic":"REDIS","rdb_version":11,"aux":{"redis-ver":"7.2.6",…},
///      "functions":["#!lua …",…],"module_aux":[{"module","version","when","base64"},…]}
///
/// An aux field that comes several times has all its values, as an array in the order of the file.
package enum MetaRecord {
  /// Writes one record with these facts, in the bytes rule of `RecordFormatter`.
  package static func write(
    _ facts: [MetaFact], _ dialect: RDBDialect, usesBase64: Bool, to writer: inout JSONWriter
  ) {
    let mark = writer.mark
    writer.byteStyle = usesBase64 ? .base64 : .utf8
    writeOnce(facts, dialect, to: &writer)
    if writer.hasInvalidUTF8 {
      writer.goBack(to: mark)
      writer.byteStyle = .latin1
      writeOnce(facts, dialect, to: &writer)
    }
  }

  private static func writeOnce(
    _ facts: [MetaFact], _ dialect: RDBDialect, to writer: inout JSONWriter
  ) {
    writer.beginObject()
    writer.key("type")
    writer.string("meta")
    writer.byteStyleMember()
    writer.key("magic")
    writer.string(dialect.magic.rawValue)
    writer.key("rdb_version")
    writer.integer(UInt64(dialect.version))
    writeAux(facts, to: &writer)
    writeFunctions(facts, to: &writer)
    writeModuleAux(facts, to: &writer)
    writer.endObject()
  }

  private static func writeAux(_ facts: [MetaFact], to writer: inout JSONWriter) {
    let fields = facts.compactMap { fact -> (name: ByteString, value: ByteString)? in
      guard case .aux(let name, let value) = fact else { return nil }
      return (name, value)
    }
    writer.key("aux")
    writer.beginObject()
    for (name, values) in AuxFields.grouped(fields) {
      writer.key(unsafe name.bytes.span.bytes)
      if values.count > 1 { writer.beginArray() }
      for value in values { writer.string(unsafe value.bytes.span.bytes) }
      if values.count > 1 { writer.endArray() }
    }
    writer.endObject()
  }

  private static func writeFunctions(_ facts: [MetaFact], to writer: inout JSONWriter) {
    writer.key("functions")
    writer.beginArray()
    for case .function(let code) in facts { writer.string(unsafe code.bytes.span.bytes) }
    for case .functionPreGA(let name, let engine, let description, let code) in facts {
      writer.beginObject()
      writer.key("name")
      writer.string(unsafe name.bytes.span.bytes)
      writer.key("engine")
      writer.string(unsafe engine.bytes.span.bytes)
      if let description {
        writer.key("description")
        writer.string(unsafe description.bytes.span.bytes)
      }
      writer.key("code")
      writer.string(unsafe code.bytes.span.bytes)
      writer.endObject()
    }
    writer.endArray()
  }

  private static func writeModuleAux(_ facts: [MetaFact], to writer: inout JSONWriter) {
    writer.key("module_aux")
    writer.beginArray()
    for case .moduleAux(let id, let when, let operands) in facts {
      writer.beginObject()
      writer.members(of: id)
      writer.key("when")
      writer.integer(when)
      writer.key("base64")
      writer.base64(unsafe operands.bytes.span.bytes)
      writer.endObject()
    }
    writer.endArray()
  }
}
