import Primitives
import Testing

/// Time saturates, so that no configuration can trap.
@Suite struct InstantTests {
    private let now = Instant(microseconds: 1_760_000_000_000_000)

    @Test func `an instant moves by a span`() {
        #expect(now + .milliseconds(3) == Instant(microseconds: 1_760_000_000_003_000))
        #expect(now + .seconds(-1) == Instant(microseconds: 1_759_999_999_000_000))
        #expect((now + .seconds(2)) - now == .seconds(2))
        #expect(now - (now + .seconds(2)) == .seconds(-2))
    }

    @Test func `the end of time is not passed`() {
        #expect(Instant.distantFuture + .microseconds(1) == .distantFuture)
        #expect(now + .microseconds(.max) == .distantFuture)
        #expect(Instant(microseconds: .min) + .microseconds(-1) == Instant(microseconds: .min))
        #expect(Instant(microseconds: .min) + .microseconds(.min) == Instant(microseconds: .min))
    }

    @Test func `the difference of two far instants is the longest span`() {
        let first = Instant(microseconds: .min)
        #expect(Instant.distantFuture - first == .microseconds(.max))
        #expect(first - .distantFuture == .microseconds(.min))
    }

    @Test func `a span from seconds or by a factor saturates`() {
        #expect(Span.seconds(.max) == .microseconds(.max))
        #expect(Span.seconds(.min) == .microseconds(.min))
        #expect(Span.milliseconds(.max) == .microseconds(.max))
        #expect(Span.seconds(3) * .max == .microseconds(.max))
        #expect(Span.seconds(-3) * .max == .microseconds(.min))
        #expect(Span.seconds(3) * 2 == .seconds(6))
    }

    @Test func `milliseconds and seconds are read off`() {
        #expect(Instant(microseconds: 1_999).milliseconds == 1)
        #expect(Span.microseconds(2_500).milliseconds == 2)
        #expect(Span.microseconds(2_500_000).seconds == 2.5)
    }

    @Test func `instants and spans are ordered`() {
        #expect(now < now + .microseconds(1))
        #expect(!(now < now))
        #expect(Span.milliseconds(1) < .milliseconds(2))
        #expect(Instant.zero < .distantFuture)
    }
}
