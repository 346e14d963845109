package import Persistence

extension FindingList {
  /// Writes `errors`, `warnings`, `findings` and `findings_omitted` into an object that is open.
  func write(to json: inout JSONWriter) {
    json.key("errors")
    json.integer(errors)
    json.key("warnings")
    json.integer(warnings)
    json.key("findings")
    json.beginArray()
    for finding in findings { finding.write(to: &json) }
    json.endArray()
    json.key("findings_omitted")
    json.integer(omitted)
  }
}

extension Finding {
  /// Writes the finding as one JSON object. A key that is not valid UTF-8 has one code point per byte,
  /// and the object says `"bytes":"latin1"`.
  package func write(to json: inout JSONWriter) {
    json.beginObject()
    json.key("severity")
    json.string(severity.rawValue)
    json.key("code")
    json.string(codeText)
    if let file {
      json.key("file")
      json.string(file)
    }
    json.key("offset")
    json.integer(offset)
    json.key("record_offset")
    if let record { json.integer(record) } else { json.null() }
    if let command {
      json.key("command")
      json.integer(command)
    }
    if let line {
      json.key("line")
      json.integer(Int64(line))
    }
    json.key("db")
    if let database { json.integer(database) } else { json.null() }
    json.key("key")
    if let key { json.string(key) } else { json.null() }
    if let key, key.utf8 == nil {
      json.key("bytes")
      json.string("latin1")
    }
    json.key("message")
    json.string(message)
    json.endObject()
  }
}
