internal import Persistence

// LCS. Source: t_string.c of Redis 7.0.
extension Keyspace {
  private struct LCSOptions {
    var wantsIndexes = false
    var wantsLength = false
    var wantsMatchLengths = false
    var shortest: Int64 = 0

    init(_ arguments: Arguments) throws(CommandError) {
      var index = 3
      while index < arguments.count {
        if arguments.isWord("IDX", at: index) {
          wantsIndexes = true
        } else if arguments.isWord("LEN", at: index) {
          wantsLength = true
        } else if arguments.isWord("WITHMATCHLEN", at: index) {
          wantsMatchLengths = true
        } else if arguments.isWord("MINMATCHLEN", at: index), index + 1 < arguments.count {
          shortest = max(0, try arguments.integer(at: index + 1))
          index += 1
        } else {
          throw .syntax
        }
        index += 1
      }
      if wantsIndexes, wantsLength {
        throw .text("If you want both the length and indexes, please just use IDX.")
      }
    }
  }

  /// A common run of both strings: ends belong to it.
  private struct Match {
    var a: ClosedRange<Int>
    var b: ClosedRange<Int>
  }

  mutating func lcs(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    func string(_ entry: Entry?) throws(CommandError) -> [UInt8] {
      guard let entry else { return [] }
      guard entry.value.isString else {
        throw .text("The specified keys must contain string values")
      }
      return try entry.string()
    }
    let a = try string(entry(arguments[1]))
    let b = try string(entry(arguments[2]))
    let options = try LCSOptions(arguments)
    let columns = b.count + 1
    let (cells, overflow) = (a.count + 1).multipliedReportingOverflow(by: columns)
    guard !overflow, cells <= 512 << 18 else {
      throw .text("String too long for LCS")
    }
    var lengths = [UInt32](repeating: 0, count: cells)
    for row in stride(from: 1, through: a.count, by: 1) {
      for column in stride(from: 1, through: b.count, by: 1) {
        lengths[row * columns + column] =
          a[row - 1] == b[column - 1]
          ? lengths[(row - 1) * columns + column - 1] + 1
          : max(lengths[(row - 1) * columns + column], lengths[row * columns + column - 1])
      }
    }
    let total = Int(lengths[cells - 1])
    if options.wantsLength { return reply.integer(total) }
    var common: [UInt8] = []
    var matches: [Match] = []
    var current: Match?
    var row = a.count
    var column = b.count
    while row > 0, column > 0 {
      if a[row - 1] == b[column - 1] {
        common.append(a[row - 1])
        let (i, j) = (row - 1, column - 1)
        if let match = current, match.a.lowerBound == i + 1, match.b.lowerBound == j + 1 {
          current = Match(a: i...match.a.upperBound, b: j...match.b.upperBound)
        } else {
          if let current { matches.append(current) }
          current = Match(a: i...i, b: j...j)
        }
        row -= 1
        column -= 1
      } else {
        if lengths[(row - 1) * columns + column] > lengths[row * columns + column - 1] {
          row -= 1
        } else {
          column -= 1
        }
      }
    }
    if let current { matches.append(current) }
    guard options.wantsIndexes else { return reply.bulk(Array(common.reversed())) }
    matches.removeAll { $0.a.count < options.shortest }
    reply.map(2)
    reply.bulk("matches")
    reply.array(matches.count)
    for match in matches {
      reply.array(options.wantsMatchLengths ? 3 : 2)
      for range in [match.a, match.b] {
        reply.array(2)
        reply.integer(range.lowerBound)
        reply.integer(range.upperBound)
      }
      if options.wantsMatchLengths { reply.integer(match.a.count) }
    }
    reply.bulk("len")
    reply.integer(total)
  }
}
