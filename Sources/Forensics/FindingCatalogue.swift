package import Persistence

/// What a finding code means, in words for the person who got it.
package struct FindingExplanation: Sendable {
  /// A line without a full stop.
  package var title: String
  /// What is wrong.
  package var meaning: String
  /// How it comes about.
  package var causes: String
  /// What can be done.
  package var advice: String
}

extension FindingCode {
  /// The codes that only an AOF or its manifest can have.
  private static let onlyInAOF: Set<FindingCode> = [
    .badFraming, .badTerminator, .badTimestamp, .unknownCommand, .wrongArity, .unexpectedCommand,
    .openTransaction, .nestedTransaction, .execWithoutMulti, .manifestSyntax, .manifestSequence,
    .manifestDuplicateBase, .manifestMissingFile, .manifestOrphanFile,
  ]
  /// Those of an RDB that an AOF can have besides, outside of the RDB that it may begin with.
  private static let alsoInAOF: Set<FindingCode> = [
    .truncated, .badLength, .trailingBytes, .dbOutOfRange, .badCompression, .changedWhileRead,
  ]

  /// The codes that an AOF can have, those of the RDB that it may begin with left out.
  package static let inAOF = allCases.filter { onlyInAOF.contains($0) || alsoInAOF.contains($0) }

  /// The codes that an RDB file can have.
  package static let inRDB = allCases.filter { !onlyInAOF.contains($0) }

