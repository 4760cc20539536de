import Cluster
import Primitives
import Testing

@Suite struct CorrectionsTests {
    private let begin = Instant.zero + .seconds(1_000)
    private let one = ShardID(1)
    private let two = ShardID(2)

    @Test func `the first guess is told soon, and one that waits is not told twice`() {
        var corrections = Corrections()
        let end = corrections.note(one, at: begin)
        #expect(end == begin + Corrections.shortest)
        #expect(corrections.note(one, at: begin + .milliseconds(1)) == nil)
        let told = corrections.take(at: begin + Corrections.shortest)
        #expect(told.shards == [one])
        #expect(told.next == nil)
    }

    @Test func `while one guess follows the other the pauses grow to the longest, and calm makes them short again`()
        throws
    {
        var corrections = Corrections()
        var now = begin
        var pauses: [Span] = []
        for _ in 0..<6 {
            let noted = corrections.note(one, at: now)
            let end = try #require(noted)
            pauses.append(end - now)
            #expect(corrections.take(at: end).shards == [one])
            now = end + .milliseconds(1)
        }
        #expect(pauses == [300, 600, 1_200, 2_400, 2_400, 2_400].map(Span.milliseconds))
        let calm = now + Corrections.longest
        #expect(corrections.note(one, at: calm) == calm + Corrections.shortest)
        #expect(corrections.note(two, at: calm) == nil, "it is told at the same moment")
        #expect(corrections.take(at: calm + Corrections.shortest).shards == [one, two])
    }

    @Test func `each is told at its own time, and who comes in vain changes nothing`() {
        var corrections = Corrections()
        let late = begin + .milliseconds(100)
        #expect(corrections.note(one, at: begin) == begin + .milliseconds(300))
        _ = corrections.take(at: begin + .milliseconds(300))
        // Now one waits twice as long, and two is due before it.
        #expect(corrections.note(one, at: begin + .milliseconds(310)) == begin + .milliseconds(910))
        #expect(corrections.note(two, at: begin + .milliseconds(400)) == begin + .milliseconds(700))
        #expect(corrections.take(at: late).shards.isEmpty)
        let first = corrections.take(at: begin + .milliseconds(700))
        #expect(first.shards == [two])
        #expect(first.next == begin + .milliseconds(910))
        #expect(corrections.take(at: begin + .milliseconds(910)).shards == [one])
        #expect(corrections.take(at: begin + .milliseconds(910)).shards.isEmpty, "a second who comes for the same")
    }
}
