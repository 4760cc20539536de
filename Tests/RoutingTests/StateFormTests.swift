import Primitives
import Routing
import Testing

/// The bytes of whole states. That each state reached by the other tests comes back, and that a replica goes on from
/// it, is checked by ``Bench`` at every command.
@Suite struct StateFormTests {
    private func comesBack<E>(_ states: [NamedState<E>]) throws {
        for named in states { #expect(try E(key: named.key, stateBytes: named.state.stateBytes) == named.state) }
    }

    @Test func `every sample state comes back`() throws {
        try comesBack(Samples.queueStates)
        try comesBack(Samples.agentStates)
        try comesBack(Samples.conversationStates)
        try comesBack(Samples.centreStates)
    }

    /// No mutation traps; what decodes has bytes of its own, from which it comes back.
    private func survives<E>(_ states: [NamedState<E>], seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var decoded = 0
        for named in states {
            let bytes = named.state.stateBytes
            for length in 0..<bytes.count {
                #expect(throws: WireError.self) { try E(key: named.key, stateBytes: Array(bytes.prefix(length))) }
            }
            #expect(throws: WireError.trailingBytes(1)) { try E(key: named.key, stateBytes: bytes + [0]) }
            for _ in 0..<2_000 {
                guard let other = try? E(key: named.key, stateBytes: random.mutated(bytes)) else { continue }
                decoded += 1
                // Compared as bytes: a mutated fraction may be no number, which equals nothing.
                let again = other.stateBytes
                #expect((try? E(key: named.key, stateBytes: again))?.stateBytes == again)
            }
        }
        for _ in 0..<2_000 {
            let noise = (0..<random.pick(0...80)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            _ = try? E(key: "k", stateBytes: [1] + noise)
        }
        #expect(decoded > 100)
    }

    @Test func `foreign bytes give a state or an error`() {
        survives(Samples.queueStates, seed: 1)
        survives(Samples.agentStates, seed: 2)
        survives(Samples.conversationStates, seed: 3)
        survives(Samples.centreStates, seed: 4)
    }

    private func refusesOtherVersions<E>(_ states: [NamedState<E>]) {
        for named in states {
            for version in [0, 2, 255] as [UInt8] {
                let bytes = [version] + named.state.stateBytes.dropFirst()
                #expect(throws: WireError.unknownTag("version of the \(E.kind) state", Int(version))) {
                    try E(key: named.key, stateBytes: bytes)
                }
            }
        }
    }

    @Test func `a version of another build is refused`() {
        refusesOtherVersions(Samples.queueStates)
        refusesOtherVersions(Samples.agentStates)
        refusesOtherVersions(Samples.conversationStates)
        refusesOtherVersions(Samples.centreStates)
    }

    @Test func `counts that the bytes cannot hold, or beyond the limit of their field, are refused`() throws {
        let empty = QueueState(key: "sales").stateBytes
        #expect(empty.last == 0)
        #expect(throws: WireError.tooLong(16_383)) {
            try QueueState(
                key: "sales", stateBytes: empty.dropLast() + [0xFF, 0x7F] + [UInt8](repeating: 0, count: 99))
        }
        let quiet = ConversationState(key: "c1").stateBytes
        #expect(throws: WireError.tooLong(201)) {
            try ConversationState(
                key: "c1", stateBytes: quiet.dropLast() + [201, 1] + [UInt8](repeating: 0, count: 9_999))
        }
    }

    @Test func `equal states have equal bytes, however they came about`() throws {
        var random = SeededRandom(seed: 9)
        let expected = tickets(Array(1...60), detours: 0)
        for detours in 1...20 {
            var order = Array(1...59)
            for index in order.indices { order.swapAt(index, Int(random.pick(0...58))) }
            let other = tickets(order + [60], detours: detours * 10)
            #expect(other == expected)
            #expect(other.stateBytes == expected.stateBytes)
        }
    }

    /// Sixty tickets, each declined by six agents, after so many others came and went.
    private func tickets(_ order: [Int], detours: Int) -> QueueState {
        var queue = QueueState(key: "sales")
        func enqueued(_ key: String, _ number: Int) -> QueueEvent {
            .enqueued(
                Enqueue(ticket: Ticket(key), media: .chat), waitingSince: Samples.time, sequence: UInt64(number))
        }
        for number in 0..<detours { queue.apply(enqueued("detour\(number)", 1_000 + number), at: Samples.time) }
        for number in order {
            let conversation = ConversationID("c\(number)")
            queue.apply(enqueued(conversation.key, number), at: Samples.time)
            for attempt in 1...6 as ClosedRange<UInt32> {
                queue.apply(
                    .held(
                        conversation, AgentID("a\(attempt)"), attempt: attempt, nonce: 1,
                        answerBy: Samples.time + .seconds(2)), at: Samples.time)
                queue.apply(
                    .returned(conversation, .declined, excludedUntil: Samples.time + .seconds(30)), at: Samples.time)
            }
        }
        for number in 0..<detours { queue.apply(.closed(ConversationID("detour\(number)")), at: Samples.time) }
        return queue
    }

    @Test func `the centre's bytes do not depend on the order of equal changes`() throws {
        let changes = (1...40).map { CentreChange.What.skill("s\($0)", SkillDocument(name: "", isLanguage: false)) }
        let agents = (1...40).map { CentreChange.What.agent(AgentID("a\($0)"), Samples.agentSettings) }
        func centre(_ whats: [CentreChange.What]) -> CentreState {
            NamedState("", key: CentreState.key, whats.map { CentreChange(version: 7, what: $0) }).state
        }
        let expected = centre(changes + agents)
        for other in [centre(agents + changes), centre(changes.reversed() + agents.reversed())] {
            #expect(other == expected)
            #expect(other.stateBytes == expected.stateBytes)
        }
    }

    @Test func `times at the ends of their range come back`() throws {
        let far = Instant(microseconds: .min)
        var conversation = ConversationState(key: "c1")
        conversation.apply(.created(Samples.conversation), at: .distantFuture)
        conversation.apply(.ticketIssued(.max, QueueID("é")), at: far)
        conversation.apply(
            .connected(Samples.ticket, agent: ann, attempt: .max, offered: far, attempts: []), at: .distantFuture)
        conversation.apply(.ended(.completed), at: far)
        #expect(try ConversationState(key: "c1", stateBytes: conversation.stateBytes) == conversation)
        var queue = QueueState(key: "sales")
        var entry = Samples.enqueue
        entry.priority = .min
        queue.apply(.enqueued(entry, waitingSince: far, sequence: .max), at: far)
        queue.apply(
            .held(Samples.ticket.conversation, ann, attempt: .max, nonce: .max, answerBy: .distantFuture),
            at: .distantFuture)
        #expect(try QueueState(key: "sales", stateBytes: queue.stateBytes) == queue)
    }

    @Test func `an ended conversation takes few bytes beside its texts`() throws {
        var bench = Bench<ConversationState>("3f2a9c5e71b04d86")
        let work = NewConversation(
            queue: sales, division: "north", media: .voice, priority: 3, skills: [SkillRequest(skill: "english")],
            customer: [Attribute("name", "Zoë Müller"), Attribute("phone", "+41 44 000 00 00")],
            attributes: [Attribute("case", "4711")], wrapUpCodes: ["sold", "lost"], defaultWrapUpCode: "lost",
            wrapUpDue: true)
        bench.give(.create(work))
        bench.wait(.seconds(40))
        let ticket = Ticket("3f2a9c5e71b04d86")
        let segment = SegmentID(ticket, attempt: 2)
        bench.give(
            .connected(ticket, agent: ann, attempt: 2, offered: bench.now, attempts: [bench.attempt(1, .unanswered)]))
        bench.wait(.seconds(300))
        bench.give(.end(by: ann))
        bench.give(
            .withdrawn(ticket, wasConnected: true, lost: false, attempts: [bench.attempt(2, .completed)]))
        bench.give(.wrapUp(segment, code: "sold", notes: "wants a call", by: ann))
        #expect(bench.state.ended != nil && bench.state.segments.count == 2)
        let texts = [
            "sales", "north", "english", "name", "Zoë Müller", "phone", "+41 44 000 00 00", "case", "4711", "sold",
            "lost", "lost", "ann", "ann", "sold", "wants a call",
        ]
        let size = bench.state.stateBytes.count
        let beside = size - texts.map(\.utf8.count).reduce(0, +)
        #expect(beside < 100, "\(size) bytes, \(beside) beside the texts")
    }

    @Test(arguments: 1...20) func `the centre comes back whatever is written`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var centre = Bench<CentreState>(CentreState.key)
        var removals = 0
        for _ in 0..<200 {
            let agent = AgentID("a\(random.pick(0...5))")
            let queue = QueueID("q\(random.pick(0...3))")
            var settings = Samples.agentSettings
            settings.name = "\(random.pick(0...3))"
            settings.skills = random.chance(300) ? [HeldSkill(skill: "s\(random.pick(0...2))")] : []
            let what: CentreChange.What =
                switch random.pick(0...9) {
                case 0, 1: .skill("s\(random.pick(0...2))", SkillDocument(name: "S", isLanguage: random.chance(500)))
                case 2: .skill("s\(random.pick(0...2))", nil)
                case 3, 4, 5: .agent(agent, random.chance(300) ? nil : settings)
                case 6, 7: .queue(queue, random.chance(300) ? nil : Samples.queueSettings)
                default: .members(queue, random.chance(500) ? [agent] : [agent, AgentID("a0")])
                }
            if case .removed = centre.give(.put(what, expected: nil)).reply { removals += 1 }
            centre.give(.changes(since: UInt64(random.pick(0...100))))
        }
        #expect(removals > 5)
        #expect(try centre.replayed() == centre.state)
    }
}
