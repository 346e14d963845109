/// Commands as an AOF has them, made without the library.
package enum CommandLog {
  /// A command in RESP.
  package static func command(_ words: [Word]) -> [UInt8] {
    var bytes = Array("*\(words.count)\r\n".utf8)
    for word in words {
      bytes += Array("$\(word.bytes.count)\r\n".utf8) + word.bytes + [13, 10]
    }
    return bytes
  }

  /// Several commands, one behind the other.
  package static func commands(_ list: [Word]...) -> [UInt8] { list.flatMap(command) }

  /// Bytes as the format notes write them: `|` stands for CR LF.
  package static func text(_ text: String) -> [UInt8] {
    text.utf8.flatMap { $0 == UInt8(ascii: "|") ? [13, 10] : [$0] }
  }

  /// What a Redis 7.0.15 wrote with `aof-timestamp-enabled yes`.
  package static let captured = text(
    "#TS:1795335911|*2|$6|SELECT|$1|0|*5|$3|SET|$1|a|$1|1|$4|PXAT|$13|1795336911421|"
      + "*3|$9|PEXPIREAT|$1|a|$13|1795335961447|*3|$4|SREM|$1|s|$1|2|"
      + "*4|$3|SET|$1|f|$3|1.5|$7|KEEPTTL|*1|$5|MULTI|*3|$3|set|$1|e|$1|1|*3|$3|set|$2|e2|$1|2|"
      + "*1|$4|EXEC|*2|$3|DEL|$2|d1|"
      + "*14|$6|XCLAIM|$1|x|$1|g|$2|c1|$1|0|$15|1795335912017-0|$4|TIME|$13|1795335912045|"
      + "$10|RETRYCOUNT|$1|1|$5|FORCE|$6|JUSTID|$6|LASTID|$15|1795335912017-0|")
}
