// A new incarnation must differ from every other one, also on a machine that was cloned with its generator's state.

package import SyncCore

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Sixteen bytes from the system's generator, hashed with machine id, boot id, time and process (PROTOCOL.md section 1).
package enum IncarnationGenerator {
    /// Reads this machine, its clock and its generator.
    package static func make() throws(OpenSSLError) -> ID16 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var system = SystemRandomNumberGenerator()
        let entropy = (0..<4).flatMap { _ in (system.next() as UInt64).bigEndianBytes }
        return make(
            entropy: entropy + (try randomBytes(32)),
            machineID: contents(of: "/etc/machine-id"),
            bootID: contents(of: "/proc/sys/kernel/random/boot_id"),
            timeNanoseconds: Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec),
            processID: getpid())
    }

    /// A pure function of what tells two nodes apart; each part goes in with its length.
    package static func make(
        entropy: [UInt8], machineID: [UInt8], bootID: [UInt8], timeNanoseconds: Int64, processID: Int32
    ) -> ID16 {
        var writer = ByteWriter()
        writer.framed(entropy)
        writer.framed(machineID)
        writer.framed(bootID)
        writer.integer(timeNanoseconds)
        writer.integer(processID)
        return OpenSSLHashing.sha256(writer.bytes).prefix
    }

    /// Empty where a system has no such file: the generator's bytes and the time still stand.
    private static func contents(of path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = read(descriptor, &bytes, bytes.count)
        return Array(bytes.prefix(max(count, 0)))
    }
}