  /// The explanation of the code.
  package var explanation: FindingExplanation {
    switch self {
    case .badMagic:
      FindingExplanation(
        title: "The file is not an RDB file",
        meaning:
          "An RDB file begins with REDIS and four digits, or with VALKEY and three. This one does not.",
        causes:
          "Another file was given (an AOF, a manifest, a captured replication stream, an archive of a "
          + "kind that is not read), or the first bytes were overwritten.",
        advice:
          "Look at the first bytes (`head -c 64 FILE | xxd`). For an append-only file use the AOF "
          + "tools. If the rest of the file is an RDB, its first nine bytes can be put back by hand."
      )
    case .unsupportedVersion:
      FindingExplanation(
        title: "The file holds something newer than this build",
        meaning:
          "The version in the header, or a record, is known by number or name but its layout is not.",
        causes: "The file was written by a newer server than this build knows.",
        advice:
          "Nothing is wrong with the file as far as can be told. Check it with a newer build, or with "
          + "the check tool of the server that wrote it.")
    case .truncated:
      FindingExplanation(
        title: "The file ends too early",
        meaning:
          "The last record or command, or the end mark and checksum of an RDB, are not all there.",
        causes:
          "A copy or download that broke off, a full disk while saving, a file taken while the server "
          + "was still writing it (servers write temp-PID.rdb and rename it when it is whole). An AOF "
          + "ends so after a crash or a power failure in the middle of a write.",
        advice:
          "Copy the file again and compare sizes. Everything before the named place was read and is "
          + "listed in the report. A server that starts with the last file of an AOF cut off so drops "
          + "the rest of the last command and goes on (`aof-load-truncated yes`).")
    case .badOpcode:
      FindingExplanation(
        title: "A byte where a record should begin is no opcode",
        meaning:
          "Records begin with a type or an opcode. This byte is neither, or is an opcode in a place "
          + "where servers never write it.",
        causes:
          "An earlier length was wrong, so that reading went on at the wrong place; bytes were "
          + "overwritten, inserted or lost.",
        advice: "Look for damage at or just before the named offset. See bad-length.")
    case .badType:
      FindingExplanation(
        title: "A value type that does not exist, or not in this version",
        meaning:
          "The byte before a key names how its value is laid out. This number is not assigned, or was "
          + "introduced after the version that the header states.",
        causes:
          "A flipped bit in the type byte; an earlier wrong length; a file from a modified server or a "
          + "third-party writer.",
        advice:
          "When other records follow, only this one is in doubt. A server of the stated version will "
          + "not load the file.")
    case .badLength:
      FindingExplanation(
        title: "A length that cannot be",
        meaning:
          "A length or a count reaches beyond the end of the file, or is written in a form that does "
          + "not exist.",
        causes: "Flipped or overwritten bytes in the length itself, or reading at the wrong place.",
        advice:
          "The record at the named offset is the one to look at. What follows cannot be found by its "
          + "framing.")
    case .badString:
      FindingExplanation(
        title: "A string in an unknown encoding",
        meaning:
          "Strings are raw, an integer of 8, 16 or 32 bits, or LZF. This one says something else.",
        causes: "Flipped or overwritten bytes, or reading at the wrong place.",
        advice: "Look for damage at or just before the named offset.")
    case .badLZF:
      FindingExplanation(
        title: "A compressed string does not decompress",
        meaning:
          "The LZF data refers to bytes before its beginning, ends too early, or gives another length "
          + "than stated.",
        causes: "Damage inside the compressed bytes: a bad disk, bad memory, a bad transfer.",
        advice:
          "Only this value is affected; the records after it were read. If it is one of many, suspect "
          + "the disk or the memory of the machine that wrote the file.")
    case .badListpack, .badZiplist, .badZipmap, .badIntset:
      FindingExplanation(
        title: "A compact encoding is broken inside",
        meaning:
          "Small collections are stored as one block (listpack, ziplist, zipmap, intset) with its own "
          + "lengths and counts. They disagree with each other or with the block.",
        causes:
          "Damage inside the block; when the checksum of the file is right, the block was already "
          + "damaged in the server's memory when it was saved.",
        advice:
          "Only this value is affected. A server refuses the file or, with "
          + "`sanitize-dump-payload no`, may crash when the key is used.")
    case .badQuicklist:
      FindingExplanation(
        title: "A node of a list is of an unknown kind",
        meaning: "Nodes of a quicklist are plain (one element) or packed (a listpack).",
        causes: "Damage in the list's framing.",
        advice: "Only this value is affected when the records after it were read.")
    case .badStream:
      FindingExplanation(
        title: "A stream contradicts itself",
        meaning:
          "IDs out of order, counts that do not add up, or pending entries without an owner. The "
          + "message says which rule is broken.",
        causes:
          "Damage inside the stream's nodes or its counters; rarely a bug of an old server or of a "
          + "third-party writer.",
        advice: "Only this value is affected when the records after it were read.")
    case .badScore:
      FindingExplanation(
        title: "A score that is no number, or not in order",
        meaning:
          "Scores of a sorted set are numbers other than NaN, and compact sorted sets ascend by score "
          + "and then by member.",
        causes: "Damage inside the value.",
        advice:
          "Only this value is affected. A server may load it and then answer range queries wrongly."
      )
    case .badExpire:
      FindingExplanation(
        title: "An expiry that no server would write",
        meaning: "The time lies before 1970 or beyond what servers accept.",
        causes: "Damage in the eight bytes of the time, or a third-party writer.",
        advice: "A key with an expiry in the past disappears when the file is loaded.")
    case .badModule:
      FindingExplanation(
        title: "Module data that cannot be walked",
        meaning:
          "Values of modules are sequences of typed operands with an end mark. An operand has an "
          + "unknown type.",
        causes: "Damage inside the module's data.",
        advice: "What follows cannot be found, because only the operands tell where the value ends."
      )
    case .emptyCollection:
      FindingExplanation(
        title: "A collection without elements",
        meaning: "Servers delete a collection with its last element and never save an empty one.",
        causes: "A bug of an old server, or damage in the count.",
        advice: "Servers drop such a key when they load the file.")
    case .duplicateElement:
      FindingExplanation(
        title: "A collection holds an element twice",
        meaning: "Members of sets and sorted sets and fields of hashes are distinct.",
        causes: "Damage inside the value, or a third-party writer.",
        advice: "A server refuses the file.")
    case .duplicateKey:
      FindingExplanation(
        title: "A database holds a key twice",
        meaning: "Keys of a database are distinct. A server stops loading at the second one.",
        causes:
          "A server bug (several are known, since 2014), files that were joined, or a third-party "
          + "writer.",
        advice:
          "The report names both places. The server that wrote the file can be asked for the right "
          + "value, if it still runs: save again.")
    case .checksumMismatch:
      FindingExplanation(
        title: "The checksum is wrong",
        meaning:
          "The last eight bytes are the CRC64 of all bytes before them, and they are not. At least one "
          + "bit has changed since the file was written.",
        causes:
          "A bad disk, a bad transfer (text mode), a file that was edited, or one that was written "
          + "to while it was copied.",
        advice:
          "Copy the file again from its source and compare. Where no other finding names a place, the "
          + "damage lies inside keys or values, which are framed well but may hold wrong bytes.")
    case .trailingBytes:
      FindingExplanation(
        title: "Bytes follow the end of the file's data",
        meaning: "After the end mark and the checksum there should be nothing.",
        causes:
          "A smaller file was written over a larger one, files were joined, a disk added zeros after "
          + "a power failure, or the file is an AOF with an RDB preamble.",
        advice:
          "Servers ignore them. Look at what they are before you cut them off: another RDB may begin "
          + "there.")
    case .resizedbMismatch:
      FindingExplanation(
        title: "A database has another number of keys than announced",
        meaning: "Servers write the number of keys, and of keys with expiry, ahead of a database.",
        causes: "Keys are missing or were added: damage, a filter tool, a third-party writer.",
        advice: "Servers take the numbers as a hint and load the file. Count what should be there.")
    case .dbOutOfRange:
      FindingExplanation(
        title: "A database number that a server may not have",
        meaning:
          "A server has `databases 16` unless configured otherwise, and refuses higher ones.",
        causes: "A server configured for more, or damage in the number.",
        advice: "Set `databases` in redis.conf, and give the same number with --databases.")
    case .unknownModule:
      FindingExplanation(
        title: "A module value that cannot be stepped over",
        meaning:
          "Modules of the release candidates of Redis 4.0 wrote values without an end mark (type 6).",
        causes: "The file comes from such a server, or a type byte is damaged.",
        advice: "Only a server with that module can read what follows.")
    case .suspectValue:
      FindingExplanation(
        title: "A value that is well-formed but not plausible",
        meaning: "The value may have swallowed what stood after it.",
        causes: "A length was changed to another one that fits.",
        advice: "Compare the value with another backup.")
    case .zeroBlock:
      FindingExplanation(
        title: "A block of zeros where records should be",
        meaning:
          "Zero bytes read as records with an empty key and an empty value, of which a database can "
          + "have one. A salvage leaves them out.",
        causes:
          "A file system that lost a block after a power failure, a sparse copy, a download that "
          + "skipped a part.",
        advice:
          "What stood there is gone from this file. A salvage goes on behind it; look for the keys in "
          + "another backup, or at a replica.")
    case .badCompression:
      FindingExplanation(
        title: "The compressed file does not decompress to its end",
        meaning: "The gzip or LZ4 stream around the RDB is damaged or cut off.",
        causes: "A copy or download that broke off, a full disk, a bad transfer.",
        advice:
          "Everything that could be decompressed was checked. Copy the file again and compare sizes."
      )
    case .changedWhileRead:
      FindingExplanation(
        title: "The file changed while it was read",
        meaning: "Its size or its time of change is not what it was at the start.",
        causes: "A server or a copy program is still writing to it.",
        advice: "Wait until it is done, or check a copy.")
    case .badFraming:
      FindingExplanation(
        title: "What stands here is no part of a command",
        meaning:
          "The commands of an AOF are arrays of counted strings: each begins with * and each of its "
          + "arguments with $. Another byte stands where one of these should be.",
        causes:
          "An earlier count or length was wrong, so that reading went on at the wrong place; bytes were "
          + "overwritten, inserted or lost; zeros after a power failure; text that was typed or logged "
          + "into the file.",
        advice:
          "Look for damage at or just before the named offset. A server refuses the file. Everything "
          + "behind this place is lost to a plain repair, which cuts the file here: look at what "
          + "would be cut before you allow it.")
    case .badTerminator:
      FindingExplanation(
        title: "A line or an argument does not end in CR LF",
        meaning:
          "Every number and every argument of an AOF is followed by the two bytes CR and LF. Others "
          + "stand there.",
        causes:
          "The length before the argument is wrong; bytes were overwritten, inserted or lost; or the "
          + "file went through a text mode that changed its line ends.",
        advice:
          "Compare the length with the argument. Servers step over these two bytes without a look: "
          + "where the length is wrong, they load other values than were written, or stop later.")
    case .badTimestamp:
      FindingExplanation(
        title: "A timestamp that is no time",
        meaning:
          "With `aof-timestamp-enabled yes` a server writes lines of #TS: and the Unix time in seconds. "
          + "This one has no such number.",
        causes: "Damage in the line, or a file that was edited.",
        advice:
          "Servers skip the line. Only a return to a point in time is affected: the commands behind it "
          + "count as of the time before.")
    case .unknownCommand:
      FindingExplanation(
        title: "A command that no server has",
        meaning:
          "The framing of the command is sound, but no release of Redis or Valkey has a command of this "
          + "name. A name with a point in it is that of a module, and a warning only.",
        causes:
          "Damage in the name; a server that had the command under another name (`rename-command`); a "
          + "server newer than this build; a modified server.",
        advice:
          "A server that does not know the command refuses the file. If it was renamed, load the file "
          + "with a server that has the same setting. If it is damage, `--salvage` leaves out this one "
          + "command; `--fix` cuts here and drops all that follows.")
    case .wrongArity:
      FindingExplanation(
        title: "A command with a number of arguments that it does not take",
        meaning:
          "The framing is sound, but the command has fewer or more arguments than any release takes.",
        causes:
          "Damage in a count or a name that left the framing whole; a file that was edited or put "
          + "together from pieces.",
        advice:
          "Loaders do not count: some ignore the command, some crash. `--salvage` leaves out this one "
          + "command; `--fix` cuts here and drops all that follows.")
    case .unexpectedCommand:
      FindingExplanation(
        title: "A command that does not belong into an AOF",
        meaning: "It changes no data, so that no server has written it there by itself.",
        causes:
          "A file that was edited or made by a tool; a script of an old server; damage that turned one "
          + "name into another.",
        advice: "It does no harm by itself. Look at the commands around it.")
    case .openTransaction:
      FindingExplanation(
        title: "A transaction without its end",
        meaning: "The file ends between a MULTI and its EXEC.",
        causes: "A crash or a power failure while the transaction was written.",
        advice:
          "A server that loads the file drops the transaction (`aof-load-truncated yes`). `--fix` cuts "
          + "the file back to the MULTI, and saves what it cuts.")
    case .nestedTransaction:
      FindingExplanation(
        title: "A MULTI within a transaction",
        meaning:
          "Transactions do not nest: the EXEC of the first one, and maybe more, is missing before this "
          + "place.",
        causes: "Lost bytes; two files joined; a MULTI that was written twice.",
        advice:
          "A server loads the file and runs both transactions as one. Look at the commands between the "
          + "two; `--salvage` leaves out the half that has no end.")
    case .execWithoutMulti:
      FindingExplanation(
        title: "An EXEC without a MULTI",
        meaning: "A transaction ends here, and its beginning is missing.",
        causes: "Lost bytes; two files joined; a file whose beginning was cut off.",
        advice:
          "A server loads the file and ignores this EXEC: the commands before it run, each by itself. "
          + "`--salvage` leaves out the EXEC and keeps what follows; `--fix` cuts here.")
    case .manifestSyntax:
      FindingExplanation(
        title: "A line of the manifest cannot be read",
        meaning:
          "A manifest has one line a file: the words file, NAME, seq, NUMBER, type, and b, h or i. The "
          + "message says what is wrong with this one.",
        causes:
          "An edited manifest, one that was cut off while it was copied, or another file in its place.",
        advice:
          "A server refuses to start with it. Put the line right by hand: the files of the folder have "
          + "their number and type in their names.")
    case .manifestSequence:
      FindingExplanation(
        title: "The numbers of the manifest are out of order",
        meaning:
          "Incremental files are loaded in the order of their lines, and each has a higher number than "
          + "the one before.",
        causes: "An edited manifest, or one put together from two.",
        advice:
          "A server refuses to start with it. The right order is that of the numbers in the names of "
          + "the files; a line that stands there twice is to be removed.")
    case .manifestDuplicateBase:
      FindingExplanation(
        title: "The manifest names two base files",
        meaning: "An AOF begins with one base file at most, of type b.",
        causes: "An edited manifest, or one put together from two.",
        advice:
          "A server refuses to start with it. Keep the base that was written last before the "
          + "first incremental file; the other one is older, and its type would be h.")
    case .manifestMissingFile:
      FindingExplanation(
        title: "A file of the AOF is missing",
        meaning: "The manifest lists it, or is itself the file that is missing.",
        causes:
          "A copy or backup of some of the files only; a file that was deleted or renamed by hand; a "
          + "backup taken while the server rewrote its AOF.",
        advice:
          "Do not start a server on this folder: without its manifest it starts empty and writes a new "
          + "one. Bring the file back from where the copy was made. `--salvage` makes an AOF of the "
          + "files that are there.")
    case .manifestOrphanFile:
      FindingExplanation(
        title: "A file that the manifest does not list",
        meaning: "By its name it belongs to this AOF, but no server loads it.",
        causes:
          "What an interrupted rewrite left behind; an older manifest that was put back; a line that "
          + "was lost from the manifest.",
        advice:
          "If its number is the next one behind the last incremental file, it may hold the newest "
          + "writes: check it by itself before you delete it.")
    }
  }
}
