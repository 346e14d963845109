package import Persistence

extension RDBVerdict {
  /// Writes the verdict as one JSON object (schema `check-rdb/1`).
  package func write(to json: inout JSONWriter) {
    json.beginObject()
    json.key("schema")
    json.string("check-rdb/1")
    json.key("file")
    json.string(file)
    json.key("status")
    json.string(status.rawValue)
    if let inputError {
      json.key("error")
      json.string(inputError.description)
    }
    json.key("check")
    json.string(isDeep ? "deep" : "shallow")
    json.writeMember("compression", compression?.rawValue)
    json.writeMember("magic", dialect?.magic.rawValue)
    json.writeMember("rdb_version", dialect.map { UInt64($0.version) })
    json.key("bytes")
    json.integer(bytes)
    json.key("framed_bytes")
    json.integer(framedBytes)
    writeAux(&json)
    writeLists(&json)
    writeCounts(&json)
    writeChecksum(&json)
    if let sha256 {
      json.key("sha256")
      json.string(sha256)
    }
    findings.write(to: &json)
    if let salvage {
      json.key("salvage")
      salvage.write(to: &json)
    }
    json.endObject()
  }

  private func writeAux(_ json: inout JSONWriter) {
    json.key("aux")
    json.beginObject()
    for (name, values) in AuxFields.grouped(aux) {
      json.key(text: name.description)
      if values.count > 1 { json.beginArray() }
      for value in values { json.string(value) }
      if values.count > 1 { json.endArray() }
    }
    json.endObject()
    json.key("aux_omitted")
    json.integer(omittedAux)
  }

  private func writeLists(_ json: inout JSONWriter) {
    json.key("functions")
    json.beginArray()
    for library in functions {
      json.beginObject()
      json.key("engine")
      json.string(library.engine)
      json.key("name")
      json.string(library.name)
      json.key("bytes")
      json.integer(library.bytes)
      json.endObject()
    }
    json.endArray()
    json.key("modules")
    json.beginArray()
    for module in modules {
      json.beginObject()
      json.key("name")
      json.string(module.id.name.description)
      json.key("version")
      json.integer(Int64(module.id.version))
      json.key("keys")
      json.integer(module.keys)
      json.endObject()
    }
    json.endArray()
  }

  private func writeCounts(_ json: inout JSONWriter) {
    json.key("databases")
    json.beginArray()
    for (number, database) in databases.sorted(by: { $0.key < $1.key }) {
      json.beginObject()
      json.key("db")
      json.integer(number)
      json.key("keys")
      json.integer(database.keys)
      json.key("expires")
      json.integer(database.expires)
      json.key("expired")
      json.integer(database.expired)
      json.endObject()
    }
    json.endArray()
    json.key("keys")
    json.integer(keys)
    json.key("types")
    json.beginObject()
    for type in ValueType.allCases where types[type.index] > 0 {
      json.key(text: type.rawValue)
      json.integer(types[type.index])
    }
    json.endObject()
    json.key("encodings")
    json.beginObject()
    for encoding in ObjectEncoding.allCases where encodings[encoding.index] > 0 {
      json.key(text: encoding.rawValue)
      json.integer(encodings[encoding.index])
    }
    json.endObject()
  }

  private func writeChecksum(_ json: inout JSONWriter) {
    json.key("checksum")
    json.beginObject()
    json.key("status")
    json.string(checksumStatus.rawValue)
    json.writeMember("stored", storedChecksum.map { Hexadecimal.text($0) })
    json.writeMember("computed", computedChecksum.map { Hexadecimal.text($0) })
    json.endObject()
  }
}
