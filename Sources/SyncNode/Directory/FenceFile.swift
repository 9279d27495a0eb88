// The fence as a file: two places that are written in turn, so that raising it costs one flush of the disk.

import PeerTrust
import SyncCore

/// A file of two places of one sector each: `<incarnation> <sequence> <id> <turn> <check>`, padded with spaces. The newer
/// is written over the older, in place: a power cut may tear the sector that is being written, never the one that stands,
/// and the check tells. Files of earlier releases are one line of the first three; they are replaced whole.
struct FenceFile {
    private struct Place: Equatable {
        let fence: Fence
        /// Rises with every write in place. A new file begins at a random one, so that nobody takes it for another.
        let turn: UInt64

        init(_ fence: Fence, turn: UInt64) {
            self.fence = fence
            self.turn = turn
        }

        init?(_ bytes: [UInt8]) {
            // Nearly all of it is padding; whether it is nothing else is compared below.
            let parts = Fence.words(bytes.prefix(lineBytesMax))
            guard parts.count == 5, let fence = Fence(words: parts.prefix(3)), let turn = UInt64(parts[3]) else {
                return nil
            }
            self.init(fence, turn: turn)
            guard self.bytes == bytes else { return nil }
        }

        var bytes: [UInt8] {
            let text = "\(fence.text) \(turn) "
            let check = OpenSSLHashing.sha256(Array(text.utf8)).prefix.hex
            let line = Array((text + check).utf8)
            return line + Array(repeating: UInt8(ascii: " "), count: placeBytes - 1 - line.count) + [UInt8(ascii: "\n")]
        }
    }

    private static let lineBytesMax = 256
    /// No disk has larger sectors.
    private static let placeBytes = 4_096
    private static let blank = Array(repeating: UInt8(ascii: " "), count: placeBytes - 1) + [UInt8(ascii: "\n")]
    private static let bytesMax = 2 * placeBytes

    private let path: String
    private let places: [Place?]
    /// Of an earlier release.
    private let line: Fence?

    /// Nil if there is no such file. Throws `FileRefusal` if it cannot be read.
    init?(reading path: String) throws(FileRefusal) {
        guard let bytes = try NodeFile.read(path, maxBytes: Self.bytesMax) else { return nil }
        self.path = path
        guard bytes.count == Self.bytesMax else {
            places = [nil, nil]
            // A file that was cut off is no such line: its first newline is that of a whole place.
            line = bytes.last == UInt8(ascii: "\n") ? Fence(words: Fence.words(bytes.dropLast())[...]) : nil
            return
        }
        places = [Place(Array(bytes.prefix(Self.placeBytes))), Place(Array(bytes.suffix(Self.placeBytes)))]
        line = nil
    }

    private var newest: (index: Int, place: Place)? {
        places.enumerated().compactMap { index, place in place.map { (index, $0) } }.max { $0.1.turn < $1.1.turn }
    }

    /// Nil if the file does not say.
    var fence: Fence? { newest?.place.fence ?? line }

    /// Makes `next` durable in the place of the fence before `standing`. Only for whoever raised `standing`, and so knows
    /// that it is durable: its place is what a torn write leaves.
    ///
    /// Nil if the file is not as it was left then; nothing has happened.
    func replace(_ standing: RaisedFence, with next: Fence) throws(FileRefusal) -> RaisedFence? {
        guard let newest, newest.place.fence == standing.fence, newest.place.turn == standing.turn else { return nil }
        let place = Place(next, turn: newest.place.turn + 1)
        try PrivateKeyFile.overwrite(place.bytes, at: (1 - newest.index) * Self.placeBytes, in: path)
        return RaisedFence(fence: next, turn: place.turn)
    }

    /// A whole new file.
    static func write(_ fence: Fence, to path: String) throws(FileRefusal) -> RaisedFence {
        let place = Place(fence, turn: .random(in: 1...1 << 48))
        try PrivateKeyFile.write(place.bytes + blank, to: path)
        return RaisedFence(fence: fence, turn: place.turn)
    }
}

/// A fence that this process has made durable, and how it left the file.
package struct RaisedFence: Hashable, Sendable {
    package let fence: Fence
    /// Nil where another process had raised a higher one.
    let turn: UInt64?
}
