import Cluster
import Primitives
import Testing

/// Clocks compared by the beats of other nodes.
@Suite struct ClockWatchTests {
    private let start = Instant(microseconds: 1_760_000_000_000_000)

    private func watch(_ offsets: [Int64], nodes: Int, delays: [Int64] = [1]) -> ClockWatch {
        var watch = ClockWatch()
        for second in 0..<8 {
            let now = start + .seconds(Int64(second))
            for (number, offset) in offsets.enumerated() {
                for delay in delays {
                    watch.hear(now + .milliseconds(offset - delay), of: NodeID("p\(number)"), at: now)
                }
            }
        }
        watch.judge(nodes: nodes, at: start + .seconds(8))
        return watch
    }

    @Test(
        arguments: [
            ([0, 0], false), ([499, 10], false), ([600, 600], true), ([-600, -600], true), ([3_000, -3_000], false),
            ([3_000, 0], false), ([3_000, 3_100], true),
        ] as [([Int64], Bool)])
    func `the median of three decides`(offsets: [Int64], isOff: Bool) {
        #expect(watch(offsets, nodes: 3).isOff == isOff)
    }

    @Test func `one other clock acquits nobody`() {
        var watch = watch([5_000, 5_100], nodes: 3)
        #expect(watch.isOff)
        for second in 20..<40 as Range<Int64> {
            let now = start + .seconds(second)
            watch.hear(now + .seconds(5), of: NodeID("p0"), at: now)
            watch.judge(nodes: 3, at: now)
        }
        #expect(watch.isOff)
    }

    @Test func `clocks at the ends of time are only wrong`() {
        var watch = ClockWatch()
        for (peer, clock) in [("p0", Int64.min), ("p1", .min), ("p2", .max)] {
            watch.hear(Instant(microseconds: clock), of: NodeID(peer), at: start)
        }
        watch.judge(nodes: 4, at: start)
        #expect(!watch.isOff, "two against two: the one nearer to this node's own clock is its own")
        watch.hear(Instant(microseconds: .min), of: NodeID("p2"), at: start + .seconds(11))
        for peer in ["p0", "p1"] { watch.hear(Instant(microseconds: .min), of: NodeID(peer), at: start + .seconds(11)) }
        watch.judge(nodes: 4, at: start + .seconds(11))
        #expect(watch.isOff)
    }

    @Test func `one other clock convicts nobody`() {
        #expect(!watch([5_000], nodes: 3).isOff)
        #expect(!watch([5_000], nodes: 2).isOff)
    }

    @Test func `without word of a majority the last verdict stands`() {
        var watch = watch([900, 900], nodes: 3)
        #expect(watch.isOff)
        watch.judge(nodes: 3, at: start + .seconds(60))
        #expect(watch.isOff)
    }

    @Test func `slow messages do not make a clock wrong`() {
        #expect(!watch([0, 0], nodes: 3, delays: [2_000, 900, 3]).isOff)
        #expect(watch([0, 0], nodes: 3, delays: [900]).isOff, "when all are slow nobody can tell")
    }

    @Test func `at the limit a node does not come and go`() {
        var watch = watch([600, 600], nodes: 3)
        for offset in [450, 390] as [Int64] {
            for second in 20..<60 as Range<Int64> {
                let now = start + .seconds(offset == 450 ? second : second + 60)
                for peer in ["p0", "p1"] { watch.hear(now + .milliseconds(offset), of: NodeID(peer), at: now) }
                watch.judge(nodes: 3, at: now)
            }
            #expect(watch.isOff == (offset == 450))
        }
    }
}
