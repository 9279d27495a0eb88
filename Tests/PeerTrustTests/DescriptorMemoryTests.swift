// Remembering what bytes say is no trust: other bytes are judged anew, and what was refused stays refused.

import Glibc
import SyncCore
import Testing

@testable import PeerTrust

@Suite("Descriptor memory and file states")
struct DescriptorMemoryTests {
    private let folder = TestFolder()
    private let descriptor: Descriptor

    init() throws { descriptor = try TestMarket("shanghai").descriptor() }

    @Test func `the same bytes say the same, again and again`() throws {
        let memory = DescriptorMemory()
        for _ in 0..<3 { #expect(try memory.parse(descriptor.raw) == descriptor) }
    }

    @Test func `one byte more or another, and every signature is asked for again`() throws {
        let memory = DescriptorMemory()
        _ = try memory.parse(descriptor.raw)
        let text = String(decoding: descriptor.raw, as: UTF8.self)
        let forged = Array(text.replacing("shanghai.example", with: "shanghaj.example").utf8)
        #expect(forged != descriptor.raw)
        for _ in 0..<2 { #expect(throws: DescriptorRefusal.self) { try memory.parse(forged) } }
        #expect(throws: DescriptorRefusal.self) { try memory.parse(descriptor.raw + [UInt8(ascii: "\n"), 0]) }
        #expect(try memory.parse(descriptor.raw) == descriptor)
    }

    @Test func `a folder that is read with a memory follows its files`() throws {
        let directory = TrustDirectory(
            path: folder.path, federation: TestMarket.federation, memory: DescriptorMemory())
        try directory.write(descriptor)
        #expect(try directory.read().descriptors == [descriptor])
        try folder.put("shanghai.yaml", Array(descriptor.raw.dropLast(9)))
        #expect(try directory.read().descriptors.isEmpty)
        #expect(try directory.read().refusals.count == 1)
        try directory.write(descriptor)
        #expect(try directory.read().descriptors == [descriptor])
        chmod(folder.path("shanghai.yaml"), 0o666)
        #expect(try directory.read().descriptors.isEmpty, "the bytes are known, and the file is open to others")
    }

    @Test func `states are equal exactly while nobody writes`() throws {
        #expect(FileState.all(in: folder.path).isEmpty)
        try folder.put("a.yaml", [1, 2, 3])
        try folder.put("b.yaml", [4])
        let before = FileState.all(in: folder.path)
        #expect(before.count == 2)
        #expect(FileState.all(in: folder.path) == before)
        try folder.put("a.yaml", [1, 2, 4])
        let replaced = FileState.all(in: folder.path)
        #expect(replaced != before)
        rename(folder.path("b.yaml"), folder.path("c.yaml"))
        #expect(FileState.all(in: folder.path) != replaced)
        unlink(folder.path("c.yaml"))
        #expect(FileState.all(in: folder.path).count == 1)
        try folder.put(".hidden", [0])
        #expect(FileState.all(in: folder.path).count == 1)
        unlink(folder.path(".hidden"))
        #expect(FileState.all(in: folder.path("none")).isEmpty)
    }

    @Test func `a file that is written in place with its old length and its old time set back is noticed`() throws {
        try folder.put("a.yaml", [1, 2, 3])
        var status = stat()
        stat(folder.path("a.yaml"), &status)
        let before = FileState.all(in: folder.path)
        // The system's clock of files moves in steps of some milliseconds.
        usleep(50_000)
        let file = fopen(folder.path("a.yaml"), "r+")
        fputs("xyz", file)
        fclose(file)
        var times = [status.st_atim, status.st_mtim]
        utimensat(AT_FDCWD, folder.path("a.yaml"), &times, 0)
        #expect(FileState.all(in: folder.path) != before)
    }
}
