import Cluster
import Primitives
import Testing

/// Committed notices for readers that come, go and come back (api.md, `/events`).
@Suite struct EventHubTests {
    private let n1 = NodeID("n1")
    private let n2 = NodeID("n2")

    /// What a reader was given.
    ///
    /// Proof for `@unchecked Sendable`: used only through a ``TestWorld``, by one synchronous test.
    private final class Reading: @unchecked Sendable {
        var batches: [EventBatch] = []
        var positions: [EventPosition] = []
        var resets: [EventPosition] = []

        func take(_ item: EventHub.Item) {
            switch item {
            case .batch(let batch, let position):
                batches.append(batch)
                positions.append(position)
            case .reset(let position): resets.append(position)
            }
        }

        func numbers(_ name: String = "added") -> [Int] {
            batches.flatMap(\.notices).filter { $0.name == name }.compactMap { notice in
                if case .number(let number) = notice["number"] { Int(number) } else { nil }
            }
        }
    }

    private func read(
        _ cluster: TestCluster, on id: NodeID? = nil, after: EventPosition? = nil,
        shards: Set<ShardID>? = nil
    ) -> (Reading, UInt64) {
        let reading = Reading()
        let number = cluster.node(id ?? n1).events.read(shards, after: after) { item in
            reading.take(item)
            return true
        }
        return (reading, number)
    }

    private func position(_ cluster: TestCluster) -> EventPosition { cluster.node(n1).events.position(of: nil) }

    @Test func `a reader gets what is committed from now on, in order`() {
        let cluster = TestCluster(nodes: 1)
        let counter = cluster.counter(on: n1)
        cluster.call(.add(1), counter)
        let (reading, _) = read(cluster)
        for number in UInt64(2)...4 { cluster.call(.add(number), counter) }
        #expect(reading.numbers() == [2, 3, 4])
        #expect(reading.batches.map(\.index) == reading.batches.map(\.index).sorted())
    }

    @Test func `nothing is told before it is durable`() {
        let cluster = TestCluster(nodes: 1)
        let (reading, _) = read(cluster)
        cluster.log(n1).isImmediate = false
        cluster.call(.add(1), cluster.counter(on: n1))
        #expect(reading.numbers() == [])
        cluster.log(n1).commitAll()
        #expect(reading.numbers() == [1])
    }

    @Test func `a reader resumes exactly behind its position`() throws {
        let cluster = TestCluster(nodes: 1)
        let counters = (0..<4).map { cluster.counter(on: n1, skip: $0) }
        let (first, number) = read(cluster)
        for round in 0..<20 { cluster.call(.add(UInt64(round)), counters[round % 4]) }
        cluster.node(n1).events.stopReading(number)
        for round in 20..<40 { cluster.call(.add(UInt64(round)), counters[round % 4]) }
        #expect(first.numbers() == Array(0..<20))
        for place in [0, 7, 19] {
            let text = first.positions[place].text
            let after = try #require(EventPosition(text: text))
            let (second, _) = read(cluster, after: after)
            #expect(second.resets.isEmpty)
            #expect(second.numbers().sorted() == Array((place + 1)..<40))
            let (third, _) = read(cluster, after: second.positions.last)
            #expect(third.batches.isEmpty && third.resets.isEmpty)
        }
    }

    @Test func `a reader that has resumed goes on with what comes`() {
        let cluster = TestCluster(nodes: 1)
        let counter = cluster.counter(on: n1)
        let before = position(cluster)
        cluster.call(.add(1), counter)
        let (reading, _) = read(cluster, after: before)
        cluster.call(.add(2), counter)
        #expect(reading.numbers() == [1, 2])
    }

    @Test func `only the shards that are asked for are told`() {
        let cluster = TestCluster(nodes: 1)
        let one = cluster.counter(on: n1)
        let shard = cluster.map.shard(of: one)
        let other = (1..<100).map { cluster.counter(on: n1, skip: $0) }.first { cluster.map.shard(of: $0) != shard }
        let (reading, _) = read(cluster, shards: [shard])
        cluster.call(.add(1), one)
        if let other { cluster.call(.add(2), other) }
        #expect(reading.numbers() == [1])
    }

    @Test func `a position that is too old is answered with a reset, and reading goes on from there`() {
        let cluster = TestCluster(nodes: 1)
        let counter = cluster.counter(on: n1)
        cluster.call(.add(0), counter)
        let old = position(cluster)
        for _ in 0...EventHub.historyLimit { cluster.call(.add(1), counter) }
        let (reading, _) = read(cluster, after: old)
        #expect(reading.resets.count == 1)
        #expect(reading.batches.isEmpty)
        #expect(reading.resets.first == position(cluster))
        cluster.call(.add(7), counter)
        #expect(reading.numbers() == [7])
    }

    @Test func `the oldest position that is kept still resumes`() {
        let cluster = TestCluster(nodes: 1)
        let counter = cluster.counter(on: n1)
        cluster.call(.add(0), counter)
        let old = position(cluster)
        for number in 1...EventHub.historyLimit { cluster.call(.add(UInt64(number)), counter) }
        let (reading, _) = read(cluster, after: old)
        #expect(reading.resets.isEmpty)
        #expect(reading.numbers() == Array(1...EventHub.historyLimit))
    }

