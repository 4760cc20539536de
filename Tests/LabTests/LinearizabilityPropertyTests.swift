import History
import Linearizability
import Testing

/// The checker against histories made by a simulated atomic register, and against a plain search for an order.
@Suite struct LinearizabilityPropertyTests {
    private static let seeds: ClosedRange<UInt64> = 1...300

    private func isLinearizable(_ operations: [SimulatedRegister.Timed]) -> Bool {
        Linearizability.check(VersionedRegister(), operations: operations) == .linearizable
    }

    @Test func `whatever an atomic register does is accepted`() {
        for seed in Self.seeds {
            let made = SimulatedRegister(seed: seed, clients: 5, operationsEach: 12, unknownPercent: 0)
            #expect(isLinearizable(made.operations), "seed \(seed)")
        }
    }

    @Test func `also where clients do not know the outcome`() {
        for seed in Self.seeds {
            let made = SimulatedRegister(seed: seed, clients: 4, operationsEach: 8, unknownPercent: 15)
            #expect(isLinearizable(made.operations), "seed \(seed)")
        }
    }

    @Test func `one stale read is refused`() {
        let planted = Self.seeds.count { seed in
            var made = SimulatedRegister(seed: seed, clients: 4, operationsEach: 10, unknownPercent: 5)
            guard made.addStaleRead() else { return false }
            #expect(!isLinearizable(made.operations), "seed \(seed)")
            return true
        }
        #expect(planted > 250)
    }

    @Test func `one lost update is refused`() {
        let planted = Self.seeds.count { seed in
            var made = SimulatedRegister(seed: seed, clients: 4, operationsEach: 10, unknownPercent: 5)
            guard made.addLostUpdate() else { return false }
            #expect(!isLinearizable(made.operations), "seed \(seed)")
            return true
        }
        #expect(planted > 50)
    }

    @Test func `one doubled effect is refused`() {
        let planted = Self.seeds.count { seed in
            var made = SimulatedRegister(seed: seed, clients: 4, operationsEach: 10, unknownPercent: 0)
            guard made.addDoubledEffect() else { return false }
            #expect(!isLinearizable(made.operations), "seed \(seed)")
            return true
        }
        #expect(planted > 250)
    }

    @Test func `verdicts and prefixes are those of a search through every order`() {
        var (good, bad) = (0, 0)
        for seed in 1...3_000 as ClosedRange<UInt64> {
            let operations = Self.anything(seed: seed)
            let expected = Self.shortestFailure(operations)
            let verdict = Linearizability.check(VersionedRegister(), operations: operations)
            #expect(verdict == (expected.map { .violated(at: $0) } ?? .linearizable), "seed \(seed)")
            if let expected {
                bad += 1
                let evidence = Linearizability.evidence(VersionedRegister(), of: operations, upTo: expected)
                #expect(evidence.contains(expected), "seed \(seed)")
            } else {
                good += 1
            }
        }
        #expect(good > 500 && bad > 500, "\(good) good, \(bad) bad")
    }

    /// Few operations with answers out of the air, all times different.
    private static func anything(seed: UInt64) -> [SimulatedRegister.Timed] {
        var random = SeededNumbers(seed: seed)
        let count = Int.random(in: 2...6, using: &random)
        let times = Array(0..<Int64(2 * count)).shuffled(using: &random)
        return (0..<count).map { place in
            let (one, other) = (times[2 * place], times[2 * place + 1])
            let value = Int.random(in: 0...2, using: &random)
            let (input, output): (VersionedRegister.Input, VersionedRegister.Output) =
                switch Int.random(in: 0..<5, using: &random) {
                case 0, 1: (.read, .value(value, version: nil))
                case 2: (.write(value), .written(version: nil))
                case 3: (.compareAndSet(expected: .random(in: 0...2, using: &random), value), .written(version: nil))
                default: (.compareAndSet(expected: .random(in: 0...2, using: &random), value), .mismatch)
                }
            let isUnknown = Int.random(in: 0..<5, using: &random) == 0
            return SimulatedRegister.Timed(
                input, isUnknown ? nil : output, invoked: min(one, other), completed: isUnknown ? nil : max(one, other))
        }
    }

    /// The answer that ends the shortest prefix without an order; `nil` if the whole has one.
    private static func shortestFailure(_ operations: [SimulatedRegister.Timed]) -> Int? {
        let answered = operations.indices.filter { operations[$0].completed != nil }
            .sorted { operations[$0].completed ?? 0 < operations[$1].completed ?? 0 }
        return answered.first { last in
            let end = operations[last].completed ?? 0
            var prefix = operations.filter { $0.invoked < end }
            for place in prefix.indices where prefix[place].completed ?? 0 > end { prefix[place].completed = nil }
            return !hasOrder(prefix, VersionedRegister().initial)
        }
    }

    private static func hasOrder(_ rest: [SimulatedRegister.Timed], _ state: VersionedRegister.State) -> Bool {
        if rest.allSatisfy({ $0.completed == nil }) { return true }
        return rest.indices.contains { place in
            let operation = rest[place]
            guard rest.allSatisfy({ $0.completed ?? .max > operation.invoked }) else { return false }
            var others = rest
            others.remove(at: place)
            return VersionedRegister().step(state, operation.input, operation.output).contains { hasOrder(others, $0) }
        }
    }
}
