// A file that a command is given to read.

import Foundation
import SyncNode

enum InputFile {
    static func contents(_ path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw NodeError(code: "file_unreadable", say("无法读取 \(path)", "\(path) cannot be read"))
        }
        return Array(data)
    }
}
