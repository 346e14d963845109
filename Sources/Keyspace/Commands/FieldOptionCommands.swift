internal import Persistence

// Fields read or set together with their lifetimes: HGETDEL, HGETEX and HSETEX. Source: t_hash.c of Valkey 9.
extension Keyspace {
  static let fieldOptionCommands: [(String, CommandHandler)] = [
    ("hgetdel", { (k, a, r) throws(CommandError) in try k.hgetdel(a, &r) }),
    ("hgetex", { (k, a, r) throws(CommandError) in try k.hgetex(a, &r) }),
    ("hsetex", { (k, a, r) throws(CommandError) in try k.hsetex(a, &r) }),
  ]

  private mutating func hgetdel(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard arguments.isWord("FIELDS", at: 2) else { throw .syntax }
    let first = try Self.firstField(arguments, behind: 2)
    let place = try findHash(arguments[1])
    reply.array(arguments.count - first)
    guard let place else {
      for _ in first..<arguments.count { reply.null() }
      return
    }
    let removed = try modifyHash(place) { hash in
      var removed = 0
      for index in first..<arguments.count {
        reply.value(of: arguments[index], in: hash)
        if hash.remove(arguments[index]) { removed += 1 }
      }
      return removed
    }
    changes += UInt64(removed)
  }

  private mutating func hgetex(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let options = try FieldOptions(arguments, allowsSetting: false)
    let place = try findHash(arguments[1])
    let time = try time(of: options, arguments, command: "hgetex")
    reply.array(arguments.count - options.firstField)
    guard let place else {
      for _ in options.firstField..<arguments.count { reply.null() }
      return
    }
    let isOver = time.map { hasPassed($0) } ?? false
    let changed = try modifyHash(place) { hash in
      var changed = 0
      for index in options.firstField..<arguments.count {
        let field = arguments[index]
        reply.value(of: field, in: hash)
        if let time {
          guard hash.content.contains(field) else { continue }
          if isOver { _ = hash.remove(field) } else { hash.setExpiry(of: field, time) }
          changed += 1
        } else if case .persist = options.expiry, hash.removeLifetime(of: field) {
          changed += 1
        }
      }
      return changed
    }
    changes += UInt64(changed)
  }

  private mutating func hsetex(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let options = try FieldOptions(arguments, allowsSetting: true)
    let place = try findHash(arguments[1])
    if let wanted = options.keyIsThere, wanted != (place != nil) { return reply.integer(0) }
    let time = try time(of: options, arguments, command: "hsetex")
    let fields = stride(from: options.firstField, to: arguments.count, by: 2)
    let old = try options.fieldsAreThere.map { (_) throws(CommandError) in try hash(arguments[1]) }
    if let wanted = options.fieldsAreThere {
      for index in fields where wanted != (old??.content.contains(arguments[index]) ?? false) {
        return reply.integer(0)
      }
    }
    let isOver = time.map { hasPassed($0) } ?? false
    let limits = limits
    func apply(_ hash: inout HashValue) {
      for index in fields {
        let field = arguments[index]
        if isOver {
          _ = hash.remove(field)
          continue
        }
        var keepsLifetime = false
        if case .keep = options.expiry { keepsLifetime = true }
        _ = hash.set(field, arguments[index + 1], limits, keepsLifetime: keepsLifetime)
        if let time { hash.setExpiry(of: field, time) }
      }
    }
    if let place {
      try modifyHash(place) { apply(&$0) }
    } else {
      var hash = HashValue(
        HashFields(
          fields: (arguments.count - options.firstField) / 2,
          bytes: arguments.size(from: options.firstField), limits: limits))
      apply(&hash)
      if !hash.isEmpty { insert(arguments[1], .hash(hash)) }
    }
    changes += UInt64((arguments.count - options.firstField) / 2)
    reply.integer(1)
  }

  private func time(
    of options: FieldOptions, _ arguments: Arguments, command: String
  ) throws(CommandError) -> Int64? {
    guard case .at(let index, let unit, let isRelative) = options.expiry else { return nil }
    return try fieldExpiry(arguments, at: index, unit, isRelative: isRelative, command: command)
  }
}

/// The options of HGETEX and HSETEX.
private struct FieldOptions {
  var expiry = StringOptions.Expiry.none
  /// Whether the key has to be there (XX), or must not be (NX).
  var keyIsThere: Bool?
  /// Whether all fields have to be there (FXX), or none may be (FNX).
  var fieldsAreThere: Bool?
  /// The place of the first field.
  var firstField = 0

  init(_ arguments: Arguments, allowsSetting: Bool) throws(CommandError) {
    var end = 2
    while end < arguments.count, !arguments.isWord("FIELDS", at: end) { end += 1 }
    guard end < arguments.count else { throw Keyspace.wrongFieldCount }
    var index = 2
    while index < end {
      if !(try readExpiry(arguments, &index, end, allowsSetting)) {
        guard allowsSetting, try readCondition(arguments, index) else { throw .syntax }
      }
      index += 1
    }
    firstField = try Keyspace.firstField(arguments, behind: end, words: allowsSetting ? 2 : 1)
  }

  private mutating func readCondition(
    _ arguments: Arguments, _ index: Int
  ) throws(CommandError) -> Bool {
    if arguments.isWord("NX", at: index), keyIsThere != true {
      keyIsThere = false
    } else if arguments.isWord("XX", at: index), keyIsThere != false {
      keyIsThere = true
    } else if arguments.isWord("FNX", at: index), fieldsAreThere != true {
      fieldsAreThere = false
    } else if arguments.isWord("FXX", at: index), fieldsAreThere != false {
      fieldsAreThere = true
    } else {
      return false
    }
    return true
  }

  /// Reads what says when fields expire, with the number behind it; false for another word.
  private mutating func readExpiry(
    _ arguments: Arguments, _ index: inout Int, _ end: Int, _ allowsSetting: Bool
  ) throws(CommandError) -> Bool {
    let next: StringOptions.Expiry
    if allowsSetting, arguments.isWord("KEEPTTL", at: index) {
      next = .keep
    } else if !allowsSetting, arguments.isWord("PERSIST", at: index) {
      next = .persist
    } else if index + 1 >= end {
      return false
    } else if arguments.isWord("EX", at: index) {
      next = .at(index + 1, .seconds, isRelative: true)
    } else if arguments.isWord("PX", at: index) {
      next = .at(index + 1, .milliseconds, isRelative: true)
    } else if arguments.isWord("EXAT", at: index) {
      next = .at(index + 1, .seconds, isRelative: false)
    } else if arguments.isWord("PXAT", at: index) {
      next = .at(index + 1, .milliseconds, isRelative: false)
    } else {
      return false
    }
    guard expiry.allows(next) else { throw .syntax }
    expiry = next
    if case .at = next { index += 1 }
    return true
  }
}
