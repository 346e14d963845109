import Foundation
import TestSupport
import Testing
import ToolKit

@Suite struct TextTests {
  @Test(
    arguments: [
      (0, "0 B"), (512, "512 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"),
      (1_048_524, "1023.9 KiB"), (1_048_575, "1.0 MiB"), (1_610_612_736, "1.5 GiB"),
      (UInt64(1) << 40, "1.0 TiB"), (UInt64(1) << 50, "1.0 PiB"), (UInt64.max, "16.0 EiB"),
    ] as [(UInt64, String)])
  func byteSize(_ bytes: UInt64, _ text: String) {
    #expect(Text.byteSize(bytes) == text)
  }

  @Test(
    arguments: [
      (0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1000, "-1,000"),
      (-999, "-999"), (Int64.min, "-9,223,372,036,854,775,808"),
    ] as [(Int64, String)])
  func grouped(_ number: Int64, _ text: String) {
    #expect(Text.grouped(number) == text)
  }

  @Test(
    arguments: [
      (0, "0 ms"), (999, "999 ms"), (1000, "1.0 s"), (12_399, "12.3 s"), (60_000, "1 min 0 s"),
      (3_599_999, "59 min 59 s"), (3_600_000, "1 h 0 min"), (86_400_000, "1 d 0 h"),
      (UInt64.max, "213503982334 d 14 h"),
    ] as [(UInt64, String)])
  func duration(_ milliseconds: UInt64, _ text: String) {
    #expect(Text.duration(milliseconds: milliseconds) == text)
  }

  @Test(
    arguments: [(0, "0:00"), (67, "1:07"), (3599, "59:59"), (3723, "1:02:03")] as [(UInt64, String)]
  )
  func stopwatch(_ seconds: UInt64, _ text: String) {
    #expect(Text.stopwatch(seconds: seconds) == text)
  }

  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"),
      (-1, "1969-12-31T23:59:59.999Z"),
      (951_782_400_000, "2000-02-29T00:00:00.000Z"),
      (1_795_341_198_123, "2026-11-22T09:53:18.123Z"),
      (4_102_444_800_000, "2100-01-01T00:00:00.000Z"),
      (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
      (253_402_300_800_000, "+010000-01-01T00:00:00.000Z"),
      (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
      (-62_167_219_200_001, "-000001-12-31T23:59:59.999Z"),
      (Int64.max, "+292278994-08-17T07:12:55.807Z"),
      (Int64.min, "-292275055-05-16T16:47:04.192Z"),
    ] as [(Int64, String)])
  func isoMilliseconds(_ moment: Int64, _ text: String) {
    #expect(Text.isoMilliseconds(moment) == text)
  }

  @Test func isoMillisecondsAgreesWithFoundation() {
    let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    var random = SeededRandom(seed: 1)
    for _ in 0..<2000 {
      // From 1589 on, since Foundation has Julian dates before the reform of the calendar.
      // Whole eighths of a second, which a Double of seconds holds exactly.
      let moment =
        Int64.random(in: -12_000_000_000...200_000_000_000, using: &random) * 125 * 8
        + 125 * Int64.random(in: 0..<8, using: &random)
      let date = Date(timeIntervalSince1970: Double(moment) / 1000)
      #expect(Text.isoMilliseconds(moment) == date.formatted(format))
    }
  }
}
