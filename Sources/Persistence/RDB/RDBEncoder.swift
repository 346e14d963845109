/// Lays out values as a server release does, at the end of a buffer.
///
/// A value is one that the target can hold (`RDBTarget.losses`).
package struct RDBEncoder: ~Copyable {
  package let target: RDBTarget
  var strings: StringEncoder
  package var compresses: Bool {
    get { strings.compresses }
    set { strings.compresses = newValue }
  }
  /// Called again and again while a long string is compressed, which takes longer than all else; nil where nobody
  /// waits for the processor.
  package var makeWay: (@Sendable () -> Void)? {
    get { strings.makeWay }
    set { strings.makeWay = newValue }
  }
  /// Where everything is written.
  package var buffer = ByteBuffer(capacity: 64 << 10)

  /// Nodes of lists and streams, which their number precedes.
  var nodes = ByteBuffer()
  var listpack = ListpackBuilder()
  var ziplist = ZiplistBuilder()
  private var blob = ByteBuffer()

  package init(target: RDBTarget) {
    self.target = target
    strings = StringEncoder(target: target)
    ziplist.usesShortIntegers = target.version >= 6
  }

  mutating func append(_ string: ByteString) { strings.append(string, to: &buffer) }

  /// Writes a value without its type.
  mutating func append(_ value: RDBValue, as layout: ValueLayout) {
    switch value {
    case .string(let string): append(string)
    case .list(let elements): append(list: elements, as: layout)
    case .set(let members): append(set: members, as: layout)
    case .hash(let fields): append(hash: fields, as: layout)
    case .sortedSet(let members): append(sortedSet: members, as: layout)
    case .stream(let stream): append(stream, as: layout)
    case .module(let module):
      guard let id = ModuleID(name: module.name, version: UInt64(module.version)) else {
        preconditionFailure("the target holds no such module")
      }
      buffer.append(length: id.number)
      buffer.append(module.raw)
    }
  }

  // MARK: Sets

  private mutating func append(set members: [ByteString], as layout: ValueLayout) {
    switch layout {
    case .setIntset:
      blob.removeAll()
      Intset.write(members.compactMap(\.integer).sorted(), to: &blob)
      strings.append(blob, to: &buffer)
    case .setListpack:
      listpack.begin()
      for member in members { listpack.append(member) }
      endListpack()
    default:
      buffer.append(length: members.count)
      for member in members { append(member) }
    }
  }

  private mutating func appendZiplist() {
    ziplist.finish()
    strings.append(ziplist.blob, to: &buffer)
  }

  // MARK: Hashes

  private mutating func append(hash fields: [RDBField], as layout: ValueLayout) {
    switch layout {
    case .hashListpack:
      listpack.begin()
      for field in fields {
        listpack.append(field.name)
        listpack.append(field.value)
      }
      endListpack()
    case .hashListpackEx: appendListpackEx(fields)
    case .hashZiplist:
      ziplist.begin()
      for field in fields {
        ziplist.append(field.name)
        ziplist.append(field.value)
      }
      appendZiplist()
    case .hashZipmap:
      blob.removeAll()
      Zipmap.begin(fields.count, in: &blob)
      for field in fields { Zipmap.append(field.name, field.value, to: &blob) }
      Zipmap.end(in: &blob)
      strings.append(blob, to: &buffer)
    default: appendTable(fields, as: layout)
    }
  }

  /// Fields in the order of their lifetimes, those without one last.
  private mutating func appendListpackEx(_ fields: [RDBField]) {
    let target = target
    let order = fields.indices.map { (target.lifetime(of: fields[$0]) ?? .max, $0) }.sorted(by: <)
    buffer.append(littleEndian: order.first?.0 ?? 0)
    listpack.begin()
    for (lifetime, index) in order {
      listpack.append(fields[index].name)
      listpack.append(fields[index].value)
      listpack.append(lifetime == .max ? 0 : Int64(lifetime))
    }
    endListpack()
  }

  private mutating func appendTable(_ fields: [RDBField], as layout: ValueLayout) {
    let target = target
    var smallest: UInt64 = 0
    if layout == .hashMetadata {
      smallest = fields.lazy.compactMap { target.lifetime(of: $0) }.min() ?? 0
      buffer.append(littleEndian: smallest)
    }
    buffer.append(length: fields.count)
    for field in fields {
      if layout == .hashMetadata {
        buffer.append(length: target.lifetime(of: field).map { $0 - smallest + 1 } ?? 0)
      }
      append(field.name)
      append(field.value)
      if layout == .valkeyHash2 {
        buffer.append(littleEndian: target.lifetime(of: field) ?? .max)
      }
    }
  }

  // MARK: Sorted sets

  private var scoreStyle: ScoreText.Style { target.scoreStyle }

  private mutating func append(sortedSet members: [RDBScoredMember], as layout: ValueLayout) {
    switch layout {
    case .zsetListpack:
      listpack.begin()
      for member in Self.ascending(members) {
        listpack.append(member.member)
        append(toListpack: member.score)
      }
      endListpack()
    case .zsetZiplist:
      ziplist.begin()
      for member in Self.ascending(members) {
        ziplist.append(member.member)
        ziplist.append(scoreText(member.score))
      }
      appendZiplist()
    case .zset2:
      // From the highest score on: each member is then the first of a server's skiplist as it loads.
      buffer.append(length: members.count)
      for member in Self.ascending(members).reversed() {
        append(member.member)
        append(score: member.score)
      }
    default:
      buffer.append(length: members.count)
      for member in members {
        append(member.member)
        append(scoreText: member.score)
      }
    }
  }

  private func scoreText(_ score: Double) -> ByteString {
    ByteString(
      ScoreText.integer(score, scoreStyle).map(NumberText.bytes)
        ?? ScoreText.text(score, scoreStyle))
  }

  /// A score as text behind its length, or as one byte for an infinity.
  private mutating func append(scoreText score: Double) {
    guard score.isFinite else { return buffer.append(score < 0 ? 255 : 254) }
    let text = scoreText(score)
    buffer.append(UInt8(text.count))
    buffer.append(text)
  }

  /// Members from the lowest score to the highest, those of equal score in the order of their bytes.
  private static func ascending(_ members: [RDBScoredMember]) -> [RDBScoredMember] {
    func isBefore(_ a: RDBScoredMember, _ b: RDBScoredMember) -> Bool {
      a.score != b.score
        ? a.score < b.score
        : unsafe a.member.bytes.span.bytes.compare(to: b.member.bytes.span.bytes) < 0
    }
    let isSorted = members.indices.dropFirst().allSatisfy {
      !isBefore(members[$0], members[$0 - 1])
    }
    return isSorted ? members : members.sorted(by: isBefore)
  }
}
