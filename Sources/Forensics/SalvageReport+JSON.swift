package import Persistence

extension SalvageReport {
  /// Writes the report as one JSON object: the member `salvage` of a verdict.
  func write(to json: inout JSONWriter) {
    json.beginObject()
    json.key("output")
    if let output { json.string(output) } else { json.null() }
    json.key("carved_from")
    if let carvedFrom { json.integer(carvedFrom.lowerBound) } else { json.null() }
    json.key("carved_to")
    if let carvedFrom { json.integer(carvedFrom.upperBound) } else { json.null() }
    json.key("keys_recovered")
    json.integer(keysRecovered)
    json.key("keys_partial")
    json.integer(keysPartial)
    json.key("keys_lost")
    json.integer(keysLost)
    json.key("keys_lost_is_stated")
    json.boolean(lossIsStated)
    json.key("lost_omitted")
    json.integer(omittedKeys)
    json.key("keys_suspect")
    json.integer(keysSuspect)
    json.key("bytes_kept")
    json.integer(bytesKept)
    json.key("gaps")
    json.beginArray()
    for gap in gaps {
      json.beginObject()
      gap.writeMembers(to: &json)
      json.endObject()
    }
    json.endArray()
    writeRepairs(&json)
    json.endObject()
  }

  private func writeRepairs(_ json: inout JSONWriter) {
    json.key("repairs")
    json.beginArray()
    for change in repair?.changes ?? [] {
      json.beginObject()
      json.key("kind")
      switch change {
      case .bytes(let offset, let was, let now):
        json.string("bytes")
        json.key("offset")
        json.integer(offset)
        json.key("found")
        json.string(ChecksumRepair.hex(was))
        json.key("written")
        json.string(ChecksumRepair.hex(now))
      case .swappedBlocks(let one, let other, let size):
        json.string("swapped-blocks")
        json.key("offset")
        json.integer(min(one, other))
        json.key("other_offset")
        json.integer(max(one, other))
        json.key("size")
        json.integer(size)
      case .inserted(let offset, let count):
        json.string("inserted")
        json.key("offset")
        json.integer(offset)
        json.key("size")
        json.integer(count)
      }
      json.endObject()
    }
    json.endArray()
  }

  /// Writes a line for every gap, and one for every key that is lost or in doubt as far as it has a
  /// name: JSON Lines of the schema `check-rdb-lost/1`.
  package func writeLost(_ findings: [Finding], to json: inout JSONWriter) {
    for gap in gaps {
      beginLost("gap", &json)
      gap.writeMembers(to: &json)
      json.endObject()
      json.newline()
    }
    for key in lostKeys {
      beginLost("key", &json)
      key.writeMembers(to: &json)
      json.endObject()
      json.newline()
    }
    for finding in findings where finding.code == .suspectValue && finding.key != nil {
      beginLost("suspect", &json)
      json.key("db")
      if let database = finding.database { json.integer(database) } else { json.null() }
      if let key = finding.key { json.writeKeyMembers(key) }
      json.key("offset")
      json.integer(finding.offset)
      json.key("message")
      json.string(finding.message)
      json.endObject()
      json.newline()
    }
  }

  private func beginLost(_ kind: String, _ json: inout JSONWriter) {
    json.beginObject()
    json.key("kind")
    json.string(kind)
    if let carvedFrom {
      json.key("carved_from")
      json.integer(carvedFrom.lowerBound)
    }
  }
}

extension SalvageReport.Gap {
  fileprivate func writeMembers(to json: inout JSONWriter) {
    json.key("from")
    json.integer(from)
    json.key("to")
    json.integer(to)
    json.key("reason")
    json.string(reason.rawValue)
    json.key("confidence_bits")
    if let confidence { json.integer(Int64(confidence)) } else { json.null() }
  }
}

extension SalvageReport.LostKey {
  fileprivate func writeMembers(to json: inout JSONWriter) {
    json.key("db")
    json.integer(database)
    json.writeKeyMembers(key)
    json.key("offset")
    json.integer(offset)
    json.key("reason")
    json.string(reason.rawValue)
    json.key("elements_kept")
    if let elementsKept { json.integer(elementsKept) } else { json.null() }
  }
}

extension JSONWriter {
  /// The members `key` and, for one that is not UTF-8 and has one code point per byte, `bytes`.
  fileprivate mutating func writeKeyMembers(_ key: ByteString) {
    self.key("key")
    string(key)
    if key.utf8 == nil {
      self.key("bytes")
      string("latin1")
    }
  }
}
