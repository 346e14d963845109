internal import ArgumentParser

/// What memory is summed up by.
enum Grouping: String, CaseIterable, ExpressibleByArgument {
  case prefix, type, encoding, db, expiry, slot

  /// The heading of its table.
  var title: String {
    switch self {
    case .prefix: "Prefixes"
    case .type: "Types"
    case .encoding: "Encodings"
    case .db: "Databases"
    case .expiry: "Memory that expiry gives back"
    case .slot: "Slots"
    }
  }
}
