import History
import Testing

/// Histories that break a promise, one kind each: the checker must find it, and point at the lines.
@Suite struct HistoryCheckerBadTests {
    var history = HandMadeHistory()

    @Test mutating func `a conversation that never ended is lost`() {
        history.wholeCall("c1", with: "ada")
        history.create("c2")
        history.read("c2", "waiting")
        #expect(history.kinds() == [.lost])
    }

    @Test mutating func `a conversation that was never read again is lost`() {
        history.create("c1")
        #expect(history.kinds() == [.lost])
    }

    @Test mutating func `a conversation that ended without a reason is lost`() {
        history.create("c1")
        history.connect("c1", with: "ada")
        history.end("c1")
        history.read("c1", "ended")
        #expect(history.kinds() == [.lost])
    }

    @Test mutating func `an acknowledged conversation that is unknown later is lost`() {
        history.create("c1")
        history.add(.read, .refused) { ($0.conversation, $0.status) = ("c1", 404) }
        #expect(history.kinds() == [.lost])
    }

    @Test mutating func `an ended conversation does not come back`() {
        history.wholeCall("c1", with: "ada")
        history.read("c1", "waiting")
        #expect(history.kinds() == [.cameBack])
    }

    @Test mutating func `a conversation ends for one reason`() {
        history.create("c1")
        history.connect("c1", with: "ada")
        history.end("c1")
        history.read("c1", "ended", "completed")
        history.read("c1", "ended", "failed")
        #expect(history.kinds() == [.cameBack])
    }

    @Test mutating func `nothing is completed that nobody accepted`() {
        history.create("c1")
        history.ring("c1", at: "ada")
        history.accept("c1", by: "ada", .refused)
        history.read("c1", "ended", "completed")
        #expect(history.kinds() == [.wrongReason])
    }

    @Test mutating func `nothing is abandoned by a customer that did not give up`() {
        history.create("c1")
        history.abandon("c1", .refused)
        history.read("c1", "ended", "abandoned")
        #expect(history.kinds() == [.wrongReason])
    }

    @Test mutating func `what an agent accepted does not end as abandoned`() {
        history.create("c1")
        history.connect("c1", with: "ada")
        history.abandon("c1")
        history.read("c1", "ended", "abandoned")
        #expect(history.kinds() == [.wrongReason])
    }

    @Test mutating func `two agents do not own one conversation`() throws {
        history.create("c1")
        history.ring("c1", at: "ada", offer: "o1")
        history.accept("c1", by: "ada", offer: "o1")
        history.ring("c1", at: "ben", offer: "o2")
        history.accept("c1", by: "ben", offer: "o2")
        history.end("c1")
        history.read("c1", "ended", "completed")
        let first = try #require(HistoryChecker(history.finished()).violations().first)
        #expect(first.kind == .doubled)
        #expect(first.kind.promise == 2)
        // Header 1, two agents with two records each, create 6, ring 7, accept 8, ring 9, accept 10.
        #expect(first.lines == [8, 10])
    }

    @Test mutating func `one offer is not accepted by two agents`() {
        history.create("c1")
        history.ring("c1", at: "ada")
        history.ring("c1", at: "ben")
        history.accept("c1", by: "ada")
        history.accept("c1", by: "ben")
        history.end("c1")
        history.read("c1", "ended", "completed")
        #expect(history.kinds() == [.doubled])
    }

    @Test mutating func `an offer is not accepted and declined`() {
        history.create("c1")
        history.ring("c1", at: "ada")
        history.decline("c1", by: "ada")
        history.accept("c1", by: "ada")
        history.end("c1")
        history.read("c1", "ended", "completed")
        #expect(history.kinds() == [.answeredTwice])
    }

    @Test(arguments: [HistoryRecord.OfferOutcome.unanswered, .declined])
    mutating func `an accepted offer does not end otherwise`(_ outcome: HistoryRecord.OfferOutcome) {
        history.create("c1")
        history.connect("c1", with: "ada")
        history.offerEnded(outcome, "c1", at: "ada")
        history.end("c1")
        history.read("c1", "ended", "completed")
        #expect(history.kinds() == [.answeredTwice])
    }

