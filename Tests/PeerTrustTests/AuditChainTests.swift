// An audit log as whoever alters it would have it.

import SyncCore
import Testing

@testable import PeerTrust

@Suite("Audit chain")
struct AuditChainTests {
    private let wang: Person
    private let li: Person

    init() throws {
        wang = try Self.person("wang", .security)
        li = try Self.person("li", .business)
    }

    private static let node = ID16(Array(repeating: 5, count: 16))!

    private struct Person {
        let name: String
        let role: OperatorRole
        let key: SigningKey
    }

    private static func person(_ name: String, _ role: OperatorRole) throws -> Person {
        Person(name: name, role: role, key: try SigningKey.generate(.ed25519SHA256))
    }

    private func operators(_ people: Person...) throws -> Operators {
        Operators(try people.map { Operator(name: $0.name, role: $0.role, key: try $0.key.verificationKey) })
    }

    private func line(
        _ event: AuditEvent, after last: SignedAuditEntry?, by person: Person?, in force: Operators,
        command: String = "keys rotate", about: UInt64 = 0, detail: String = "", signedBy key: SigningKey? = nil,
        number: UInt64? = nil, node: ID16 = node, as name: String? = nil
    ) throws -> SignedAuditEntry {
        let entry = AuditEntry(
            event: event, federation: TestMarket.federation.id, node: node,
            number: number ?? (last?.entry.number ?? 0) + 1, timeMilliseconds: 1, previous: last?.id ?? .zero,
            operators: force.digest, about: about, role: person?.role,
            operatorName: Text(name ?? person?.name ?? "root"), command: Text(command), subject: "x",
            detail: Text(detail))
        return try SignedAuditEntry(entry, by: key ?? person?.key)
    }

    /// Wang is named, begins, is done; Li begins, and fails.
    private func whole() throws -> [SignedAuditEntry] {
        let force = try operators(wang, li)
        var lines = [try line(.operators, after: nil, by: nil, in: force, detail: force.text)]
        lines.append(try line(.begun, after: lines[0], by: wang, in: force))
        lines.append(try line(.begun, after: lines[1], by: li, in: force, command: "conflicts undo"))
        lines.append(try line(.done, after: lines[2], by: wang, in: force, about: 2))
        lines.append(
            try line(.failed, after: lines[3], by: li, in: force, command: "conflicts undo", about: 3, detail: "x"))
        return lines
    }

    private func chain(_ lines: [SignedAuditEntry?]) -> AuditChain {
        lines.reduce(into: AuditChain()) { $0.add($1) }
    }

    @Test func `a whole log has no fault, and says who came and what never ended`() throws {
        let lines = try whole()
        #expect(chain(lines).faults.isEmpty)
        #expect(chain(lines).unfinished.isEmpty)
        #expect(chain(lines).operatorChanges == [1])
        #expect(chain(Array(lines.prefix(3))).unfinished == [2, 3])
        #expect(chain([]).faults.isEmpty && chain([]).count == 0)
    }

    @Test func `entries are read as they are written, and nothing else is one`() throws {
        for signed in try whole() {
            #expect(try AuditEntry(decoding: signed.body) == signed.entry)
            #expect(try SignedAuditEntry(body: signed.body, signature: signed.signature).id == signed.id)
            #expect(throws: DecodeError.self) { try AuditEntry(decoding: signed.body + [0]) }
            #expect(throws: DecodeError.self) { try AuditEntry(decoding: Array(signed.body.dropLast())) }
        }
        var body = try whole()[1].body
        body[1] = 9
        #expect(throws: DecodeError.self) { try AuditEntry(decoding: body) }
        #expect(AuditEntry.word(String(repeating: "日", count: 40)).utf8.count <= 64)
        #expect(AuditEntry.word("keys revoke") == "keys revoke")
    }

    @Test func `any bit of any line that is altered is noticed`() throws {
        let lines = try whole()
        for (index, signed) in lines.enumerated() {
            for bit in stride(from: 0, to: signed.body.count * 8, by: 5) {
                var altered: [SignedAuditEntry?] = lines
                altered[index] = try? SignedAuditEntry(
                    body: signed.body.flipping(bit: bit), signature: signed.signature)
                #expect(!chain(altered).faults.isEmpty || index == lines.count - 1 && signed.signature == nil)
            }
        }
    }

