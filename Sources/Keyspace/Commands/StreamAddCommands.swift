internal import Persistence

// Streams: adding and trimming. Source: t_stream.c of Redis 7.0.
extension Keyspace {
  /// The options of XADD and XTRIM, up to the ID of XADD.
  struct TrimOptions {
    enum NewID {
      /// A server makes it.
      case auto
      /// The milliseconds are given, and a server finds the sequence.
      case next(UInt64)
      case given(StreamID)
    }

    var trim: StreamValue.Trim?
    var isApproximate = false
    /// Entries that are removed at most; nil when no number is given.
    var limit: Int64?
    var makesStream = true
    var newID = NewID.auto
    /// The argument behind the ID.
    var fields: Int

    /// - `adds`: whether they are those of XADD.
    init(_ arguments: Arguments, adds: Bool) throws(CommandError) {
      var index = 2
      // Behind the last argument, there is no ID.
      fields = arguments.count + 1
      options: while index < arguments.count {
        let hasMore = index + 1 < arguments.count
        if adds, arguments.isCharacter("*", at: index) {
          fields = index + 1
          break options
        } else if hasMore, arguments.isWord("MAXLEN", at: index) {
          try readMark(arguments, &index)
          let most = try arguments.integer(at: index)
          guard most >= 0 else { throw .text("The MAXLEN argument must be >= 0.") }
          trim = .length(UInt64(most))
        } else if hasMore, arguments.isWord("MINID", at: index) {
          try readMark(arguments, &index)
          trim = .from(try arguments.streamID(at: index))
        } else if hasMore, arguments.isWord("LIMIT", at: index) {
          index += 1
          let most = try arguments.integer(at: index)
          guard most >= 0 else { throw .text("The LIMIT argument must be >= 0.") }
          limit = most
        } else if adds, arguments.isWord("NOMKSTREAM", at: index) {
          makesStream = false
        } else if adds {
          guard
            let parsed = StreamIDText.parse(arguments[index], missing: 0, allowsNext: true)
          else { throw StreamIDText.invalid }
          newID = parsed.hasSequence ? .given(parsed.id) : .next(parsed.id.milliseconds)
          fields = index + 1
          break options
        } else {
          throw .syntax
        }
        index += 1
      }
      try check(adds: adds)
    }

    /// Goes from MAXLEN or MINID to its number, over a mark in between.
    private mutating func readMark(
      _ arguments: Arguments, _ index: inout Int
    ) throws(CommandError) {
      guard trim == nil else {
        throw .text("syntax error, MAXLEN and MINID options at the same time are not compatible")
      }
      index += 1
      guard index + 1 < arguments.count else { return }
      isApproximate = arguments.isCharacter("~", at: index)
      if isApproximate || arguments.isCharacter("=", at: index) { index += 1 }
    }

    private func check(adds: Bool) throws(CommandError) {
      if let limit, limit > 0, trim == nil {
        throw .text("syntax error, LIMIT cannot be used without specifying a trimming strategy")
      }
      if !adds, trim == nil {
        throw .text("syntax error, XTRIM must be called with at least one of MAXLEN or MINID")
      }
    }
  }

  mutating func xadd(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let options = try TrimOptions(arguments, adds: true)
    let limit = try trimLimit(options)
    let fieldCount = arguments.count - options.fields
    guard fieldCount >= 2, fieldCount % 2 == 0 else { throw .wrongArity("xadd") }
    if case .given(.zero) = options.newID {
      throw .text("The ID specified in XADD must be greater than 0-0")
    }
    guard arguments.size(from: options.fields) <= Self.largestListpack else {
      throw .text("Elements are too large to be stored")
    }
    let place = find(arguments[1])
    guard place != nil || options.makesStream else { return reply.null() }
    let id: StreamID
    var trimmed: Int64 = 0
    if let place {
      let now = clock.now
      let limits = limits
      id = try modifyStream(place) { (stream) throws(CommandError) in
        let id = try Self.newID(options.newID, in: stream, now: now)
        stream.append(id, arguments, fields: options.fields, limits: limits)
        if let trim = options.trim {
          trimmed = stream.trim(trim, isApproximate: options.isApproximate, limit: limit)
        }
        return id
      }
    } else {
      var stream = StreamValue()
      id = try Self.newID(options.newID, in: stream, now: clock.now)
      stream.append(id, arguments, fields: options.fields, limits: limits)
      if let trim = options.trim {
        trimmed = stream.trim(trim, isApproximate: options.isApproximate, limit: limit)
      }
      insert(arguments[1], .stream(Box(stream)))
    }
    changes += 1
    note(.stream, "xadd", arguments[1])
    if trimmed > 0 { note(.stream, "xtrim", arguments[1]) }
    reply.bulk(id)
  }

  /// The largest listpack that a server makes.
  private static var largestListpack: Int { 1 << 30 }

  /// The ID of a new entry. Throws when it is not above the last one.
  private static func newID(
    _ wanted: TrimOptions.NewID, in stream: StreamValue, now: Int64
  ) throws(CommandError) -> StreamID {
    let last = stream.lastID
    guard last < .max else {
      throw .text(
        "The stream has exhausted the last possible ID, unable to add more items")
    }
    let id: StreamID? =
      switch wanted {
      case .auto: stream.nextID(now: now)
      case .given(let id): id
      case .next(let milliseconds) where milliseconds == last.milliseconds:
        last.sequence < .max ? last.successor : nil
      case .next(let milliseconds): StreamID(milliseconds, 0)
      }
    guard let id, id > last else {
      throw .text(
        "The ID specified in XADD is equal or smaller than the target stream top item")
    }
    return id
  }

  mutating func xtrim(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let options = try TrimOptions(arguments, adds: false)
    let limit = try trimLimit(options)
    guard let place = find(arguments[1]), let trim = options.trim else {
      return reply.integer(0)
    }
    let removed = try modifyStream(place) { stream in
      stream.trim(trim, isApproximate: options.isApproximate, limit: limit)
    }
    changes += UInt64(clamping: removed)
    reply.integer(removed)
  }

  /// How many entries trimming removes at most; 0 for any number. What stands in a log is done as a whole.
  private func trimLimit(_ options: TrimOptions) throws(CommandError) -> Int64 {
    if clock.isLoading { return 0 }
    if let limit = options.limit {
      guard options.isApproximate else {
        throw .text("syntax error, LIMIT cannot be used without the special ~ option")
      }
      return limit
    }
    guard options.isApproximate else { return 0 }
    // A hundred nodes.
    let most = 100 * Int64(limits.streamNodeEntries)
    return most <= 0 ? 10_000 : min(most, 1_000_000)
  }
}
