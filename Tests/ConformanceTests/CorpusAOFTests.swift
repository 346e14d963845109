import Foundation
import Persistence
import SystemPackage
import TestSupport
import Testing

/// Sound AOFs of twelve server releases: the commands in them are those that their servers logged.
@Suite struct CorpusAOFTests {
  @Test func allAreHere() throws {
    #expect(SoundAOF.all.count == 35)
    #expect(Set(SoundAOF.all.map(\.server)).count == 12)
    let stored = try FileManager.default.contentsOfDirectory(atPath: SoundAOF.folder.path)
    let names = stored.filter { $0.hasSuffix(".aof") || $0.hasSuffix(".appendonlydir") }
    #expect(Set(names) == Set(SoundAOF.all.map(\.url.lastPathComponent)))
  }

  @Test(arguments: SoundAOF.all)
  func filesAreThoseOfTheServer(_ aof: SoundAOF) throws {
    for (name, file) in aof.files {
      let run = try Run.program("/usr/bin/sha256sum", [aof.url(name).path])
      #expect(run.outputText.drop { $0 == "\\" }.hasPrefix(file.sha256), "\(name)")
      #expect(try UInt64(aof.bytes(name).count) == file.size)
    }
  }

  @Test(arguments: SoundAOF.all)
  func layout(_ aof: SoundAOF) throws {
    let layout = try AOFLayout.find(FilePath(aof.url.path))
    #expect(layout.isMultiPart == aof.isMultiPart)
    #expect(layout.problems.isEmpty && layout.missing.isEmpty)
    #expect(layout.orphans.isEmpty)
    let names = (layout.parts + layout.history).compactMap { $0.path.lastComponent?.string }
    if aof.isMultiPart {
      #expect(Set(names) == Set(aof.files.keys))
      #expect(layout.parts.first?.record?.role == .base)
      let again = layout.manifest?.text
      #expect(try again == aof.bytes(aof.manifest_file ?? ""))
    } else {
      #expect(names == [aof.name + ".aof"])
    }
    for part in layout.parts + layout.history {
      #expect(part.size == aof.files[part.path.lastComponent?.string ?? ""]?.size)
    }
  }

  @Test(arguments: SoundAOF.all)
  func commands(_ aof: SoundAOF) throws {
    for (name, file) in aof.files {
      let walk = try AOFWalk(FilePath(aof.url(name).path))
      let ending = try #require(walk.ending)
      #expect(ending.error == nil && ending.compressionError == nil)
      #expect(ending.fileSize == file.size && ending.validUpTo == file.size)
      #expect(walk.commands == file.commands ?? [:], "\(name)")
      #expect(walk.count == file.commands_total ?? 0)
      #expect(walk.timestamps == file.timestamps ?? [])
      // An RDB base is an RDB to its end.
      let isBase = name.hasSuffix(".rdb")
      #expect(walk.preambleBytes == (isBase ? file.size : file.rdb_preamble_bytes))
    }
  }

  /// Every command of every server is in the table, with an arity that takes it, and may be logged.
  @Test(arguments: SoundAOF.all)
  func commandsAreKnown(_ aof: SoundAOF) throws {
    for name in aof.files.keys {
      let walk = try AOFWalk(FilePath(aof.url(name).path))
      #expect(walk.unknown == [])
      #expect(walk.wrongArity == [])
      #expect(walk.unlogged == [])
    }
  }

  /// The reader tells what the scanner does, file by file in the order of loading.
  @Test(arguments: SoundAOF.all)
  func reader(_ aof: SoundAOF) throws {
    var reader = try AOFReader(path: aof.url.path)
    var counts: [String: Int] = [:]
    var keys = 0
    var order: [String] = []
    while let item = try reader.next() {
      let name = URL(fileURLWithPath: reader.file).lastPathComponent
      switch item {
      case .key: keys += 1
      case .command(let command):
        if order.last != name { order.append(name) }
        counts[name, default: 0] += 1
        #expect(command.number == UInt64(counts[name] ?? 0))
      }
    }
    let layout = try AOFLayout.find(FilePath(aof.url.path))
    let names = layout.parts.compactMap { $0.path.lastComponent?.string }
    #expect(order == names.filter { (aof.files[$0]?.commands_total ?? 0) > 0 })
    for name in names { #expect(counts[name] ?? 0 == aof.files[name]?.commands_total ?? 0) }
    let hasRDB = aof.files.contains {
      names.contains($0.key) && ($0.key.hasSuffix(".rdb") || $0.value.rdb_preamble_bytes != nil)
    }
    if !hasRDB { #expect(keys == 0) }
  }

  /// What was read and is written again is the same file.
  @Test(arguments: SoundAOF.all)
  func writtenAgain(_ aof: SoundAOF) throws {
    for (name, file) in aof.files where !name.hasSuffix(".rdb") {
      let bytes = Array(try aof.bytes(name).dropFirst(Int(file.rdb_preamble_bytes ?? 0)))
      var out: [UInt8] = []
      var writer = AOFWriter { (piece: RawSpan) in
        out += unsafe piece.withUnsafeBytes { unsafe Array($0) }
      }
      var parser = CommandParser(bytes.raw, inputEnd: UInt64(bytes.count))
      var arguments = ArgumentTable()
      while !parser.cursor.isAtEnd {
        let head = try parser.next(&arguments)
        if let time = head.timestamp {
          writer.annotate(timestamp: time)
        } else {
          writer.append(arguments, in: bytes.raw)
        }
      }
      writer.finish()
      #expect(out == bytes)
    }
  }
}
