// What the log keeps of an entry's content.

import Compression
import SyncCore

/// The zstd frame of (u32 length ‖ context ‖ ops). An encrypted replica encrypts it further.
struct LogPayload: Sendable {
    let zstd: [UInt8]

    init(of entry: Entry) { self.init(context: entry.context, ops: entry.ops) }

    init(context: [UInt8], ops: [UInt8]) {
        var content = ByteWriter(reserving: context.count + ops.count + 4)
        content.framed(context)
        content.raw(ops)
        zstd = Zstd.compress(content.bytes)
    }
}
