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

    private static func batch(_ shard: UInt32, _ index: UInt64) -> EventHub.Item {
        .batch(EventBatch(shard: ShardID(shard), epoch: 1, index: index, notices: []), EventPosition())
    }

    @Test func `a reader that does not read is cut off`() {
        let closing = Closing()
        let feed = EventFeed { closing.close() }
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
        let feed = EventFeed { closing.close() }
        feed.begin()
        feed.beat()
        feed.tookHeartbeat()
        feed.beat()
        #expect(!closing.isClosed)
        feed.beat()
        #expect(closing.isClosed)
    }

    @Test func `what was missed and what came meanwhile are put in order`() async {
        let feed = EventFeed {}
        // The hub gives a new batch before it has given all old ones.
        for (shard, index) in [(1, 3), (0, 1), (1, 2), (0, 2)] {
            _ = feed.take(Self.batch(UInt32(shard), UInt64(index)))
        }
        feed.begin()
        _ = feed.take(Self.batch(1, 4))
        var iterator = feed.items.makeAsyncIterator()
        var seen: [String] = []
        for _ in 0..<5 {
            guard case .batch(let batch)? = await iterator.next() else { break }
            seen.append("\(batch.shard).\(batch.index)")
        }
        #expect(seen == ["0.1", "0.2", "1.2", "1.3", "1.4"])
    }
}
