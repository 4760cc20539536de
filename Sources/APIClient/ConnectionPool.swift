import NIOCore
import NIOHTTP1
import Synchronization

/// The connections to one server that serve requests: reused, and never more than a limit.
final class ConnectionPool: Sendable {
    private struct Waiter {
        let number: UInt64
        /// Gets a connection, or `nil` for the right to open one.
        let turn: EventLoopPromise<HTTPConnection?>
    }

    private struct State {
        var idle: [(connection: HTTPConnection, since: NIODeadline)] = []
        /// Connections that exist or are being opened, idle ones included.
        var open = 0
        var waiting: [Waiter] = []
        var lastWaiter: UInt64 = 0
    }

    private enum Turn {
        case reuse(HTTPConnection)
        case open
        case wait(Waiter)
        case refused
    }

    private let dialer: Dialer
    private let state = Mutex(State())

    init(dialer: Dialer) {
        self.dialer = dialer
    }

    /// A connection for one request; the caller gives it back with ``release(_:)`` or closes it.
    ///
    /// `isFresh` is false for a connection that was used before: it may be found closed when it is written to.
    /// Throws ``APIClientError/notReachable(_:)`` or, while it waits for its turn, ``APIClientError/timedOut``.
    func acquire(until deadline: NIODeadline) async throws -> (connection: HTTPConnection, isFresh: Bool) {
        switch takeTurn() {
        case .reuse(let connection):
            return (connection, false)
        case .open:
            return (try await open(until: deadline), true)
        case .wait(let waiter):
            let timer = waiter.turn.futureResult.eventLoop.scheduleTask(deadline: deadline) {
                self.giveUp(waiter.number)
            }
            defer { timer.cancel() }
            if let connection = try await waiter.turn.futureResult.get() { return (connection, false) }
            return (try await open(until: deadline), true)
        case .refused:
            throw APIClientError.notReachable(
                "\(ClientLimits.waitingPerServer) requests wait for a connection to \(dialer.address) already. "
                    + "Nothing was sent; send fewer at once.")
        }
    }

    /// Gives a connection back after an answer that leaves it usable.
    func release(_ connection: HTTPConnection) {
        let waiter: Waiter? = state.withLock { state in
            guard connection.isActive else { return nil }
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.idle.append((connection, .now()))
            return nil
        }
        waiter?.turn.succeed(connection)
    }

    /// Closes what is idle; connections in use close when their answers have come.
    func closeIdle() {
        let idle = state.withLock { state in
            defer { state.idle = [] }
            return state.idle
        }
        for entry in idle { entry.connection.close() }
    }

    private func takeTurn() -> Turn {
        let oldest = NIODeadline.now() - TimeAmount(ClientLimits.idle)
        var expired: [HTTPConnection] = []
        let turn: Turn = state.withLock { state in
            while let (connection, since) = state.idle.popLast() {
                if connection.isActive && since >= oldest { return .reuse(connection) }
                expired.append(connection)
            }
            if state.open < ClientLimits.connectionsPerServer {
                state.open += 1
                return .open
            }
            guard state.waiting.count < ClientLimits.waitingPerServer else { return .refused }
            state.lastWaiter += 1
            let turn = dialer.group.next().makePromise(of: HTTPConnection?.self)
            let waiter = Waiter(number: state.lastWaiter, turn: turn)
            state.waiting.append(waiter)
            return .wait(waiter)
        }
        for connection in expired { connection.close() }
        return turn
    }

    private func open(until deadline: NIODeadline) async throws -> HTTPConnection {
        let channel: any Channel
        do {
            channel = try await dialer.open(until: deadline) { channel in
                try channel.pipeline.syncOperations.addHandler(ExchangeHandler())
            }
        } catch {
            slotFreed()
            throw error
        }
        let connection = HTTPConnection(channel)
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { state in state.idle.removeAll { $0.connection === connection } }
            self.slotFreed()
        }
        return connection
    }

    /// One connection less: the first in the queue may open its own.
    private func slotFreed() {
        let waiter: Waiter? = state.withLock { state in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.open -= 1
            return nil
        }
        waiter?.turn.succeed(nil)
    }

    /// Whoever takes a waiter out of the list completes its promise, so a connection is never handed to one that left.
    private func giveUp(_ number: UInt64) {
        let waiter: Waiter? = state.withLock { state in
            guard let index = state.waiting.firstIndex(where: { $0.number == number }) else { return nil }
            return state.waiting.remove(at: index)
        }
        waiter?.turn.fail(APIClientError.timedOut)
    }
}
