internal import Persistence
internal import SystemPackage

extension Replay {
  /// Where the replay ends in each of the files; nil where it goes to the end of one.
  func fileEnds(
    _ layout: AOFLayout, _ outcome: inout ReplayOutcome
  ) -> [CommandRunner.FileEnd?] {
    var ends = [CommandRunner.FileEnd?](repeating: nil, count: layout.parts.count)
    switch end {
    case .never: break
    case .after(let seconds):
      for index in ends.indices { ends[index] = .timestamp(seconds) }
    case .offset(let offset, let file):
      if let index = part(file, layout, &outcome) { ends[index] = .offset(offset) }
    case .command(let number, let file):
      if let index = part(file, layout, &outcome) { ends[index] = .command(number) }
    case .before(let name):
      guard let (index, offset) = lastOccurrence(of: name, layout, &outcome) else {
        outcome.failure = outcome.failure ?? .endNotFound
        return ends
      }
      // A command ends behind the place where it begins.
      ends[index] = .offset(offset)
    }
    return ends
  }

  private func part(
    _ name: ByteString?, _ layout: AOFLayout, _ outcome: inout ReplayOutcome
  ) -> Int? {
    guard let name else { return layout.parts.indices.last }
    let index = layout.parts.firstIndex { $0.path.lastName == name }
    if index == nil { outcome.failure = .noLog("\(name) is no file of this log") }
    return index
  }

  /// The last file in which a command occurs, and the offset there of its last occurrence.
  private func lastOccurrence(
    of name: String, _ layout: AOFLayout, _ outcome: inout ReplayOutcome
  ) -> (part: Int, offset: UInt64)? {
    let wanted = Set(CommandTable.shared.entries(named: name).map(\.index))
    for index in layout.parts.indices.reversed() {
      let path = layout.parts[index].path
      do throws(SourceError) {
        if let offset = try lastOccurrence(wanted, in: path) { return (index, offset) }
      } catch {
        outcome.failure = .unreadable(error, file: path.string)
        return nil
      }
    }
    return nil
  }

  private func lastOccurrence(
    _ wanted: Set<Int>, in path: FilePath
  ) throws(SourceError) -> UInt64? {
    let file = try AOFFile(path)
    if file.format == .rdb {
      do throws(ScanError) {
        let preamble = try file.preamble(keeping: .none)
        let recycle = preamble.recycler()
        do throws(SourceError) {
          while let item = try preamble.next() {
            if case .batch(let batch) = item { recycle(batch) }
          }
        } catch {
          throw .source(error)
        }
      } catch {
        // The replay will meet it again, and say so.
        if case .source(let source) = error { throw source }
        return nil
      }
    }
    guard let scanner = file.commands(keepsLarge: false) else { return nil }
    let recycle = scanner.recycler()
    var last: UInt64?
    while let item = try scanner.next() {
      switch item {
      case .batch(let batch):
        if let parsed = try? ParsedCommands(batch),
          let found = parsed.items.last(where: { wanted.contains($0.entry) })
        {
          last = batch.fileOffset + UInt64(found.start)
        }
        recycle(batch)
      case .large(let command):
        let table = CommandTable.shared
        let name = command.name.bytes
        if let entry = table.command(unsafe name.span.bytes), wanted.contains(entry.index) {
          last = command.fileOffset
        }
      }
    }
    return last
  }
}
