internal import Persistence

/// Reads requests of RESP, or lines, out of the bytes that a client has sent, as `processInputBuffer` of
/// networking.c (Redis 7.0) does.
///
/// What has come of a request is not looked at again when more comes. Nothing is reserved on the word of a
/// number.
struct RequestParser: ~Copyable {
  enum Status {
    /// A whole request, in ``arguments``; it takes so many bytes, with what stood before it and is of no meaning.
    case request(Int)
    /// More bytes have to come. So many have been read to the end and are not needed again.
    case incomplete(Int)
    /// The client is to be told so, and nothing that follows can be read.
    case failure(StaticString)
    /// The same, for the byte that stands in the place of a `$`.
    case unexpected(UInt8)
  }

  /// Where the arguments of the last request lie, in the bytes that were handed over; the name first.
  private(set) var arguments: [CommandArgument] = []
  /// The bytes that the arguments lie in, when the last request was a line.
  private(set) var inlineBytes: [UInt8]?
  /// Bytes of the largest argument, `proto-max-bulk-len`.
  var bulkLimit: Int
  /// Whether the client may only send what it needs to tell its password.
  var isLimited = false

  /// Bytes that have been read of the request that has begun.
  private var position = 0
  /// Arguments that are still to come; nil outside of a request of RESP.
  private var missing: Int?
  /// Bytes of the argument that has begun.
  private var bulk: Int?
  /// Bytes in which the end of the line that has begun has been looked for.
  private var searched = 0

  /// Bytes of the longest line (`PROTO_INLINE_MAX_SIZE`).
  private static var longestLine: Int { 64 << 10 }
  /// Arguments and bytes of the longest requests of clients that have not told their password.
  private static var mostLimited: (arguments: Int, bytes: Int) { (10, 16384) }

  init(bulkLimit: Int) { self.bulkLimit = bulkLimit }

  /// Reads on.
  ///
  /// - `bytes`: all that has come and was not used up by the last call: it used what its answer says.
  mutating func next(_ bytes: RawSpan) -> Status {
    inlineBytes = nil
    while true {
      if missing == nil {
        guard position < bytes.byteCount else { return incomplete() }
        guard bytes.byte(at: position) == UInt8(ascii: "*") else {
          guard let status = inline(bytes) else { continue }
          return status
        }
        guard let line = line(bytes) else {
          return bytes.byteCount - position > Self.longestLine
            ? .failure("too big mbulk count string") : incomplete()
        }
        let number = Self.number(bytes.extracting((line.start + 1)..<line.end))
        guard let number, number <= Int64(Int32.max) else {
          return .failure("invalid multibulk length")
        }
        guard !isLimited || number <= Self.mostLimited.arguments else {
          return .failure("unauthenticated multibulk length")
        }
        guard number > 0 else { continue }
        missing = Int(number)
        arguments.removeAll(keepingCapacity: arguments.capacity <= 1024)
      }
      if let failure = readArguments(bytes) { return failure }
      missing = nil
      defer { position = 0 }
      return .request(position)
    }
  }

  /// Reads the arguments that are still missing. Returns what is in the way of the last one.
  private mutating func readArguments(_ bytes: RawSpan) -> Status? {
    while let left = missing, left > 0 {
      if bulk == nil {
        guard let line = line(bytes) else {
          guard bytes.byteCount - position <= Self.longestLine else {
            return .failure("too big bulk count string")
          }
          return .incomplete(0)
        }
        let mark = line.end > line.start ? bytes.byte(at: line.start) : 13
        guard mark == UInt8(ascii: "$") else { return .unexpected(mark) }
        let number = Self.number(bytes.extracting((line.start + 1)..<line.end))
        guard let number, number >= 0, number <= bulkLimit else {
          return .failure("invalid bulk length")
        }
        guard !isLimited || number <= Self.mostLimited.bytes else {
          return .failure("unauthenticated bulk length")
        }
        bulk = Int(number)
      }
      guard let count = bulk, bytes.byteCount - position >= count + 2 else {
        return .incomplete(0)
      }
      arguments.append(CommandArgument(offset: position, count: count))
      position += count + 2
      bulk = nil
      missing = left - 1
    }
    return nil
  }

  /// A number of arguments or bytes. Most have one digit.
  @inline(__always)
  private static func number(_ text: RawSpan) -> Int64? {
    if text.byteCount == 1 {
      let digit = text.byte(at: 0) &- UInt8(ascii: "0")
      return digit < 10 ? Int64(digit) : nil
    }
    return NumberText.canonicalInteger(text)
  }

  /// Where the next line begins and ends, which is read; nil when its end has not come.
  ///
  /// A server looks for the CR and takes the byte behind it for the LF.
  @inline(__always)
  private mutating func line(_ bytes: RawSpan) -> (start: Int, end: Int)? {
    let start = position
    var end = max(position, searched)
    while end < bytes.byteCount, bytes.byte(at: end) != 13 { end &+= 1 }
    guard end &+ 1 < bytes.byteCount else {
      searched = min(end, bytes.byteCount)
      return nil
    }
    searched = 0
    position = end &+ 2
    return (start, end)
  }

  /// Waits for a request that has not begun, or whose first line is not whole.
  private mutating func incomplete() -> Status {
    let used = position
    position = 0
    searched = max(searched - used, 0)
    return .incomplete(used)
  }

  /// A line of words, as somebody types them; nil for one without any, behind which the reading goes on.
  private mutating func inline(_ bytes: RawSpan) -> Status? {
    let start = position
    var end = max(position, searched)
    while end < bytes.byteCount, bytes.byte(at: end) != 10 { end &+= 1 }
    guard end < bytes.byteCount else {
      if bytes.byteCount - position > Self.longestLine { return .failure("too big inline request") }
      searched = end
      return incomplete()
    }
    searched = 0
    position = end + 1
    if end > start, bytes.byte(at: end - 1) == 13 { end -= 1 }
    guard let words = QuotedWords.split(bytes.extracting(start..<end)) else {
      return .failure("unbalanced quotes in request")
    }
    guard !words.isEmpty else { return nil }
    var line: [UInt8] = []
    arguments.removeAll(keepingCapacity: arguments.capacity <= 1024)
    for word in words {
      arguments.append(CommandArgument(offset: line.count, count: word.count))
      line += word.bytes
    }
    inlineBytes = line
    defer { position = 0 }
    return .request(position)
  }
}
