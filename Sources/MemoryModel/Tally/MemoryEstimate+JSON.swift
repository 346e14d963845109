package import Persistence

extension MemoryEstimate {
  /// Writes the report as one JSON object, as `fixtures/schemas/memory-report.json` tells.
  package func write(to json: inout JSONWriter) {
    let server = server ?? .standard
    json.beginObject()
    json.writeMember("schema", "memory-report/1")
    json.key("files")
    json.beginArray()
    for file in files { file.write(to: &json) }
    json.endArray()
    json.writeMember("target", server.name)
    json.writeMember("allocator", allocator.name)
    json.key("verified")
    json.boolean(server.isVerified)
    json.key("now")
    json.integer(wishes.now)
    json.writeMember("keys", tally.total.keys)
    json.writeMember("elements", tally.total.elements)
    json.writeMember("estimated_bytes", estimatedBytes)
    json.writeMember("key_bytes", tally.total.bytes)
    json.writeMember("memory_usage", tally.total.usage)
    json.key("overhead_bytes")
    json.beginObject()
    json.writeMember("tables", tables)
    json.writeMember("expires", expiryEntries)
    json.endObject()
    json.writeMember("stream_room", tally.streamRoom)
    writeCalibration(&json)
    writeGroups(&json)
    writePrefixes(&json)
    writeExpiry(&json)
    writeKeys(&json)
    writeWhatIfs(&json)
    json.key("advice")
    json.beginArray()
    for item in advice { item.write(to: &json) }
    json.endArray()
    json.endObject()
  }

  private func writeCalibration(_ json: inout JSONWriter) {
    json.key("calibration")
    guard let usedMemory else { return json.null() }
    json.beginObject()
    json.writeMember("used_mem", usedMemory)
    json.writeMember("estimated_bytes", estimatedBytes)
    json.key("difference")
    if usedMemory > 0 {
      json.double((Double(estimatedBytes) / Double(usedMemory) - 1).rounded(toDigits: 4))
    } else {
      json.null()
    }
    json.endObject()
  }

  private func writeGroups(_ json: inout JSONWriter) {
    json.key("by_type")
    json.beginArray()
    for (type, sums) in byType { json.write(sums) { $0.writeMember("type", type.rawValue) } }
    json.endArray()
    json.key("by_encoding")
    json.beginArray()
    for row in byEncoding {
      json.write(row.sums) { json in
        json.writeMember("type", row.type.rawValue)
        json.writeMember("encoding", row.encoding.rawValue)
      }
    }
    json.endArray()
    json.key("by_database")
    json.beginArray()
    for (number, database) in tally.databases.sorted(by: { $0.key < $1.key }) {
      json.write(database.sums) { json in
        json.writeMember("db", number)
        json.writeMember("expired", database.expired)
      }
    }
    json.endArray()
    json.key("by_size")
    json.beginArray()
    for (power, sums) in tally.sizes.enumerated() where sums.keys > 0 {
      json.write(sums) { json in
        json.writeMember("from", 1 << UInt64(power))
        json.writeMember("to", power < 63 ? 2 << UInt64(power) : nil as UInt64?)
      }
    }
    json.endArray()
    guard !tally.slots.isEmpty else { return }
    json.key("by_slot")
    json.beginArray()
    for (slot, sums) in tally.slots.enumerated() where sums.keys > 0 {
      json.write(sums) { $0.writeMember("slot", UInt64(slot)) }
    }
    json.endArray()
  }

  private func writePrefixes(_ json: inout JSONWriter) {
    json.key("by_prefix")
    json.beginArray()
    for node in prefixes.root.children { Self.write(node, &json) }
    json.endArray()
  }

  /// The tree is no deeper than keys have segments.
  private static func write(_ node: PrefixReport<GroupSums>.Node, _ json: inout JSONWriter) {
    json.write(node.total.sums) { json in
      json.writeText("prefix", ByteString(node.prefix))
      json.key("types")
      json.beginArray()
      for name in node.total.sums.typeNames { json.string(name) }
      json.endArray()
      json.key("children")
      json.beginArray()
      for child in node.children { write(child, &json) }
      json.endArray()
    }
  }

