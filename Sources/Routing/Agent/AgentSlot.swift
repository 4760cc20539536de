public import Primitives

/// A part of an agent's capacity in use: `awarded(n, r) → reserved(n, k) → connected(n, k) → wrapUp`.
public struct AgentSlot: Sendable, Equatable, WireValue {
    public enum State: Sendable, Equatable {
        /// Asked for on a bid, not yet granted; the only state that the agent may end by its own clock.
        case awarded(reservation: UInt64)
        case reserved(OfferedWork, since: Instant)
        case connected(OfferedWork, since: Instant)
        /// After-contact work; ends with a code, or at `until`.
        case wrapUp(OfferedWork, until: Instant?)
    }

    public let ticket: Ticket
    public let queue: QueueID
    public let media: MediaType
    public let rank: Rank
    public internal(set) var state: State

    init(award bid: Bid, reservation: UInt64) {
        ticket = bid.ticket
        queue = bid.queue
        media = bid.media
        rank = bid.rank
        state = .awarded(reservation: reservation)
    }

    init(reserved work: OfferedWork, since: Instant) {
        ticket = work.ticket
        queue = work.queue
        media = work.media
        rank = work.rank
        state = .reserved(work, since: since)
    }

    /// The number of an ungranted award; nil in every other state.
    ///
    /// Not inlined: the optimizer of Swift 6.3.1 fails ("ownership error") where this is inlined into a loop.
    @inline(never) public var reservation: UInt64? {
        guard case .awarded(let reservation) = state else { return nil }
        return reservation
    }

    /// The work while it is reserved or connected under this attempt.
    func work(attempt: UInt32) -> OfferedWork? {
        switch state {
        case .reserved(let work, _), .connected(let work, _): work.attempt == attempt ? work : nil
        case .awarded, .wrapUp: nil
        }
    }

    /// What declining the offer does to the agent.
    var declineAction: DeclineAction {
        if case .reserved(let work, _) = state { work.declineAction } else { .stayAvailable }
    }

    /// Nothing follows the contact any more.
    mutating func waiveWrapUp(_ attempt: UInt32) {
        switch state {
        case .reserved(var work, let since) where work.attempt == attempt:
            work.afterContactWork = .none
            state = .reserved(work, since: since)
        case .connected(var work, let since) where work.attempt == attempt:
            work.afterContactWork = .none
            state = .connected(work, since: since)
        default: break
        }
    }

    public var isReserved: Bool {
        if case .reserved = state { true } else { false }
    }

    public var isConnected: Bool {
        if case .connected = state { true } else { false }
    }

    public var isWrapUp: Bool {
        if case .wrapUp = state { true } else { false }
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(ticket)
        writer.write(queue)
        writer.write(media)
        writer.write(rank)
        switch state {
        case .awarded(let reservation):
            writer.write(UInt8(0))
            writer.write(reservation)
        case .reserved(let work, let since):
            writer.write(UInt8(1))
            writer.write(work)
            writer.write(since)
        case .connected(let work, let since):
            writer.write(UInt8(2))
            writer.write(work)
            writer.write(since)
        case .wrapUp(let work, let until):
            writer.write(UInt8(3))
            writer.write(work)
            writer.write(until)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        ticket = try reader.read()
        queue = try reader.read()
        media = try reader.read()
        rank = try reader.read()
        switch try reader.read(UInt8.self) {
        case 0: state = .awarded(reservation: try reader.read(UInt64.self))
        case 1: state = .reserved(try reader.read(), since: try reader.readInstant())
        case 2: state = .connected(try reader.read(), since: try reader.readInstant())
        case 3: state = .wrapUp(try reader.read(), until: try reader.readOptional())
        case let tag: throw .unknownTag("slot state", Int(tag))
        }
    }
}

/// How much of an agent's capacity is in use (routing-semantics 6, no interruption yet).
struct Capacity: Sendable {
    private(set) var count = PerMedia.none
    /// Media in hand that keep every other medium away.
    private(set) var blocking = PerMedia.none
    /// True while a voice alert rings, or its after-contact work runs: then nothing may be offered.
    private(set) var isClosed = false
    let maximum: PerMedia

    init(_ slots: [AgentSlot], maximum: PerMedia) {
        self.maximum = maximum
        for slot in slots { add(slot) }
    }

    mutating func add(_ slot: AgentSlot) {
        count[slot.media] += 1
        switch slot.state {
        case .awarded, .reserved:
            blocking[slot.media] += 1
            if slot.media.ringsAlone { isClosed = true }
        case .connected: blocking[slot.media] += 1
        case .wrapUp: if slot.media.afterContactWorkBlocksAll { isClosed = true }
        }
    }

    /// How many more of a medium fit.
    func free(_ media: MediaType) -> Int {
        guard !isClosed, MediaType.allCases.allSatisfy({ $0 == media || blocking[$0] == 0 }) else { return 0 }
        return max(0, maximum[media] - count[media])
    }

    var free: PerMedia { PerMedia { free($0) } }
}
