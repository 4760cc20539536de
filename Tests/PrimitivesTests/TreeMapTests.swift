import Primitives
import Testing

@Suite struct TreeMapTests {
    /// Random changes to a map and to copies of it, each beside a sorted array; what a copy holds never changes with another.
    @Test(arguments: [UInt64(1), 2, 3, 4]) func `a map and its copies hold what sorted arrays would`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var worlds: [(map: TreeMap<Int64, Int64>, model: [Int64: Int64])] = [(.init(), [:])]
        for step in 0..<6_000 {
            let place = Int(random.pick(0...Int64(worlds.count - 1)))
            // Growing, then shrinking, so that nodes are split, merged and emptied.
            let removes = random.chance(step % 3_000 < 1_500 ? 200 : 700)
            let key = random.pick(0...900)
            if removes {
                #expect(worlds[place].map.remove(key) == worlds[place].model.removeValue(forKey: key))
            } else {
                #expect(
                    worlds[place].map.set(key, Int64(step)) == worlds[place].model.updateValue(Int64(step), forKey: key)
                )
            }
            if random.chance(20) {
                if worlds.count == 4 { worlds.remove(at: Int(random.pick(0...3))) }
                worlds.append(worlds[Int(random.pick(0...Int64(worlds.count - 1)))])
            }
            if step % 50 == 0 { for world in worlds { check(world.map, world.model, key) } }
        }
        for world in worlds { check(world.map, world.model, 450) }
    }

    private func check(_ map: TreeMap<Int64, Int64>, _ model: [Int64: Int64], _ key: Int64) {
        let sorted = model.sorted { $0.key < $1.key }
        #expect(map.count == sorted.count)
        #expect(map.isEmpty == sorted.isEmpty)
        #expect(map.prefix(.max).map(\.key) == sorted.map(\.key))
        #expect(map.prefix(.max).map(\.value) == sorted.map(\.value))
        #expect(map.prefix(7).map(\.key) == sorted.prefix(7).map(\.key))
        #expect(map[key] == model[key])
        #expect(map.first?.key == sorted.first?.key)
        #expect(map.place(of: key) == sorted.count { $0.key < key })
        #expect(map.first { found, _ in found > key }?.key == sorted.first { $0.key > key }?.key)
    }

    @Test func `equality is of the elements, however they came`() {
        var up = TreeMap<Int, Int>()
        var down = TreeMap<Int, Int>()
        for key in 0..<500 { up[key] = key }
        for key in (0..<500).reversed() { down[key] = key }
        #expect(up == down)
        down[499] = nil
        #expect(up != down)
        down[499] = 0
        #expect(up != down)
    }

    @Test func `removing everything from either end leaves nothing`() {
        for ascending in [true, false] {
            var map = TreeMap<Int, Int>()
            for key in 0..<5_000 { map[key] = key }
            let shared = map
            for key in 0..<5_000 {
                let next = ascending ? key : 4_999 - key
                #expect(map.remove(next) == next)
                if ascending { #expect(map.first?.key == (next == 4_999 ? nil : next + 1)) }
            }
            #expect(map.isEmpty)
            #expect(map.remove(1) == nil)
            #expect(shared.count == 5_000)
        }
    }
}
