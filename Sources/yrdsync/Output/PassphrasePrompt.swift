// Asks a person for a passphrase at the terminal, without showing it.

import Foundation
import SyncNode

enum PassphrasePrompt {
    /// Nil where no person sits: a daemon, a script.
    static func ask(_ question: String) -> String? {
        // Whoever feeds a command through a pipe does not sit there, even if a terminal does.
        guard isatty(STDIN_FILENO) == 1, let terminal = FileHandle(forUpdatingAtPath: "/dev/tty") else { return nil }
        var shown = termios()
        guard tcgetattr(terminal.fileDescriptor, &shown) == 0 else { return nil }
        var hidden = shown
        hidden.c_lflag &= ~tcflag_t(ECHO)
        terminal.write(Data(question.utf8))
        tcsetattr(terminal.fileDescriptor, TCSAFLUSH, &hidden)
        defer {
            tcsetattr(terminal.fileDescriptor, TCSAFLUSH, &shown)
            terminal.write(Data("\n".utf8))
        }
        var line: [UInt8] = []
        while let byte = try? terminal.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") { line.append(byte) }
        return String(decoding: line, as: UTF8.self)
    }

    /// For keys that are under one already.
    static func forFile(_ path: String) -> String? {
        ask(say("\(Screen.safe(path)) 的口令:", "passphrase of \(Screen.safe(path)): "))
    }

    /// A new one: from the file that was named, or typed twice.
    static func new() throws -> String {
        let passphrase = try KeyFile.givenByFile() ?? typedTwice()
        guard passphrase.count >= KeyFile.lengthMin else {
            throw NodeError(
                .usage, code: "short_passphrase", "口令至少须有 \(KeyFile.lengthMin) 个字符",
                "a passphrase has at least \(KeyFile.lengthMin) characters")
        }
        return passphrase
    }

    private static func typedTwice() throws -> String {
        guard let first = ask(say("新口令:", "new passphrase: ")) else {
            throw NodeError(
                .usage, code: "passphrase_needed", "请在终端输入口令,或以 YRDSYNC_PASSPHRASE_FILE 指明口令文件",
                "enter the passphrase at a terminal, or name a file that holds it by YRDSYNC_PASSPHRASE_FILE")
        }
        guard ask(say("再输入一次:", "once more: ")) == first else {
            throw NodeError(.usage, code: "passphrases_differ", "两次输入的口令不同", "the two passphrases differ")
        }
        return first
    }
}
