import History
import Linearizability
import Testing

/// Small histories whose verdicts are known. Times are drawn so that the overlaps can be read off.
@Suite struct LinearizabilityTests {
    typealias Register = TimedOperation<VersionedRegister>
    typealias Queue = TimedOperation<FirstInFirstOut>

    private func read(_ value: Int, _ from: Int64, _ to: Int64) -> Register {
        Register(.read, .value(value, version: nil), invoked: from, completed: to)
    }

    private func write(_ value: Int, _ from: Int64, _ to: Int64?) -> Register {
        Register(.write(value), to == nil ? nil : .written(version: nil), invoked: from, completed: to)
    }

    private func put(_ value: Int, _ from: Int64, _ to: Int64) -> Queue {
        Queue(.put(value), nil, invoked: from, completed: to)
    }

    private func take(_ value: Int, _ from: Int64, _ to: Int64) -> Queue {
        Queue(.take, value, invoked: from, completed: to)
    }

    private func verdict(
        _ operations: [Register], workLimit: Int = Linearizability.workLimit
    ) -> Linearizability.Verdict {
        Linearizability.check(VersionedRegister(), operations: operations, workLimit: workLimit)
    }

    private func verdict(_ operations: [Queue]) -> Linearizability.Verdict {
        Linearizability.check(FirstInFirstOut(), operations: operations)
    }

    @Test func `nothing at all is linearizable`() {
        #expect(verdict([Register]()) == .linearizable)
    }

    @Test func `reads during a write may show the old and the new value`() {
        #expect(verdict([write(1, 0, 100), read(1, 25, 75), read(0, 30, 60)]) == .linearizable)
    }

    @Test func `once the new value was seen the old one is gone, though the write goes on`() {
        #expect(verdict([write(2, 0, 100), read(2, 10, 30), read(0, 40, 90)]) == .violated(at: 2))
    }

    @Test func `a read after a write shows it`() {
        #expect(verdict([write(1, 0, 10), read(0, 11, 20)]) == .violated(at: 1))
        #expect(verdict([write(1, 0, 10), read(1, 11, 20)]) == .linearizable)
    }

    @Test func `operations that touch in time have no order`() {
        #expect(verdict([write(1, 0, 10), read(0, 10, 20)]) == .linearizable)
    }

    @Test func `two readers do not see two writes in two orders`() {
        let writes = [write(1, 0, 100), write(2, 0, 100)]
        #expect(verdict(writes + [read(1, 10, 20), read(2, 30, 40)]) == .linearizable)
        #expect(verdict(writes + [read(1, 10, 20), read(2, 30, 40), read(1, 50, 60)]) == .violated(at: 4))
    }

    @Test func `writes that overlap queue up in either order (Herlihy and Wing, figure 1)`() {
        #expect(verdict([put(1, 0, 10), put(2, 5, 15), take(2, 20, 30), take(1, 25, 35)]) == .linearizable)
        #expect(verdict([put(1, 0, 10), put(2, 20, 30), take(2, 40, 50)]) == .violated(at: 2))
        #expect(verdict([put(1, 0, 50), take(1, 10, 20)]) == .linearizable)
        #expect(verdict([put(1, 0, 10), put(2, 5, 15), take(2, 20, 30), take(2, 25, 35)]) == .violated(at: 3))
    }

    @Test func `a write of unknown outcome may take effect late, early or never`() {
        #expect(verdict([write(1, 0, nil), read(0, 10, 20)]) == .linearizable)
        #expect(verdict([write(1, 0, nil), read(0, 10, 20), read(1, 1_000, 1_010)]) == .linearizable)
        #expect(verdict([write(1, 0, nil), write(2, 5, 10), read(2, 20, 30), read(1, 40, 50)]) == .linearizable)
    }

    @Test func `a write of unknown outcome takes effect at most once, and not before it was sent`() {
        let twice = [write(1, 0, nil), read(1, 10, 20), write(2, 30, 40), read(2, 50, 60), read(1, 70, 80)]
        #expect(verdict(twice) == .violated(at: 4))
        #expect(verdict([read(1, 0, 10), write(1, 20, nil)]) == .violated(at: 0))
    }

    @Test func `of two conditional writes on one version one succeeds`() {
        func writeIf(_ value: Int, _ output: VersionedRegister.Output?, _ from: Int64, _ to: Int64?) -> Register {
            Register(.writeIf(version: 0, value), output, invoked: from, completed: to)
        }
        let won = writeIf(1, .written(version: 1), 0, 50)
        #expect(verdict([won, writeIf(2, .mismatch, 10, 60)]) == .linearizable)
        #expect(verdict([won, writeIf(2, .written(version: 1), 10, 60)]) == .violated(at: 1))
        #expect(verdict([writeIf(1, .mismatch, 0, 50)]) == .violated(at: 0))
        #expect(verdict([writeIf(1, nil, 0, nil), writeIf(2, .mismatch, 10, 60)]) == .linearizable)
    }

