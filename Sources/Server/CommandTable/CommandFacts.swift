/// What COMMAND tells of a command beside what the command table and the server itself know of it.
///
/// Source: the answers of Redis 7.0, and for later commands their documentation.
struct CommandFacts: Sendable {
  /// The release that brought it, of three numbers.
  let since: String
  /// The release from which on another command is to be used; nil for none.
  let deprecatedSince: String?
  /// What COMMAND DOCS puts it among.
  let group: String
  /// Flags that nothing else tells.
  let flags: [String]
  /// Flags that do not hold although the command table would tell them.
  let lackedFlags: [String]
  /// Whether it is for servers and tests, and not for clients.
  let isForSystem: Bool
  /// Categories of access, without `@`, that do not follow from flags; nil for that of the group.
  let categories: [String]?
  /// What clients of a cluster, and those that keep replies, are to know (`tips`).
  let hints: [String]
  let keys: [KeySpecification]

  /// By the names in lower case, subcommands (`object|freq`) and HELP among them.
  static let all: [String: CommandFacts] = read(rows)

  /// Reads rows of up to six columns, and traps on anything else; those at the end that are `-` are left out:
  ///
  /// 1. the name, or `command|subcommand`;
  /// 2. the release that brought it, and behind a `/` the one that deprecated it;
  /// 3. flags; with a `-` in front one that is lacking, and `syscmd` for what is no business of clients. `loading`,
  ///    `stale`, `no_auth` and `no_multi` are not among them: how the server runs the command tells these;
  /// 4. categories, when they are not the one of the group;
  /// 5. hints: `random` and `unordered` are short for `nondeterministic_output` and
  ///    `nondeterministic_output_order`, `request` and `response` for the policies;
  /// 6. the keys, see ``KeySpecification``.
  private static func read(_ rows: String) -> [String: CommandFacts] {
    var facts: [String: CommandFacts] = [:]
    var group = ""
    for line in rows.split(separator: "\n") {
      let columns = line.split(separator: " ")
      if columns.count == 1, line.hasSuffix(":") {
        group = String(line.dropLast())
        continue
      }
      guard (2...6).contains(columns.count) else {
        preconditionFailure("a row of facts: \(line)")
      }
      let lists = columns.dropFirst(2).map { column in
        column == "-" ? [] : column.split(separator: ",").map(String.init)
      }
      let releases = columns[1].split(separator: "/").map(String.init)
      let flags = lists.first ?? []
      let categories = lists.count > 1 ? lists[1] : []
      let hints = lists.count > 2 ? lists[2] : []
      let old = facts.updateValue(
        CommandFacts(
          since: releases[0], deprecatedSince: releases.count > 1 ? releases[1] : nil, group: group,
          flags: flags.filter { !$0.hasPrefix("-") && $0 != "syscmd" },
          lackedFlags: flags.filter { $0.hasPrefix("-") }.map { String($0.dropFirst()) },
          isForSystem: flags.contains("syscmd"),
          categories: categories.isEmpty ? nil : categories, hints: hints.map(hint),
          keys: lists.count > 3 ? lists[3].map { KeySpecification($0) } : []),
        forKey: String(columns[0]))
      precondition(old == nil, "two rows of facts: \(line)")
    }
    return facts
  }

  private static func hint(_ text: String) -> String {
    switch text {
    case "random": return "nondeterministic_output"
    case "unordered": return "nondeterministic_output_order"
    default:
      let parts = text.split(separator: ":")
      return "\(parts[0])_policy:\(parts[parts.count - 1])"
    }
  }

  /// The category that commands of a group have; nil for none. Those of channels have theirs by a flag.
  static func category(ofGroup group: String) -> String? {
    switch group {
    case "generic": "keyspace"
    case "sorted-set": "sortedset"
    case "transactions": "transaction"
    case "server", "pubsub": nil
    default: group
    }
  }
}