    @Test func `a position in a log that is gone is answered with a reset`() {
        let cluster = TestCluster(nodes: 2)
        let counter = cluster.counter(on: n2)
        cluster.call(.add(1), counter)
        cluster.settle()
        let old = position(cluster)
        cluster.crash(n2, wipe: true)
        cluster.start(n2)
        cluster.settle()
        cluster.call(.add(2), counter)
        cluster.settle()
        #expect(read(cluster, after: old).0.resets.count == 1)
    }

    @Test func `what only the agent's session may see is told live and never again`() {
        let cluster = TestCluster(nodes: 2)
        let counter = cluster.counter(on: n1)
        let before = position(cluster)
        let (live, _) = read(cluster)
        let (far, _) = read(cluster, on: n2)
        cluster.call(.ring(5), counter)
        cluster.settle()
        #expect(live.numbers("ring") == [5])
        #expect(far.numbers("ring") == [5])
        cluster.call(.add(6), counter)
        let (later, _) = read(cluster, after: before)
        #expect(later.numbers("ring") == [])
        #expect(later.numbers() == [6])
    }

    @Test func `a reader who wants no more gets no more`() {
        let cluster = TestCluster(nodes: 1)
        let counter = cluster.counter(on: n1)
        let reading = Reading()
        _ = cluster.node(n1).events.read(nil, after: nil) { item in
            reading.take(item)
            return reading.batches.count < 2
        }
        for number in UInt64(1)...5 { cluster.call(.add(number), counter) }
        #expect(reading.numbers() == [1, 2])
        let (other, number) = read(cluster)
        cluster.node(n1).events.stopReading(number)
        cluster.call(.add(6), counter)
        #expect(other.numbers() == [])
    }

    @Test func `any node tells what happens on another`() {
        let cluster = TestCluster(nodes: 3)
        let counter = cluster.counter(on: n2)
        let (reading, _) = read(cluster)
        for number in UInt64(1)...3 { cluster.call(.add(number), counter) }
        cluster.settle()
        #expect(reading.numbers() == [1, 2, 3])
    }

    @Test func `what a cut link lost is told when it is up again, once`() {
        let cluster = TestCluster(nodes: 2)
        let counter = cluster.counter(on: n2)
        let (reading, _) = read(cluster)
        cluster.call(.add(1), counter)
        cluster.settle()
        cluster.call(.add(2), counter)
        cluster.cutOff(n2)
        cluster.call(.add(3), counter)
        cluster.heal(n2)
        cluster.settle()
        cluster.call(.add(4), counter)
        cluster.settle()
        #expect(reading.numbers() == [1, 2, 3, 4])
    }

    @Test func `a node that starts is told the newest, as they were, and older positions get a reset there`() throws {
        let cluster = TestCluster(nodes: 2)
        let counter = cluster.counter(on: n2)
        cluster.call(.add(0), counter)
        let old = cluster.node(n2).events.position(of: nil)
        for number in 1...EventHub.firstFeed { cluster.call(.add(UInt64(number)), counter) }
        let kept = cluster.node(n2).events.position(of: nil)
        for number in 1...EventHub.firstFeed { cluster.call(.add(UInt64(number)), counter) }
        cluster.settle()
        cluster.crash(n1)
        cluster.start(n1)
        cluster.settle()
        let (late, _) = read(cluster, after: old)
        #expect(late.resets.count == 1 && late.batches.isEmpty)
        let (reading, _) = read(cluster, after: kept)
        #expect(reading.resets.isEmpty)
        #expect(reading.numbers() == Array(1...EventHub.firstFeed))
        cluster.call(.add(7), counter)
        cluster.settle()
        #expect(late.numbers() == [7] && reading.numbers().last == 7)
        #expect(cluster.node(n1).events.position(of: nil) == cluster.node(n2).events.position(of: nil))
    }

    @Test func `a position from one node resumes on another`() throws {
        let cluster = TestCluster(nodes: 2)
        let counter = cluster.counter(on: n2)
        let (reading, _) = read(cluster)
        for number in UInt64(1)...4 { cluster.call(.add(number), counter) }
        cluster.settle()
        let after = try #require(EventPosition(text: reading.positions[1].text))
        #expect(read(cluster, on: n2, after: after).0.numbers() == [3, 4])
    }

    @Test(arguments: ["", "!", "AAAA====", "_____w"])
    func `a text that is no position is refused, or says nothing`(_ text: String) {
        let position = EventPosition(text: text)
        #expect(position == nil || position?.text == text)
    }

    @Test func `foreign bytes give a batch, a position or an error`() throws {
        let cluster = TestCluster(nodes: 1)
        let (reading, _) = read(cluster)
        for skip in 0..<5 { cluster.call(.add(1), cluster.counter(on: n1, skip: skip)) }
        let batch = try #require(reading.batches.last)
        let position = try #require(reading.positions.last)
        #expect(try EventBatch(decoding: batch.encoded) == batch)
        #expect(try EventPosition(decoding: position.encoded) == position)
        var random = SeededRandom(seed: 3)
        for _ in 0..<3_000 {
            _ = try? EventBatch(decoding: random.mutated(batch.encoded))
            _ = try? EventPosition(decoding: random.mutated(position.encoded))
        }
    }
}
