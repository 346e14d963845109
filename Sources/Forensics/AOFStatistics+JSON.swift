package import Persistence

extension AOFStatistics {
  /// Writes `{name: {count, bytes}}`: the member `commands_by_name` of a verdict.
  package func writeNames(to json: inout JSONWriter) {
    json.beginObject()
    for name in names {
      json.key(text: name.name)
      json.beginObject()
      json.writeCount("count", name.count)
      json.writeCount("bytes", name.bytes)
      json.endObject()
    }
    json.endObject()
  }

  /// Writes the rest as one JSON object: the member `statistics` of a verdict.
  package func write(to json: inout JSONWriter) {
    json.beginObject()
    json.writeCount("commands", commands)
    json.writeCount("bytes", bytes)
    json.writeCount("names_omitted", omittedNames.count)
    writeLargest(&json)
    json.key("hottest_keys")
    write(hottestKeys, "key", hasDatabase: true, &json)
    json.key("hottest_prefixes")
    write(hottestPrefixes, "prefix", hasDatabase: false, &json)
    writeTimes(&json)
    json.key("transactions")
    json.beginObject()
    json.writeCount("count", transactions.count)
    json.writeCount("commands", transactions.commands)
    json.writeCount("largest", transactions.largest)
    json.endObject()
    writeScripts(&json)
    json.key("distinct_keys")
    json.beginObject()
    json.writeCount("estimate", UInt64(distinctKeys.value.rounded()))
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
    json.writeCount("size", largest.bytes)
    json.writeCount("command_offset", largest.offset)
    json.writeCount("db", largest.database)
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
      if hasDatabase { json.writeCount("db", item.database) }
      json.write(item.string, of: item.length, as: name)
      json.writeCount("writes_at_least", item.atLeast)
      json.writeCount("writes_at_most", item.atMost)
      json.writeCount("bytes_at_least", item.bytes)
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
    json.writeCount("writes", timeline.writes)
    json.key("mean")
    json.double((timeline.mean * 1000).rounded() / 1000)
    json.key("peak")
    if let peak = timeline.peak {
      json.beginObject()
      json.key("at")
      json.integer(AOFVerdict.milliseconds(ofSeconds: peak.second))
      json.writeCount("writes", peak.writes)
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
      json.writeCount("calls", script.calls)
      json.writeCount("loads", script.loads)
      json.writeCount("command_bytes", script.bytes)
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
      json.writeCount("calls", function.calls)
      json.writeCount("command_bytes", function.bytes)
      json.endObject()
    }
    json.endArray()
    json.writeCount("scripts_omitted", omittedScripts)
  }

  private func writeRewrite(_ json: inout JSONWriter) {
    json.key("rewrite_estimate")
    json.beginObject()
    json.writeCount("bytes", rewrite.bytes)
    json.writeCount("bytes_after", rewrite.bytesAfter)
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
  fileprivate mutating func writeCount(_ name: StaticString, _ count: UInt64) {
    key(name)
    integer(count)
  }

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
    key(name)
    self.string(shown)
    if shown.utf8 == nil {
      key("bytes")
      self.string("latin1")
    }
    if length > UInt64(shown.count) { writeCount("length", length) }
  }
}
