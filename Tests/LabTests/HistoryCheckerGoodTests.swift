import History
import Testing

/// Histories that keep every promise; `docs/history-format.md`, section “What verify concludes”.
@Suite struct HistoryCheckerGoodTests {
    var history = HandMadeHistory()

    @Test mutating func `calls that end one after the other are fine`() {
        history.wholeCall("c1", with: "ada")
        history.wholeCall("c2", with: "ada")
        history.wholeCall("c3", with: "ben", "email")
        #expect(history.kinds() == [] && history.isLinearizable)
        #expect(HistoryChecker(history.finished()).acknowledged == 3)
    }

    @Test mutating func `two chats at once are within a maximum of two`() {
        history.create("c1", "chat")
        history.create("c2", "chat")
        history.connect("c1", with: "ada", "chat")
        history.connect("c2", with: "ada", "chat")
        history.end("c1")
        history.end("c2")
        history.read("c1", "ended", "completed")
        history.read("c2", "ended", "completed")
        #expect(history.kinds() == [] && history.isLinearizable)
    }

    @Test mutating func `declined, missed and withdrawn offers may go on to the next agent`() {
        history.create("c1")
        history.ring("c1", at: "ada", offer: "o1")
        history.decline("c1", by: "ada", offer: "o1")
        history.offerEnded(.declined, "c1", at: "ada", offer: "o1")
        history.ring("c1", at: "ben", offer: "o2")
        history.offerEnded(.unanswered, "c1", at: "ben", offer: "o2")
        history.ring("c1", at: "ada", offer: "o3")
        history.abandon("c1")
        history.offerEnded(.withdrawn, "c1", at: "ada", offer: "o3")
        history.accept("c1", by: "ada", .refused, offer: "o3")
        history.read("c1", "ended", "abandoned")
        #expect(history.kinds() == [] && history.isLinearizable)
    }

    @Test mutating func `an accept that is repeated counts once`() {
        history.create("c1")
        history.ring("c1", at: "ada")
        history.accept("c1", by: "ada", .unknown)
        history.accept("c1", by: "ada")
        history.accept("c1", by: "ada")
        history.end("c1")
        history.read("c1", "ended", "completed")
        #expect(history.kinds() == [] && history.isLinearizable)
    }

    @Test mutating func `an accept of unknown outcome convicts nobody`() {
        history.create("c1")
        history.ring("c1", at: "ada", offer: "o1")
        history.accept("c1", by: "ada", .unknown, offer: "o1")
        history.ring("c1", at: "ben", offer: "o2")
        history.accept("c1", by: "ben", offer: "o2")
        history.end("c1")
        history.read("c1", "ended", "completed")
        #expect(history.kinds() == [] && history.isLinearizable)
    }

    @Test mutating func `work counts only until somebody asked for its end`() {
        history.create("c1")
        history.connect("c1", with: "ada")
        history.end("c1", .unknown)
        history.create("c2")
        history.connect("c2", with: "ada")
        history.end("c1")
        history.end("c2")
        history.read("c1", "ended", "completed")
        history.read("c2", "ended", "completed")
        #expect(history.kinds() == [] && history.isLinearizable)
    }

    @Test mutating func `an abandon that came just before the accept leaves a completed conversation`() {
        history.create("c1")
        history.ring("c1", at: "ada")
        history.abandon("c1")
        history.accept("c1", by: "ada")
        history.read("c1", "ended", "completed")
        #expect(history.kinds() == [] && history.isLinearizable)
    }

    @Test mutating func `work of an agent that was away goes to another`() {
        history.create("c1")
        history.ring("c1", at: "ada", offer: "o1")
        history.accept("c1", by: "ada", offer: "o1")
        history.pass(seconds: 130)
        history.ring("c1", at: "ben", offer: "o2")
        history.accept("c1", by: "ben", offer: "o2")
        history.end("c1")
        history.read("c1", "ended", "completed")
        #expect(history.kinds() == [.doubled])
        history.setStreams("ada", [(0, 1_000_000)])
        #expect(history.kinds() == [] && history.isLinearizable)
    }

    @Test mutating func `media that may interrupt may meet`() {
        history.create("c1", "email")
        history.connect("c1", with: "ada", "email")
        history.wholeCall("c2", with: "ada", "voice")
        history.end("c1")
        history.read("c1", "ended", "completed")
        #expect(history.kinds() == [.overCapacity])
        var allowed = history
        allowed.add(.readAgent) { record in
            record.agent = "ada"
            record.limits = [
                "voice": .init(maximum: 1), "email": .init(maximum: 1, mayBeInterruptedBy: ["voice"]),
            ]
        }
        #expect(allowed.kinds() == [] && allowed.isLinearizable)
    }
}
