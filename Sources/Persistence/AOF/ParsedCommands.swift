/// The commands of a batch with all their arguments, parsed at once: what a thread prepares for another one
/// that runs them.
package struct ParsedCommands: Sendable {
  /// A command, or an annotation between commands. Offsets are bytes from the start of the batch.
  package struct Item: BitwiseCopyable, Sendable {
    package var start: Int
    /// Behind the last CRLF.
    package var end: Int
    /// Where its arguments begin among all arguments of the batch.
    var firstArgument: Int
    /// Arguments, the name included; an annotation has none.
    package var argumentCount: Int
    /// The place in the command table of what the arguments name, with ``CommandTable/command(_:in:)``'s
    /// meaning; -1 for what no server knows and for annotations.
    package var entry: Int
    /// Of an annotation: Unix time in seconds, where it tells one.
    package var timestamp: Int64?

    package var isAnnotation: Bool { argumentCount == 0 }
  }

  package let batch: CommandBatch
  package let items: [Item]
  private let arguments: [CommandArgument]

  /// Parses a batch whose framing has been walked.
  ///
  /// Throws where the bytes are not those that were walked.
  package init(_ batch: CommandBatch) throws(FormatError) {
    let bytes = batch.bytes
    let table = CommandTable.shared
    var parser = CommandParser(bytes, inputEnd: UInt64(bytes.byteCount))
    var list = ArgumentList()
    var items: [Item] = []
    items.reserveCapacity(batch.commands)
    while !parser.cursor.isAtEnd {
      let first = list.arguments.count
      let head = try parser.next(&list)
      var item = Item(
        start: head.start, end: head.end, firstArgument: first,
        argumentCount: list.arguments.count - first, entry: -1)
      if head.kind == .command {
        item.entry =
          (table.command(
            head.name.bytes(in: bytes), head.first.bytes(in: bytes),
            argumentCount: head.argumentCount) ?? table.command(head.name.bytes(in: bytes)))?.index
          ?? -1
      } else {
        item.timestamp = head.timestamp
      }
      items.append(item)
    }
    self.batch = batch
    self.items = items
    arguments = list.arguments
  }

  /// The arguments of a command, the name first.
  @_lifetime(borrow self)
  package func arguments(of item: Item) -> Span<CommandArgument> {
    arguments.span.extracting(
      item.firstArgument..<(item.firstArgument &+ item.argumentCount))
  }
}

/// Collects the arguments of all commands.
struct ArgumentList: ArgumentSink {
  var arguments: [CommandArgument] = []
  @inline(__always) mutating func begin() {}
  @inline(__always) mutating func take(_ argument: CommandArgument) { arguments.append(argument) }
}
