import Cluster
import Primitives
import Testing

@Suite struct CallTriesTests {
    private let unknown = CallError.outcomeUnknown("the connection was lost")

    /// What the caller is told, and after which time, when the tries fail like this and the last failure goes on.
    private func end(_ failures: [CallError], patience: Span = .seconds(10), mayRepeat: Bool) -> (CallError, Span) {
        var tries = CallTries(patience: patience, mayRepeat: mayRepeat)
        var now = Instant.zero
        for number in 0..<1_000 {
            switch tries.next(after: failures[min(number, failures.count - 1)], at: now) {
            case .again(let pause): now = now + pause
            case .fail(let error): return (error, now - .zero)
            }
        }
        Issue.record("tried for ever")
        return (unknown, .zero)
    }

    @Test func `what was not executed is held for a second`() {
        let (error, waited) = end([.notExecuted(.notHere)], mayRepeat: false)
        #expect(error == .notExecuted(.notHere))
        #expect(waited > .milliseconds(700) && waited < .seconds(1))
        #expect(end([.notExecuted(.notHere)], patience: .milliseconds(100), mayRepeat: true).1 < .milliseconds(100))
    }

    @Test func `an unknown outcome is repeated only where that is harmless, as long as the caller waits`() {
        #expect(end([unknown], mayRepeat: false) == (unknown, .zero))
        let (error, waited) = end([unknown], mayRepeat: true)
        #expect(error == unknown && waited > .seconds(9) && waited < .seconds(10))
    }

    /// A repetition that is certainly not executed says nothing of the first try.
    @Test func `an unknown outcome stays unknown when its repetition is not executed`() {
        let (error, waited) = end([unknown, .notExecuted(.notConnected)], mayRepeat: true)
        #expect(error == unknown)
        #expect(waited > .seconds(9) && waited < .seconds(10))
        #expect(end([.notExecuted(.notHere), unknown, .notExecuted(.notHere)], mayRepeat: true).0 == unknown)
    }

    @Test func `a refusal of the request itself is told at once`() {
        #expect(end([.keyReused], mayRepeat: true) == (.keyReused, .zero))
        #expect(end([unknown, .keyReused], mayRepeat: true).0 == .keyReused)
        #expect(end([.tooLarge(bytes: 9)], mayRepeat: true) == (.tooLarge(bytes: 9), .zero))
    }
}
