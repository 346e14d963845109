import Persistence
import TestSupport

@testable import Keyspace

extension Differential {
  /// Gives both sides a set, a list or a hash by SADD, RPUSH or HSET; the keyspace without running it.
  func fill(_ words: [Word]) throws {
    try server.command(words)
    let elements = words.dropFirst(2).map { ByteString($0.bytes) }
    let value: Value
    switch words[0].bytes {
    case Array("SADD".utf8): value = .set(SetValue(Array(Set(elements))))
    case Array("RPUSH".utf8): value = .list(ListValue(elements))
    default:
      let fields = stride(from: 0, to: elements.count, by: 2).map {
        RDBField(name: elements[$0], value: elements[$0 + 1])
      }
      value = .hash(HashValue(fields))
    }
    let key = words[1].bytes
    runner.keyspace.set(unsafe key.span.bytes, value)
  }
}
