internal import Keyspace
internal import NIOCore
internal import Persistence
internal import SystemPackage

// DEBUG PRODUCE, which only this server has: the dataset as files of any release and layout, sound or broken.
extension ServerState {
  /// Writes the dataset as it is now. The client waits, others go on; inside of a transaction, all wait.
  func debugProduce(_ client: Client, _ arguments: Arguments) throws(CommandError) {
    if case .loading = phase {
      throw .other("LOADING Redis is loading the dataset in memory")
    }
    let path = try producedPath(ByteString(arguments[2]), client)
    var request = ProduceRequest(
      target: fileTarget, compresses: settings.compressesDumps,
      hasChecksum: settings.checksumsDumps)
    try request.read((3..<max(arguments.count, 3)).map { ByteString(arguments[$0]) })
    let producer = FileProducer(
      request: request, path: path, logName: settings.appendName, time: request.time ?? now / 1000)
    let snapshot = keyspace.snapshot()
    guard !isInTransaction else {
      return tell(Result { () throws(ProduceError) in try producer.run(snapshot) }, &reply)
    }
    let order = startWaiting(client, arguments)
    let state = NIOLoopBound((self, client), eventLoop: eventLoop)
    background.save(snapshot, eventLoop: eventLoop) { (snapshot, makeWay) in
      var producer = producer
      producer.makeWay = makeWay
      return Result { () throws(ProduceError) in try producer.run(snapshot) }
    }
    .assumeIsolated().whenComplete { outcome in
      let (server, client) = state.value
      guard case .success(let result) = outcome else { return }
      server.tick()
      server.endWaiting(client, of: order) { server.tell(result, &$0) }
    }
  }

  private func tell(
    _ result: Result<ProducedFiles, ProduceError>, _ reply: inout ReplyWriter
  ) {
    switch result {
    case .failure(let error):
      reply.fail(.other("ERR nothing is produced: " + ByteString("\(error)").oneLine))
    case .success(let produced):
      reply.map(6)
      reply.bulk("path")
      reply.bulk(produced.path.string)
      for (name, number) in [
        ("keys", produced.keys), ("left-out", produced.leftOut), ("losses", produced.losses),
      ] {
        reply.bulk(name)
        reply.integer(Int64(clamping: number))
      }
      reply.bulk("files")
      reply.array(produced.files.count)
      for (name, hash) in produced.files {
        reply.array(3)
        reply.bulk(name)
        reply.integer(Int64(clamping: hash.bytes))
        reply.bulk(hash.sha256)
      }
      reply.bulk("labels")
      reply.array(produced.labels.count)
      for name in produced.labels { reply.bulk(name) }
    }
  }

  // MARK: Where to

  /// Where files may be written: no place of the server's own files, nor of the input of a replay, and nowhere
  /// else than in the server's folder unless the client may choose that.
  private func producedPath(
    _ word: ByteString, _ client: Client
  ) throws(CommandError) -> FilePath {
    let given: FilePath
    do throws(ValueError) {
      given = FilePath(try SettingText.text(word))
    } catch {
      throw .other("ERR the path: \(error.reason)")
    }
    guard let name = given.lastComponent, name.kind == .regular else {
      throw .other("ERR the path has no name of a file")
    }
    let parent = folder.pushing(given.removingLastComponent()).resolved
    let mayLeave =
      settings.allowsProtected == .yes || (settings.allowsProtected == .local && client.isLocal)
    guard parent.starts(with: folder.resolved) || mayLeave else {
      throw .other("ERR a path outside of dir needs enable-protected-configs")
    }
    guard (try? parent.stat())?.type == .directory else {
      throw .other("ERR \(ByteString("\(parent)").oneLine): no such folder")
    }
    let path = parent.appending(name)
    let label = parent.appending(name: FaultLabel.name(of: path.lastName ?? ""))
    for place in [path, label] {
      guard !isOwn(place) else {
        throw .other("ERR that is the place of a file of the server")
      }
      guard !place.exists else {
        throw .other("ERR \(ByteString("\(place)").oneLine): there is something already")
      }
    }
    if let replaying, isInput(path, of: replaying) {
      throw .other("ERR nothing is written into the input of a replay")
    }
    return path
  }

  private func isOwn(_ path: FilePath) -> Bool {
    let own = folder.resolved
    return path == own.appending(settings.dumpName) || path == own.appending(settings.appendName)
      || path.starts(with: own.appending(settings.appendFolder))
      || path.starts(with: logFolder.resolved)
  }

  private func isInput(_ path: FilePath, of session: ReplaySession) -> Bool {
    var folders: [FilePath] = []
    let input = FilePath(session.input).resolved
    if (try? input.stat())?.type == .directory { folders.append(input) }
    if let manifest = try? AOFLayout.find(input).manifestPath {
      folders.append(manifest.removingLastComponent())
    }
    return folders.contains { path.starts(with: $0) }
  }
}
