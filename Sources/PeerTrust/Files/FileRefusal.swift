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

        var words: LocalizedText {
            switch self {
            case .opening: LocalizedText(zh: "打开", en: "opening")
            case .examining: LocalizedText(zh: "查看", en: "examining")
            case .reading: LocalizedText(zh: "读取", en: "reading")
            case .listing: LocalizedText(zh: "列出", en: "listing")
            case .creating: LocalizedText(zh: "新建", en: "creating")
            case .writing: LocalizedText(zh: "写入", en: "writing")
            case .protecting: LocalizedText(zh: "设置权限", en: "protecting")
            case .synchronizing: LocalizedText(zh: "刷写", en: "synchronizing")
            case .namingCopy: LocalizedText(zh: "为副本命名", en: "naming a copy of")
            case .replacing: LocalizedText(zh: "替换", en: "replacing")
            case .removing: LocalizedText(zh: "删除", en: "removing")
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
        case .failed(let step, _, let reason):
            LocalizedText(
                zh: "\(step.words.zh) \(path) 失败:\(reason)。", en: "\(step.words.en) \(path) failed: \(reason).")
        }
    }
}
