package import Logging
internal import SystemPackage

extension ServerSettings {
  /// Where the log's file is, empty for standard output: a relative path begins in the folder of the files, as a
  /// server has gone there.
  package var logPath: String {
    logFile.isEmpty ? "" : FilePath(directory).pushing(FilePath(logFile)).string
  }

  /// From which level on something is logged.
  package var level: Logger.Level {
    switch logLevel {
    case "debug": .debug
    case "verbose": .info
    case "warning": .warning
    default: .notice
    }
  }

  /// The names of the settings that have another value than in `others`, and no effect.
  func withoutEffect(differingFrom others: ServerSettings) -> [String] {
    Setting.all.filter { $0.isKept && $0.read(self) != $0.read(others) }.map(\.name)
  }
}
