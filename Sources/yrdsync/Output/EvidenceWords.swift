// Why a bundle was refused, in words.

import SyncCore
import SyncNode

enum EvidenceWords {
    static func failure(_ refusal: EvidenceRefusal, _ file: String) -> NodeError {
        let place = refusal.place
        let (zh, en) = words(refusal.cause)
        var isMalformed = false
        if case .form = refusal.cause { isMalformed = true }
        return NodeError(
            isMalformed ? .failed : .trust, code: refusal.code,
            say("\(file) · \(place):\(zh)", "\(file), \(place): \(en)"))
    }

    private static func words(_ cause: EvidenceRefusal.Cause) -> (zh: String, en: String) {
        switch cause {
        case .form(let detail): ("不是证据包的格式:\(detail)", "not in the form of an evidence file: \(detail)")
        case .descriptor(let detail): ("描述文件不被接受:\(detail.zh)", "the descriptor is refused: \(detail.en)")
        case .notAuthentic(let code): ("变更集不可信:\(code)", "the change set is not authentic: \(code)")
        case .contextDiffers: ("上下文不是签名时的那一份", "the context is not the one that was signed")
        case .notUnderRoot(let index): ("第 \(index) 项不在签名的默克尔根之下", "op \(index) is not under the signed Merkle root")
        case .otherRecord: ("没有恰好一项关于此记录的变更", "there is not exactly one change of this record")
        case .noteMissing: ("变更所引的说明缺失,或有多余的项", "the note that the change names is missing, or there is more than it")
        case .receiptNotAuthentic(let market): ("\(market) 的回执不可信", "the receipt of \(market) is not authentic")
        case .chainBroken(let index): ("链在第 \(index) 个头部断开", "the chain breaks at header \(index)")
        case .otherFingerprint(let expected, let found):
            ("描述文件的指纹是 \(found),不是 \(expected)", "the descriptor's fingerprint is \(found), not \(expected)")
        case .marketMissing: ("证据包中没有该市场的描述文件", "the file has no descriptor of that market")
        case .otherRoot(let name): ("信任根属于联邦 \(name)", "the trust root is that of the federation \(name)")
        case .closed:
            ("信任根已终止该来源,此变更集不在有效部分之内", "the trust root has closed its origin, and nothing proves that it counts")
        }
    }
}
