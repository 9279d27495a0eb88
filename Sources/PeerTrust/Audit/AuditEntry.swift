// One line of a node's audit log: what a person did, signed by them, chained to what was done before.

package import SyncCore

/// What a line says.
package enum AuditEvent: UInt8, CaseIterable, Sendable {
    /// `node.yaml` names other people than before; the detail is the list.
    case operators = 0
    /// A command begins. It acts only after this is durable.
    case begun = 1
    case done = 2
    /// It did not work; the detail is the error's code.
    case failed = 3
    /// Nobody known gave the command, or not one of its role; it did not begin.
    case refused = 4

    package var name: String {
        switch self {
        case .operators: "operators"
        case .begun: "begun"
        case .done: "done"
        case .failed: "failed"
        case .refused: "refused"
        }
    }
}

/// The signed payload (protocol gap 85): `u8 1 ‖ event u8 ‖ federation[16] ‖ node[16] ‖ number u64 ‖ time i64 ‖ previous[32] ‖
/// operators[32] ‖ about u64 ‖ role u8 ‖ operator ‖ command ‖ subject ‖ detail`, the last four as texts.
package struct AuditEntry: Hashable, Sendable {
    package static let subjectBytesMax = 4_096
    package static let detailBytesMax = 16_384
    private static let version: UInt8 = 1
    private static let wordBytesMax = 64

    package let event: AuditEvent
    package let federation: ID16
    package let node: ID16
    /// From 1, without a gap.
    package let number: UInt64
    package let timeMilliseconds: Int64
    /// The id of the line before; zeros in the first.
    package let previous: Digest
    /// `Operators.digest` of those in force.
    package let operators: Digest
    /// The number of the line that began it; 0 where the event is no end.
    package let about: UInt64
    /// Nil where nobody is named in `node.yaml`.
    package let role: OperatorRole?
    /// Of `node.yaml`, or, where nobody is named there, the login name.
    package let operatorName: Text
    /// As it is typed: `keys revoke`.
    package let command: Text
    /// What it was about: a record, a conflict, a file, a market.
    package let subject: Text
    /// The reason that was given, an error's code, or the list of people.
    package let detail: Text

    package init(
        event: AuditEvent, federation: ID16, node: ID16, number: UInt64, timeMilliseconds: Int64, previous: Digest,
        operators: Digest, about: UInt64 = 0, role: OperatorRole?, operatorName: Text, command: Text, subject: Text,
        detail: Text
    ) {
        self.event = event
        self.federation = federation
        self.node = node
        self.number = number
        self.timeMilliseconds = timeMilliseconds
        self.previous = previous
        self.operators = operators
        self.about = about
        self.role = role
        self.operatorName = operatorName
        self.command = command
        self.subject = subject
        self.detail = detail
    }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: 256)
        writer.byte(Self.version)
        writer.byte(event.rawValue)
        writer.id(federation)
        writer.id(node)
        writer.integer(number)
        writer.integer(timeMilliseconds)
        writer.digest(previous)
        writer.digest(operators)
        writer.integer(about)
        writer.byte(role?.rawValue ?? 0)
        for text in [operatorName, command, subject, detail] { writer.text(text) }
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(DecodeError) {
        self = try ByteReader.decode(bytes) { reader throws(DecodeError) in
            guard try reader.byte() == Self.version, let event = AuditEvent(rawValue: try reader.byte()) else {
                throw .malformed("audit entry", at: 0)
            }
            let (federation, node) = (try reader.id(), try reader.id())
            let (number, time) = (try reader.integer(UInt64.self), try reader.integer(Int64.self))
            let (previous, operators) = (try reader.digest(), try reader.digest())
            let (about, role) = (try reader.integer(UInt64.self), try reader.byte())
            guard (1...Limits.counterMax).contains(number), about < number,
                role == 0 || OperatorRole(rawValue: role) != nil
            else {
                throw .malformed("audit entry", at: 1)
            }
            return AuditEntry(
                event: event, federation: federation, node: node, number: number, timeMilliseconds: time,
                previous: previous, operators: operators, about: about, role: OperatorRole(rawValue: role),
                operatorName: try reader.text(max: Self.wordBytesMax, named: "operator"),
                command: try reader.text(max: Self.wordBytesMax, named: "command"),
                subject: try reader.text(max: Self.subjectBytesMax, named: "subject"),
                detail: try reader.text(max: Self.detailBytesMax, named: "detail"))
        }
    }

    /// Cut to what a line holds: a log that refuses a long word would stop the command instead.
    package static func word(_ text: String, max bytesMax: Int = wordBytesMax) -> Text {
        guard text.utf8.count > bytesMax else { return Text(text) }
        var cut = text.prefix(bytesMax)
        while cut.utf8.count > bytesMax - 3 { cut.removeLast() }
        return Text(cut + "…")
    }
}

/// A line as it stands in the file.
package struct SignedAuditEntry: Hashable, Sendable {
    package let entry: AuditEntry
    /// Exactly what was signed.
    package let body: [UInt8]
    /// The operator's; nil where nobody is named in `node.yaml`, and where nobody known acted.
    package let signature: SignatureRecord?

    package init(_ entry: AuditEntry, by key: SigningKey?) throws {
        self.entry = entry
        body = entry.encoded()
        signature = try key?.sign(.audit, body)
    }

    package init(body: [UInt8], signature: SignatureRecord?) throws(DecodeError) {
        entry = try AuditEntry(decoding: body)
        self.body = body
        self.signature = signature
    }

    /// What the next line names: the body and who signed it.
    package var id: Digest {
        var writer = ByteWriter(reserving: body.count + 128)
        writer.framed(body)
        SignatureRecord.encode(signature.map { [$0] } ?? [], to: &writer)
        return OpenSSLHashing.sha256(writer.bytes)
    }
}
