// Whose files are trusted.

import Glibc
import SyncCore
import Testing

@testable import PeerTrust

/// A folder of its own for each test, removed afterwards.
final class TestFolder {
    let path: String

    init() {
        var template = Array("/tmp/peertrust-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { preconditionFailure("no temporary folder") }
        path = String(cString: made)
        chmod(path, 0o755)
    }

    deinit {
        for name in (try? GuardedFile.names(in: path)) ?? [] { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    func path(_ name: String) -> String { "\(path)/\(name)" }

    func put(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o644) throws {
        try GuardedFile.write(bytes, to: path(name), mode: UInt32(mode))
    }
}

@Suite("Trust directory and key files")
struct FileTests {
    private let folder = TestFolder()
    private let market: TestMarket
    private let descriptor: Descriptor
    private let directory: TrustDirectory

    init() throws {
        market = try TestMarket("shanghai")
        descriptor = try market.descriptor()
        directory = TrustDirectory(path: folder.path, federation: TestMarket.federation)
    }

    private func refusalCodes() throws -> [String] {
        let contents = try directory.read()
        #expect(contents.descriptors.isEmpty)
        return contents.refusals.map(\.code)
    }

    @Test func `what was written is read, byte for byte, and is gone once removed`() throws {
        let other = try TestMarket("anhui").descriptor()
        try directory.write(descriptor)
        try directory.write(other)
        let contents = try directory.read()
        #expect(contents.descriptors == [other, descriptor])
        #expect(contents.refusals.isEmpty)
        #expect(try GuardedFile.names(in: folder.path) == ["anhui.yaml", "shanghai.yaml"])
        try directory.remove(other.market)
        #expect(try directory.read().descriptors == [descriptor])
        #expect(throws: FileRefusal.self) { try directory.remove(other.market) }
    }

    @Test func `a newer descriptor replaces the older`() throws {
        try directory.write(descriptor)
        let next = try market.descriptor(serial: 2)
        try directory.write(next)
        #expect(try directory.read().descriptors == [next])
    }

    @Test func `other files, copies and what a crash left are not read`() throws {
        try folder.put("README", [1])
        try folder.put("shanghai.yaml.bak", descriptor.raw)
        try folder.put(".shanghai.yaml.0011.new", descriptor.raw)
        let contents = try directory.read()
        #expect(contents.descriptors.isEmpty)
        #expect(contents.refusals.isEmpty)
        unlink(folder.path(".shanghai.yaml.0011.new"))
    }

    @Test(arguments: [0o664, 0o646, 0o666, 0o620, 0o602] as [mode_t])
    func `a descriptor that others may write grants nothing`(_ mode: mode_t) throws {
        try folder.put("shanghai.yaml", descriptor.raw, mode: mode)
        #expect(try refusalCodes() == ["file_open_to_others"])
    }

    @Test(arguments: [0o600, 0o644, 0o400, 0o444] as [mode_t])
    func `a descriptor that only its owner may write is read`(_ mode: mode_t) throws {
        try folder.put("shanghai.yaml", descriptor.raw, mode: mode)
        #expect(try directory.read().descriptors == [descriptor])
    }

    @Test func `links, folders and pipes are refused, and a pipe does not make the node wait`() throws {
        try folder.put("elsewhere", descriptor.raw)
        symlink(folder.path("elsewhere"), folder.path("shanghai.yaml"))
        #expect(try refusalCodes() == ["file_not_regular"])
        unlink(folder.path("shanghai.yaml"))
        mkfifo(folder.path("shanghai.yaml"), 0o600)
        #expect(try refusalCodes() == ["file_not_regular"])
        unlink(folder.path("shanghai.yaml"))
        mkdir(folder.path("shanghai.yaml"), 0o700)
        #expect(try refusalCodes() == ["file_not_regular"])
        rmdir(folder.path("shanghai.yaml"))
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
    func `a file of another user is refused`() throws {
        try folder.put("shanghai.yaml", descriptor.raw)
        chown(folder.path("shanghai.yaml"), 12_345, 12_345)
        #expect(try refusalCodes() == ["file_of_another_owner"])
    }

    @Test func `the name of the file is the market inside`() throws {
        try folder.put("zhejiang.yaml", descriptor.raw)
        try folder.put("Shanghai.yaml", descriptor.raw)
        #expect(try refusalCodes() == ["file_name_not_market", "file_name_not_market"])
    }

    @Test func `damage, size and another federation are refused one by one, and the good ones stay`() throws {
        try directory.write(try TestMarket("zhejiang").descriptor())
        try folder.put("shanghai.yaml", descriptor.raw.flipping(bit: 8 * 200))
        try folder.put("anhui.yaml", [UInt8](repeating: 35, count: Limits.descriptorBytes + 1))
        let foreign = try TestMarket("jiangsu")
        var fields = try foreign.fields()
        fields.federation = FederationName("elsewhere")!
        try folder.put(
            "jiangsu.yaml", try DescriptorDraft(fields: fields).signed(by: foreign.signing, tls: [foreign.tls]).raw)
        let contents = try directory.read()
        #expect(contents.descriptors.map(\.market.name) == ["zhejiang"])
        #expect(contents.refusals.map(\.file) == ["anhui.yaml", "jiangsu.yaml", "shanghai.yaml"])
        #expect(contents.refusals[0].code == "file_too_large")
        #expect(contents.refusals[1].code == "other_federation")
        #expect(contents.refusals[2].code.hasPrefix("descriptor_") || contents.refusals[2].code.hasPrefix("key_"))
    }

    @Test func `two files with one key grant nothing, whichever was there first`() throws {
        let twin = try TestMarket("zhejiang")
        var fields = try twin.fields()
        fields.tls.append(try TLSPublicKey(spki: market.tls.spki))
        try directory.write(descriptor)
        try directory.write(
            try DescriptorDraft(fields: fields).signed(by: twin.signing, tls: [twin.tls, market.tls]))
        #expect(try refusalCodes() == ["key_of_another_market", "key_of_another_market"])
    }

    @Test func `a folder that others may write, or that is missing, is not read at all`() throws {
        try directory.write(descriptor)
        chmod(folder.path, 0o775)
        #expect(throws: FileRefusal(path: folder.path, cause: .openToOthers(mode: 0o775))) { try directory.read() }
        chmod(folder.path, 0o755)
        #expect(throws: FileRefusal.self) {
            try TrustDirectory(path: folder.path("none"), federation: TestMarket.federation).read()
        }
    }

    // MARK: Private keys

    @Test func `a private key is written for its owner alone, whatever the umask`() throws {
        let path = folder.path("signing.pem")
        let before = umask(0)
        try PrivateKeyFile.write([1, 2, 3], to: path)
        umask(before)
        var status = stat()
        stat(path, &status)
        #expect(status.st_mode & 0o7777 == 0o600)
        #expect(try PrivateKeyFile.read(path) == [1, 2, 3])
        try PrivateKeyFile.write([4], to: path)
        #expect(try PrivateKeyFile.read(path) == [4])
        #expect(try GuardedFile.names(in: folder.path) == ["signing.pem"])
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o610, 0o601, 0o777] as [mode_t])
    func `a private key that others may touch is not read`(_ mode: mode_t) throws {
        try folder.put("tls.pem", [1], mode: mode)
        #expect(throws: FileRefusal(path: folder.path("tls.pem"), cause: .openToOthers(mode: UInt32(mode)))) {
            try PrivateKeyFile.read(folder.path("tls.pem"))
        }
    }

    @Test func `a private key behind a link, too large, or missing is not read`() throws {
        try folder.put("real", [1], mode: 0o600)
        symlink(folder.path("real"), folder.path("tls.pem"))
        #expect(throws: FileRefusal(path: folder.path("tls.pem"), cause: .notRegular)) {
            try PrivateKeyFile.read(folder.path("tls.pem"))
        }
        try folder.put("large", [UInt8](repeating: 0, count: 64 << 10), mode: 0o600)
        #expect(try PrivateKeyFile.read(folder.path("large")).count == 64 << 10)
        try folder.put("larger", [UInt8](repeating: 0, count: 64 << 10 + 1), mode: 0o600)
        #expect(throws: FileRefusal.self) { try PrivateKeyFile.read(folder.path("larger")) }
        #expect(throws: FileRefusal.self) { try PrivateKeyFile.read(folder.path("none")) }
    }

    @Test func `a file that was cut is not written beyond its end`() throws {
        try folder.put("fence", [1, 2, 3, 4, 5, 6], mode: 0o600)
        let path = folder.path("fence")
        try PrivateKeyFile.overwrite([7, 8], at: 4, in: path)
        #expect(throws: FileRefusal(path: path, cause: .shrunk)) {
            try PrivateKeyFile.overwrite([9, 9, 9], at: 4, in: path)
        }
        #expect(try PrivateKeyFile.read(path) == [1, 2, 3, 4, 7, 8])
    }

    @Test func `a write that cannot end leaves the old file and nothing beside it`() throws {
        try folder.put("shanghai.yaml", [1])
        #expect(throws: FileRefusal.self) {
            try GuardedFile.write([2], to: folder.path("none/shanghai.yaml"), mode: 0o644)
        }
        // A folder stands where the file should go.
        mkdir(folder.path("tls.pem"), 0o700)
        #expect(throws: FileRefusal.self) { try PrivateKeyFile.write([2], to: folder.path("tls.pem")) }
        #expect(try GuardedFile.names(in: folder.path) == ["shanghai.yaml", "tls.pem"])
        rmdir(folder.path("tls.pem"))
    }
}
