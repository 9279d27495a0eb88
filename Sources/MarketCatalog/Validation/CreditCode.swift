// A unified social credit code proves itself: two of its characters are computed from the others (GB 32100-2015).

/// Checking codes of the form 91310115MA1K3AB781.
package enum CreditCode {
    package enum Verdict: Hashable, Sendable {
        case valid
        /// The last character is wrong, as in the codes that the pilots of 2015 gave out (body `M000…`): still legal, so
        /// a warning and no refusal.
        case pilot
        /// Not 18 characters of the code's alphabet with a six-digit region at the third.
        case malformed
        /// A check character is not the one that the others give.
        case badCheckCharacter(position: Int, expected: Character)
    }

    package static let length = 18

    package static func verdict(_ code: String) -> Verdict { verdict(Array(code.utf8)) }

    static func verdict(_ code: [UInt8]) -> Verdict {
        code.withUnsafeBufferPointer { verdict($0) }
    }

    static func verdict(_ code: UnsafeBufferPointer<UInt8>) -> Verdict {
        guard code.count == length, code[2..<8].allSatisfy({ isDigit($0) }) else { return .malformed }
        var sum = 0
        for index in 0..<17 {
            guard let value = value(code[index]) else { return .malformed }
            sum += value * weights[index]
        }
        let inner = innerCheck(code)
        guard code[16] == inner else { return .badCheckCharacter(position: 17, expected: character(inner)) }
        let outer = alphabet[(31 - sum % 31) % 31]
        if code[17] == outer { return .valid }
        let isPilot = code[8] == UInt8(ascii: "M") && code[9..<12].allSatisfy { $0 == UInt8(ascii: "0") }
        return isPilot && value(code[17]) != nil
            ? .pilot : .badCheckCharacter(position: 18, expected: character(outer))
    }

    private static let alphabet = Array("0123456789ABCDEFGHJKLMNPQRTUWXY".utf8)
    /// 3^i mod 31.
    private static let weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
    private static let innerWeights = [3, 7, 9, 10, 5, 8, 4, 2]

    /// A character's index in the alphabet, by its byte; 255 for those outside.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (index, byte) in alphabet.enumerated() { values[Int(byte)] = UInt8(index) }
        return values
    }()

    private static func value(_ byte: UInt8) -> Int? {
        let value = values[Int(byte)]
        return value == 255 ? nil : Int(value)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private static func character(_ byte: UInt8) -> Character { Character(UnicodeScalar(byte)) }

    /// The check character of the organisation code inside (GB 11714): over characters 9 to 16, A = 10 … Z = 35.
    private static func innerCheck(_ code: UnsafeBufferPointer<UInt8>) -> UInt8 {
        var sum = 0
        for index in 0..<8 {
            let byte = code[8 + index]
            let value = isDigit(byte) ? Int(byte - UInt8(ascii: "0")) : Int(byte - UInt8(ascii: "A")) + 10
            sum += value * innerWeights[index]
        }
        switch 11 - sum % 11 {
        case 10: return UInt8(ascii: "X")
        case 11: return UInt8(ascii: "0")
        case let digit: return UInt8(ascii: "0") + UInt8(digit)
        }
    }
}
