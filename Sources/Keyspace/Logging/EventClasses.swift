package import Persistence

/// Which events in the keyspace clients want to be told of, as `notify-keyspace-events` has it. Source: notify.c of
/// Redis 7.0.
package struct EventClasses: OptionSet, Hashable, Sendable {
  package let rawValue: UInt16
  package init(rawValue: UInt16) { self.rawValue = rawValue }

  /// `K`: by the channel of the key.
  package static let byKey = EventClasses(rawValue: 1)
  /// `E`: by the channel of the event.
  package static let byEvent = EventClasses(rawValue: 1 << 1)
  /// `g`: of keys of any type.
  package static let generic = EventClasses(rawValue: 1 << 2)
  /// `$`
  package static let string = EventClasses(rawValue: 1 << 3)
  /// `l`
  package static let list = EventClasses(rawValue: 1 << 4)
  /// `s`
  package static let set = EventClasses(rawValue: 1 << 5)
  /// `h`
  package static let hash = EventClasses(rawValue: 1 << 6)
  /// `z`
  package static let sortedSet = EventClasses(rawValue: 1 << 7)
  /// `x`: keys whose time was over.
  package static let expired = EventClasses(rawValue: 1 << 8)
  /// `e`: keys that were removed for want of memory, which never happens here.
  package static let evicted = EventClasses(rawValue: 1 << 9)
  /// `t`
  package static let stream = EventClasses(rawValue: 1 << 10)
  /// `d`: of modules, of which there are none here.
  package static let module = EventClasses(rawValue: 1 << 11)
  /// `n`: keys that were not there before.
  package static let new = EventClasses(rawValue: 1 << 12)
  /// `m`: keys that somebody has looked for in vain.
  package static let missed = EventClasses(rawValue: 1 << 13)

  /// `A`: all but those that only tell that a key is new, or missing.
  package static let all: EventClasses = [
    .generic, .string, .list, .set, .hash, .sortedSet, .expired, .evicted, .stream, .module,
  ]

  /// The letters in the order in which they are told.
  private static let letters: [(Character, EventClasses)] = [
    ("g", .generic), ("$", .string), ("l", .list), ("s", .set), ("h", .hash), ("z", .sortedSet),
    ("x", .expired), ("e", .evicted), ("t", .stream), ("d", .module), ("n", .new), ("K", .byKey),
    ("E", .byEvent), ("m", .missed),
  ]

  /// The classes of some letters, in any order; nil when one of them is none.
  package init?(_ text: ByteString) {
    self = []
    for byte in text.bytes {
      let letter = Character(Unicode.Scalar(byte))
      if letter == "A" {
        formUnion(.all)
      } else if let (_, classes) = Self.letters.first(where: { $0.0 == letter }) {
        formUnion(classes)
      } else {
        return nil
      }
    }
  }

  /// The letters as a server tells them, which has no `n` behind an `A` although that does not include it.
  package var text: String {
    let hasAll = isSuperset(of: .all)
    let told = Self.letters.filter { letter, classes in
      contains(classes) && !(hasAll && (EventClasses.all.contains(classes) || classes == .new))
    }
    return (hasAll ? "A" : "") + String(told.map(\.0))
  }

  /// What is to be noted: nothing where it is told by no channel.
  package var noted: EventClasses {
    isDisjoint(with: [.byKey, .byEvent]) ? [] : subtracting([.byKey, .byEvent])
  }
}

/// Something that has happened to a key.
package struct KeyspaceEvent: Sendable, Equatable {
  package var classes: EventClasses
  /// `set`, `del`, `expired`.
  package var name: String
  package var key: ByteString
  package var database: Int
}
