import History
import Linearizability
import Testing

/// Promise 5 on conversations; `docs/history-format.md`, section “Linearizability”.
@Suite struct ConversationLinearizabilityTests {
    var history = HandMadeHistory()

    private func violations() -> [HistoryViolation] {
        HistoryChecker(history.finished()).linearizability().violations
    }

    private mutating func read(_ id: String, _ state: String, owner: String? = nil) {
        history.add(.read) { ($0.conversation, $0.state, $0.owner, $0.status) = (id, state, owner, 200) }
    }

    private mutating func release(
        _ operation: HistoryRecord.Operation, _ id: String, _ status: Int, by agent: String? = nil, key: String? = nil
    ) {
        history.add(operation, status < 300 ? .ok : .refused) { record in
            (record.conversation, record.status, record.agent, record.key) = (id, status, agent, key)
            if let agent { record.process = "agent:\(agent)" }
        }
    }

    private mutating func connected() {
        history.create("c1")
        history.connect("c1", with: "ada")
    }

    // MARK: what is fine

    @Test mutating func `a whole call is linearizable, and counted`() {
        history.create("c1")
        read("c1", "new")
        read("c1", "alerting")
        history.connect("c1", with: "ada")
        read("c1", "connected", owner: "ada")
        release(.end, "c1", 200, by: "ada")
        history.read("c1", "ended", "completed")
        history.add(.wrapUp) { ($0.conversation, $0.agent, $0.segment, $0.status) = ("c1", "ada", "s1", 200) }
        let result = HistoryChecker(history.finished()).linearizability()
        #expect(result.violations == [] && result.undecided == [])
        #expect(result.entities == 1)
        // Create, three reads, accept, end with the end that it saw, read, wrap-up.
        #expect(result.operations == 9)
    }

    @Test mutating func `an end of 202 may come at any time, and for one reason`() {
        history.create("c1")
        release(.abandon, "c1", 202)
        read("c1", "waiting")
        read("c1", "waiting")
        history.read("c1", "ended", "abandoned")
        #expect(violations() == [])
    }

    @Test mutating func `on its way out a conversation may not know yet who had it`() {
        history.create("c1")
        release(.abandon, "c1", 202)
        history.connect("c1", with: "ada")
        read("c1", "waiting")
        history.read("c1", "ended", "completed")
        #expect(violations() == [])
    }

    @Test mutating func `an unknown accept explains a connection, and an unknown end an end`() {
        history.create("c1")
        history.ring("c1", at: "ada")
        history.accept("c1", by: "ada", .unknown)
        read("c1", "waiting")
        read("c1", "connected", owner: "ada")
        history.end("c1", .unknown)
        read("c1", "connected", owner: "ada")
        release(.end, "c1", 409)
        history.read("c1", "ended", "completed")
        #expect(violations() == [])
    }

    @Test mutating func `what an agent that was away had may wait again`() {
        history.setStreams("ada", [(0, 10_000)])
        connected()
        history.pass(seconds: 130)
        read("c1", "waiting")
        history.ring("c1", at: "ben", offer: "o2")
        history.accept("c1", by: "ben", offer: "o2")
        release(.end, "c1", 200, by: "ben")
        history.read("c1", "ended", "completed")
        #expect(violations() == [])
        history.setStreams("ada", [(0, 1_000_000_000)])
        #expect(violations().map(\.kind) == [.notLinearizable])
    }

    @Test mutating func `the tries of one key are one call`() {
        history.create("c1")
        history.ring("c1", at: "ada")
        for outcome in [HistoryRecord.Outcome.unknown, .ok] {
            history.add(.accept, outcome) { record in
                (record.conversation, record.agent, record.offer, record.key) = ("c1", "ada", "c1-1", "a1")
            }
        }
        history.add(.end, .unknown) { ($0.conversation, $0.key) = ("c1", "e1") }
        history.read("c1", "ended", "completed")
        // The kept answer, long after the end.
        history.add(.accept) { ($0.conversation, $0.agent, $0.offer, $0.key) = ("c1", "ada", "c1-1", "a1") }
        release(.end, "c1", 200, key: "e1")
        #expect(violations() == [])
    }

    @Test mutating func `the centre may cancel by itself what waits`() {
        history.create("c1")
        history.read("c1", "ended", "cancelled")
        #expect(violations() == [])
    }

    @Test mutating func `a source's name finds what is there`() {
        history.add(.create) { record in
            (record.conversation, record.key, record.status, record.externalId) = ("c1", "k1", 201, "x")
        }
        history.add(.create) { record in
            (record.conversation, record.key, record.status, record.externalId) = ("c1", "k2", 200, "x")
        }
        release(.abandon, "c1", 200)
        history.read("c1", "ended", "abandoned")
        #expect(violations() == [])
        #expect(history.kinds() == [])
    }

    // MARK: what is not

    @Test mutating func `a connection goes to the agent who accepted`() throws {
        connected()
        read("c1", "connected", owner: "ben")
        let found = try #require(violations().first)
        #expect(found.kind == .notLinearizable)
        #expect(found.kind.promise == 5)
        #expect(found.lines == [9])
        #expect(found.explanation.contains("“connected” (with ben)"))
    }

