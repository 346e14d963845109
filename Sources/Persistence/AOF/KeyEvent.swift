/// What happens to a key, or to a field of it, in the terms of what a rewrite would write.
package struct KeyEvent: BitwiseCopyable, Sendable {
  package enum Kind: UInt8, BitwiseCopyable, Sendable {
    /// A string of `size` bytes takes the place of all there was, the lifetime included.
    case string
    /// The same, and the lifetime stays.
    case stringKeepingLifetime
    /// A value that a rewrite would write in about `size` bytes takes the place of all there was.
    case value
    /// Nothing is left.
    case deleted
    /// The value is another key's now, which is not told: it counts here until this key is written again.
    case givenAway
    /// A number changes by `number`.
    case counted
    /// A string grows by `size` bytes.
    case appended
    /// A string has `size` bytes at least.
    case atLeast
    /// A HyperLogLog takes something in.
    case hyperLogLog
    /// A collection of `type` has `number` more elements; together they take `size` bytes with their
    /// framing, or those of as many of the others when that is negative.
    case added
    /// `number` elements go, whichever.
    case removed
    /// The elements between the positions `number` and `size` stay: both count from the end below 0.
    case kept
    /// The elements between the positions `number` and `size` go.
    case cut
    /// `number` elements stay at most.
    case limited
    /// The events of fields follow, of a collection of `type`.
    case fields
    /// The field whose hash within the key is `key`: `size` bytes with framing, its value included.
    case field
    /// That field goes.
    case fieldRemoved
    /// `size` bytes stay beside the value; below 0, so many go.
    case beside
    /// The lifetime ends at `number`, in Unix milliseconds.
    case expires
    /// There is no lifetime.
    case persists
    /// Nothing that matters here.
    case touched
    /// All databases are empty.
    case flushAll
    /// `database` is empty.
    case flushDatabase
    /// What is in `database` and what is in the database `number` change places.
    case swapDatabases
  }

  /// How a collection is written.
  package enum Collection: UInt8, BitwiseCopyable, Sendable {
    case list, set, hash, sortedSet, stream

    /// The words of an element in a command; of a stream, each entry is a command.
    package var words: Int {
      switch self {
      case .list, .set: 1
      case .hash, .sortedSet: 2
      case .stream: 0
      }
    }
  }

  package var kind: Kind
  package var type = Collection.list
  /// The number of the database in the log; below 2³².
  package var database: UInt32 = 0
  /// Bytes of the key.
  package var keyLength: UInt32 = 0
  /// ``StableHash`` of the key.
  package var key: UInt64 = 0
  /// Bytes of the command, or the key's share of them; 0 from the second event of a command on.
  package var logged: UInt64 = 0
  package var number: Int64 = 0
  package var size: Int64 = 0

  package init(_ kind: Kind) { self.kind = kind }
}

/// Bytes of the parts of a command in a file.
package enum CommandSize {
  /// `$`, the length, CRLF, the argument, CRLF.
  @inline(__always)
  package static func argument(_ length: UInt64) -> UInt64 {
    5 &+ UInt64(NumberText.digits(length)) &+ length
  }

  /// `*`, the number of arguments, CRLF.
  @inline(__always)
  package static func count(_ arguments: UInt64) -> UInt64 {
    3 &+ UInt64(NumberText.digits(arguments))
  }
}
