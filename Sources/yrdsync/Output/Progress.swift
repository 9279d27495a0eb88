// For people who wait: a line that moves on a terminal, a line now and then in a log.

import Foundation

/// On standard error only; says nothing of what is quick.
final class Progress {
    private let started = ContinuousClock.now
    private var shown: ContinuousClock.Instant?
    private var hasLine = false

    private static let terminalPause = Duration.milliseconds(200)
    private static let logPause = Duration.seconds(10)

    /// Shows `text` if the last one stood long enough.
    func show(_ text: @autoclosure () -> String) {
        let now = ContinuousClock.now
        let pause = Terminal.showsRemarks ? Self.terminalPause : Self.logPause
        guard now - (shown ?? started) >= pause else { return }
        shown = now
        guard Terminal.showsRemarks else { return Screen.remark(text()) }
        hasLine = true
        write("\r\u{1B}[K" + Screen.safe(text()))
    }

    /// Makes room for what is printed next.
    func clear() {
        guard hasLine else { return }
        hasLine = false
        write("\r\u{1B}[K")
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
