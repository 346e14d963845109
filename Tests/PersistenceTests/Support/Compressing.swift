import CLZ4
import CZlib
import Persistence

struct CompressionFailure: Error {}

func compress(
  _ bytes: [UInt8], _ compression: Compression, blockChecksums: Bool = false
) throws -> [UInt8] {
  switch compression {
  case .gzip: try gzip(bytes)
  case .lz4: try lz4(bytes, blockChecksums: blockChecksums)
  }
}

/// One gzip member by zlib.
func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
  var input = bytes
  var output = [UInt8](repeating: 0, count: bytes.count + bytes.count / 100 + 100)
  var stream = unsafe z_stream()
  let size = unsafe CInt(MemoryLayout<z_stream>.size)
  let started = unsafe deflateInit2_(
    &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
  guard started == Z_OK else { throw CompressionFailure() }
  defer { unsafe deflateEnd(&stream) }
  let status = unsafe input.withUnsafeMutableBufferPointer { source in
    unsafe output.withUnsafeMutableBufferPointer { target in
      unsafe stream.next_in = source.baseAddress
      unsafe stream.avail_in = UInt32(source.count)
      unsafe stream.next_out = target.baseAddress
      unsafe stream.avail_out = UInt32(target.count)
      return unsafe deflate(&stream, Z_FINISH)
    }
  }
  guard status == Z_STREAM_END else { throw CompressionFailure() }
  return unsafe Array(output[..<Int(stream.total_out)])
}

/// One LZ4 frame by liblz4: blocks of 64 KiB, a checksum of the content, and of each block if asked.
func lz4(_ bytes: [UInt8], blockChecksums: Bool = false) throws -> [UInt8] {
  var preferences = LZ4F_preferences_t()
  preferences.frameInfo.blockSizeID = LZ4F_max64KB
  preferences.frameInfo.blockMode = LZ4F_blockIndependent
  preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled
  preferences.frameInfo.blockChecksumFlag =
    blockChecksums ? LZ4F_blockChecksumEnabled : LZ4F_noBlockChecksum
  var output = unsafe [UInt8](
    repeating: 0, count: LZ4F_compressFrameBound(bytes.count, &preferences))
  let count = unsafe LZ4F_compressFrame(
    &output, output.count, bytes, bytes.count, &preferences)
  guard LZ4F_isError(count) == 0 else { throw CompressionFailure() }
  return Array(output[..<count])
}