    @Test mutating func `nothing is accepted after an abandon that had ended it`() throws {
        history.create("c1")
        history.ring("c1", at: "ada")
        release(.abandon, "c1", 200)
        history.accept("c1", by: "ada")
        let found = try #require(violations().first)
        #expect(found.lines == [8, 9])
    }

    @Test mutating func `nothing is connected that nobody accepted`() {
        history.create("c1")
        read("c1", "connected")
        #expect(violations().map(\.lines) == [[7]])
    }

    @Test mutating func `what was accepted does not wait again`() {
        connected()
        read("c1", "waiting")
        #expect(violations().map(\.lines) == [[8, 9]])
    }

    @Test mutating func `what an end of 200 ended is not seen open`() {
        connected()
        release(.end, "c1", 200, by: "ada")
        read("c1", "connected", owner: "ada")
        #expect(violations().map(\.lines) == [[9, 10]])
    }

    @Test mutating func `two agents do not accept one conversation`() {
        connected()
        history.accept("c1", by: "ben", offer: "o2")
        #expect(violations().map(\.lines) == [[8, 9]])
    }

    @Test mutating func `an end is not acknowledged after the end`() {
        connected()
        release(.end, "c1", 200, by: "ada")
        history.read("c1", "ended", "completed")
        release(.end, "c1", 200, by: "ada")
        #expect(violations().count == 1)
    }

    @Test mutating func `an end is not refused as too late while it goes on`() {
        connected()
        release(.end, "c1", 409)
        read("c1", "connected", owner: "ada")
        #expect(violations().count == 1)
    }

    @Test mutating func `an agent does not end what another has`() {
        connected()
        release(.end, "c1", 202, by: "ben")
        #expect(violations().count == 1)
    }

    @Test mutating func `the owner's repeated accept is not too late`() {
        connected()
        history.add(.accept, .refused) { record in
            (record.conversation, record.agent, record.offer, record.status) = ("c1", "ada", "c1-1", 410)
        }
        #expect(violations().count == 1)
    }

    @Test mutating func `what was declined is not accepted`() {
        history.create("c1")
        history.ring("c1", at: "ada")
        history.decline("c1", by: "ada")
        history.accept("c1", by: "ada")
        #expect(violations().count == 1)
    }

    @Test mutating func `the reason follows from who had it`() {
        connected()
        release(.end, "c1", 202, by: "ada")
        history.read("c1", "ended", "cancelled")
        #expect(violations().count == 1)
    }

    @Test mutating func `work is not wrapped up while it goes on`() {
        connected()
        history.add(.wrapUp) { ($0.conversation, $0.agent, $0.segment, $0.status) = ("c1", "ada", "s1", 200) }
        #expect(violations().count == 1)
    }

    @Test mutating func `a conversation is not created twice, nor found before it is there`() {
        history.create("c1")
        history.create("c1")
        history.add(.create) { ($0.conversation, $0.key, $0.status) = ("c2", "k9", 200) }
        // Somebody else may have created c2 without an answer.
        #expect(violations().map(\.lines) == [[6, 7]])
    }

    @Test mutating func `an acknowledged conversation is known`() {
        history.create("c1")
        history.add(.read, .refused) { ($0.conversation, $0.status) = ("c1", 404) }
        #expect(violations().map(\.lines) == [[6, 7]])
    }

    // MARK: the report

    @Test mutating func `too much work is undecided, and not fine`() {
        connected()
        release(.end, "c1", 200, by: "ada")
        history.read("c1", "ended", "completed")
        let checker = HistoryChecker(history.finished())
        let report = checker.report(workLimit: 2)
        #expect(report.undecided == ["c1"])
        #expect(report.checks.last?.verdict == .undecided(1))
        #expect(report.violations == [] && !report.holds)
        #expect(checker.report().holds)
    }

    @Test mutating func `a history that cannot be used is not judged`() {
        history.wholeCall("c1", with: "ada")
        let report = HistoryChecker(history.cutOff()).report()
        #expect(report.checks.first?.verdict == .violated(1))
        #expect(report.checks.dropFirst().allSatisfy { $0.verdict == .notJudged })
    }

    // MARK: promise 6

    @Test mutating func `a repeated creation has the same answer`() {
        for status in [201, 200] {
            history.add(.create) { ($0.conversation, $0.key, $0.status) = ("c1", "k1", status) }
        }
        history.abandon("c1")
        history.read("c1", "ended", "abandoned")
        #expect(history.kinds() == [.repeatedDifferently])
    }

    @Test(arguments: [false, true])
    mutating func `a call is not acknowledged at one try and refused at another`(_ isRefusedFirst: Bool) {
        history.create("c1")
        history.ring("c1", at: "ada")
        for status in isRefusedFirst ? [410, 200] : [200, 410] {
            history.add(.accept, status == 200 ? .ok : .refused) { record in
                (record.conversation, record.agent, record.offer) = ("c1", "ada", "c1-1")
                (record.key, record.status) = ("a1", status)
            }
        }
        history.end("c1")
        history.read("c1", "ended", "completed")
        #expect(history.kinds() == [.repeatedDifferently])
    }
}
