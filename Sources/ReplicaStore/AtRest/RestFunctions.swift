// The cipher as SQL functions of one connection: where a statement names a personal column, it encrypts and decrypts.

import CSQLite
import Compression
import SyncCore

/// `yrd_encrypted(x)`, `yrd_decrypted(x)`: what is no text stays what it is. `yrd_recoded(x)` goes from one key, or none, to
/// another; `yrd_legible(x)` says whether a blob can be decrypted, or a text that claims to be encrypted. For our own
/// statements alone: no trigger and no view may call them.
final class RestFunctions {
    /// Nil while everything lies in the clear.
    var cipher: RestCipher?
    /// Why the key that the file names is not to be had, for a glance.
    var refusal: (any Error)?
    /// While the file goes over from one key to another: what it was under.
    var former: RestCipher?
    var isChanging = false

    func register(on connection: OpaquePointer) {
        register("yrd_encrypted", connection) { functions, context, value in functions.encrypt(value, context) }
        register("yrd_decrypted", connection) { functions, context, value in functions.decrypt(value, context) }
        register("yrd_recoded", connection) { functions, context, value in functions.recode(value, context) }
        register("yrd_legible", connection) { functions, context, value in
            sqlite3_result_int(context, functions.isLegible(value) ? 1 : 0)
        }
    }

    private typealias Function = (RestFunctions, OpaquePointer, OpaquePointer) -> Void

    private final class Call {
        unowned let functions: RestFunctions
        let function: Function

        init(_ functions: RestFunctions, _ function: @escaping Function) {
            self.functions = functions
            self.function = function
        }
    }

    private func register(_ name: String, _ connection: OpaquePointer, _ function: @escaping Function) {
        let call = Unmanaged.passRetained(Call(self, function)).toOpaque()
        let code = sqlite3_create_function_v2(
            connection, name, 1, SQLITE_UTF8 | SQLITE_DIRECTONLY, call,
            { context, _, values in
                guard let context, let value = values?.pointee, let data = sqlite3_user_data(context) else { return }
                let call = Unmanaged<Call>.fromOpaque(data).takeUnretainedValue()
                call.function(call.functions, context, value)
            }, nil, nil, { Unmanaged<Call>.fromOpaque($0!).release() })
        precondition(code == SQLITE_OK, "registering \(name) failed with SQLite \(code)")
    }

    // MARK: What each does

    private func encrypt(_ value: OpaquePointer, _ context: OpaquePointer) {
        guard let cipher, sqlite3_value_type(value) == SQLITE_TEXT else {
            return sqlite3_result_value(context, value)
        }
        give(text: Array(cipher.encrypted(Self.bytes(of: value)).utf8), context)
    }

    /// A text that claims to be encrypted and cannot be decrypted becomes bytes that are no text, which every reader of a
    /// row knows how to refuse.
    private func decrypt(_ value: OpaquePointer, _ context: OpaquePointer) {
        guard let text = Self.text(of: value), let cipher, RestCipher.hasForm(text) else {
            return sqlite3_result_value(context, value)
        }
        guard let clear = try? cipher.decrypted(text) else { return give(blob: [0xff], context) }
        give(text: clear, context)
    }

    private func recode(_ value: OpaquePointer, _ context: OpaquePointer) {
        do throws(NotDecryptable) {
            switch sqlite3_value_type(value) {
            case SQLITE_BLOB: give(blob: try recoded(Self.bytes(of: value)), context)
            case SQLITE_TEXT: recodeText(value, context)
            default: sqlite3_result_value(context, value)
            }
        } catch {
            sqlite3_result_error(context, "what is encrypted in this file is not so under the key in use", -1)
        }
    }

    private func recoded(_ blob: [UInt8]) throws(NotDecryptable) -> [UInt8] {
        guard let former else { return cipher?.encrypt(blob) ?? blob }
        // A payload that older software left in the clear (`EntryLog`).
        guard let clear = former.decrypt(blob) ?? (blob.starts(with: Zstd.magic) ? blob : nil) else {
            throw NotDecryptable()
        }
        return cipher?.encrypt(clear) ?? clear
    }

    private func recodeText(_ value: OpaquePointer, _ context: OpaquePointer) {
        var clear = Self.bytes(of: value)
        if let former, let text = Self.text(of: value) {
            // What only looks like ciphertext stays as its writer left it.
            guard let decrypted = try? former.decrypted(text) else { return sqlite3_result_value(context, value) }
            clear = decrypted
        }
        give(text: cipher.map { Array($0.encrypted(clear).utf8) } ?? clear, context)
    }

    private func isLegible(_ value: OpaquePointer) -> Bool {
        guard let cipher = isChanging ? former : cipher else { return true }
        switch sqlite3_value_type(value) {
        case SQLITE_BLOB: return cipher.decrypt(Self.bytes(of: value)) != nil
        case SQLITE_TEXT: return Self.text(of: value).map { (try? cipher.decrypted($0)) != nil } ?? true
        default: return true
        }
    }

    // MARK: Values

    private static func bytes(of value: OpaquePointer) -> [UInt8] {
        let bytes = sqlite3_value_blob(value)
        return Array(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_value_bytes(value))))
    }

    private static func text(of value: OpaquePointer) -> String? {
        guard sqlite3_value_type(value) == SQLITE_TEXT else { return nil }
        return String(validating: bytes(of: value), as: UTF8.self)
    }

    private func give(text: [UInt8], _ context: OpaquePointer) {
        text.withUnsafeBytes { csqlite_result_text(context, $0.baseAddress, Int32($0.count)) }
    }

    private func give(blob: [UInt8], _ context: OpaquePointer) {
        blob.withUnsafeBytes { csqlite_result_blob(context, $0.baseAddress, Int32($0.count)) }
    }
}
