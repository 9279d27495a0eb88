// inotify, as far as the watch over the replica needs it.

import Glibc
import Synchronization

/// Waits for writes to files of one folder whose names begin alike. All but `stop` belong to one thread.
final class FolderEvents: Sendable {
    private let inotify: Int32
    /// Closing the end that is written to wakes the one that is read.
    private let stopping: (read: Int32, write: Int32)
    private let hasStopped = Mutex(false)
    private let prefix: String

    /// Writes, and what makes, replaces or removes a file. Not opening, reading or closing: SQLite does that all the time.
    private static let mask = UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE)

    init(folder: String, prefix: String) throws(WatchUnavailable) {
        self.prefix = prefix
        inotify = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard inotify >= 0 else { throw Self.unavailable("inotify_init1") }
        guard inotify_add_watch(inotify, folder, Self.mask) >= 0 else {
            let error = Self.unavailable("inotify_add_watch")
            close(inotify)
            throw error
        }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            let error = Self.unavailable("pipe")
            close(inotify)
            throw error
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        stopping = (ends[0], ends[1])
    }

    deinit {
        stop()
        close(inotify)
        close(stopping.read)
    }

    private static func unavailable(_ call: String) -> WatchUnavailable {
        WatchUnavailable(description: "\(call): \(String(cString: strerror(errno)))")
    }

    func stop() {
        hasStopped.withLock { hasStopped in
            if !hasStopped { close(stopping.write) }
            hasStopped = true
        }
    }

    enum Outcome {
        /// Something was written; all that is known until then is taken with it.
        case written
        case timeUp
        case stopped
    }

    func wait(atMost time: Duration?) -> Outcome {
        let end = time.map { ContinuousClock.now + $0 }
        while true {
            var sources = [
                pollfd(fd: inotify, events: Int16(POLLIN), revents: 0),
                pollfd(fd: stopping.read, events: Int16(POLLIN), revents: 0),
            ]
            let ready = Self.poll(&sources, atMost: end.map { max(.zero, $0 - .now) })
            guard ready >= 0 || errno == EINTR, sources[1].revents == 0 else { return .stopped }
            if ready > 0, drain() { return .written }
            if let end, end <= .now { return .timeUp }
        }
    }

    /// Lets time pass, whatever is written. False when it is over.
    func rest(_ time: Duration) -> Bool {
        var sources = [pollfd(fd: stopping.read, events: Int16(POLLIN), revents: 0)]
        return Self.poll(&sources, atMost: time) <= 0
    }

    /// `poll` counts in milliseconds. Less than that is slept through: what comes meanwhile is found right after.
    private static func poll(_ sources: inout [pollfd], atMost time: Duration?) -> Int32 {
        guard let time else { return Glibc.poll(&sources, nfds_t(sources.count), -1) }
        let microseconds = time / .microseconds(1)
        guard microseconds < 2_000 else {
            return Glibc.poll(&sources, nfds_t(sources.count), Int32(min(microseconds / 1_000, 60_000)))
        }
        usleep(UInt32(microseconds))
        return Glibc.poll(&sources, nfds_t(sources.count), 0)
    }

    /// Whether any of the events that are there is of interest. An overflow of the queue counts as one.
    @discardableResult
    func drain() -> Bool {
        var isOfInterest = false
        withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: MemoryLayout<inotify_event>.alignment) { buffer in
            while true {
                let count = read(inotify, buffer.baseAddress, buffer.count)
                guard count > 0 else { return }
                var offset = 0
                while offset < count {
                    let event = buffer.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                    let name = UnsafeRawBufferPointer(rebasing: buffer[(offset + Self.headerBytes)...])
                        .prefix(Int(event.len)).prefix { $0 != 0 }
                    if event.mask & UInt32(IN_Q_OVERFLOW) != 0 || name.starts(with: prefix.utf8) { isOfInterest = true }
                    offset += Self.headerBytes + Int(event.len)
                }
            }
        }
        return isOfInterest
    }

    /// `struct inotify_event` without the name that follows it.
    private static let headerBytes = 16
}
