import Foundation
import TestSupport
import Testing

/// Thousands of faults: one at every place of a file.
@Suite struct ProducedFaultLoadTests {
  /// Every cut, and a turned bit in every byte: the file, the label, and the verdict of the tool.
  @Test(arguments: ProducedFaultTests.Form.all)
  func everyPlace(_ form: ProducedFaultTests.Form) throws {
    let server = try ProducedFaultTests.server()
    let sound = try ProducedFaultTests.sound(form, server)
    #expect(ProducedFaultTests.exitCode(server.folder.appendingPathComponent("sound"), form) == 0)
    var faults: [[String]] = []
    for offset in sound.indices {
      faults.append(["TORN", "\(offset)"])
      faults.append(["FLIP", "\(offset).\(offset * 5 % 8)"])
    }
    let replies = try server.pipeline(
      faults.enumerated().map { ProducedFaultTests.words("out\($0)", form, $1) })
    var foretold = 0
    var lines: [UInt8] = []
    for (number, fault) in faults.enumerated() {
      guard case .array = replies[number] else {
        Issue.record("\(fault): \(replies[number])")
        continue
      }
      let text = try server.bytes(form.file("out\(number)") + ".label.json")
      lines += text
      let label = try JSONDecoder().decode(LabelLine.self, from: Data(text))
      let bytes = try server.bytes(form.file("out\(number)"))
      #expect(try bytes == ProducedFaultTests.broken(sound, [label]), "\(fault)")
      #expect(label.sound?.bytes == sound.count && label.broken?.bytes == bytes.count)
      #expect(label.target == form.target && label.layout == form.words[1])
      if let expected = label.found_by {
        foretold += 1
        let code = ProducedFaultTests.exitCode(
          server.folder.appendingPathComponent("out\(number)"), form)
        #expect(code == expected.exit_code, "\(fault) \(label.hits.map { "\($0)" } ?? "")")
      }
    }
    // Of nearly every cut it is known; of turned bits where there is a checksum.
    #expect(foretold > sound.count * 8 / 10)
    #expect(try JSONSchema("label.schema.json").judge(lines) == "\(faults.count)\n")
  }
}
