import Foundation
import Persistence

/// A sound log of commands that is to be damaged: what it holds, and where.
package struct AOFLabFile: Sendable {
  /// A command or an annotation.
  package struct Item: Sendable {
    package var range: Range<Int>
    package var isCommand: Bool
    /// The database that it is run in; that of a SELECT does not matter.
    package var database: UInt64
    package var isSelect = false
    /// From MULTI to EXEC, for all commands of a transaction.
    package var transaction: Range<Int>?
    /// The digits of the number of arguments and of every argument's length.
    package var lengths: [Range<Int>] = []
  }

  package var description: String
  package var bytes: [UInt8]
  package var items: [Item]

  /// The commands of a sound log. Throws `FormatError` for one that is none.
  package init(_ name: String, _ bytes: [UInt8]) throws {
    description = name
    self.bytes = bytes
    items = try Self.items(of: bytes)
  }

  package static func items(of bytes: [UInt8]) throws -> [Item] {
    let file = bytes.raw
    var parser = CommandParser(file, inputEnd: UInt64(bytes.count))
    var arguments = ArgumentTable()
    var items: [Item] = []
    var state = LogState()
    var transaction: Int?
    while !parser.cursor.isAtEnd {
      let head = try parser.next(&arguments)
      let range = head.start..<head.end
      var item = Item(
        range: range, isCommand: head.kind == .command, database: state.database)
      state.follow(head, in: file, at: 0)
      guard item.isCommand else {
        items.append(item)
        continue
      }
      var at = range.lowerBound
      item.lengths.append((at + 1)..<(lineEnd(bytes, at) - 2))
      at = lineEnd(bytes, at)
      for index in 0..<arguments.count {
        item.lengths.append((at + 1)..<(arguments[index].offset - 2))
        at = arguments[index].end + 2
      }
      let name = arguments[0].copy(from: file).description.uppercased()
      item.isSelect = name == "SELECT"
      if name == "MULTI" { transaction = items.count }
      items.append(item)
      if name == "EXEC", let first = transaction {
        let whole = items[first].range.lowerBound..<range.upperBound
        for index in first..<items.count { items[index].transaction = whole }
        transaction = nil
      }
    }
    return items
  }

  private static func lineEnd(_ bytes: [UInt8], _ start: Int) -> Int {
    (bytes[start...].firstIndex(of: 10) ?? bytes.count - 1) + 1
  }

  /// The sound logs of `fixtures/aof` with 20 commands or more, those behind an RDB left out.
  package static func fixtures() throws -> [AOFLabFile] { try loaded.get() }

  private static let loaded = Result { try load() }

  private static func load() throws -> [AOFLabFile] {
    let folder = Fixtures.folder.appendingPathComponent("aof")
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    let urls = (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "aof" }
    return try urls.sorted { $0.path < $1.path }.compactMap { url in
      let bytes = Array(try Data(contentsOf: url))
      guard bytes.count > 1000, !bytes.starts(with: "REDIS".utf8),
        !bytes.starts(with: "VALKEY".utf8)
      else { return nil }
      let file = try AOFLabFile(url.deletingPathExtension().lastPathComponent, bytes)
      return file.items.count >= 20 ? file : nil
    }
  }
}

extension AOFLabFile: DamageTarget {
  package static var kinds: [DamageKind] { DamageKind.ofAOF }
  package var lengths: [Range<Int>] { items.flatMap(\.lengths) }
  package var lengthsAreText: Bool { true }
  package var compressed: [Range<Int>] { [] }
  package var starts: [Int] { items.map(\.range.lowerBound) }

  package func swallowingLength(_ random: inout SeededRandom) -> Damage.Edit? {
    let index = Int.random(in: 0...(items.count - 1), using: &random)
    let last = index + Int.random(in: 1...20, using: &random)
    guard let field = items[index].lengths.last, last < items.count else { return nil }
    let length = items[last].range.upperBound - 2 - (field.upperBound + 2)
    return .init(field, Array(String(length).utf8))
  }
}
