/// What a command does to its keys, as far as it matters for what a rewrite would write of them.
package enum RewriteEffect: UInt8, BitwiseCopyable, Sendable {
  // Values as a whole.
  case set, setUntil, setValue, setMany, setFields, restore, store, copy, delete, rename, move
  // Strings.
  case count, append, overwrite, setBit, bitfield, hyperLogLog
  // Lists.
  case push, insert, pop, popOne, removeEqual, trim, moveElement
  // Fields of hashes, members of sets and sorted sets.
  case hash, hashCounter, hashRemove
  case member, memberRemove, memberMove
  case score, scoreCounter, place, rankRemove, rangeRemove
  // Streams.
  case entry, entryRemove, entryTrim, pending, acknowledge
  // Lifetimes.
  case expireAtMilliseconds, expireAtSeconds, expireMilliseconds, expireSeconds, persist
  // Databases.
  case flushAll, flushDatabase, swapDatabases
  /// Stays as it is.
  case kept
  /// What it leaves is written by other commands of the key.
  case none

  /// The effects by the number of the entry in the command table: `kept` for a write command that stands
  /// in no row, `none` for others.
  package static let byCommand: [RewriteEffect] = {
    let table = CommandTable.shared
    var effects = table.entries.map { $0.flags.contains(.write) ? RewriteEffect.kept : .none }
    var missing = Set(rows.flatMap { $0.names.split(separator: " ").map(String.init) })
    for row in rows {
      let names = Set(row.names.split(separator: " ").map(String.init))
      for entry in table.entries where names.contains(table.name(entry)) {
        effects[entry.index] = row.effect
        missing.remove(table.name(entry))
      }
    }
    precondition(missing.isEmpty, "no such commands: \(missing)")
    return effects
  }()

  private struct Row {
    var names: String
    var effect: RewriteEffect
    /// Why.
    var reason: StaticString
  }

  private static let rows: [Row] = [
    Row(names: "set", effect: .set, reason: "the old value goes, and the lifetime but for KEEPTTL"),
    Row(names: "setex psetex", effect: .setUntil, reason: "key, lifetime, value"),
    Row(names: "getset setnx", effect: .setValue, reason: "key, value"),
    Row(names: "mset msetnx", effect: .setMany, reason: "each key is followed by its value"),
    Row(names: "msetex", effect: .setMany, reason: "the same, behind a count"),
    Row(names: "hsetex", effect: .setFields, reason: "fields and values follow the word FIELDS"),
    Row(names: "restore restore-asking", effect: .restore, reason: "a value as a payload"),
    Row(
      names: """
        sdiffstore sinterstore sunionstore zdiffstore zinterstore zunionstore zrangestore \
        geosearchstore georadius georadiusbymember sort bitop
        """,
      effect: .store, reason: "the log does not tell the size of what is stored"),
    Row(names: "copy", effect: .copy, reason: "from the first key to the second"),
    Row(names: "del unlink getdel delex delifeq", effect: .delete, reason: "nothing is left"),
    Row(names: "rename renamenx", effect: .rename, reason: "the value goes on under another name"),
    Row(names: "move", effect: .move, reason: "the value goes on in another database"),

    Row(
      names: "incr decr incrby decrby incrbyfloat increx", effect: .count,
      reason: "however often, one number is left"),
    Row(names: "append", effect: .append, reason: "the value grows"),
    Row(names: "setrange", effect: .overwrite, reason: "bytes are replaced in their place"),
    Row(names: "setbit", effect: .setBit, reason: "a bit is replaced in its place"),
    Row(names: "bitfield", effect: .bitfield, reason: "numbers are replaced in their place"),
    Row(names: "pfadd pfmerge", effect: .hyperLogLog, reason: "12,304 bytes are the most"),

    Row(names: "rpush lpush rpushx lpushx", effect: .push, reason: "elements from argument 2 on"),
    Row(names: "linsert", effect: .insert, reason: "the element is argument 4"),
    Row(names: "lset", effect: .none, reason: "an element takes the place of another"),
    Row(
      names: "lpop rpop spop zpopmin zpopmax", effect: .pop,
      reason: "as many as argument 2 says, or one"),
    Row(
      names: "blpop brpop bzpopmin bzpopmax lmpop blmpop zmpop bzmpop", effect: .popOne,
      reason: "servers log one of the above instead"),
    Row(names: "lrem", effect: .removeEqual, reason: "as many as argument 2 says, at least one"),
    Row(names: "ltrim", effect: .trim, reason: "what lies between two positions is left"),
    Row(
      names: "lmove rpoplpush blmove brpoplpush", effect: .moveElement,
      reason: "from the first key to the second"),

    Row(names: "hset hmset hsetnx", effect: .hash, reason: "fields and values, from argument 2 on"),
    Row(names: "hincrby hincrbyfloat", effect: .hashCounter, reason: "one number is left a field"),
    Row(names: "hdel", effect: .hashRemove, reason: "fields from argument 2 on"),
    Row(names: "sadd", effect: .member, reason: "a member is there once, however often added"),
    Row(names: "srem zrem", effect: .memberRemove, reason: "members from argument 2 on"),
    Row(names: "smove", effect: .memberMove, reason: "from the first key to the second"),
    Row(names: "zadd", effect: .score, reason: "scores and members behind the options"),
    Row(names: "zincrby", effect: .scoreCounter, reason: "one score is left a member"),
    Row(names: "geoadd", effect: .place, reason: "two numbers and a member; written as a score"),
    Row(names: "zremrangebyrank", effect: .rankRemove, reason: "between two positions"),
    Row(
      names: "zremrangebyscore zremrangebylex", effect: .rangeRemove,
      reason: "one at least, or it were not logged; the log does not tell how many"),

    Row(names: "xadd", effect: .entry, reason: "one entry, and perhaps a limit of their number"),
    Row(names: "xdel xdelex", effect: .entryRemove, reason: "entries from argument 2 on"),
    Row(names: "xtrim", effect: .entryTrim, reason: "a limit of the number of entries"),
    Row(names: "xclaim xautoclaim", effect: .pending, reason: "waits until it is acknowledged"),
    Row(names: "xack xackdel", effect: .acknowledge, reason: "IDs from argument 3 on wait no more"),
    Row(names: "xsetid xgroup|setid", effect: .none, reason: "a rewrite writes it once a stream"),
    Row(names: "xgroup|destroy xgroup|delconsumer", effect: .none, reason: "what went is small"),

    Row(names: "pexpireat", effect: .expireAtMilliseconds, reason: "one lifetime is left"),
    Row(names: "expireat", effect: .expireAtSeconds, reason: "one lifetime is left"),
    Row(names: "pexpire", effect: .expireMilliseconds, reason: "from the moment of the command"),
    Row(names: "expire", effect: .expireSeconds, reason: "from the moment of the command"),
    Row(names: "persist", effect: .persist, reason: "no lifetime is left"),
    Row(names: "getex", effect: .none, reason: "logged as PEXPIREAT, PERSIST or DEL"),
    Row(
      names: "hexpire hpexpire hexpireat hpexpireat hpersist hgetex hgetdel", effect: .none,
      reason: "lifetimes of fields come with their fields, as far as they are estimated"),

    Row(names: "flushall", effect: .flushAll, reason: "nothing is left anywhere"),
    Row(names: "flushdb", effect: .flushDatabase, reason: "nothing is left in the database"),
    Row(names: "swapdb", effect: .swapDatabases, reason: "what is in one is in the other"),
    Row(
      names: "function|delete function|flush", effect: .none, reason: "what it takes is small"),
    // Their effect is in no log: 7.0 and later log what a script did, not the script.
    Row(names: "eval evalsha fcall", effect: .kept, reason: "what it wrote is not known"),
    Row(names: "script|load", effect: .none, reason: "a rewrite writes no scripts"),
  ]
}
