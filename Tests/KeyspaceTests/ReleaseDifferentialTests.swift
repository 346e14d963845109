import TestSupport
import Testing

/// Random commands for servers of other releases than the one whose errors the keyspace has. What such a server
/// refuses is not in its log; what it takes has the same effect here, and the same reply.
@Suite struct ReleaseConformanceTests {
  @Test(arguments: [Oracle.redis62, .valkey9], CommandFamily.all)
  func acceptedCommands(_ oracle: Oracle, _ family: CommandFamily) throws {
    let differential = try Differential(oracle, isLogged: true)
    // Redis 6.2 claims messages that are gone by it, and logs that as XCLAIM: see `LogConformanceTests`.
    if oracle == .redis62 { differential.unsent = ["XAUTOCLAIM"] }
    var generator = family.generator()
    try differential.run(&generator, commands: 10_000)
    #expect(differential.compared > 5000, "\(differential.refused) refused")
  }
}