    @Test func `a line that is removed, put in between or moved breaks the chain`() throws {
        let lines = try whole()
        for index in 0..<(lines.count - 1) {
            var fewer = lines
            fewer.remove(at: index)
            #expect(chain(fewer).faults.contains { $0.kind == .chainBroken }, "without line \(index + 1)")
            var swapped = lines
            swapped.swapAt(index, index + 1)
            #expect(chain(swapped).faults.contains { $0.kind == .chainBroken })
        }
        #expect(chain(lines + [lines[4]]).faults.map(\.kind).contains(.chainBroken))
        #expect(chain(lines + [nil]).faults == [AuditFault(.unreadable, line: 6)])
        // What a power cut left, and then the log went on.
        #expect(chain([lines[0], nil] + lines[1...].map(Optional.some)).faults == [AuditFault(.unreadable, line: 2)])
    }

    @Test func `who may sign what`() throws {
        let force = try operators(wang, li)
        let first = try line(.operators, after: nil, by: nil, in: force, detail: force.text)
        func faults(_ second: SignedAuditEntry) -> [AuditFault.Kind] { chain([first, second]).faults.map(\.kind) }
        #expect(faults(try line(.begun, after: first, by: wang, in: force)).isEmpty)
        #expect(faults(try line(.begun, after: first, by: nil, in: force)) == [.notSigned])
        #expect(faults(try line(.refused, after: first, by: nil, in: force)).isEmpty)
        #expect(faults(try line(.begun, after: first, by: wang, in: force, as: "li")) == [.otherOperator])
        #expect(faults(try line(.begun, after: first, by: wang, in: force, signedBy: li.key)) == [.otherOperator])
        let stranger = try Self.person("wang", .security)
        #expect(faults(try line(.begun, after: first, by: stranger, in: force)) == [.wrongSignature])
        #expect(
            faults(try line(.begun, after: first, by: wang, in: force, node: .zero)).contains(.otherNode))
        #expect(faults(try line(.done, after: first, by: wang, in: force, about: 1)) == [.endsNothing])
        // Whoever puts himself on the list says so in the log.
        let unsigned = try line(.operators, after: first, by: nil, in: .none)
        #expect(faults(unsigned) == [.operatorsUnsigned], "whoever can write the file takes everybody off the list")
        #expect(
            faults(try line(.operators, after: first, by: stranger, in: .none)) == [.wrongSignature])
        #expect(
            faults(
                try line(.operators, after: first, by: wang, in: operators(wang), detail: operators(wang).text)
            ).isEmpty)
        // Whose attempt was refused is what the line proves, and nothing else.
        let claimed = Person(name: "wang", role: .security, key: stranger.key)
        #expect(faults(try line(.refused, after: first, by: claimed, in: force)) == [.wrongSignature])
        #expect(
            try faults(
                SignedAuditEntry(
                    line(.refused, after: first, by: wang, in: force).entry, by: nil)) == [.notSigned])
        let more = try operators(wang, li, stranger)
        #expect(faults(try line(.begun, after: first, by: wang, in: more)).contains(.operatorsUntold))
        let change = try line(.operators, after: first, by: wang, in: .none)
        let alone = try line(.begun, after: change, by: nil, in: .none)
        #expect(chain([first, change, alone]).faults.isEmpty)
        #expect(chain([first, change, alone]).operatorChanges == [1, 2])
    }

    @Test func `who is taken off the list while their command runs has ended it all the same`() throws {
        let lines = Array(try whole().prefix(3))
        let change = try line(
            .operators, after: lines[2], by: li, in: operators(li), detail: operators(li).text)
        let end = try line(.done, after: change, by: wang, in: operators(li), about: 2)
        #expect(chain(lines + [change, end]).faults.isEmpty)
        let begun = try line(.begun, after: change, by: wang, in: operators(li))
        #expect(chain(lines + [change, begun]).faults.map(\.kind) == [.wrongSignature])
    }

    @Test func `numbers have a bound`() throws {
        let force = try operators(wang)
        let far = try line(.begun, after: nil, by: wang, in: force, number: .max)
        #expect(throws: DecodeError.self) { try SignedAuditEntry(body: far.body, signature: nil) }
        let ahead = try line(.done, after: nil, by: wang, in: force, about: 1)
        #expect(throws: DecodeError.self) { try SignedAuditEntry(body: ahead.body, signature: nil) }
    }

    @Test func `a list of people is read as it is written`() throws {
        let sm2 = Person(name: "zhao-2", role: .audit, key: try SigningKey.generate(.sm2SM3))
        let force = try operators(wang, li, sm2)
        #expect(Operators(text: force.text) == force)
        #expect(force.all.map(\.name) == ["li", "wang", "zhao-2"])
        #expect(Operators(text: force.text.replacing("wang security", with: "wang king")) == nil)
        #expect(Operators(text: force.text.replacing("sm2", with: "ed25519")) == nil)
        #expect(Operators(text: force.text + "x") == nil)
        #expect(Operators.none.digest == .zero)
        for name in ["", "Wang", "a b", "王", String(repeating: "a", count: 33)] { #expect(!Operator.isName(name)) }
    }
}
