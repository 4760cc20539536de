import Primitives
import Testing

/// Notices travel between nodes: their bytes are fixed, and foreign bytes never trap.
@Suite struct NoticeTests {
    private let time = Instant(microseconds: 1_760_000_000_000_000)

    private var full: Notice {
        Notice(
            "x", of: EntityID(.agent, "ann"), division: "north", audience: .agentSession, at: time,
            [
                .init("a", .text("é")), .init("b", .number(-2.25)), .init("c", .time(time)), .init("d", .flag(true)),
                .init("e", .list(["p", "q"])),
            ])
    }

    @Test func `a notice with every sort of field comes back`() throws {
        #expect(try Notice(decoding: full.encoded) == full)
    }

    @Test func `a notice has these bytes`() {
        let notice = Notice(
            "queue.waiting", of: EntityID(.queue, "sales"), division: "north", at: time,
            [.init("conversation", .text("c1")), .init("n", .number(1.5))])
        let golden =
            "020573616c65730d71756575652e77616974696e67056e6f727468000000ceeeb5400600020c636f6e766572736174696f6e"
            + "00026331016e01000000000000f83f"
        #expect(notice.encoded.hex == golden)
    }

    @Test func `a field is found by its name, and its text only where it is one`() {
        #expect(full["d"] == .flag(true))
        #expect(full["z"] == nil)
        #expect(full.text("a") == "é")
        #expect(full.text("b") == nil)
    }

    @Test func `more than 64 fields are refused`() {
        let fields = (0..<65).map { Notice.Pair("f\($0)", .flag(true)) }
        let notice = Notice("x", of: EntityID(.queue, "q"), at: time, fields)
        #expect(throws: WireError.tooLong(65)) { try Notice(decoding: notice.encoded) }
    }

    @Test func `changed bytes decode to a notice or to an error`() {
        var random = SeededRandom(seed: 11)
        let bytes = full.encoded
        for _ in 0..<5_000 { _ = try? Notice(decoding: random.mutated(bytes)) }
        for length in 0..<bytes.count {
            #expect(throws: WireError.self) { try Notice(decoding: Array(bytes.prefix(length))) }
        }
    }
}

extension [UInt8] {
    /// Two hexadecimal digits for each byte.
    var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        let text = flatMap { byte in [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}

extension SeededRandom {
    /// A few bytes changed, cut, doubled or added.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...pick(0...3) {
            let place = Int(pick(0...Int64(bytes.count)))
            switch pick(0...4) {
            case 0: bytes.insert(UInt8(truncatingIfNeeded: next()), at: place)
            case 1: bytes = Array(bytes.prefix(place))
            case 2: bytes += bytes.suffix(place)
            case 3 where place < bytes.count: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF][Int(pick(0...4))]
            case _ where place < bytes.count: bytes[place] ^= 1 << UInt8(pick(0...7))
            default: break
            }
        }
        return bytes
    }
}
