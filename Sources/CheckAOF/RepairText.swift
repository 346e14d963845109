internal import Forensics
internal import Persistence
internal import SystemPackage
internal import ToolKit

/// A repair as text for a person.
enum RepairText {
  static func plan(_ plan: AOFRepair.Plan, _ terminal: Terminal) -> String {
    let name = Text.shown(plan.file.string)
    var text = "\n  " + terminal.style.bold("Repair") + "\n"
    var lines: [String] = []
    if plan.cutBytes > 0 {
      lines.append(
        "Cut \(name) at byte \(Text.grouped(plan.cutFrom)): "
          + "\(Text.count(plan.cutBytes, "byte")) go, and are saved as "
          + Text.shown(plan.savedAs.string))
    }
    for dropped in plan.dropped {
      lines.append(
        "Take \(Text.shown(dropped.file.string)) out of the manifest: "
          + "\(Text.count(dropped.bytes, "byte")), kept as \(Text.shown(dropped.savedAs.string))")
    }
    for line in lines { text += Text.wrap(line, width: terminal.columns, indent: 4) + "\n" }
    return text
  }

  static func done(_ after: AOFVerdict, _ terminal: Terminal) -> String {
    let style = terminal.style
    guard after.exitStatus == .ok else {
      return "  " + style.red("Done, and something is wrong still: check it again.") + "\n"
    }
    return "  "
      + style.green("Done: \(Text.count(after.commands, "command")), and the file is whole.") + "\n"
  }

  static func refusal(_ refusal: AOFRepair.Refusal, _ verdict: AOFVerdict) -> String {
    switch refusal {
    case .notAFile: return "Not repaired: only a regular file can be cut."
    case .compressed:
      return "Not repaired: the file is compressed. Decompress it first."
    case .nothingBefore(let time):
      return
        "Nothing was cut: there is nothing from before \(Text.iso(unixSeconds: time)), all of the "
        + "file is later."
    case .damaged(let damage, let name):
      let file = Text.shown(name)
      let what =
        switch damage {
        case .preamble: "the RDB at the beginning of \(file) is damaged"
        case .earlierFile: "\(file) is damaged, and is not the last file"
        case .missingFile: "\(file) is missing"
        case .manifest: "the manifest, \(file), is damaged or missing"
        case .beforeTheTime: "\(file) is damaged before that time"
        }
      return "Not repaired: \(what). Cutting the end off does not mend that."
    }
  }

  static func message(_ failure: FileTail.Failure) -> String {
    switch failure {
    case .cannotOpen(let error): "cannot be opened for writing: \(error)"
    case .changed: "changed since it was checked: somebody is writing to it; nothing was cut"
    case .cannotSave(let error): "what is to be cut cannot be saved, nothing was cut: \(error)"
    case .cannotCut(let error): "cannot be cut: \(error)"
    }
  }
}

extension ExitStatus {
  /// The status of a repair that failed.
  init(_ failure: FileTail.Failure) {
    switch failure {
    case .cannotOpen: self = .cannotCreate
    case .cannotSave(let error): self = ExitStatus(error)
    case .changed, .cannotCut: self = .ioError
    }
  }
}
