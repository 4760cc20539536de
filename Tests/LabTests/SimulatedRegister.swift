import History
import Linearizability

/// A generator of numbers that gives the same for the same seed (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// An atomic register with concurrent clients: each operation takes effect at one moment between its two times.
///
/// Written values are all different, so that a fault cannot be explained by chance.
struct SimulatedRegister {
    typealias Timed = TimedOperation<VersionedRegister>

    private struct Planned {
        var input: VersionedRegister.Input
        var invoked: Int64
        var effect: Int64?
        var completed: Int64?
    }

    private(set) var operations: [Timed] = []

    /// - Parameter unknownPercent: how many operations have no answer; half of these have their effect all the same.
    init(seed: UInt64, clients: Int, operationsEach: Int, unknownPercent: Int) {
        var random = SeededNumbers(seed: seed)
        var planned: [Planned] = []
        var value = 0
        for _ in 0..<clients {
            var clock = Int64.random(in: 0..<50, using: &random)
            for _ in 0..<operationsEach {
                value += 1
                let invoked = clock
                let effect = invoked + .random(in: 1...40, using: &random)
                let completed = effect + .random(in: 1...40, using: &random)
                clock = completed + .random(in: 0...30, using: &random)
                let input: VersionedRegister.Input =
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: .write(value)
                    case 1: .writeIf(version: .random(in: 0...operationsEach, using: &random), value)
                    default: .read
                    }
                let isUnknown = Int.random(in: 0..<100, using: &random) < unknownPercent
                // What is never answered may take effect long after its client gave up, or never.
                let late = effect + .random(in: 0...500, using: &random)
                let happens = !isUnknown || Bool.random(using: &random)
                planned.append(
                    Planned(
                        input: input, invoked: invoked, effect: happens ? (isUnknown ? late : effect) : nil,
                        completed: isUnknown ? nil : completed))
            }
        }
        run(planned)
    }

    private mutating func run(_ planned: [Planned]) {
        var (value, version) = (0, 0)
        var outputs: [Int: VersionedRegister.Output] = [:]
        let order = planned.indices.filter { planned[$0].effect != nil }
            .sorted { (planned[$0].effect ?? 0, $0) < (planned[$1].effect ?? 0, $1) }
        for place in order {
            func write(_ new: Int) -> VersionedRegister.Output {
                (value, version) = (new, version + 1)
                return .written(version: version)
            }
            switch planned[place].input {
            case .read: outputs[place] = .value(value, version: version)
            case .write(let new): outputs[place] = write(new)
            case .writeIf(let expected, let new): outputs[place] = expected == version ? write(new) : .mismatch
            case .compareAndSet(let expected, let new): outputs[place] = expected == value ? write(new) : .mismatch
            }
        }
        for (place, plan) in planned.enumerated() {
            operations.append(
                Timed(
                    plan.input, plan.completed == nil ? nil : outputs[place], invoked: plan.invoked,
                    completed: plan.completed))
        }
    }

    var end: Int64 { operations.map { $0.completed ?? $0.invoked }.max() ?? 0 }

    /// Acknowledged writes with their values, in the order of their acknowledgement.
    private var acknowledged: [(value: Int, operation: Timed)] {
        let writes: [(value: Int, operation: Timed)] = operations.compactMap { operation in
            guard case .written? = operation.output else { return nil }
            switch operation.input {
            case .write(let value), .writeIf(_, let value), .compareAndSet(_, let value): return (value, operation)
            case .read: return nil
            }
        }
        return writes.sorted { $0.operation.completed ?? 0 < $1.operation.completed ?? 0 }
    }

    /// Adds a read of a value that an acknowledged write had replaced.
    /// - Returns: `false` if there were no two writes one after the other.
    mutating func addStaleRead() -> Bool {
        let writes = acknowledged
        for (place, old) in writes.enumerated() {
            let next = writes[(place + 1)...].first { $0.operation.invoked > old.operation.completed ?? .max }
            guard let next, let over = next.operation.completed else { continue }
            operations.append(
                Timed(.read, .value(old.value, version: nil), invoked: over + 1, completed: over + 2))
            return true
        }
        return false
    }

    /// Adds a second acknowledged write with the condition that another one used up.
    mutating func addLostUpdate() -> Bool {
        for operation in operations {
            guard case .writeIf(let version, _) = operation.input, case .written? = operation.output,
                let completed = operation.completed
            else { continue }
            operations.append(
                Timed(
                    .writeIf(version: version, 9_999), .written(version: version + 1), invoked: operation.invoked,
                    completed: completed + 5))
            return true
        }
        return false
    }

    /// Adds a last read that shows one write more than there were.
    mutating func addDoubledEffect() -> Bool {
        guard let last = acknowledged.last else { return false }
        let count = acknowledged.count
        operations.append(
            Timed(.read, .value(last.value, version: count + 1), invoked: end + 1, completed: end + 2))
        return true
    }
}
