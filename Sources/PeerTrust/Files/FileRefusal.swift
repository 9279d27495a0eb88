// Why a file that trust depends on is not read or not written.

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A refusal or failure of one file, with its path.
package struct FileRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Cause: Hashable, Sendable {
        /// A symbolic link, a folder, a device: not a file whose owner and mode mean anything.
        case notRegular
        case otherOwner
        /// The mode lets others do what they must not.
        case openToOthers(mode: UInt32)
        case tooLarge(max: Int)
        case failed(doing: String, errno: Int32, reason: String)
    }

    package let path: String
    package let cause: Cause

    package init(path: String, cause: Cause) {
        self.path = path
        self.cause = cause
    }

    package var isDiskFull: Bool {
        guard case .failed(_, let number, _) = cause else { return false }
        return number == ENOSPC || number == EDQUOT
    }

    /// There is no such file; any other failure says nothing of whether there is one.
    var isMissingFile: Bool {
        if case .failed(_, ENOENT, _) = cause { true } else { false }
    }

    package var code: String {
        switch cause {
        case .failed where isDiskFull: "disk_full"
        case .notRegular: "file_not_regular"
        case .otherOwner: "file_of_another_owner"
        case .openToOthers: "file_open_to_others"
        case .tooLarge: "file_too_large"
        case .failed: "file_failed"
        }
    }

    package var description: String { sentence }

    package var sentence: String {
        switch cause {
        case .notRegular: "\(path) is not a regular file (a link, perhaps); put the file itself there."
        case .otherOwner: "\(path) belongs to another user; give it to the user that runs yrdsync (chown)."
        case .openToOthers(let mode):
            """
            \(path) has mode \(String(mode, radix: 8)), so that other users could use or change it; take their rights \
            away (chmod go-rwx).
            """
        case .tooLarge(let max): "\(path) is larger than \(max) bytes; it cannot be what its name says."
        case .failed(let doing, _, let reason): "\(doing) \(path) failed: \(reason)."
        }
    }
}
