internal import Persistence

/// How a number of a command stands for a time.
enum TimeUnit {
  case seconds
  case milliseconds
}

extension Keyspace {
  /// The Unix milliseconds that an argument stands for. Throws for what is no integer, no time, or above
  /// what fits.
  ///
  /// - `isRelative`: it counts from now.
  /// - `allowsPast`: 0 and below are times, too, as for EXPIRE.
  func expiry(
    _ arguments: Arguments, at index: Int, _ unit: TimeUnit, isRelative: Bool, command: String,
    allowsPast: Bool = false
  ) throws(CommandError) -> Int64 {
    var time = try arguments.integer(at: index)
    guard allowsPast || time > 0 else { throw .invalidExpiry(command) }
    if unit == .seconds {
      let (product, overflow) = time.multipliedReportingOverflow(by: 1000)
      guard !overflow else { throw .invalidExpiry(command) }
      time = product
    }
    guard isRelative else { return time }
    let (sum, overflow) = time.addingReportingOverflow(clock.now)
    guard !overflow else { throw .invalidExpiry(command) }
    return sum
  }

  /// Whether a key that is told to expire at a time is removed at once.
  func hasPassed(_ time: Int64) -> Bool { !clock.isLoading && time <= clock.now }
}

/// The options of SET and GETEX.
struct StringOptions {
  enum Expiry {
    case none
    case keep
    case persist
    /// The argument of this number.
    case at(Int, TimeUnit, isRelative: Bool)

    /// Whether an option of expiry may follow this one: only one of its own kind.
    func allows(_ next: Expiry) -> Bool {
      switch (self, next) {
      case (.none, _), (.keep, .keep), (.persist, .persist): true
      case (.at(_, let unit, let isRelative), .at(_, let nextUnit, let nextIsRelative)):
        unit == nextUnit && isRelative == nextIsRelative
      default: false
      }
    }
  }

  var expiry = Expiry.none
  var onlyIfAbsent = false
  var onlyIfPresent = false
  var wantsOld = false
  /// The argument that the value has to be equal to (Valkey 8.1).
  var onlyIfEqual: Int?
  /// Whether the expiry is an absolute time.
  var isAbsolute: Bool {
    if case .at(_, _, isRelative: false) = expiry { true } else { false }
  }

  /// Reads options from an argument on. Throws `syntax`.
  static func set(_ arguments: Arguments, from start: Int) throws(CommandError) -> StringOptions {
    var options = StringOptions()
    var index = start
    while index < arguments.count {
      if arguments.isWord("NX", at: index), !options.onlyIfPresent, options.onlyIfEqual == nil {
        options.onlyIfAbsent = true
      } else if arguments.isWord("XX", at: index), !options.onlyIfAbsent, options.onlyIfEqual == nil
      {
        options.onlyIfPresent = true
      } else if arguments.isWord("GET", at: index) {
        options.wantsOld = true
      } else if arguments.isWord("KEEPTTL", at: index), options.allows(.keep) {
        options.expiry = .keep
      } else if arguments.isWord("IFEQ", at: index), index + 1 < arguments.count,
        !options.onlyIfAbsent, !options.onlyIfPresent, options.onlyIfEqual == nil
      {
        options.onlyIfEqual = index + 1
        index += 1
      } else if !(try options.readTime(arguments, &index)) {
        throw .syntax
      }
      index += 1
    }
    return options
  }

  static func getex(_ arguments: Arguments) throws(CommandError) -> StringOptions {
    var options = StringOptions()
    var index = 2
    while index < arguments.count {
      if arguments.isWord("PERSIST", at: index), options.allows(.persist) {
        options.expiry = .persist
      } else if !(try options.readTime(arguments, &index)) {
        throw .syntax
      }
      index += 1
    }
    return options
  }

  private func allows(_ next: Expiry) -> Bool { expiry.allows(next) }

  /// Reads EX, PX, EXAT or PXAT and the number behind it; false for another word.
  private mutating func readTime(
    _ arguments: Arguments, _ index: inout Int
  ) throws(CommandError) -> Bool {
    guard index + 1 < arguments.count else { return false }
    let place = index + 1
    let next: Expiry
    if arguments.isWord("EX", at: index) {
      next = .at(place, .seconds, isRelative: true)
    } else if arguments.isWord("PX", at: index) {
      next = .at(place, .milliseconds, isRelative: true)
    } else if arguments.isWord("EXAT", at: index) {
      next = .at(place, .seconds, isRelative: false)
    } else if arguments.isWord("PXAT", at: index) {
      next = .at(place, .milliseconds, isRelative: false)
    } else {
      return false
    }
    guard allows(next) else { return false }
    expiry = next
    index = place
    return true
  }
}
