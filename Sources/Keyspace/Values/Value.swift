internal import Persistence

/// What a key holds.
enum Value: Sendable {
  /// A string that lies behind the key in its entry.
  case text
  /// A string that is the decimal text of this number, as SET finds it.
  case integer(Int64)
  /// A string that has been changed where it lay.
  case buffer([UInt8])
  case list(ListValue)
  case set(SetValue)
  case hash(HashValue)
  case sortedSet(SortedSetValue)
  case stream(Box<StreamValue>)
  case module(Box<RDBModuleValue>)

  /// The type as `TYPE` names it.
  var type: ValueType {
    switch self {
    case .text, .integer, .buffer: .string
    case .list: .list
    case .set: .set
    case .hash: .hash
    case .sortedSet: .zset
    case .stream: .stream
    case .module: .module
    }
  }

  var isString: Bool {
    switch self {
    case .text, .integer, .buffer: true
    default: false
    }
  }
}

/// A value that takes more than a word, behind one reference, copied when it is changed and shared.
package struct Box<Content: Sendable>: Sendable {
  // `@unchecked Sendable`: `content` is changed only where a box alone holds the storage.
  private final class Storage: @unchecked Sendable {
    var content: Content
    init(_ content: Content) { self.content = content }
  }

  private var storage: Storage

  package init(_ content: Content) { storage = Storage(content) }

  package var content: Content {
    @inline(__always) get { storage.content }
    @inline(__always) _modify {
      if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage.content) }
      yield &storage.content
    }
  }
}
