import Cluster
import HTTPAPI
import Primitives
import Synchronization
import Testing

/// The bounded buffer in front of a reader of events.
@Suite struct EventFeedTests {
    private final class Closing: Sendable {
        private let count = Atomic<Int>(0)
        var isClosed: Bool { count.load(ordering: .relaxed) > 0 }
        func close() { count.add(1, ordering: .relaxed) }
    }

    private static func batch(_ shard: UInt32, _ index: UInt64, of agent: String = "anna") -> EventHub.Item {
        let notice = Notice("changed", of: EntityID(.agent, agent), at: .zero, [])
        return .batch(EventBatch(shard: ShardID(shard), epoch: 1, index: index, notices: [notice]), EventPosition())
    }

    private func makeFeed(_ close: @escaping @Sendable () -> Void = {}) -> EventFeed {
        EventFeed(concerns: { $0.entity.key == "anna" }, close: close)
    }

    private func text(_ item: EventFeed.Item?) -> String {
        func text(_ passed: EventPosition) -> String {
            passed.places.sorted { $0.key < $1.key }.map { " \($0.key).\($0.value.index)" }.joined()
        }
        return switch item {
        case .batch(let batch, let passed): "\(batch.shard).\(batch.index)\(text(passed))"
        case .heartbeat(let passed): "beat\(text(passed))"
        case .reset(let position): "reset\(text(position))"
        case nil: "end"
        }
    }

    @Test func `a reader that does not read is cut off`() {
        let closing = Closing()
        let feed = makeFeed { closing.close() }
        feed.begin()
        for index in 0..<UInt64(EventFeed.limit) {
            #expect(feed.take(Self.batch(0, index)))
        }
        #expect(!closing.isClosed)
        #expect(!feed.take(Self.batch(0, UInt64(EventFeed.limit))))
        #expect(closing.isClosed)
    }

    @Test func `a reader that leaves a heartbeat lying is cut off`() {
        let closing = Closing()
        let feed = makeFeed { closing.close() }
        feed.begin()
        feed.beat()
        feed.tookHeartbeat()
        feed.beat()
        #expect(!closing.isClosed)
        feed.beat()
        #expect(closing.isClosed)
    }

    @Test func `what was missed and what came meanwhile are put in order`() async {
        let feed = makeFeed()
        // The hub gives a new batch before it has given all old ones.
        for (shard, index) in [(1, 3), (0, 1), (1, 2), (0, 2)] {
            _ = feed.take(Self.batch(UInt32(shard), UInt64(index)))
        }
        feed.begin()
        _ = feed.take(Self.batch(1, 4))
        var iterator = feed.items.makeAsyncIterator()
        var seen: [String] = []
        for _ in 0..<5 { seen.append(text(await iterator.next())) }
        #expect(seen == ["0.1", "0.2", "1.2", "1.3", "1.4"])
    }

    @Test func `what is not for the reader wakes nobody, and its position moves on all the same`() async {
        let closing = Closing()
        let feed = makeFeed { closing.close() }
        _ = feed.take(Self.batch(0, 1, of: "ben"))
        feed.begin()
        _ = feed.take(Self.batch(0, 2))
        // More than a reader may have waiting.
        for index in 3..<(3 + 2 * UInt64(EventFeed.limit)) { #expect(feed.take(Self.batch(0, index, of: "ben"))) }
        _ = feed.take(Self.batch(1, 7, of: "ben"))
        feed.beat()
        _ = feed.take(Self.batch(1, 8, of: "ben"))
        _ = feed.take(Self.batch(1, 9))
        _ = feed.take(Self.batch(1, 10, of: "ben"))
        _ = feed.take(.reset(EventPosition()))
        _ = feed.take(Self.batch(1, 11))
        feed.finish()
        #expect(!closing.isClosed)
        var seen: [String] = []
        for await item in feed.items { seen.append(text(item)) }
        #expect(seen == ["0.2 0.1", "beat 0.\(2 + 2 * EventFeed.limit) 1.7", "1.9 1.8", "reset", "1.11"])
    }
}
