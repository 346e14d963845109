import Foundation
package import MemoryModel
import Persistence

/// Advice, and what following it does to a server.
extension MemoryLab {
  /// A dataset that advice is asked about, and what following the advice makes of it.
  package struct AdviceCase: Sendable, CustomStringConvertible {
    package var name: String
    package var code: Advice.Code
    /// What makes the dataset.
    package var commands: [[Word]]
    /// What the advice tells to do in a server that holds it. New settings that the advice names come from it.
    package var actions: @Sendable (OracleServer) throws -> [[Word]]

    package var description: String { "\(code.rawValue): \(name)" }

    package init(
      _ code: Advice.Code, _ name: String, _ commands: [[Word]],
      actions: @escaping @Sendable (OracleServer) throws -> [[Word]] = { _ in [] }
    ) {
      self.name = name
      self.code = code
      self.commands = commands
      self.actions = actions
    }
  }

  /// What advice said, and what came of following it.
  package struct Followed: Sendable {
    package var advice: Advice
    /// Bytes that the server uses beyond what it uses for nothing.
    package var before: UInt64
    package var after: UInt64
    package var measured: UInt64 { before - min(before, after) }
    package var difference: Double {
      Double(advice.savedBytes) / Double(max(measured, 1)) - 1
    }
  }

  /// The advice on what a server holds after some commands.
  package func advice(on commands: [[Word]], now: Int64 = 0) throws -> [Advice] {
    let folder = try TemporaryFolder()
    return try estimate(try dump(of: commands, in: folder), now: now).advice
  }

  /// Asks for advice and follows it. Both states are measured in servers that have loaded a dump of them, in
  /// which no table is half moved to a larger one.
  package func follow(_ example: AdviceCase) throws -> Followed {
    let folder = try TemporaryFolder()
    let dump = try dump(of: example.commands, in: folder)
    let advice = try advice(example.code, in: dump)
    let server = try server(with: dump)
    let before = try Self.used(server)
    try Self.send(example.actions(server), to: server)
    let followed = try Self.take(try server.save(), to: folder.file("followed.rdb"))
    let settings = try advice.commands.map(Self.setting).joined(separator: ",")
    let after = try Self.used(try self.server(with: followed, settings))
    return result(advice, before, after)
  }

  /// As ``follow(_:)``, for what loading does by itself: the server that has been sent the commands is
  /// measured as it is.
  package func followByLoading(_ example: AdviceCase) throws -> Followed {
    let folder = try TemporaryFolder()
    let server = try OracleServer(oracle)
    try Self.send(example.commands, to: server)
    let dump = try Self.take(try server.save(), to: folder.file("stuck.rdb"))
    let advice = try advice(example.code, in: dump)
    // A server shrinks the buffers of a client that has been silent for two seconds.
    usleep(3_500_000)
    return result(advice, try Self.used(server), try Self.used(try self.server(with: dump)))
  }

  /// As ``follow(_:)``, for keys whose lifetime is over: a replica that is loading keeps them, a primary does
  /// not.
  package func followByExpiry(_ example: AdviceCase) throws -> Followed {
    let folder = try TemporaryFolder()
    let dump = try dump(
      of: [["DEBUG", "SET-ACTIVE-EXPIRE", 0]] + example.commands, in: folder)
    let now = Int64(Date().timeIntervalSince1970 * 1000)
    let advice = try advice(example.code, in: dump, now: now)
    let replica = try server(with: dump, "replicaof=127.0.0.1 1")
    return result(advice, try Self.used(replica), try Self.used(try server(with: dump)))
  }

  func result(_ advice: Advice, _ before: UInt64, _ after: UInt64) -> Followed {
    Followed(
      advice: advice, before: before - min(before, start), after: after - min(after, start))
  }

  func dump(of commands: [[Word]], in folder: TemporaryFolder) throws -> URL {
    let server = try OracleServer(oracle)
    try Self.send(commands, to: server)
    return try Self.take(try server.save(), to: folder.file("before.rdb"))
  }

  func advice(_ code: Advice.Code, in dump: URL, now: Int64 = 0) throws -> Advice {
    let advice = try estimate(dump, now: now).advice
    guard let found = advice.first(where: { $0.code == code }) else {
      throw Failure(description: "no advice \(code.rawValue), but \(advice.map(\.title))")
    }
    return found
  }

  /// `CONFIG SET name value` as `name=value`.
  private static func setting(_ command: String) throws -> String {
    let words = command.split(separator: " ")
    guard words.count == 4, words.starts(with: ["CONFIG", "SET"]) else {
      throw Failure(description: "\(command) sets nothing")
    }
    return "\(words[2])=\(words[3])"
  }
}
