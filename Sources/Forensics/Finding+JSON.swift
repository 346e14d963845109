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
  /// Writes the finding as one JSON object.
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
    json.writeMember("record_offset", record)
    if let command {
      json.key("command")
      json.integer(command)
    }
    if let line {
      json.key("line")
      json.integer(Int64(line))
    }
    json.writeMember("db", database)
    json.writeMember("key", key)
    json.key("message")
    json.string(message)
    json.endObject()
  }
}
