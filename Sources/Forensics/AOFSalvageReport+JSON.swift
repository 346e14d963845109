internal import Persistence

extension AOFSalvageReport {
  /// Writes the report as one JSON object: the member `salvage` of a verdict.
  func write(to json: inout JSONWriter) {
    json.beginObject()
    json.writeMember("output", output)
    json.writeMember("status", after?.rawValue)
    json.writeMember("skipped_saved_as", skippedSavedAs)
    json.writeMember("commands_recovered", commandsKept)
    json.writeMember("commands_left_out", commandsLeftOut)
    json.writeMember("bytes_kept", bytesKept)
    json.key("missing")
    json.beginArray()
    for name in missing { json.string(name) }
    json.endArray()
    json.key("parts")
    json.beginArray()
    for part in parts { part.write(to: &json) }
    json.endArray()
    json.endObject()
  }
}

extension AOFSalvageReport.Part {
  fileprivate func write(to json: inout JSONWriter) {
    json.beginObject()
    json.writeMember("file", file)
    json.key("rdb")
    if let rdb { rdb.write(to: &json) } else { json.null() }
    json.writeMember("commands_recovered", plan.commandsKept)
    json.key("gaps")
    json.beginArray()
    for gap in plan.gaps {
      json.beginObject()
      json.writeGapMembers(
        from: gap.from, to: gap.to, reason: gap.reason.rawValue, "confidence", gap.confidence)
      json.endObject()
    }
    json.endArray()
    json.key("left_out")
    json.beginArray()
    for command in plan.omittedCommands { command.write(to: &json) }
    json.endArray()
    json.writeMember("left_out_omitted", plan.unlistedCommands)
    json.key("database_doubts")
    json.beginArray()
    for doubt in plan.doubts { doubt.write(to: &json) }
    json.endArray()
    json.endObject()
  }
}

extension AOFSalvagePlan.OmittedCommand {
  fileprivate func write(to json: inout JSONWriter) {
    json.beginObject()
    json.writeMember("offset", offset)
    json.writeMember("command", name.description)
    json.writeMember("key", key)
    json.writeMember("reason", reason.rawValue)
    json.endObject()
  }
}

extension AOFSalvagePlan.DatabaseDoubt {
  fileprivate func write(to json: inout JSONWriter) {
    json.beginObject()
    json.writeMember("from", from)
    json.writeMember("to", to)
    json.writeMember("db", database)
    json.writeMember("other_db", named)
    json.endObject()
  }
}
