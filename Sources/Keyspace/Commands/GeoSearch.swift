internal import Persistence

// Search for places. Source: geo.c of Redis 7.0.
extension Keyspace {
  /// A place that was found.
  private struct GeoMatch {
    var member: ByteString
    var score: Double
    /// In metres.
    var distance: Double
    var place: GeoPlace
  }

  mutating func geosearch(
    _ arguments: Arguments, _ command: GeoSearchCommand, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let source = try sortedSet(arguments[command == .searchStore ? 2 : 1])
    let query = try GeoQuery(arguments, command, in: source)
    if query.target == nil, reply.isSilent { return }
    var matches: [GeoMatch] = []
    if let source, let shape = query.shape {
      matches = Self.matches(shape, in: source, atMost: query.wantsAny ? query.count : .max)
    }
    // The nearest ones are meant, unless it is said that any will do.
    let order = query.order ?? (query.count > 0 && !query.wantsAny ? .ascending : nil)
    let count = query.count > 0 ? Int(min(Int64(matches.count), query.count)) : matches.count
    if let order {
      matches.sort(places: 0..<count) { a, b in
        guard a.distance != b.distance else { return 0 }
        return (a.distance < b.distance) == (order == .ascending) ? -1 : 1
      }
    }
    matches.removeSubrange(count...)
    if let target = query.target {
      var members = ScoredMembers(reserving: matches.count)
      for match in matches {
        let member = unsafe match.member.bytes.span.bytes
        guard members.find(member) == nil else { continue }
        members.insert(member, query.storesDistance ? match.distance / query.metres : match.score)
      }
      store(SortedSetValue(members, limits: limits), at: arguments[target])
      return reply.integer(matches.count)
    }
    tell(matches, query, &reply)
  }

  private static func matches(
    _ shape: GeoShape, in set: SortedSetValue, atMost limit: Int64
  ) -> [GeoMatch] {
    var matches: [GeoMatch] = []
    for cell in shape.cells where matches.count < limit {
      set.walk(set.ranks(cell.scores)) { member, score in
        let place = GeoHash(score: score).place
        if let distance = shape.distance(of: place) {
          matches.append(
            GeoMatch(member: ByteString(member), score: score, distance: distance, place: place))
        }
        return matches.count < limit
      }
    }
    return matches
  }

  private func tell(_ matches: [GeoMatch], _ query: GeoQuery, _ reply: inout ReplyWriter) {
    let parts =
      (query.wantsDistance ? 1 : 0) + (query.wantsHash ? 1 : 0) + (query.wantsPlace ? 1 : 0)
    reply.array(matches.count)
    for match in matches {
      if parts > 0 { reply.array(parts + 1) }
      reply.bulk(match.member)
      if query.wantsDistance { reply.distance(match.distance / query.metres) }
      if query.wantsHash {
        // What x86 makes of a double that no such integer is near to.
        reply.integer(Int64(exactly: match.score.rounded(.towardZero)) ?? .min)
      }
      if query.wantsPlace { reply.place(match.place) }
    }
  }
}