    @Test func `a swap whose expected value never was there did not happen`() {
        func swap(_ expected: Int, _ value: Int, _ from: Int64, _ to: Int64) -> Register {
            Register(
                .compareAndSet(expected: expected, value), .written(version: nil), invoked: from, completed: to)
        }
        #expect(verdict([swap(0, 1, 0, 10), swap(1, 2, 5, 15), read(2, 20, 30)]) == .linearizable)
        // The chain must be walked in one order, whatever the order of the answers.
        #expect(verdict([swap(2, 3, 0, 90), swap(1, 2, 0, 80), swap(0, 1, 0, 70)]) == .linearizable)
        #expect(verdict([swap(2, 3, 0, 90), swap(0, 1, 0, 70)]) == .violated(at: 0))
    }

    @Test func `the first answer that cannot be explained is named, whatever comes later`() {
        let operations = [
            write(1, 0, 10), read(1, 12, 14), read(0, 20, 30), write(5, 40, 50), read(7, 60, 70),
        ]
        #expect(verdict(operations) == .violated(at: 2))
        #expect(verdict(operations.reversed()) == .violated(at: 2))
    }

    @Test func `the evidence leaves out what has nothing to do with it`() {
        let operations = [
            write(1, 0, 10), read(1, 12, 14), write(2, 15, 20), read(2, 21, 22), read(1, 25, 30), read(9, 40, 50),
        ]
        #expect(verdict(operations) == .violated(at: 4))
        let evidence = Linearizability.evidence(VersionedRegister(), of: operations, upTo: 4)
        // The read of 2 shows that the write of 1 was over by then; without it the first write might be late.
        #expect(evidence.last == 4)
        #expect(evidence.count <= 3 && !evidence.contains(5))
        let alone = evidence.map { operations[$0] }
        let optional = operations.indices.filter { $0 < 4 && !evidence.contains($0) }.map { place in
            var operation = operations[place]
            operation.completed = nil
            return operation
        }
        #expect(verdict(alone + optional) != .linearizable)
    }

    @Test func `work beyond the limit is undecided, never fine`() {
        let writes = (1...12).map { write($0, 0, 1_000) }
        #expect(verdict(writes + [read(99, 10, 20)], workLimit: 500) == .undecided)
        #expect(verdict([write(1, 0, 10), read(1, 20, 30)], workLimit: 2) == .linearizable)
        #expect(verdict([write(1, 0, 10), read(1, 20, 30)], workLimit: 1) == .undecided)
    }

    @Test func `many writes of unknown outcome are no trouble where they are not needed`() {
        let unknown = (1...40).map { write($0, Int64($0), nil) }
        let known = (0..<200).flatMap { number in
            let (value, at) = (1_000 + number, Int64(100 + 20 * number))
            return [write(value, at, at + 5), read(value, at + 10, at + 15)]
        }
        #expect(verdict(unknown + known) == .linearizable)
        let late = [read(7, 10_000, 10_001), read(1_199, 10_002, 10_003)]
        #expect(verdict(unknown + known + late, workLimit: 10_000) == .undecided)
        #expect(verdict(Array(unknown.prefix(7)) + known.suffix(2) + late) == .violated(at: 10))
    }

    @Test func `a step may lead to several states`() {
        typealias Coin = TimedOperation<TossedCoin>
        func toss(_ at: Int64) -> Coin { Coin(.toss, nil, invoked: at, completed: at + 1) }
        func look(_ heads: Bool, _ at: Int64) -> Coin { Coin(.look, heads, invoked: at, completed: at + 1) }
        let model = TossedCoin()
        #expect(Linearizability.check(model, operations: [toss(0), look(true, 10)]) == .linearizable)
        #expect(Linearizability.check(model, operations: [toss(0), look(false, 10)]) == .linearizable)
        let both = [toss(0), look(true, 10), look(false, 20)]
        #expect(Linearizability.check(model, operations: both) == .violated(at: 2))
        #expect(Linearizability.check(model, operations: both + [toss(12)]) == .linearizable)
    }
}

/// A queue of numbers.
struct FirstInFirstOut: SequentialModel {
    enum Input: Sendable { case put(Int), take }

    var initial: [Int] { [] }

    func step(_ state: [Int], _ input: Input, _ output: Int?) -> [[Int]] {
        switch input {
        case .put(let value): [state + [value]]
        case .take: state.first == output ?? state.first && !state.isEmpty ? [Array(state.dropFirst())] : []
        }
    }
}

/// A coin that shows heads until it is tossed.
struct TossedCoin: SequentialModel {
    enum Input: Sendable { case toss, look }

    var initial: Bool { true }

    func step(_ state: Bool, _ input: Input, _ output: Bool?) -> [Bool] {
        switch input {
        case .toss: [true, false]
        case .look: output ?? state == state ? [state] : []
        }
    }
}
