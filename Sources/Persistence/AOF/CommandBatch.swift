/// A run of whole commands, and annotations between them, in file order with the batches before and after
/// it.
@safe package final class CommandBatch: ByteBatch, @unchecked Sendable {
  /// The number of the first command; the first one of a file has 1. Annotations have no number.
  package internal(set) var firstNumber: UInt64 = 1
  /// Commands, annotations not counted.
  package internal(set) var commands = 0
  /// What holds before the first command.
  package internal(set) var state = LogState()
}

/// What a scanner hands out: a run of whole commands, or one that is too large to hold.
package enum ScannedCommands: Sendable {
  case batch(CommandBatch)
  case large(LargeCommand)
}

/// A command too large to hold in memory: what it begins with, and a way to read all of it.
package final class LargeCommand: Sendable {
  /// Bytes of a command that are held at most.
  static let shown = 64 << 10
  /// Arguments of a command that are held at most.
  private static let shownArguments = 64

  /// Arguments, the name included.
  package let argumentCount: Int
  /// The first arguments, the name first: those that lie whole within the first 64 KiB, and of them not
  /// more than 64.
  package let firstArguments: [ByteString]
  /// Offset of the command in the (decompressed) file.
  package let fileOffset: UInt64
  /// Bytes of the command with all its framing.
  package let count: UInt64
  /// Whether a number in it is written as no server writes it; see ``CommandHead``.
  package let isOdd: Bool
  /// The number of the command in the file, from 1.
  package let number: UInt64
  /// What holds before the command. A command that changes any of it is never large.
  package let state: LogState
  /// CRC64 of the command's bytes, started at 0.
  package let checksum: UInt64

  /// Where the command's bytes are, and at which offset there; nil when they were not kept.
  private let content: (any RandomAccess)?
  private let contentOffset: UInt64

  init(
    argumentCount: Int, beginning: [UInt8], fileOffset: UInt64, count: UInt64, isOdd: Bool,
    number: UInt64, state: LogState, checksum: UInt64, content: (any RandomAccess)?,
    contentOffset: UInt64
  ) {
    self.argumentCount = argumentCount
    self.fileOffset = fileOffset
    self.count = count
    self.isOdd = isOdd
    self.number = number
    self.state = state
    self.checksum = checksum
    self.content = content
    self.contentOffset = contentOffset
    var parser = CommandParser(unsafe beginning.span.bytes, inputEnd: .max)
    firstArguments = parser.readWholeArguments(most: LargeCommand.shownArguments)
  }

  /// The name; empty where it is no part of ``firstArguments``.
  package var name: ByteString { firstArguments.first ?? ByteString([]) }
  /// The argument behind the name; empty where there is none, or it is no part of ``firstArguments``.
  package var second: ByteString { firstArguments.count > 1 ? firstArguments[1] : ByteString([]) }

  /// Whether ``readWhole()`` can be called: the bytes can be read again, or were kept.
  package var isKept: Bool { content != nil }

  /// The command as a batch of its own, held in memory as a whole.
  ///
  /// Throws `changed` when the file no longer holds what was scanned. Only when ``isKept``.
  package func readWhole() throws(LargeValueError) -> CommandBatch {
    guard let content else { preconditionFailure("this command was not kept") }
    let batch = CommandBatch(capacity: Int(count))
    batch.fileOffset = fileOffset
    batch.firstNumber = number
    batch.commands = 1
    batch.state = state
    let got: Int
    do throws(SourceError) {
      got = try unsafe content.read(at: contentOffset, into: batch.buffer)
    } catch {
      throw .source(error)
    }
    batch.count = min(got, Int(count))
    guard got == Int(count), CRC64.update(0, batch.bytes) == checksum else { throw .changed }
    return batch
  }
}
