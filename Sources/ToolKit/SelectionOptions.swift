package import ArgumentParser
package import Persistence

/// The options that say which keys a tool looks at, the same for every tool that walks keys.
///
/// In a tool: `@OptionGroup(title: SelectionOptions.title) var selection: SelectionOptions`.
package struct SelectionOptions: ParsableArguments {
  /// The heading of these options in the help.
  package static let title = "Selection"

  @Option(
    name: .customLong("db"),
    help: ArgumentHelp("Only keys of this database. Repeatable: any of them.", valueName: "n"))
  package var databases: [UInt64] = []

  @Option(
    name: .customLong("key"),
    help: ArgumentHelp(
      "Only keys that match this glob, as KEYS reads it. Repeatable: any of them.",
      valueName: "glob"))
  package var keys: [String] = []

  @Option(
    name: .customLong("not-key"),
    help: ArgumentHelp("No keys that match this glob. Repeatable: none of them.", valueName: "glob")
  )
  package var notKeys: [String] = []

  @Option(
    name: .customLong("key-regex"),
    help: ArgumentHelp(
      "Only keys in which this regular expression is found. Repeatable: any of them.",
      valueName: "re"),
    transform: readRegex)
  package var keyRegexes: [KeyRegex] = []

  @Option(
    name: .customLong("type"),
    help: ArgumentHelp(
      "Only keys of this type: \(typeNames). Repeatable: any of them.",
      valueName: "type"),
    completion: .list(ValueType.allCases.map(\.rawValue)), transform: readType)
  package var types: [ValueType] = []

  @Option(
    name: .customLong("slot"),
    help: ArgumentHelp(
      "Only keys of this cluster slot or range of slots, 0-16383. Repeatable: any of them.",
      valueName: "a-b"),
    transform: readSlots)
  package var slots: [ClosedRange<Int>] = []

  @Option(
    name: .customLong("expired"),
    help: ArgumentHelp(
      "Keys that have expired and are still in the file.", valueName: "what"))
  package var expired = KeySelection.Expired.include

  @Option(
    name: .customLong("now"),
    help: ArgumentHelp(
      """
      The time by which keys have expired: ISO 8601 (UTC without a zone), or Unix seconds, or from \
      100000000000 on Unix milliseconds. (default: the clock)
      """,
      valueName: "time"),
    transform: readMoment)
  package var now: Int64?

  @Option(
    name: .customLong("larger-than"),
    help: ArgumentHelp(
      "Only keys that take more bytes in the file than this: 512, 10kb, 1.5GiB.",
      valueName: "size"),
    transform: readSize)
  package var largerThan: UInt64?

  @Option(
    name: .customLong("limit"),
    help: ArgumentHelp(
      "No more than this many of the keys, the first ones.",
      valueName: "n"))
  package var limit: UInt64?

  package init() {}

  /// What the options ask for.
  /// - Parameter now: Unix milliseconds of the clock, for when `--now` is not given.
  package func selection(now: Int64) -> KeySelection {
    var selection = KeySelection()
    selection.databases = Set(databases)
    selection.keys = keys.map { Glob($0) }
    selection.notKeys = notKeys.map { Glob($0) }
    selection.keyRegexes = keyRegexes
    selection.types = Set(types)
    selection.slots = slots
    selection.expired = expired
    selection.now = self.now ?? now
    selection.largerThan = largerThan
    selection.limit = limit
    return selection
  }
}

private let typeNames = ValueType.allCases.map(\.rawValue).joined(separator: ", ")

extension KeySelection.Expired: ExpressibleByArgument {}

// What an option's text means. The parser puts the name of the option and the text before the messages.

private func readRegex(_ text: String) throws -> KeyRegex {
  do throws(KeyRegex.SyntaxError) {
    return try KeyRegex(text)
  } catch {
    throw ValidationError("not a regular expression: \(error)")
  }
}

private func readType(_ text: String) throws -> ValueType {
  guard let type = ValueType(rawValue: text) else {
    throw ValidationError("the types are \(typeNames)")
  }
  return type
}

private func readSlots(_ text: String) throws -> ClosedRange<Int> {
  let all = 0...(HashSlot.count - 1)
  let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
  let numbers = ends.map { end in end.allSatisfy(\.isNumber) ? Int(end) : nil }
  guard let first = numbers.first.flatMap(\.self), let last = numbers.last.flatMap(\.self) else {
    throw ValidationError("not a slot (N) or a range of slots (A-B)")
  }
  guard all.contains(first), all.contains(last) else {
    throw ValidationError("slots are numbered from 0 to \(all.upperBound)")
  }
  guard first <= last else { throw ValidationError("the range ends before it begins") }
  return first...last
}

private func readMoment(_ text: String) throws -> Int64 {
  guard let moment = ISOTime.moment(text) else {
    throw ValidationError(
      "not a time in ISO 8601, such as 2026-11-22T09:53:18Z, or Unix seconds or milliseconds")
  }
  return moment
}

private func readSize(_ text: String) throws -> UInt64 {
  guard let size = Text.byteCount(text) else {
    throw ValidationError("not a size, such as 512, 10kb, 10MB or 1.5GiB")
  }
  return size
}
