package import Persistence

extension AOFStatistics {
  /// Writes `{name: {count, bytes}}`: the member `commands_by_name` of a verdict.
  package func writeNames(to json: inout JSONWriter) {
    json.beginObject()
    for name in names {
      json.key(text: name.name)
      json.beginObject()
      json.writeMember("count", name.count)
      json.writeMember("bytes", name.bytes)
      json.endObject()
    }
    json.endObject()
  }

  /// Writes the rest as one JSON object: the member `statistics` of a verdict.
  package func write(to json: inout JSONWriter) {
    json.beginObject()
    json.writeMember("commands", commands)
    json.writeMember("bytes", bytes)
    json.writeMember("names_omitted", omittedNames.count)
    writeLargest(&json)
    json.key("hottest_keys")
    write(hottestKeys, "key", hasDatabase: true, &json)
    json.key("hottest_prefixes")
    write(hottestPrefixes, "prefix", hasDatabase: false, &json)
    writeTimes(&json)
    json.key("transactions")
    json.beginObject()
    json.writeMember("count", transactions.count)
    json.writeMember("commands", transactions.commands)
    json.writeMember("largest", transactions.largest)
    json.endObject()
    writeScripts(&json)
    json.key("distinct_keys")
    json.beginObject()
    json.writeMember("estimate", UInt64(distinctKeys.value.rounded()))
    json.key("standard_error")
    json.double(distinctKeys.standardError.rounded())
    json.endObject()
    writeRewrite(&json)
    json.endObject()
  }

  private func writeLargest(_ json: inout JSONWriter) {
    json.key("largest_argument")
    guard let largest else { return json.null() }
    json.beginObject()
    json.writeMember("size", largest.bytes)
    json.writeMember("command_offset", largest.offset)
    json.writeMember("db", largest.database)
    if let key = largest.key {
      json.write(key, of: largest.keyLength, as: "key")
    } else {
      json.key("key")
      json.null()
    }
    json.endObject()
  }

  private func write(
    _ items: [FrequentItems.Item], _ name: StaticString, hasDatabase: Bool,
    _ json: inout JSONWriter
  ) {
    json.beginArray()
    for item in items {
      json.beginObject()
      if hasDatabase { json.writeMember("db", item.database) }
      json.write(item.string, of: item.length, as: name)
      json.writeMember("writes_at_least", item.atLeast)
      json.writeMember("writes_at_most", item.atMost)
      json.writeMember("bytes_at_least", item.bytes)
      json.key("certain")
      json.boolean(item.isCertain)
      json.endObject()
    }
    json.endArray()
  }

  private func writeTimes(_ json: inout JSONWriter) {
    json.key("writes_per_second")
    guard let first = timeline.first, let last = timeline.last else {
      json.null()
      json.key("timeline")
      return json.null()
    }
    json.beginObject()
    json.key("first")
    json.integer(AOFVerdict.milliseconds(ofSeconds: first))
    json.key("last")
    json.integer(AOFVerdict.milliseconds(ofSeconds: last))
    json.writeMember("writes", timeline.writes)
    json.key("mean")
    json.double((timeline.mean * 1000).rounded() / 1000)
    json.key("peak")
    if let peak = timeline.peak {
      json.beginObject()
      json.key("at")
      json.integer(AOFVerdict.milliseconds(ofSeconds: peak.second))
      json.writeMember("writes", peak.writes)
      json.endObject()
    } else {
      json.null()
    }
    json.endObject()
    json.key("timeline")
    json.beginObject()
    json.key("start")
    json.integer(AOFVerdict.milliseconds(ofSeconds: timeline.start))
    json.key("bucket_seconds")
    json.integer(timeline.width)
    json.key("writes")
    json.beginArray()
    for writes in timeline.buckets { json.integer(writes) }
    json.endArray()
    json.endObject()
  }

  private func writeScripts(_ json: inout JSONWriter) {
    json.key("scripts")
    json.beginArray()
    for script in scripts {
      json.beginObject()
      json.key("sha1")
      json.string(script.sha1)
      json.writeMember("calls", script.calls)
      json.writeMember("loads", script.loads)
      json.writeMember("command_bytes", script.bytes)
      if let beginning = script.beginning, let length = script.length {
        json.write(beginning, of: length, as: "script")
      }
      json.endObject()
    }
    json.endArray()
    json.key("functions")
    json.beginArray()
    for function in functions {
      json.beginObject()
      json.write(function.name, of: UInt64(function.name.count), as: "name")
      json.writeMember("calls", function.calls)
      json.writeMember("command_bytes", function.bytes)
      json.endObject()
    }
    json.endArray()
    json.writeMember("scripts_omitted", omittedScripts)
  }

  private func writeRewrite(_ json: inout JSONWriter) {
    json.key("rewrite_estimate")
    json.beginObject()
    json.writeMember("bytes", rewrite.bytes)
    json.writeMember("bytes_after", rewrite.bytesAfter)
    json.key("redundant_share")
    json.double((rewrite.share * 10_000).rounded() / 10_000)
    json.key("margin")
    json.double((rewrite.margin * 10_000).rounded() / 10_000)
    json.key("sampled")
    json.boolean(rewrite.isSampled)
    json.endObject()
  }
}

extension JSONWriter {
  /// Writes the first bytes of a string; where they are not UTF-8, one code point per byte and the member
  /// `"bytes":"latin1"`; where they are not all, the member `length`.
  fileprivate mutating func write(
    _ string: ByteString, of length: UInt64, as name: StaticString
  ) {
    var shown = string
    if length > UInt64(string.count), string.utf8 == nil {
      // A character that the cut goes through is left out.
      let shorter = (1...3).map { ByteString(Array(string.bytes.dropLast($0))) }
      shown = shorter.first { $0.utf8 != nil } ?? string
    }
    writeMember(name, shown)
    if length > UInt64(shown.count) { writeMember("length", length) }
  }
}
