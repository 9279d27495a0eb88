// What `keys rotate --second` and `keys suites` have done.

import PeerTrust
import ReplicaStore
import SyncCore
import SyncNode

enum KeyRenewalScreen {
    /// - Parameter subject: what was replaced, as `--json` names it.
    static func show(_ renewal: KeyRenewal, _ subject: String, _ descriptor: Descriptor, asJSON: Bool) {
        guard !asJSON else {
            return Screen.print(
                JSON.object([
                    ("rotated", .string(subject)), ("old", .array(renewal.old.all.map { .string($0.hex) })),
                    ("new", .array(renewal.new.all.map { .string($0.hex) })),
                    ("origin", .string(renewal.origin.description)), ("serial", .number(descriptor.serial)),
                ]).line)
        }
        let (old, new) = (short(renewal.old.all), short(renewal.new.all))
        Screen.print(say("此前以 \(old) 签名,此后以 \(new)", "signed with \(old) until now; with \(new) from now on"))
        Screen.print(
            say(
                "新化身 \(renewal.origin);描述文件序号 \(descriptor.serial),随各轮交换送达",
                "in the new incarnation \(renewal.origin); the descriptor has serial \(descriptor.serial) and travels with the rounds"
            ))
    }

    private static func short(_ keyIDs: [Digest]) -> String {
        keyIDs.map { String($0.hex.prefix(16)) }.joined(separator: ", ")
    }
}
