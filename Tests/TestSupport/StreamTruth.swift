import Foundation
import Persistence

/// The comparison of streams.
enum StreamTruth {
  static func differences(_ stream: RDBStream, _ truth: Any?) -> [String] {
    guard let truth = truth as? [String: Any] else { return ["no truth for a stream"] }
    var found: [String] = []
    func compare(_ what: String, _ own: some CustomStringConvertible, _ key: String) {
      guard let value = truth[key] else { return }
      if own.description != "\(value)" { found.append("\(what): \(own), not \(value)") }
    }
    compare("length", stream.length, "length")
    compare("last ID", stream.lastID, "last_id")
    compare("entries added", stream.entriesAdded, "entries_added")
    compare("highest deleted ID", stream.maxDeletedID, "max_deleted_id")
    compare("first ID", stream.firstID, "first_id")
    let entries = truth["entries"] as? [[Any]] ?? []
    if entries.count != stream.entries.count { found.append("\(stream.entries.count) entries") }
    for (own, line) in zip(stream.entries, entries) {
      if own.id.description != line[0] as? String { found.append("ID \(own.id), not \(line[0])") }
      let pairs = line[1] as? [[Any]] ?? []
      if pairs.count != own.fields.count { found.append("fields of \(own.id)") }
      for (field, pair) in zip(own.fields, pairs) {
        found += Truth.bytesDiffer(field.name, pair[0]) + Truth.bytesDiffer(field.value, pair[1])
      }
    }
    let groups = truth["groups"] as? [[String: Any]] ?? []
    if groups.count != stream.groups.count { found.append("\(stream.groups.count) groups") }
    let tolerance: Int64 = truth["times"] as? String == "approx" ? 10 : 0
    for line in groups {
      guard let name = line["name"] as? String,
        let own = stream.groups.first(where: { matches($0.name, name) })
      else {
        found.append("group \(line["name"] ?? "") is missing")
        continue
      }
      found += group(own, line, tolerance)
    }
    return found
  }

  /// Names are base64 in the truth, like every byte string.
  private static func matches(_ name: ByteString, _ text: String) -> Bool {
    Data(base64Encoded: text).map(Array.init) == name.bytes
  }

  private static func group(
    _ group: RDBStream.Group, _ line: [String: Any], _ tolerance: Int64
  ) -> [String] {
    var found: [String] = []
    if group.lastID.description != line["last_id"] as? String {
      found.append("group \(group.name): last ID \(group.lastID)")
    }
    if let read = line["entries_read"], "\(read)" != group.entriesRead.map({ "\($0)" }) ?? "<null>"
    {
      found.append("group \(group.name): entries read \(group.entriesRead ?? 0), not \(read)")
    }
    var owner: [StreamID: ByteString] = [:]
    for consumer in group.consumers {
      for id in consumer.pending { owner[id] = consumer.name }
    }
    let pending = line["pel"] as? [[Any]] ?? []
    if pending.count != group.pending.count { found.append("\(group.pending.count) pending") }
    for (own, line) in zip(group.pending, pending) {
      let time = (line[2] as? NSNumber)?.int64Value ?? -1
      if own.id.description != line[0] as? String
        || !matches(owner[own.id] ?? "", line[1] as? String ?? "")
        || abs(own.deliveredAt - time) > tolerance
        || own.deliveries != (line[3] as? NSNumber)?.uint64Value
      {
        found.append("pending \(own), not \(line)")
      }
    }
    let consumers = line["consumers"] as? [[String: Any]] ?? []
    if consumers.count != group.consumers.count {
      found.append("\(group.consumers.count) consumers")
    }
    let sorted = group.consumers.sorted { $0.name < $1.name }
    for (own, line) in zip(sorted, consumers) {
      if !matches(own.name, line["name"] as? String ?? "") { found.append("consumer \(own.name)") }
      for (key, time) in [("seen_time_ms", own.seenAt), ("active_time_ms", own.activeAt)] {
        guard let value = line[key] as? NSNumber else { continue }
        if abs(value.int64Value - time) > tolerance {
          found.append("consumer \(own.name): \(key) \(time), not \(value)")
        }
      }
      if own.pending.map(\.description) != line["pel_ids"] as? [String] {
        found.append("consumer \(own.name): pending IDs")
      }
    }
    return found
  }
}
