package import Cluster
import Primitives
import Synchronization

/// What is on its way to one reader of events. Bounded: a reader that does not keep up is cut off and must resume.
package final class EventFeed: Sendable {
    package enum Item: Sendable {
        case batch(EventBatch)
        case reset(EventPosition)
        case heartbeat
    }

    /// Items waiting for one reader.
    package static let limit = 2 * EventHub.readerLimit

    private struct State {
        /// What came before all that was missed had been collected; nil afterwards.
        var early: [Item]? = []
        var isHeartbeatWaiting = false
    }

    package let items: AsyncStream<Item>
    private let source: AsyncStream<Item>.Continuation
    private let state = Mutex(State())
    private let close: @Sendable () -> Void

    /// - Parameter close: closes the reader's connection, also while a write to it waits.
    package init(close: @escaping @Sendable () -> Void) {
        (items, source) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.limit))
        self.close = close
    }

    /// Takes what the hub gives.
    /// - Returns: false when nothing more is wanted.
    package func take(_ item: EventHub.Item) -> Bool {
        let item: Item =
            switch item {
            case .batch(let batch, _): .batch(batch)
            case .reset(let position): .reset(position)
            }
        return state.withLock { state in
            guard state.early != nil else { return put(item) }
            state.early?.append(item)
            guard state.early?.count ?? 0 <= Self.limit else {
                cutOff()
                return false
            }
            return true
        }
    }

    /// Everything missed has been given: new batches may have come between it, on other threads.
    package func begin() {
        state.withLock { state in
            for item in (state.early ?? []).sorted(by: Self.comesBefore) { _ = put(item) }
            state.early = nil
        }
    }

    private static func comesBefore(_ left: Item, _ right: Item) -> Bool {
        switch (left, right) {
        case (.batch(let left), .batch(let right)):
            (left.shard, left.epoch, left.index) < (right.shard, right.epoch, right.index)
        case (.reset, .batch): true
        default: false
        }
    }

    private func put(_ item: Item) -> Bool {
        switch source.yield(item) {
        case .enqueued: return true
        case .terminated: return false
        case .dropped:
            cutOff()
            return false
        @unknown default: return false
        }
    }

    /// Asks the reader for a sign of life; one that has not taken the last one is cut off.
    package func beat() {
        state.withLock { state in
            guard !state.isHeartbeatWaiting else { return cutOff() }
            state.isHeartbeatWaiting = true
            _ = put(.heartbeat)
        }
    }

    package func tookHeartbeat() { state.withLock { $0.isHeartbeatWaiting = false } }

    /// Ends the stream after what waits.
    func finish() { source.finish() }

    private func cutOff() {
        source.finish()
        close()
    }
}
