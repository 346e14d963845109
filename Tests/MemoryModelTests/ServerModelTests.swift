import MemoryModel
import Persistence
import Testing

@Suite struct ServerModelTests {
  /// A log is written for the server that the report is about.
  @Test func everyModelIsOfAReleaseThatIsWrittenFor() {
    #expect(ServerModel.all.map(\.name) == RDBTarget.all.map(\.name))
  }
}
