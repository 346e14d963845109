/// What is a server's own in replies to commands on streams.
package enum StreamReply {
  /// XADD with the ID that a server made and told, as it is logged.
  package static func withID(of reply: Reply, _ words: [Word]) -> [Word] {
    guard case .bulk(let id) = reply, text(words[0]) == "XADD" else { return words }
    var index = 2
    options: while index < words.count {
      switch text(words[index]) {
      case "NOMKSTREAM": index += 1
      case "LIMIT": index += 2
      case "MAXLEN", "MINID": index += ["~", "="].contains(text(words[index + 1])) ? 3 : 2
      case "*":
        var made = words
        made[index] = Word(id)
        return made
      default: break options
      }
    }
    return words
  }

  private static func text(_ word: Word) -> String {
    String(decoding: word.bytes, as: UTF8.self).uppercased()
  }

  /// Whether replies to XPENDING or XINFO are equal but for a few seconds.
  package static func isEqual(_ a: Reply, _ b: Reply) -> Bool {
    guard case .array(let left) = a, case .array(let right) = b, left.count == right.count else {
      return a == b
    }
    let timeIndex = timeIndex(left)
    for index in left.indices {
      let isTime =
        index == timeIndex
        || (index > 0 && ["idle", "seen-time"].contains(left[index - 1].text ?? ""))
      if isTime, let x = left[index].integer, let y = right[index].integer {
        guard abs(x - y) < 20_000 else { return false }
      } else if !isEqual(left[index], right[index]) {
        return false
      }
    }
    return true
  }

  /// Where the time stands in a delivery: ID, perhaps a consumer, time, and number.
  private static func timeIndex(_ elements: [Reply]) -> Int? {
    guard (3...4).contains(elements.count), elements.suffix(2).allSatisfy({ $0.integer != nil }),
      elements.dropLast(2).allSatisfy({ $0.text != nil })
    else { return nil }
    return elements.count - 2
  }
}
