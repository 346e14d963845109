package import Persistence
internal import SystemPackage

extension AOFVerdict {
  /// Writes the verdict as one JSON object (schema `check-aof/1`).
  package func write(to json: inout JSONWriter) {
    json.beginObject()
    json.key("schema")
    json.string("check-aof/1")
    json.key("file")
    json.string(file)
    json.key("status")
    json.string(status.rawValue)
    if let inputError {
      json.key("error")
      json.string(inputError)
    }
    json.key("kind")
    json.string(kind.rawValue)
    json.writeMember("manifest", manifest?.string)
    if let listedIn {
      json.key("listed_in")
      json.string(listedIn.string)
    }
    json.key("parts")
    json.beginArray()
    for part in parts { part.write(to: &json) }
    json.endArray()
    json.key("bytes")
    json.integer(bytes)
    json.key("commands")
    json.integer(commands)
    json.key("valid_up_to")
    json.integer(validUpTo)
    json.key("transactions")
    json.integer(transactions)
    json.writeMember("open_transaction_at", openTransactionAt)
    json.key("timestamps")
    json.writeTimestamps(firstTimestamp, lastTimestamp)
    if let statistics {
      json.key("commands_by_name")
      statistics.writeNames(to: &json)
      json.key("statistics")
      statistics.write(to: &json)
    }
    findings.write(to: &json)
    if let salvage {
      json.key("salvage")
      salvage.write(to: &json)
    }
    if let repair {
      json.key("fix")
      repair.write(to: &json)
    }
    json.endObject()
  }
}

extension AOFPart {
  fileprivate func write(to json: inout JSONWriter) {
    json.beginObject()
    json.key("file")
    json.string(role == nil ? path.string : name)
    json.writeMember("type", role?.name)
    json.writeMember("format", format?.rawValue)
    json.writeMember("compression", compression?.rawValue)
    json.key("bytes")
    json.integer(bytes)
    json.key("commands")
    json.integer(commands)
    if let preamble {
      json.key("rdb")
      json.beginObject()
      json.key("bytes")
      json.integer(preamble.bytes)
      json.key("keys")
      json.integer(preamble.keys)
      json.key("status")
      json.string(preamble.status.rawValue)
      json.endObject()
    }
    json.key("valid_up_to")
    json.integer(validUpTo)
    json.key("transactions")
    json.integer(transactions)
    json.writeMember("open_transaction_at", openTransactionAt)
    json.key("timestamps")
    json.writeTimestamps(firstTimestamp, lastTimestamp)
    json.key("status")
    json.string(isMissing ? "missing" : status.rawValue)
    json.endObject()
  }
}

extension AOFManifest.Role {
  /// The word for it in reports.
  package var name: String {
    switch self {
    case .base: "base"
    case .history: "history"
    case .incremental: "incr"
    }
  }
}

extension JSONWriter {
  /// Unix seconds as the Unix milliseconds that all tools write.
  fileprivate mutating func writeTimestamps(_ first: Int64?, _ last: Int64?) {
    func write(_ name: StaticString, _ seconds: Int64?) {
      key(name)
      if let seconds { integer(AOFVerdict.milliseconds(ofSeconds: seconds)) } else { null() }
    }
    beginObject()
    write("first", first)
    write("last", last)
    endObject()
  }
}

extension AOFRepairReport {
  fileprivate func write(to json: inout JSONWriter) {
    json.beginObject()
    json.key("done")
    json.boolean(isDone)
    json.key("file")
    json.string(plan.file.string)
    json.key("cut_from")
    json.integer(plan.cutFrom)
    json.key("cut_bytes")
    json.integer(plan.cutBytes)
    json.writeMember("cut_saved_as", plan.cutBytes > 0 ? plan.savedAs.string : nil)
    json.key("dropped")
    json.beginArray()
    for dropped in plan.dropped {
      json.beginObject()
      json.key("file")
      json.string(dropped.file.string)
      json.key("bytes")
      json.integer(dropped.bytes)
      json.key("saved_as")
      json.string(dropped.savedAs.string)
      json.endObject()
    }
    json.endArray()
    json.writeMember("status", after?.rawValue)
    json.endObject()
  }
}
