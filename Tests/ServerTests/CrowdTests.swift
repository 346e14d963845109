import Foundation
import Glibc
import TestSupport
import Testing

/// Ten thousand connections at once, and a million one after the other.
@Suite(.serialized) struct CrowdLoadTests {
  /// What they send: noise, requests that never end, claims, or nothing.
  private static func nuisance(_ number: Int, _ random: inout SeededRandom) -> [UInt8] {
    switch number % 5 {
    case 0:
      (0..<Int.random(in: 1...200, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
    case 1: CommandLog.text("*3|$3|SET|$5|hel")
    case 2: CommandLog.text("*1000000|$1|a|$536870912|abc")
    case 3: Array("GET / HTTP/1.1".utf8)
    default: []
    }
  }

  /// Somebody who works is answered at once while all of them are there.
  @Test func nuisancesDoNotStopTheOthers() throws {
    let count = 10_000
    let server = try OracleServer.ours(arguments: ["--maxclients", "10100"])
    let worker = try server.connect()
    var random = SeededRandom(seed: 53)
    var connections: [RawConnection] = []
    var slowest = Duration.zero
    for number in 0..<count {
      let connection = try RawConnection(unixSocket: server.socket)
      connection.send(Self.nuisance(number, &random))
      connections.append(connection)
      guard number % 10 == 0 else { continue }
      let start = ContinuousClock.now
      #expect(try worker.command(["INCR", "counter"]) == .integer(Int64(number / 10 + 1)))
      slowest = max(slowest, .now - start)
    }
    // A second is far more than a request takes, and far less than waiting for one of the others would.
    #expect(slowest < .seconds(1))
    let info = try server.info("clients")
    // Noise and HTTP that came to the end of a line were closed; what waits for more is not.
    let there = try #require(info["connected_clients"].flatMap { Int($0) })
    #expect(there > count / 2 && there <= count + 2)
    let process = "\(try #require(try server.processIdentifier()))"
    let held = try #require(ProcessMemory.bytes("VmRSS", of: process))
    #expect(held < 400 << 20, "\(held) bytes for \(there) connections")
    connections.removeAll()
    #expect(try worker.command(["PING"]) == .simple("PONG"))
  }

  /// What a connection takes is given back: after the first hundred thousand, the memory stays.
  @Test func aMillionConnectionsLeaveNothing() throws {
    let server = try OracleServer.ours()
    let process = "\(try #require(try server.processIdentifier()))"
    func connect(_ count: Int) throws {
      for _ in 0..<count {
        let client = try server.connect()
        _ = try client.command(["PING"])
      }
    }
    try connect(100_000)
    let before = try #require(ProcessMemory.bytes("VmRSS", of: process))
    try connect(900_000)
    let after = try #require(ProcessMemory.bytes("VmRSS", of: process))
    // A leak of ten bytes for each connection would be 9 MB.
    #expect(after < before + 8 << 20, "\(before) and then \(after)")
    #expect(try server.info("clients")["connected_clients"] == "1")
    let total = try #require(
      try server.info("stats")["total_connections_received"].flatMap { Int($0) })
    #expect(total >= 1_000_000)
  }
}
