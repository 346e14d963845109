internal import Persistence

/// The commands that took long: SLOWLOG.
struct SlowLog {
  struct Entry {
    let id: Int64
    /// Unix seconds.
    let time: Int64
    let microseconds: Int64
    /// At most 32, each at most 128 bytes.
    let arguments: [ByteString]
    let address: String
    let name: [UInt8]
  }

  /// The newest first.
  private(set) var entries: [Entry] = []
  private var nextID: Int64 = 0

  private static let mostArguments = 32
  private static let longestArgument = 128

  mutating func add(
    _ words: [ByteString], microseconds: Int64, at time: Int64, _ client: Client, most: Int
  ) {
    let address = client.address
    let name = client.name
    entries.insert(
      Entry(
        id: nextID, time: time, microseconds: microseconds, arguments: Self.shortened(words),
        address: address, name: name), at: 0)
    nextID += 1
    if entries.count > most { entries.removeLast(entries.count - most) }
  }

  mutating func removeAll() { entries = [] }

  private static func shortened(_ words: [ByteString]) -> [ByteString] {
    var short = words.prefix(words.count > mostArguments ? mostArguments - 1 : mostArguments).map {
      word in
      guard word.count > longestArgument else { return word }
      let rest = "... (\(word.count - longestArgument) more bytes)"
      return ByteString(Array(word.bytes.prefix(longestArgument)) + Array(rest.utf8))
    }
    if words.count > mostArguments {
      short.append(ByteString("... (\(words.count - mostArguments + 1) more arguments)"))
    }
    return short
  }
}
