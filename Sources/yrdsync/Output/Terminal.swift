// How much room there is, and who is looking.

import Foundation

enum Terminal {
    /// Cells a line. Where nobody says, as many as a wide window has.
    static let columns: Int = {
        var size = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 20 ? $0 : nil } ?? 120
    }()

    /// Lines are folded for a screen only, never for a pipe.
    static let isScreen = isatty(STDOUT_FILENO) == 1

    static var showsRemarks: Bool { isatty(STDERR_FILENO) == 1 }
}