    @Test mutating func `a withdrawn offer is not accepted later`() {
        history.create("c1")
        history.ring("c1", at: "ada")
        history.offerEnded(.withdrawn, "c1", at: "ada")
        history.accept("c1", by: "ada")
        history.end("c1")
        history.read("c1", "ended", "completed")
        #expect(history.kinds() == [.acceptedTooLate])
    }

    @Test mutating func `an ended conversation is not accepted`() {
        history.create("c1")
        history.accept("c1", by: "ben", .unknown, offer: "o0")
        history.ring("c1", at: "ada")
        history.abandon("c1")
        history.read("c1", "ended", "completed")
        history.accept("c1", by: "ada")
        #expect(history.kinds() == [.acceptedTooLate])
    }

    @Test mutating func `an agent does not accept what rang at another`() {
        history.create("c1")
        history.ring("c1", at: "ada")
        history.accept("c1", by: "ben")
        history.end("c1")
        history.read("c1", "ended", "completed")
        #expect(history.kinds() == [.notOffered])
    }

    @Test mutating func `three chats are above a maximum of two`() throws {
        for id in ["c1", "c2", "c3"] {
            history.create(id, "chat")
            history.connect(id, with: "ada", "chat")
        }
        for id in ["c1", "c2", "c3"] {
            history.end(id)
            history.read(id, "ended", "completed")
        }
        let violation = try #require(HistoryChecker(history.finished()).violations().first)
        #expect(violation.kind == .overCapacity)
        #expect(violation.explanation.contains("ada had 3 of chat"))
        #expect(violation.lines == [7, 8, 10, 11, 13, 14])
    }

    @Test mutating func `a call does not ring during another`() {
        history.create("c1")
        history.create("c2")
        history.connect("c1", with: "ada")
        history.ring("c2", at: "ada")
        history.decline("c2", by: "ada")
        history.end("c1")
        history.abandon("c2")
        history.read("c1", "ended", "completed")
        history.read("c2", "ended", "abandoned")
        #expect(history.kinds() == [.overCapacity])
    }

    @Test mutating func `media that may not interrupt do not meet`() {
        history.create("c1", "chat")
        history.connect("c1", with: "ada", "chat")
        history.wholeCall("c2", with: "ada", "email")
        history.end("c1")
        history.read("c1", "ended", "completed")
        #expect(history.kinds() == [.overCapacity])
    }

    @Test mutating func `one key does not make two conversations`() {
        for id in ["c1", "c2"] {
            history.create(id, key: "same")
            history.connect(id, with: "ada")
            history.end(id)
            history.read(id, "ended", "completed")
        }
        #expect(history.kinds() == [.repeatedDifferently])
    }

    @Test mutating func `two customers do not get one conversation`() {
        history.create("c1", key: "one")
        history.create("c1", key: "other")
        history.connect("c1", with: "ada")
        history.end("c1")
        history.read("c1", "ended", "completed")
        #expect(history.kinds() == [.repeatedDifferently])
    }

    @Test mutating func `a history that is cut off proves nothing`() {
        history.wholeCall("c1", with: "ada")
        #expect(HistoryChecker(history.cutOff()).violations().map(\.kind) == [.unusable])
    }

    @Test mutating func `a history that lacks a line proves nothing`() {
        history.wholeCall("c1", with: "ada")
        var recorded = history.finished()
        recorded.lines.remove(at: 6)
        let kinds = HistoryChecker(recorded).violations().map(\.kind)
        #expect(kinds.contains(.unusable))
    }

    @Test mutating func `work of an agent without known limits cannot be judged`() {
        history.wholeCall("c1", with: "cleo")
        #expect(history.kinds() == [.unusable])
    }

    @Test mutating func `an acknowledged call names what it was about`() {
        history.add(.accept) { ($0.agent, $0.offer) = ("ada", "o1") }
        #expect(history.kinds().contains(.unusable))
    }

    @Test mutating func `nothing is completed before it was invoked`() {
        history.add(.presence) { ($0.agent, $0.completed) = ("ada", $0.invoked - 1) }
        #expect(history.kinds() == [.unusable])
    }

    @Test mutating func `the earliest violation comes first`() {
        history.create("c1")
        history.read("c1", "waiting")
        history.create("c2")
        #expect(history.kinds() == [.lost, .lost])
        let lines = HistoryChecker(history.finished()).violations().map(\.lines)
        #expect(lines == [[6, 7], [8]])
    }
}
