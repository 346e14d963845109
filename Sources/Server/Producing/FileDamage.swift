internal import Persistence
internal import SystemPackage

/// Breaks a file that has been produced, and tells what it broke.
struct FileDamage {
  let request: ProduceRequest
  let file: ProducedFile
  /// The file of several that is neither RDB nor commands.
  let isManifest: Bool

  /// Puts the faults of the request into the file, and returns a label for each.
  func apply() throws(ProduceError) -> [FaultLabel] {
    let sound = file.written
    let flips: [FileFaults.PlacedFlip]
    let cut: UInt64?
    do throws(FaultError) {
      flips = try request.faults.places(in: sound.bytes)
      cut = try request.faults.cut(in: sound.bytes)
    } catch {
      throw .fault(error, file.path)
    }
    let content = try content()
    let sites = try sites(flips.map(\.offset) + (cut.map { [$0] } ?? []), content, sound.bytes)
    var faults: [(fault: FaultLabel.Fault, site: FaultSite)] = []
    for (flip, site) in zip(flips, sites) {
      faults.append((try turn(flip, content), site))
    }
    if let cut, let site = sites.last {
      do throws(Errno) { try file.cut(to: cut) } catch { throw .file(error, file.path) }
      faults.append((.torn(cut, missing: sound.bytes - cut), site))
    }
    do throws(Errno) { try file.sync() } catch { throw .file(error, file.path) }
    let broken: FileHash
    let expectation: FaultLabel.Expectation?
    do throws(SourceError) {
      broken = try FileHash.read(content)
      expectation = try FaultForecast(
        layout: request.layout, rdbEnd: file.rdbEnd, sound: sound.bytes, faults: faults,
        hasChecksum: request.hasChecksum && request.target.version >= 5
      ).expectation(content)
    } catch {
      throw .source(error, file.path)
    }
    return faults.map { fault, site in
      FaultLabel(
        file: file.name, layout: request.layout, target: request.target.name, fault: fault,
        sound: sound, broken: broken, site: site, expectation: isManifest ? nil : expectation)
    }
  }

  private func content() throws(ProduceError) -> any RandomAccess {
    do throws(SourceError) {
      return try StoredInput(path: file.path).content
    } catch {
      throw .source(error, file.path)
    }
  }

  /// What stands at some offsets, the last of which, where the file is cut, may be anywhere.
  private func sites(
    _ offsets: [UInt64], _ content: any RandomAccess, _ size: UInt64
  ) throws(ProduceError) -> [FaultSite] {
    guard !isManifest else { return offsets.map { _ in FaultSite("manifest", at: 0) } }
    let finder = FaultSites(content: content, size: size, rdbEnd: file.rdbEnd)
    let order = offsets.indices.sorted { offsets[$0] < offsets[$1] }
    do throws(SourceError) {
      let found = try finder.find(order.map { offsets[$0] })
      var sites = found
      for (place, index) in order.enumerated() { sites[index] = found[place] }
      return sites
    } catch {
      throw .source(error, file.path)
    }
  }

  private func turn(
    _ flip: FileFaults.PlacedFlip, _ content: any RandomAccess
  ) throws(ProduceError) -> FaultLabel.Fault {
    let before: UInt8
    do throws(SourceError) {
      guard let byte = try content.bytes(at: flip.offset, count: 1).first else {
        throw .changedWhileRead(at: flip.offset)
      }
      before = byte
    } catch {
      throw .source(error, file.path)
    }
    let after = before ^ (1 << flip.bit)
    do throws(Errno) {
      try file.replace(at: flip.offset, by: after)
    } catch {
      throw .file(error, file.path)
    }
    return .flip(flip.offset, bit: flip.bit, before: before, after: after)
  }
}
