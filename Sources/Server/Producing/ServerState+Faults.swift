internal import Keyspace
internal import Persistence
internal import SystemPackage

// DEBUG FAULT, which only this server has: faults in what it writes by itself.
extension ServerState {
  func debugFault(_ arguments: Arguments) throws(CommandError) {
    guard replaying == nil else { throw .other("ERR this server replays, and keeps no files") }
    switch (ByteString(arguments[2]).lowercased, arguments.count) {
    case ("list", 3):
      let specs = faults.list
      reply.array(specs.count)
      for spec in specs { reply.bulk(spec.description) }
    case ("clear", 3):
      faults.clear()
      reply.ok()
    case ("crash", 3):
      let log = appendLog?.path ?? folder.appending(settings.dumpName)
      faults.crash(at: .command, log)
    default:
      var specs: [FaultSpec] = []
      for index in 2..<arguments.count { specs.append(try fault(ByteString(arguments[index]))) }
      faults.add(specs)
      reply.ok()
    }
  }

  private func fault(_ word: ByteString) throws(CommandError) -> FaultSpec {
    let spec: FaultSpec
    do throws(FaultSpecError) {
      spec = try FaultSpec(word.oneLine)
    } catch {
      throw .other("ERR \(error)")
    }
    guard spec.isOfLog else { return spec }
    guard let appendLog else { throw .other("ERR there is no log: appendonly is no") }
    switch spec.kind {
    case .torn(let offset), .flip(let offset, _):
      guard offset >= appendLog.fileSize else {
        throw .other("ERR the log's file has \(appendLog.fileSize) bytes already")
      }
    default: break
    }
    return spec
  }
}
