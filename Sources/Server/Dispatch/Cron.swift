internal import Logging
internal import Keyspace
internal import NIOCore
internal import Persistence
internal import SystemPackage

// What is done again and again. Source: `serverCron` of server.c, Redis 7.0.
extension ServerState {
  /// Begins with what is done `hz` times a second, or goes on with it at another pace.
  func startCron() {
    let state = NIOLoopBound(self, eventLoop: eventLoop)
    let delay = TimeAmount.milliseconds(Int64(1000 / settings.hz))
    cron?.cancel()
    cron = eventLoop.scheduleRepeatedTask(initialDelay: delay, delay: delay) { _ in
      state.value.runCron()
    }
  }

  private func runCron() {
    tick()
    statistics.sample(now: now)
    statistics.peakMemory = max(statistics.peakMemory, memory.used)
    lookAtMemory()
    guard case .serving = phase, replaying == nil else { return closeIdleClients() }
    expireKeys()
    closeIdleClients()
    writeLog()
    if !waitingForFlush.isEmpty { endTurn() }
    if isTimeToSave {
      log.info("saving, since a rule says so", metadata: ["changes": "\(changesSinceSave)"])
      saveInBackground()
    }
    guard !saver.isSaving else { return }
    if rewriteIsScheduled || isTimeToRewrite {
      try? rewriteLog()
    } else if saver.isScheduled, !(appendLog?.isRewriting ?? false) {
      saveInBackground()
    }
  }

  /// Writes the log, and tells when that begins or ceases to fail.
  func writeLog() {
    guard let appendLog else { return }
    appendLog.skipsSyncs =
      settings.noSyncOnRewrite && (appendLog.isRewriting || saver.isSaving)
    appendLog.write(now: now)
    guard appendLog.failure != toldLogFailure else { return }
    toldLogFailure = appendLog.failure
    if let failure = appendLog.failure {
      log.error("the log cannot be written", metadata: ["reason": "\(failure)"])
    } else {
      log.notice("the log can be written again")
    }
  }

  /// Microseconds for which clients wait at most while keys are removed whose time is over.
  private static let longestExpiry: Int64 = 1000

  /// Removes keys whose time is over, for a limited time, and goes on soon where that was not enough.
  private func expireKeys() {
    guard expiresActively, case .serving = phase, replaying == nil else { return }
    let end = WallClock.monotonic + Self.longestExpiry
    keyspace.removeExpired(from: &expiryCursor) { WallClock.monotonic < end }
    if !keyspace.expired.isEmpty { finishCommand() }
    guard WallClock.monotonic >= end, !expiryGoesOn else { return }
    expiryGoesOn = true
    let state = NIOLoopBound(self, eventLoop: eventLoop)
    // A quarter of the time, as a server takes for it at most.
    eventLoop.scheduleTask(in: .microseconds(3 * Self.longestExpiry)) {
      state.value.expiryGoesOn = false
      state.value.tick()
      state.value.expireKeys()
    }
  }

  private func closeIdleClients() {
    guard settings.timeout > 0 else { return }
    for client in clients.values
    where now - client.lastSeen > Int64(settings.timeout) * 1000 && client.blocked == nil
      && !client.isSubscriber
    {
      log.debug(
        "a client is disconnected, since it says nothing", metadata: ["client": "\(client.id)"])
      client.channel.close(mode: .all, promise: nil)
    }
  }

  /// Saves what is to be saved before the end. False when that fails.
  ///
  /// - `saves`: nil for what the settings say.
  func prepareToStop(saves: Bool? = nil) -> Bool {
    if case .loading = phase { return true }
    // Nothing is ever written to the input, nor beside it.
    guard replaying == nil else { return true }
    tick()
    if let appendLog {
      do throws(LogError) {
        try appendLog.settle(now: now)
      } catch {
        log.error("the log cannot be written", metadata: ["reason": "\(error)"])
        return false
      }
      endTurn()
    }
    guard saves ?? !settings.saveRules.isEmpty else { return true }
    do throws(SaveError) {
      try saveNow()
      log.notice("dataset saved", metadata: ["keys": "\(keyspace.keyCount)"])
      return true
    } catch {
      log.error("the dataset cannot be saved", metadata: ["reason": "\(error)"])
      return false
    }
  }
}
