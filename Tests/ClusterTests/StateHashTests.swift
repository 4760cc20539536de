import Cluster
import Primitives
import Testing

/// The hash of a shard's entities, kept as they change.
@Suite struct StateHashTests {
    /// Entities by number: their bytes, and whether they are at rest.
    private struct Model {
        var bytes: [Int: [UInt8]] = [:]
        var resting: Set<Int> = []
        var hash = StateHash()

        func id(_ number: Int) -> EntityID { EntityID(.register, "r\(number)") }

        mutating func value() -> UInt64 {
            let bytes = bytes
            return hash.value { id in Int(id.key.dropFirst()).flatMap { bytes[$0] } }
        }

        /// The hash as one made anew from the same state has it.
        var fresh: UInt64 {
            var hash = StateHash()
            for (number, bytes) in bytes { hash.add(id(number), bytes, isAtRest: number % 2 == 0) }
            return hash.value { _ in nil }
        }

        mutating func wake(_ number: Int) {
            guard resting.remove(number) != nil, let bytes = bytes[number] else { return }
            hash.wakes(id(number), bytes)
        }
    }

    @Test func `after any changes it is that of the state made anew`() {
        for seed in 1...50 as ClosedRange<UInt64> {
            var random = SeededRandom(seed: seed)
            var model = Model()
            for _ in 0..<200 {
                let number = Int(random.pick(0...9))
                switch random.pick(0...9) {
                case 0...4:
                    model.wake(number)
                    model.hash.touch(model.id(number))
                    model.bytes[number] = [UInt8(truncatingIfNeeded: random.next()), UInt8(number)]
                case 5, 6:
                    guard let bytes = model.bytes[number], model.resting.insert(number).inserted else { continue }
                    model.hash.rests(model.id(number), bytes)
                case 7: model.wake(number)
                default: #expect(model.value() == model.fresh, "seed \(seed)")
                }
            }
            #expect(model.value() == model.fresh, "seed \(seed)")
        }
    }

    @Test func `it tells states apart`() {
        var one = Model()
        one.hash.touch(one.id(1))
        one.bytes = [1: [1]]
        let before = one.value()
        #expect(one.value() == before)
        one.hash.touch(one.id(1))
        one.bytes = [1: [2]]
        #expect(one.value() != before)
        var other = StateHash()
        other.add(one.id(2), [1], isAtRest: true)
        #expect(other.value { _ in nil } != before, "the same bytes at another entity")
    }

    @Test func `an entity of which nothing is committed adds nothing`() {
        var hash = StateHash()
        hash.touch(EntityID(.register, "r1"))
        #expect(hash.value { _ in nil } == StateHash().emptyValue)
    }
}

extension StateHash {
    fileprivate var emptyValue: UInt64 {
        var empty = StateHash()
        return empty.value { _ in nil }
    }
}
