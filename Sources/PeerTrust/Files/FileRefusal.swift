// Why a file that trust depends on is not read or not written.

package import SyncCore

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
        /// Somebody has cut it while it was written to.
        case shrunk
        case failed(Step, errno: Int32, reason: String)
    }

    /// What was done with the file.
    package enum Step: Hashable, Sendable {
        case opening
        case examining
        case reading
        case listing
        case creating
        case writing
        case protecting
        case synchronizing
        case namingCopy
        case replacing
        case removing

        /// In Chinese the path stands in the middle of some.
        fileprivate func failed(at path: String) -> LocalizedText {
            switch self {
            case .opening: LocalizedText(zh: "打开 \(path) 失败", en: "opening \(path) failed")
            case .examining: LocalizedText(zh: "查看 \(path) 失败", en: "examining \(path) failed")
            case .reading: LocalizedText(zh: "读取 \(path) 失败", en: "reading \(path) failed")
            case .listing: LocalizedText(zh: "列出 \(path) 失败", en: "listing \(path) failed")
            case .creating: LocalizedText(zh: "新建 \(path) 失败", en: "creating \(path) failed")
            case .writing: LocalizedText(zh: "写入 \(path) 失败", en: "writing \(path) failed")
            case .protecting: LocalizedText(zh: "设置 \(path) 的权限失败", en: "protecting \(path) failed")
            case .synchronizing: LocalizedText(zh: "将 \(path) 同步到磁盘失败", en: "synchronizing \(path) failed")
            case .namingCopy: LocalizedText(zh: "为 \(path) 的副本命名失败", en: "naming a copy of \(path) failed")
            case .replacing: LocalizedText(zh: "替换 \(path) 失败", en: "replacing \(path) failed")
            case .removing: LocalizedText(zh: "删除 \(path) 失败", en: "removing \(path) failed")
            }
        }
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
        case .shrunk: "file_shrunk"
        case .failed: "file_failed"
        }
    }

    package var description: String { words.en }

    package var words: LocalizedText {
        switch cause {
        case .notRegular:
            LocalizedText(
                zh: "\(path) 不是普通文件(可能是链接);请把文件本身放在那里。",
                en: "\(path) is not a regular file (a link, perhaps); put the file itself there.")
        case .otherOwner:
            LocalizedText(
                zh: "\(path) 属于另一用户;请交给运行 yrdsync 的用户(chown)。",
                en: "\(path) belongs to another user; give it to the user that runs yrdsync (chown).")
        case .openToOthers(let mode):
            LocalizedText(
                zh: "\(path) 的权限是 \(String(mode, radix: 8)),其他用户可以使用或改动它;请收回其权限(chmod go-rwx)。",
                en: """
                    \(path) has mode \(String(mode, radix: 8)), so that other users could use or change it; take their \
                    rights away (chmod go-rwx).
                    """)
        case .tooLarge(let max):
            LocalizedText(
                zh: "\(path) 大于 \(max) 字节,不可能是其名称所说的文件。",
                en: "\(path) is larger than \(max) bytes; it cannot be what its name says.")
        case .shrunk:
            LocalizedText(
                zh: "\(path) 比先前短了;请查明是谁改动了它。", en: "\(path) is shorter than it was; find out who has changed it.")
        case .failed(let step, _, let reason):
            LocalizedText(
                zh: "\(step.failed(at: path).zh):\(reason)。", en: "\(step.failed(at: path).en): \(reason).")
        }
    }
}
