import Persistence
import TestSupport
import Testing
import ToolKit

@Suite struct ParsingTests {
  @Test(
    arguments: [
      ("0", 0), ("512", 512), ("512b", 512), ("10k", 10_000), ("10kb", 10_240), ("10KB", 10_240),
      ("10KiB", 10_240), ("10 KiB", 10_240), ("10m", 10_000_000), ("10MB", 10_485_760),
      ("1g", 1_000_000_000), ("1gb", 1 << 30), ("1.5GiB", 3 << 29), ("1.5k", 1500), ("0.5kb", 512),
      ("2t", 2_000_000_000_000), ("1TiB", 1 << 40), ("0.000001t", 1_000_000), ("1.0001kb", 1024),
      ("18446744073709551615", .max), ("16777215.999999tb", 18_446_744_073_708_452_104),
    ] as [(String, UInt64)])
  func byteCount(_ text: String, _ bytes: UInt64) {
    #expect(Text.byteCount(text) == bytes)
  }

  @Test(arguments: [
    "", " ", "k", "kb", ".5kb", "1.kb", "1.5", "1.5b", "-1", "+1", "10x", "10kbb", "10  kb", "10 ",
    " 10", "1.0000001kb", "0x10", "18446744073709551616", "16777216tb", "1e3", "٣",
  ])
  func noByteCount(_ text: String) {
    #expect(Text.byteCount(text) == nil)
  }

  /// What we print, we read, as near as it was printed.
  @Test func byteCountReadsByteSize() throws {
    var random = SeededRandom(seed: 9)
    for _ in 0..<2000 {
      let bytes =
        UInt64.random(in: 0..<(1 << 50), using: &random)
        >> UInt64.random(in: 0..<50, using: &random)
      let read = try #require(Text.byteCount(Text.byteSize(bytes)))
      #expect(
        read.subtractingReportingOverflow(bytes).overflow
          ? bytes - read <= bytes / 19 : read - bytes <= bytes / 19)
    }
  }

  @Test(
    arguments: [
      ("1970-01-01", 0), ("1970-01-01T00:00:00.000Z", 0), ("2000-02-29", 951_782_400_000),
      ("2026-11-22T09:53:18.123Z", 1_795_341_198_123), ("2026-11-22 09:53:18", 1_795_341_198_000),
      ("2026-11-22T09:53", 1_795_341_180_000), ("2026-11-22t09:53z", 1_795_341_180_000),
      ("2026-11-22T10:53:18+01:00", 1_795_341_198_000),
      ("2026-11-22T10:53:18+01", 1_795_341_198_000),
      ("2026-11-22T04:23:18-0530", 1_795_341_198_000),
      ("2026-11-22T09:53:18.1239Z", 1_795_341_198_123),
      ("2026-11-22T09:53:18,1", 1_795_341_198_100),
      ("1969-12-31T23:59:59.999Z", -1), ("0000-01-01", -62_167_219_200_000),
      ("-000001-12-31T23:59:59.999Z", -62_167_219_200_001),
      ("+292278994-08-17T07:12:55.807Z", .max), ("-292275055-05-16T16:47:04.192Z", .min),
    ] as [(String, Int64)])
  func unixMillisecondsOfISO(_ text: String, _ moment: Int64) {
    #expect(ISOTime.unixMilliseconds(text) == moment)
    #expect(ISOTime.moment(text) == moment)
  }

  @Test(arguments: [
    "", "2026", "2026-11", "20261122", "2026-1-2", "2026-13-01", "2026-00-01", "2026-01-00",
    "2026-02-29", "1900-02-29", "2026-04-31", "2026-11-22T", "2026-11-22T09", "2026-11-22T24:00",
    "2026-11-22T09:60", "2026-11-22T09:53:60", "2026-11-22T09:53:18.", "2026-11-22T09:53:18.1X",
    "2026-11-22Z", "2026-11-22T09:53+", "2026-11-22T09:53+1", "2026-11-22T09:53+01:0",
    "2026-11-22T09:53ZZ", "2026-11-22X09:53", " 2026-11-22", "+12345-01-01", "+9999999999-01-01",
    "+292278994-08-17T07:12:55.808Z", "-292275055-05-16T16:47:04.191Z", "now", "-", "+",
  ])
  func noISO(_ text: String) {
    #expect(ISOTime.unixMilliseconds(text) == nil)
  }

  @Test func unixMillisecondsReadsWhatIsWritten() {
    var random = SeededRandom(seed: 10)
    for _ in 0..<3000 {
      let moment =
        Int64(truncatingIfNeeded: random.next()) >> Int64.random(in: 0..<40, using: &random)
      #expect(ISOTime.unixMilliseconds(Text.isoMilliseconds(moment)) == moment)
    }
  }

  @Test(
    arguments: [
      ("0", 0), ("1700000000", 1_700_000_000_000), ("99999999999", 99_999_999_999_000),
      ("100000000000", 100_000_000_000), ("1700000000000", 1_700_000_000_000), ("-1", -1000),
      ("-100000000000", -100_000_000_000), ("9223372036854775807", .max),
      ("9223372036854775808", nil), ("1700000000.5", nil), ("soon", nil),
    ] as [(String, Int64?)])
  func moment(_ text: String, _ moment: Int64?) {
    #expect(ISOTime.moment(text) == moment)
  }
}
