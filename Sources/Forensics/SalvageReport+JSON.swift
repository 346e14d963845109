package import Persistence

extension SalvageReport {
  /// Writes the report as one JSON object: the member `salvage` of a verdict.
  func write(to json: inout JSONWriter) {
    json.beginObject()
    json.writeMember("output", output)
    json.writeMember("carved_from", carvedFrom?.lowerBound)
    json.writeMember("carved_to", carvedFrom?.upperBound)
    json.writeMember("keys_recovered", keysRecovered)
    json.writeMember("keys_partial", keysPartial)
    json.writeMember("keys_lost", keysLost)
    json.key("keys_lost_is_stated")
    json.boolean(lossIsStated)
    json.writeMember("lost_omitted", omittedKeys)
    json.writeMember("keys_suspect", keysSuspect)
    json.writeMember("bytes_kept", bytesKept)
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
      switch change {
      case .bytes(let offset, let was, let now):
        json.writeMember("kind", "bytes")
        json.writeMember("offset", offset)
        json.writeMember("found", ChecksumRepair.hex(was))
        json.writeMember("written", ChecksumRepair.hex(now))
      case .swappedBlocks(let one, let other, let size):
        json.writeMember("kind", "swapped-blocks")
        json.writeMember("offset", min(one, other))
        json.writeMember("other_offset", max(one, other))
        json.writeMember("size", size)
      case .inserted(let offset, let count):
        json.writeMember("kind", "inserted")
        json.writeMember("offset", offset)
        json.writeMember("size", count)
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
      json.writeMember("db", finding.database)
      json.writeMember("key", finding.key)
      json.writeMember("offset", finding.offset)
      json.writeMember("message", finding.message)
      json.endObject()
      json.newline()
    }
  }

  private func beginLost(_ kind: String, _ json: inout JSONWriter) {
    json.beginObject()
    json.writeMember("kind", kind)
    if let carvedFrom { json.writeMember("carved_from", carvedFrom.lowerBound) }
  }
}

extension SalvageReport.Gap {
  fileprivate func writeMembers(to json: inout JSONWriter) {
    json.writeGapMembers(
      from: from, to: to, reason: reason.rawValue, "confidence_bits", confidence)
  }
}

extension SalvageReport.LostKey {
  fileprivate func writeMembers(to json: inout JSONWriter) {
    json.writeMember("db", database)
    json.writeMember("key", key)
    json.writeMember("offset", offset)
    json.writeMember("reason", reason.rawValue)
    json.writeMember("elements_kept", elementsKept)
  }
}
