import Primitives
import Routing
import Testing

/// The bytes of commands, events and replies: every case comes back, foreign bytes give a value or an error, and the
/// golden bytes (worked out by hand from the format) guard the wire.
@Suite struct WireFormTests {
    private func comesBack<Value: WireValue & Equatable>(_ values: [Value]) throws {
        #expect(!values.isEmpty)
        for value in values { #expect(try Value(decoding: value.encoded) == value) }
    }

    /// No mutation traps; what decodes is a value that has bytes of its own, from which it comes back.
    private func survives<Value: WireValue & Equatable>(_ values: [Value], seed: UInt64, rounds: Int = 300) {
        var random = SeededRandom(seed: seed)
        var decoded = 0
        for value in values {
            let bytes = value.encoded
            for length in 0..<bytes.count {
                #expect(throws: WireError.self) { try Value(decoding: Array(bytes.prefix(length))) }
            }
            #expect(throws: WireError.trailingBytes(1)) { try Value(decoding: bytes + [0]) }
            for _ in 0..<rounds {
                guard let other = try? Value(decoding: random.mutated(bytes)) else { continue }
                decoded += 1
                // Compared as bytes: a mutated fraction may be no number, which equals nothing.
                #expect((try? Value(decoding: other.encoded))?.encoded == other.encoded)
            }
        }
        for _ in 0..<2_000 {
            let noise = (0..<random.pick(0...60)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            _ = try? Value(decoding: noise)
        }
        #expect(decoded > 0)
    }

    @Test func `every queue message comes back`() throws {
        try comesBack(Samples.queueCommands)
        try comesBack(Samples.queueEvents)
        try comesBack(Samples.queueReplies)
    }

    @Test func `every agent message comes back`() throws {
        try comesBack(Samples.agentCommands)
        try comesBack(Samples.agentEvents)
        try comesBack(Samples.agentReplies)
    }

    @Test func `every conversation message comes back`() throws {
        try comesBack(Samples.conversationCommands)
        try comesBack(Samples.conversationEvents)
        try comesBack(Samples.conversationReplies)
    }

    @Test func `every centre message comes back`() throws {
        try comesBack(Samples.centreCommands)
        try comesBack(Samples.centreEvents)
        try comesBack(Samples.centreReplies)
    }

    @Test func `foreign queue bytes give a value or an error`() {
        survives(Samples.queueCommands, seed: 1)
        survives(Samples.queueEvents, seed: 2)
        survives(Samples.queueReplies, seed: 3)
    }

    @Test func `foreign agent bytes give a value or an error`() {
        survives(Samples.agentCommands, seed: 4)
        survives(Samples.agentEvents, seed: 5)
        survives(Samples.agentReplies, seed: 6)
    }

    @Test func `foreign conversation bytes give a value or an error`() {
        survives(Samples.conversationCommands, seed: 7)
        survives(Samples.conversationEvents, seed: 8)
        survives(Samples.conversationReplies, seed: 9)
    }

    @Test func `foreign centre bytes give a value or an error`() {
        survives(Samples.centreCommands, seed: 10)
        survives(Samples.centreEvents, seed: 11)
        survives(Samples.centreReplies, seed: 12)
    }

    @Test func `counts beyond the limit of their field are refused`() {
        var entry = Samples.enqueue
        entry.skills = (0...100).map { SkillRequest(skill: "s\($0)") }
        #expect(throws: WireError.tooLong(101)) { try QueueCommand(decoding: QueueCommand.enqueue(entry).encoded) }
        var settings = Samples.queueSettings
        settings.members = (0...20_000).map { AgentID("a\($0)") }
        #expect(throws: WireError.tooLong(20_001)) {
            try QueueCommand(decoding: QueueCommand.configure(settings).encoded)
        }
        var work = Samples.conversation
        work.customer = (0...100).map { Attribute("n\($0)", "") }
        #expect(throws: WireError.tooLong(101)) {
            try ConversationCommand(decoding: ConversationCommand.create(work).encoded)
        }
    }

    @Test func `rules of each routing method come back from their bytes`() throws {
        let rule = ConditionalRule(
            metric: .serviceLevel, queue: sales, comparison: .lessThanOrEqual, value: 79.5, groups: ["g", "h"],
            wait: .seconds(10))
        for method in [.standard, .conditionalGroups([rule]), Samples.routingRules.method] as [RoutingMethod] {
            var rules = Samples.routingRules
            rules.method = method
            #expect(try RoutingRules(decoding: rules.encoded) == rules)
        }
    }

    @Test func `commands have these bytes`() {
        #expect(
            QueueCommand.enqueue(Samples.enqueue).encoded.hex
                == "010263310102050000000107656e676c69736814ff00010362656e")
        #expect(
            QueueCommand.acceptOffer(Samples.offer, ann).encoded.hex
                == "0a0573616c65730263310103efcdab896745230103616e6e")
        #expect(
            AgentCommand.reserve(Samples.work).encoded.hex
                == "01026331010573616c65730300000000202c28c8990100000000ceeeb54006000573616c657309000000000000"
                + "00"
                + "efcdab8967452301020380c3c9010000000080c3c9010000000000")
        #expect(
            ConversationCommand.withdrawn(
                Samples.ticket, wasConnected: true, lost: false, attempts: [Samples.attempt]
            ).encoded.hex
                == "02026331010100010300000003616e6e0000ceeeb5400600010100ceeeb54006000200ceeeb540060003")
        #expect(
            CentreCommand.put(Samples.changes[0], expected: 7).encoded.hex
                == "010107656e676c6973680107456e676c69736801010700000000000000")
    }

    @Test func `events have these bytes`() {
        #expect(Samples.queueEvents[2].encoded.hex == "0302633103616e6e03000000efcdab89674523010000ceeeb5400600")
        #expect(
            AgentEvent.freed(Samples.ticket, attempt: 3, .end, wrapUp: nil).encoded.hex == "0702633101030000000200")
        #expect(ConversationEvent.ticketIssued(2, sales).encoded.hex == "02020000000573616c6573")
        #expect(
            CentreChange(version: 7, what: .members(sales, [ann, ben])).encoded.hex
                == "0700000000000000040573616c65730203616e6e0362656e")
    }

    @Test func `the method numbers are these`() {
        let numbers = [CentreCommand.method, QueueCommand.method, AgentCommand.method, ConversationCommand.method]
        #expect(numbers == [1, 2, 3, 4])
    }

    @Test func `an offer id and a segment id come back from their text, and nothing else does`() {
        #expect(OfferID(text: Samples.offer.text) == Samples.offer)
        #expect(SegmentID(text: Samples.segment.text) == Samples.segment)
        for text in ["", "A", "AAAA", Samples.offer.text + "A", String(Samples.offer.text.dropLast()), "é"] {
            #expect(OfferID(text: text) == nil)
        }
        let long = OfferID(
            queue: QueueID(String(repeating: "q", count: 400)), ticket: Samples.ticket, attempt: 1, nonce: 1)
        #expect(OfferID(text: long.text) == nil)
        #expect(SegmentID(text: Samples.segment.text + "AA") == nil)
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
        for _ in 0...pick(0...2) {
            let place = Int(pick(0...Int64(bytes.count)))
            switch pick(0...5) {
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
