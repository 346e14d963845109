internal import Persistence

/// What a salvage of an AOF did with every byte of its input: it is kept, or in a gap.
package struct AOFSalvageReport: Sendable {
  /// A file of the AOF.
  package struct Part: Sendable {
    /// Its name, where there are several.
    package var file: String?
    /// What was made of its commands.
    package var plan: AOFSalvagePlan
    /// What was made of the RDB in front of them, if that was damaged and something of it came back.
    package var rdb: SalvageReport?
    package var bytes: UInt64 = 0
    package var bytesKept: UInt64 = 0

    init(file: String?, plan: AOFSalvagePlan) {
      self.file = file
      self.plan = plan
    }
  }

  /// Where the new AOF is; nil when nothing came back.
  package var output: String?
  /// Where the bytes are that were left out, one gap after another; nil without any.
  package var skippedSavedAs: String?
  /// In the order of loading.
  package var parts: [Part] = []
  /// Files that the manifest lists and that are not there, or cannot be read.
  package var missing: [String] = []
  /// What a check of the output says.
  package var after: AOFVerdict.Status?

  package var commandsKept: UInt64 { parts.reduce(0) { $0 + $1.plan.commandsKept } }
  package var bytes: UInt64 { parts.reduce(0) { $0 + $1.bytes } }
  package var bytesKept: UInt64 { parts.reduce(0) { $0 + $1.bytesKept } }
  /// Commands that could be read and are left out.
  package var commandsLeftOut: UInt64 {
    parts.reduce(0) {
      $0 + UInt64($1.plan.omittedCommands.count) + $1.plan.unlistedCommands
    }
  }

  /// Nothing is missing, and nothing in doubt.
  package var isComplete: Bool {
    missing.isEmpty && bytesKept == bytes
      && parts.allSatisfy { $0.plan.doubts.isEmpty && $0.rdb?.isComplete != false }
  }
}

extension AOFSalvageReport {
  /// Writes the report as one JSON object: the member `salvage` of a verdict.
  func write(to json: inout JSONWriter) {
    json.beginObject()
    json.key("output")
    if let output { json.string(output) } else { json.null() }
    json.key("status")
    if let after { json.string(after.rawValue) } else { json.null() }
    json.key("skipped_saved_as")
    if let skippedSavedAs { json.string(skippedSavedAs) } else { json.null() }
    json.key("commands_recovered")
    json.integer(commandsKept)
    json.key("commands_left_out")
    json.integer(commandsLeftOut)
    json.key("bytes_kept")
    json.integer(bytesKept)
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
    json.key("file")
    if let file { json.string(file) } else { json.null() }
    json.key("rdb")
    if let rdb { rdb.write(to: &json) } else { json.null() }
    json.key("commands_recovered")
    json.integer(plan.commandsKept)
    json.key("gaps")
    json.beginArray()
    for gap in plan.gaps {
      json.beginObject()
      json.key("from")
      json.integer(gap.from)
      json.key("to")
      json.integer(gap.to)
      json.key("reason")
      json.string(gap.reason.rawValue)
      json.key("confidence")
      if let confidence = gap.confidence { json.integer(Int64(confidence)) } else { json.null() }
      json.endObject()
    }
    json.endArray()
    json.key("left_out")
    json.beginArray()
    for command in plan.omittedCommands { command.write(to: &json) }
    json.endArray()
    json.key("left_out_omitted")
    json.integer(plan.unlistedCommands)
    json.key("database_doubts")
    json.beginArray()
    for doubt in plan.doubts {
      json.beginObject()
      json.key("from")
      json.integer(doubt.from)
      json.key("to")
      json.integer(doubt.to)
      json.key("db")
      json.integer(doubt.database)
      json.key("other_db")
      if let named = doubt.named { json.integer(named) } else { json.null() }
      json.endObject()
    }
    json.endArray()
    json.endObject()
  }
}

extension AOFSalvagePlan.OmittedCommand {
  fileprivate func write(to json: inout JSONWriter) {
    json.beginObject()
    json.key("offset")
    json.integer(offset)
    json.key("command")
    json.string(name.description)
    json.key("key")
    if let key { json.string(key) } else { json.null() }
    if let key, key.utf8 == nil {
      json.key("bytes")
      json.string("latin1")
    }
    json.key("reason")
    json.string(reason.rawValue)
    json.endObject()
  }
}
