extension CommandTable {
  /// A row of the table.
  struct Row {
    /// Without the command, for a subcommand.
    var name: String
    var container: String?
    var arity: Int
    var flags: CommandEntry.Flags
    var keys: KeyRule
    var redis: CommandEntry.Release?
    var valkey: CommandEntry.Release?
  }

  /// Reads rows of five or six columns, and traps on anything else:
  ///
  /// 1. the name, or `command|subcommand`;
  /// 2. the arity as `COMMAND` tells it;
  /// 3. `w` write, `r` read, `a` admin, `b` blocking, `t` transaction, `p` logged though it is no write
  ///    command; `-` for none;
  /// 4. the keys: `-` for none, `N` for one, `FIRST:LAST:STEP` as `COMMAND` tells them; `nN` for a count
  ///    at N and the keys behind it, `nN*STEP` when they are not side by side; `STREAMS`; `N+RULE` for a
  ///    key at N and others by a rule (`STORE` and `KEYS` besides those named);
  /// 5. the first release of Redis, `-` for none;
  /// 6. the first release of Valkey; without it, 7.2 for what Redis had by then, and none otherwise.
  static func read(_ rows: String) -> [Row] {
    rows.split(separator: "\n").map { line in
      let columns = line.split(separator: " ")
      guard columns.count == 5 || columns.count == 6, let arity = Int(columns[1]) else {
        preconditionFailure("a row of the command table: \(line)")
      }
      let names = columns[0].split(separator: "|").map(String.init)
      let redis = release(columns[4])
      let valkey =
        columns.count == 6
        ? release(columns[5])
        : redis.flatMap { $0 <= CommandEntry.Release(7, 2) ? CommandEntry.Release(7, 2) : nil }
      return Row(
        name: names[names.count - 1], container: names.count > 1 ? names[0] : nil, arity: arity,
        flags: flags(columns[2]), keys: keys(columns[3]), redis: redis, valkey: valkey)
    }
  }

  private static func release(_ text: Substring) -> CommandEntry.Release? {
    guard text != "-" else { return nil }
    let parts = text.split(separator: ".").compactMap { UInt8($0) }
    guard parts.count == 2 else { preconditionFailure("a release: \(text)") }
    return CommandEntry.Release(parts[0], parts[1])
  }

  private static func flags(_ text: Substring) -> CommandEntry.Flags {
    var flags: CommandEntry.Flags = []
    for letter in text where letter != "-" {
      switch letter {
      case "w": flags.insert(.write)
      case "r": flags.insert(.read)
      case "a": flags.insert(.admin)
      case "b": flags.insert(.blocking)
      case "t": flags.insert(.transaction)
      case "p": flags.insert(.logged)
      default: preconditionFailure("a flag: \(letter)")
      }
    }
    return flags
  }

  private static func keys(_ text: Substring) -> KeyRule {
    var rule = KeyRule()
    guard text != "-" else { return rule }
    for part in text.split(separator: "+") {
      let numbers = part.split(separator: ":").compactMap { Int($0) }
      switch (part, numbers.count) {
      case ("STORE", _): rule.movable = .store
      case ("STREAMS", _): rule.movable = .streams
      case ("KEYS", _): rule.movable = .listed
      case (_, 1):
        rule.first = numbers[0]
        rule.last = numbers[0]
      case (_, 3):
        (rule.first, rule.last, rule.step) = (numbers[0], numbers[1], numbers[2])
      default:
        let counted = part.dropFirst().split(separator: "*").compactMap { Int($0) }
        guard part.first == "n", let at = counted.first else {
          preconditionFailure("a rule of keys: \(text)")
        }
        rule.movable = .counted
        rule.countAt = at
        if counted.count > 1 { rule.step = counted[1] }
      }
    }
    return rule
  }
}
