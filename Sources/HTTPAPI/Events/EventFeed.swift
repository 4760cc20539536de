package import Cluster
package import Primitives
import Synchronization

/// What is on its way to one reader of events. Bounded: a reader that does not keep up is cut off and must resume.
///
/// Most of what happens in a shard is none of a reader's: it is passed over here, and wakes nobody. How far that came goes
/// with the next item, so that the reader's position does not stay behind.
package final class EventFeed: Sendable {
    package enum Item: Sendable {
        /// Something for this reader, and what was passed over before it.
        case batch(EventBatch, passed: EventPosition)
        case reset(EventPosition)
        case heartbeat(passed: EventPosition)
    }

    /// Items waiting for one reader.
    package static let limit = 2 * EventHub.readerLimit

    private struct State {
        /// What came before all that was missed had been collected; nil afterwards.
        var early: [EventHub.Item]? = []
        /// Behind what was given last, as far as nothing was for this reader.
        var passed = EventPosition()
        var isHeartbeatWaiting = false

        mutating func takePassed() -> EventPosition {
            defer { passed = EventPosition() }
            return passed
        }
    }

    package let items: AsyncStream<Item>
    private let source: AsyncStream<Item>.Continuation
    private let state = Mutex(State())
    private let concerns: @Sendable (Notice) -> Bool
    private let close: @Sendable () -> Void

    /// - Parameters:
    ///   - concerns: whether a notice is for this reader.
    ///   - close: closes the reader's connection, also while a write to it waits.
    package init(concerns: @escaping @Sendable (Notice) -> Bool, close: @escaping @Sendable () -> Void) {
        self.concerns = concerns
        (items, source) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.limit))
        self.close = close
    }

    /// Takes what the hub gives.
    /// - Returns: false when nothing more is wanted.
    package func take(_ item: EventHub.Item) -> Bool {
        state.withLock { state in
            guard state.early != nil else { return put(item, &state) }
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
            for item in (state.early ?? []).sorted(by: Self.comesBefore) { _ = put(item, &state) }
            state.early = nil
        }
    }

    private static func comesBefore(_ left: EventHub.Item, _ right: EventHub.Item) -> Bool {
        switch (left, right) {
        case (.batch(let left, _), .batch(let right, _)):
            (left.shard, left.epoch, left.index) < (right.shard, right.epoch, right.index)
        case (.reset, .batch): true
        default: false
        }
    }

    private func put(_ item: EventHub.Item, _ state: inout State) -> Bool {
        switch item {
        case .batch(let batch, _):
            guard batch.notices.contains(where: concerns) else {
                state.passed.advance(to: batch)
                return true
            }
            return put(.batch(batch, passed: state.takePassed()))
        case .reset(let position):
            // It covers what came before it.
            _ = state.takePassed()
            return put(.reset(position))
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
            _ = put(.heartbeat(passed: state.takePassed()))
        }
    }

    package func tookHeartbeat() { state.withLock { $0.isHeartbeatWaiting = false } }

    /// Ends the stream after what waits.
    package func finish() { source.finish() }

    private func cutOff() {
        source.finish()
        close()
    }
}
