import Foundation
import Keyspace
import Persistence
import SystemPackage
import TestSupport
import Testing

/// A dump or log of `fixtures/`, as a rewrite reads it.
struct RewriteInput: Sendable, CustomTestStringConvertible {
  var name: String
  var url: URL
  /// The release that wrote it.
  var source: RDBTarget?

  var testDescription: String { name }
  var path: FilePath { FilePath(url.path) }

  /// Every dump, but for those with values of modules that no server of the tests has.
  static let dumps = SoundFile.all.filter { $0.modules == nil }.map {
    RewriteInput(name: $0.name, url: $0.url, source: RDBTarget(server: $0.server))
  }

  /// Every log that is replayed to its end: scripts are not run.
  static let logs = SoundAOF.all.filter { !$0.hasScripts }.map {
    RewriteInput(name: $0.name, url: $0.url, source: $0.target)
  }

  /// The replay that a rewrite of it begins with; commands that count from now do so from `now`, in Unix
  /// milliseconds.
  func replay(now: Int64) -> Replay {
    var replay = Replay()
    replay.jobs = 2
    replay.now = now
    replay.writer = source
    return replay
  }

  /// What it holds.
  func load(now: Int64) -> KeyspaceRunner {
    var runner = KeyspaceRunner()
    runner.keyspace.databaseLimit = Replay.databaseLimit
    _ = replay(now: now).run(path, into: &runner.keyspace)
    return runner
  }
}

extension RDBTarget {
  /// The release of a server as the fixtures name it, `redis 7.2.6`.
  init?(server: String) {
    let words = server.split(separator: " ")
    self.init(aux: ByteString("\(words[0])-ver"), ByteString(String(words[1])))
  }
}
