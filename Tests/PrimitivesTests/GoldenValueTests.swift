import Primitives
import Testing

/// Values on which placement and derived ids depend; they were computed apart from this code and never change.
@Suite struct GoldenValueTests {
    @Test(arguments: [
        ("", UInt64(0xEFD0_1F60_BA99_2926)), ("a", 0x82A2_A958_A9BE_CE5B), ("queue/sales", 0x25DA_C4C9_B1B7_5D66),
        ("conversation/c-0001", 0xFFF9_E71A_B0DE_0A84), ("ünï", 0xBD46_82F3_C47E_A1E3),
    ])
    func `the stable hash of a text is this`(_ text: String, _ hash: UInt64) {
        #expect(StableHash.of(text) == hash)
        #expect(StableHash.of(Array(text.utf8)) == hash)
    }

    @Test func `a hash is combined with a number in this way`() {
        #expect(StableHash.combine(1, 2) == 0xE850_28E6_B31F_8E7A)
        #expect(StableHash.combine(1, 2) != StableHash.combine(2, 1))
    }

    @Test(arguments: [
        (EntityID(.centre, "centre"), UInt32(1), UInt32(6), UInt32(105)), (EntityID(.queue, "sales"), 2, 9, 151),
        (EntityID(.agent, "ann"), 7, 31, 507), (EntityID(.conversation, "c-0001"), 15, 63, 1_023),
        (EntityID(.echo, "x"), 3, 15, 252),
    ])
    func `an entity stands on this shard of 16, 64 and 1,024`(
        _ entity: EntityID, _ of16: UInt32, _ of64: UInt32, _ of1024: UInt32
    ) {
        #expect(entity.shard(of: 16) == ShardID(of16))
        #expect(entity.shard(of: 64) == ShardID(of64))
        #expect(entity.shard(of: 1_024) == ShardID(of1024))
    }

    @Test func `one shard holds everything`() {
        for key in 0..<100 { #expect(EntityID(.queue, "\(key)").shard(of: 1) == ShardID(0)) }
    }

    @Test func `keys spread over the shards`() {
        var counts: [ShardID: Int] = [:]
        for key in 0..<6_400 { counts[EntityID(.conversation, "c\(key)").shard(of: 64), default: 0] += 1 }
        #expect(counts.count == 64)
        #expect(counts.values.allSatisfy { (50...160).contains($0) })
    }

    @Test func `the numbers of the entity kinds are these`() {
        let numbers = EntityKind.allCases.map(\.rawValue)
        #expect(numbers == [1, 2, 3, 4, 5, 6, 7])
        #expect(
            EntityKind.allCases.map(\.description) == [
                "centre", "queue", "agent", "conversation", "echo", "register", "cluster",
            ])
    }

    @Test func `the generator draws these numbers`() {
        var zero = SeededRandom(seed: 0)
        #expect(
            [zero.next(), zero.next(), zero.next()] == [
                0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F,
            ])
        var other = SeededRandom(seed: 1_234_567)
        let golden: [UInt64] = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        #expect([other.next(), other.next(), other.next()] == golden)
    }

    @Test func `a split generator goes its own way`() {
        var parent = SeededRandom(seed: 5)
        var same = SeededRandom(seed: 5)
        var child = parent.split()
        let drawn = (0..<10).map { _ in child.next() }
        _ = same.next()
        #expect((0..<10).map { _ in parent.next() } == (0..<10).map { _ in same.next() })
        var again = SeededRandom(seed: 5)
        var childAgain = again.split()
        #expect((0..<10).map { _ in childAgain.next() } == drawn)
    }

    @Test func `a chance of 0 never comes and of 1,000 always`() {
        var random = SeededRandom(seed: 3)
        let draws = (0..<1_000).map { _ in (random.chance(0), random.chance(1_000)) }
        #expect(draws.allSatisfy { !$0.0 && $0.1 })
    }

    @Test func `a pick stays in its range and reaches both ends`() {
        var random = SeededRandom(seed: 4)
        let drawn = Set((0..<500).map { _ in random.pick(-2...2) })
        #expect(drawn == [-2, -1, 0, 1, 2])
    }
}