  private func writeExpiry(_ json: inout JSONWriter) {
    json.key("by_expiry")
    json.beginArray()
    json.write(tally.expiry.expired) { $0.writeMember("bucket", "expired") }
    for span in tally.expiry.forecast(now: wishes.now) {
      json.write(span.sums) { json in
        json.writeMember("bucket", span.kind.rawValue)
        json.key("from")
        json.integer(span.from)
        json.key("to")
        if let end = span.to { json.integer(end) } else { json.null() }
      }
    }
    json.write(tally.expiry.never) { $0.writeMember("bucket", "never") }
    json.endArray()
  }

  private func writeKeys(_ json: inout JSONWriter) {
    json.key("largest_keys")
    json.beginArray()
    for row in tally.largest.sorted {
      json.beginObject()
      json.writeMember("db", row.database)
      json.writeText("key", row.name)
      if row.nameLength > UInt64(row.name.count) {
        json.writeMember("key_length", row.nameLength)
      }
      json.writeMember("type", row.type.rawValue)
      json.writeMember("encoding", row.memory.encoding.rawValue)
      json.writeMember("elements", row.elements)
      json.writeMember("longest_element", row.longest)
      json.writeMember("bytes", row.memory.bytes)
      json.writeMember("memory_usage", row.memory.usage)
      json.key("expires_at")
      if let expiry = row.expiresAt { json.integer(expiry) } else { json.null() }
      json.endObject()
    }
    json.endArray()
  }

  private func writeWhatIfs(_ json: inout JSONWriter) {
    json.key("what_if")
    json.beginArray()
    for (name, whatIf) in zip(wishes.whatIfNames, tally.whatIfs) {
      json.beginObject()
      json.writeMember("setting", name)
      json.writeMember("bytes", whatIf.bytes &+ tables)
      json.key("saved_bytes")
      json.integer(Int64(clamping: tally.total.bytes) - Int64(clamping: whatIf.bytes))
      json.writeMember("keys_changed", whatIf.keysChanged)
      json.writeMember("slow_keys", whatIf.slowKeys)
      json.endObject()
    }
    json.endArray()
  }
}

extension Advice {
  fileprivate func write(to json: inout JSONWriter) {
    json.beginObject()
    json.writeMember("code", code.rawValue)
    json.writeMember("title", title)
    json.writeMember("keys", keys)
    json.writeMember("saved_bytes", savedBytes)
    json.key("prefixes")
    json.beginArray()
    for prefix in prefixes { json.string(prefix) }
    json.endArray()
    if prefixes.contains(where: { $0.utf8 == nil }) { json.writeMember("text", "latin1") }
    json.writeMember("how", how)
    if !commands.isEmpty {
      json.key("commands")
      json.beginArray()
      for command in commands { json.string(command) }
      json.endArray()
    }
    json.writeMember("cost", cost)
    json.endObject()
  }
}

extension MemoryEstimate.File {
  fileprivate func write(to json: inout JSONWriter) {
    json.beginObject()
    json.writeMember("file", path)
    json.writeMember("bytes", bytes)
    json.writeMember("keys", keys)
    json.writeMember("status", status.rawValue)
    if let error {
      json.writeMember("error", error)
      json.writeMember("read_up_to", readUpTo)
    }
    json.endObject()
  }
}

extension JSONWriter {
  /// A member whose value is a byte string. One that is not UTF-8 has one code point per byte, and the member
  /// `"text":"latin1"` behind it: `bytes` is a number here.
  fileprivate mutating func writeText(_ name: StaticString, _ value: ByteString) {
    key(name)
    string(value)
    if value.utf8 == nil { writeMember("text", "latin1") }
  }

  /// Writes sums as an object; `members` writes what stands before them.
  fileprivate mutating func write(
    _ sums: MemorySums, _ members: (inout JSONWriter) -> Void
  ) {
    beginObject()
    members(&self)
    writeMember("keys", sums.keys)
    writeMember("bytes", sums.bytes)
    writeMember("memory_usage", sums.usage)
    writeMember("elements", sums.elements)
    writeMember("expires", sums.expires)
    endObject()
  }
}

extension Double {
  /// The number with so many digits behind the point.
  fileprivate func rounded(toDigits digits: Int) -> Double {
    let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
    return (self * scale).rounded() / scale
  }
}
