internal import Primitives
internal import Synchronization

/// Calls to other nodes that wait for their reply. Bounded per peer; ends each call exactly once.
///
/// Numbers of calls begin somewhere else in each life of a node: a peer may hold a reply back until after a restart, and
/// it must not answer another call.
final class PendingCalls: Sendable {
    /// Calls under way to one peer: beyond it nothing is sent (its credit window).
    static let windowPerPeer = 8_192

    struct Call: Sendable {
        let peer: NodeID
        let deadline: Instant
        let complete: @Sendable (Result<CallAnswer, CallError>) -> Void
    }

    private struct State {
        var next: UInt64
        var calls: [UInt64: Call] = [:]
        var perPeer: [NodeID: Int] = [:]
        var windowsFull: UInt64 = 0
        var unanswered: UInt64 = 0

        mutating func remove(_ request: UInt64, of peer: NodeID? = nil) -> Call? {
            if let peer, calls[request]?.peer != peer { return nil }
            guard let call = calls.removeValue(forKey: request) else { return nil }
            perPeer[call.peer, default: 1] -= 1
            return call
        }
    }

    private let state: Mutex<State>

    /// - Parameter first: the number of the first call; another in each life.
    init(from first: UInt64) { state = Mutex(State(next: first)) }

    /// A number for the call, or nil when the peer's window is full.
    func begin(_ call: Call) -> UInt64? {
        state.withLock { state in
            guard state.perPeer[call.peer, default: 0] < Self.windowPerPeer else {
                state.windowsFull += 1
                return nil
            }
            let request = state.next
            state.next &+= 1
            state.calls[request] = call
            state.perPeer[call.peer, default: 0] += 1
            return request
        }
    }

    /// - Parameter peer: who answers; an answer of anybody but the one who was asked is ignored.
    func end(_ request: UInt64, _ result: Result<CallAnswer, CallError>, from peer: NodeID? = nil) {
        state.withLock { $0.remove(request, of: peer) }?.complete(result)
    }

    /// The link is gone: what was sent may have happened.
    func fail(peer: NodeID) {
        let lost = state.withLock { state in
            let requests = state.calls.filter { $0.value.peer == peer }.map(\.key).sorted()
            return requests.compactMap { state.remove($0) }
        }
        for call in lost { call.complete(.failure(.outcomeUnknown("the connection to \(peer) was lost"))) }
    }

    func expire(at now: Instant) {
        let late = state.withLock { state in
            let requests = state.calls.filter { $0.value.deadline <= now }.map(\.key).sorted()
            state.unanswered += UInt64(requests.count)
            return requests.compactMap { state.remove($0) }
        }
        for call in late { call.complete(.failure(.outcomeUnknown("no reply before the deadline"))) }
    }

    var count: Int { state.withLock { $0.calls.count } }

    /// What was counted here, in the figures of the node.
    func tell(_ figures: inout CallFigures) {
        let (underWay, windowsFull, unanswered) = state.withLock { ($0.calls.count, $0.windowsFull, $0.unanswered) }
        figures.underWay = UInt64(underWay)
        figures.windowsFull = windowsFull
        figures.unanswered = unanswered
    }
}
