import Synchronization

/// The open event streams of this node, so that a stop can end them.
final class EventFeeds: Sendable {
    /// Streams that one node serves at once.
    static let limit = 20_000

    private struct State {
        var feeds: [UInt64: EventFeed] = [:]
        var next: UInt64 = 1
        var isStopped = false
    }

    private let state = Mutex(State())

    /// A number for the feed; nil when there are too many, or the node stops.
    func add(_ feed: EventFeed) -> UInt64? {
        state.withLock { state in
            guard !state.isStopped, state.feeds.count < Self.limit else { return nil }
            state.next += 1
            state.feeds[state.next] = feed
            return state.next
        }
    }

    func remove(_ number: UInt64) { state.withLock { _ = $0.feeds.removeValue(forKey: number) } }

    func beat() { for feed in all { feed.beat() } }

    func stop() {
        let feeds = state.withLock { state in
            state.isStopped = true
            return Array(state.feeds.values)
        }
        for feed in feeds { feed.finish() }
    }

    private var all: [EventFeed] { state.withLock { Array($0.feeds.values) } }
}
