import Persistence
import TestSupport
import Testing

@Suite struct KeyPrefixTests {
  @Test(arguments: [
    ("user:1234:profile", "user:"), ("user:1234", "user:"), ("cache:page:home", "cache:page:"),
    ("a/b/c7/d", "a/b/"), ("metric.cpu.host1", "metric.cpu."), ("x|y", "x|"),
    ("session:ab3f", "session:"), ("user12:profile", "user"), ("counter", "counter"),
    ("1234", ""), ("", ""), (":", ":"), ("::1", "::"), ("a;1", "a;"), ("a-b:c", "a-b:"),
  ])
  func prefix(_ key: String, _ prefix: String) {
    let bytes = Array(key.utf8)
    let length = KeyPrefix.length(bytes.raw)
    #expect(bytes.prefix(length).elementsEqual(prefix.utf8))
  }
}
