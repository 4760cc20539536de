import Primitives
import Testing

/// Due times by key, against a dictionary that is sorted at each look.
@Suite struct TimerTableTests {
    private struct Model {
        var dues: [Int: Instant] = [:]

        var inOrder: [(key: Int, due: Instant)] {
            dues.map { ($0.key, $0.value) }.sorted { ($0.due, $0.key) < ($1.due, $1.key) }
        }

        func due(at now: Instant, limit: Int) -> [Int] {
            Array(inOrder.filter { $0.due <= now }.map(\.key).prefix(limit))
        }
    }

    @Test(arguments: 1...20) func `a table behaves as a sorted dictionary`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var table = TimerTable<Int>()
        var model = Model()
        for _ in 0..<600 {
            let key = Int(random.pick(0...30))
            if random.chance(650) {
                let due = Instant(microseconds: random.pick(-5...40))
                table.set(key, due: due)
                model.dues[key] = due
            } else {
                table.clear(key)
                model.dues[key] = nil
            }
            let now = Instant(microseconds: random.pick(-6...45))
            let limit = Int(random.pick(0...40))
            #expect(table.earliest == model.inOrder.first?.due)
            #expect(table.due(at: now, limit: limit) == model.due(at: now, limit: limit))
        }
    }

    @Test func `a key has one due time, the last one set`() {
        var table = TimerTable<String>()
        table.set("a", due: Instant(microseconds: 10))
        table.set("a", due: Instant(microseconds: 20))
        #expect(table.due(at: Instant(microseconds: 10), limit: 9) == [])
        #expect(table.due(at: Instant(microseconds: 20), limit: 9) == ["a"])
        table.clear("a")
        #expect(table.earliest == nil)
    }

    @Test func `looking at what is due takes nothing away`() {
        var table = TimerTable<String>()
        table.set("a", due: .zero)
        #expect(table.due(at: .zero, limit: 1) == ["a"])
        #expect(table.due(at: .zero, limit: 1) == ["a"])
    }

    @Test func `tables with the same timers are equal however they came about`() {
        var one = TimerTable<Int>()
        var other = TimerTable<Int>()
        for key in 0..<10 { one.set(key, due: Instant(microseconds: 5)) }
        for key in (0..<10).reversed() {
            other.set(key, due: .distantFuture)
            other.set(key, due: Instant(microseconds: 5))
        }
        #expect(one == other)
    }
}
