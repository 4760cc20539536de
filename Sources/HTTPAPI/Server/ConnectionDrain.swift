package import HummingbirdCore
package import Logging
package import NIOCore
import Synchronization

/// Lets connections go on being served for a while after the listener has closed; then idle ones close, and busy ones
/// after their answer.
///
/// The server tells every connection to come to its end in the moment in which it stops listening. Here that word is
/// held back until the node has handed over what it leads, so that clients meet a closed connection seldom: answers ask
/// them to open a new one, which another node takes.
package final class ConnectionDrain: Sendable {
    private struct State {
        var isReleased = false
        var channels: [ObjectIdentifier: any Channel] = [:]
    }

    private static let look = Duration.milliseconds(50)

    private let state = Mutex(State())

    package init() {}

    var isReleased: Bool { state.withLock(\.isReleased) }

    fileprivate func add(_ channel: any Channel) { state.withLock { $0.channels[ObjectIdentifier(channel)] = channel } }
    fileprivate func remove(_ channel: any Channel) { state.withLock { $0.channels[ObjectIdentifier(channel)] = nil } }

    /// Waits until clients have left, as each answer asks them to: a request that meets the end of an idle connection
    /// has no answer.
    /// - Returns: whether no connection is left.
    @discardableResult package func empties(within limit: Duration) async -> Bool {
        let began = ContinuousClock.now
        while !state.withLock(\.channels.isEmpty) {
            guard ContinuousClock.now - began < limit else { return false }
            do { try await Task.sleep(for: Self.look) } catch { return false }
        }
        return true
    }

    /// Tells every connection to come to its end.
    package func release() {
        let channels = state.withLock { state in
            state.isReleased = true
            return Array(state.channels.values)
        }
        for channel in channels { Self.end(channel) }
    }

    fileprivate static func end(_ channel: any Channel) {
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }
}

/// Holds the server's word to come to an end back while a drain goes on.
private final class DrainHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let drain: ConnectionDrain

    init(drain: ConnectionDrain) { self.drain = drain }

    func handlerAdded(context: ChannelHandlerContext) { drain.add(context.channel) }
    func handlerRemoved(context: ChannelHandlerContext) { drain.remove(context.channel) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, !drain.isReleased { return }
        context.fireUserInboundEventTriggered(event)
    }
}

/// Puts a drain in front of another kind of connection, which is served from the moment in which it is set up.
///
/// The server drops, without closing them, connections that are set up in the moment in which it stops listening. They
/// would not be answered before the drain ends, and a dropped NIO channel whose writer nobody finished ends the process
/// as soon as the channel is active. So whether the server comes to `handle(value:logger:)` matters to nobody but its own count.
package struct DrainedChannel<Base: ServerChildChannel>: ServerChildChannel {
    package struct Value: ServerChildChannelValue {
        package let channel: any Channel
        let serving: Task<Void, Never>
    }

    private let base: Base
    private let drain: ConnectionDrain
    private let executor: @Sendable (any EventLoop) -> any TaskExecutor

    /// - Parameter executor: runs tasks on a connection's own loop, where its bytes come from and most calls go to: a hop to
    ///   another thread and back for each request costs more than what happens between.
    package init(
        base: Base, drain: ConnectionDrain, executor: @escaping @Sendable (any EventLoop) -> any TaskExecutor
    ) {
        self.base = base
        self.drain = drain
        self.executor = executor
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(DrainHandler(drain: drain))
        }
        .flatMap { base.setup(channel: channel, logger: logger) }
        .flatMapError { error in
            // Nobody else would close it.
            channel.close(promise: nil)
            return channel.eventLoop.makeFailedFuture(error)
        }
        .map { value in
            // It came in at the last moment, and the word for it came before it could hear.
            if drain.isReleased { ConnectionDrain.end(channel) }
            let serving = Task(executorPreference: executor(channel.eventLoop)) {
                await base.handle(value: value, logger: logger)
            }
            return Value(channel: channel, serving: serving)
        }
    }

    package func handle(value: Value, logger: Logger) async {
        await withTaskCancellationHandler {
            await value.serving.value
        } onCancel: {
            value.serving.cancel()
        }
    }
}
