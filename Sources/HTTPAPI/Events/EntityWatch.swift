import Cluster
import Primitives

/// Waits for word of one entity's changes, where a route would otherwise ask the entity again and again.
///
/// Word is a hint to look, no more: it may come for another change, twice, or not at all, as when a feed is away. So
/// every wait has a limit, and whoever waited reads the entity.
struct EntityWatch: Sendable {
    /// How long an answer waits for a change that is on its way; of the order of a change of leaders.
    private static let patience = Duration.milliseconds(1_800)
    /// When a change is looked for without word of it.
    private static let firstLook = Duration.milliseconds(50)

    private let hub: EventHub
    private let reader: UInt64
    /// One word stands for all that came since the last look.
    private let words: AsyncStream<Void>
    private let tell: AsyncStream<Void>.Continuation

    /// Begins to listen: nothing that is noticed from here on is missed.
    init(_ entity: EntityID, _ services: APIServices) {
        let (words, tell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let shard = services.node.settings.map.shard(of: entity)
        hub = services.node.events
        reader = hub.read([shard], after: nil) { item in
            switch item {
            case .batch(let batch, _): if batch.notices.contains(where: { $0.entity == entity }) { tell.yield() }
            case .reset: tell.yield()
            }
            return true
        }
        self.words = words
        self.tell = tell
    }

    /// Waits for the next word, or a while that doubles each time.
    /// - Returns: false, at once, when what began at `began` has taken ``patience``.
    /// - Throws: `CancellationError`.
    func next(since began: ContinuousClock.Instant) async throws -> Bool {
        let passed = ContinuousClock.now - began
        guard passed < Self.patience else { return false }
        let limit = min(max(Self.firstLook, passed), Self.patience - passed)
        let alarm = Task { [tell] in
            do { try await Task.sleep(for: limit) } catch { return }
            tell.yield()
        }
        defer { alarm.cancel() }
        var iterator = words.makeAsyncIterator()
        await iterator.next()
        try Task.checkCancellation()
        return true
    }

    func end() {
        hub.stopReading(reader)
        tell.finish()
    }
}
