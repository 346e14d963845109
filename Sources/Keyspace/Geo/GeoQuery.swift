/// The commands that search for places.
enum GeoSearchCommand {
  case search
  case searchStore
  case radius
  case radiusReadOnly
  case member
  case memberReadOnly

  var isSearch: Bool { self == .search || self == .searchStore }
  var isRadius: Bool { self == .radius || self == .radiusReadOnly }
  /// Whether there are the options STORE and STOREDIST.
  var mayStore: Bool { self == .radius || self == .member }
}

/// What a search for places asks for. Source: geo.c of Redis 7.0.
struct GeoQuery {
  enum Order {
    case ascending
    case descending
  }

  /// Nil only where there is no sorted set.
  private(set) var centre: GeoPlace?
  private(set) var form: GeoShape.Form?
  /// Of a unit.
  private(set) var metres = 1.0
  private(set) var wantsDistance = false
  private(set) var wantsHash = false
  private(set) var wantsPlace = false
  private(set) var order: Order?
  /// 0 for all.
  private(set) var count: Int64 = 0
  /// Whether any places will do, rather than the nearest.
  private(set) var wantsAny = false
  /// The argument of the key under which the result is stored.
  private(set) var target: Int?
  /// Whether distances are stored as scores.
  private(set) var storesDistance = false

  private let command: GeoSearchCommand
  private let set: SortedSetValue?
  private var isFromMember = false
  private var isFromPlace = false

  /// Reads the arguments of a command that is to search in a sorted set, if there is one. Throws what a server
  /// says of them.
  init(
    _ arguments: Arguments, _ command: GeoSearchCommand, in set: SortedSetValue?
  ) throws(CommandError) {
    self.command = command
    self.set = set
    var index: Int
    if command.isSearch {
      index = command == .searchStore ? 3 : 2
      if command == .searchStore { target = 1 }
    } else if command.isRadius {
      index = 6
      centre = try arguments.place(at: 2)
      try readRadius(arguments, at: 4)
    } else {
      index = 5
      if let set {
        centre = try Self.place(of: arguments[2], in: set)
        try readRadius(arguments, at: 3)
      }
    }
    while index < arguments.count {
      try readOption(arguments, &index)
      index += 1
    }
    try check(arguments)
  }

  /// The shape to search; nil where there is no sorted set.
  var shape: GeoShape? {
    guard let centre, let form else { return nil }
    return GeoShape(centre: centre, form: form, metres: metres)
  }

  private static func place(
    of member: RawSpan, in set: SortedSetValue
  ) throws(CommandError) -> GeoPlace {
    guard let score = set.score(of: member) else {
      throw .text("could not decode requested zset member")
    }
    return GeoHash(score: score).place
  }

  private mutating func readRadius(
    _ arguments: Arguments, at index: Int
  ) throws(CommandError) {
    let radius = try arguments.double(at: index, or: .text("need numeric radius"))
    guard radius >= 0 else { throw .text("radius cannot be negative") }
    metres = try arguments.unit(at: index + 1)
    form = .circle(radius: radius)
  }

  private mutating func readBox(_ arguments: Arguments, at index: Int) throws(CommandError) {
    let width = try arguments.double(at: index, or: .text("need numeric width"))
    let height = try arguments.double(at: index + 1, or: .text("need numeric height"))
    guard width >= 0, height >= 0 else { throw .text("height or width cannot be negative") }
    metres = try arguments.unit(at: index + 2)
    form = .box(width: width, height: height)
  }

  private mutating func readOption(
    _ arguments: Arguments, _ index: inout Int
  ) throws(CommandError) {
    let left = arguments.count - index - 1
    if arguments.isWord("WITHDIST", at: index) {
      wantsDistance = true
    } else if arguments.isWord("WITHHASH", at: index) {
      wantsHash = true
    } else if arguments.isWord("WITHCOORD", at: index) {
      wantsPlace = true
    } else if arguments.isWord("ANY", at: index) {
      wantsAny = true
    } else if arguments.isWord("ASC", at: index) {
      order = .ascending
    } else if arguments.isWord("DESC", at: index) {
      order = .descending
    } else if arguments.isWord("COUNT", at: index), left >= 1 {
      count = try arguments.integer(at: index + 1)
      guard count > 0 else { throw .text("COUNT must be > 0") }
      index += 1
    } else if command.mayStore, left >= 1,
      arguments.isWord("STORE", at: index) || arguments.isWord("STOREDIST", at: index)
    {
      storesDistance = arguments.isWord("STOREDIST", at: index)
      target = index + 1
      index += 1
    } else if command == .searchStore, arguments.isWord("STOREDIST", at: index) {
      storesDistance = true
    } else if command.isSearch {
      try readShape(arguments, &index, left)
    } else {
      throw .syntax
    }
  }

  /// Reads an option that says where to search. Each may be repeated, but not go with its counterpart.
  private mutating func readShape(
    _ arguments: Arguments, _ index: inout Int, _ left: Int
  ) throws(CommandError) {
    if arguments.isWord("FROMMEMBER", at: index), left >= 1, !isFromPlace {
      if let set { centre = try Self.place(of: arguments[index + 1], in: set) }
      isFromMember = true
      index += 1
    } else if arguments.isWord("FROMLONLAT", at: index), left >= 2, !isFromMember {
      centre = try arguments.place(at: index + 1)
      isFromPlace = true
      index += 2
    } else if arguments.isWord("BYRADIUS", at: index), left >= 2, !isBox {
      try readRadius(arguments, at: index + 1)
      index += 2
    } else if arguments.isWord("BYBOX", at: index), left >= 3, form == nil || isBox {
      try readBox(arguments, at: index + 1)
      index += 3
    } else {
      throw .syntax
    }
  }

  private var isBox: Bool {
    if case .box = form { true } else { false }
  }

  private func check(_ arguments: Arguments) throws(CommandError) {
    if target != nil, wantsDistance || wantsHash || wantsPlace {
      let name = command == .searchStore ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS"
      throw .text("\(name) is not compatible with WITHDIST, WITHHASH and WITHCOORD options")
    }
    // A server tells the name as it was written.
    let name = String(decoding: arguments.copy(0), as: UTF8.self)
    if command.isSearch, !isFromMember, !isFromPlace {
      throw .text("exactly one of FROMMEMBER or FROMLONLAT can be specified for \(name)")
    }
    if command.isSearch, form == nil {
      throw .text("exactly one of BYRADIUS and BYBOX can be specified for \(name)")
    }
    if wantsAny, count == 0 { throw .text("the ANY argument requires COUNT argument") }
  }
}
