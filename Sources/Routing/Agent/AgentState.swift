public import Primitives

/// An agent as a value: it alone decides about its slots (offer-protocol section 2, "Agent").
///
/// Invariants: slots never exceed the capacity that held when they were taken; a reserved or connected slot is freed
/// only by its queue's word, by the conversation's `over`, or by reconciliation; reservation numbers only grow.
/// Only `apply` and decoding write the fields.
public struct AgentState: Entity, Equatable {
    public typealias Command = AgentCommand
    public typealias Event = AgentEvent
    public typealias Soft = AgentSoft

    public static var kind: EntityKind { .agent }
    public static var dueCommand: AgentCommand { .due }
    public static func recoveredCommand(_ shard: ShardID) -> AgentCommand { .recovered(shard) }
    public static func freshSoft() -> AgentSoft { AgentSoft() }

    /// How long a bid keeps a lower push away: its window, and the one in which all queues bid anew after an award.
    public static let bidClaim = Span.milliseconds(40)
    /// How long bids are collected before the best one is taken (offer-protocol section 4).
    public static let bidWindow = Span.milliseconds(20)
    /// How long an ungranted award is waited for.
    public static let awardPatience = Span.milliseconds(500)
    /// How often `available` and `status?` are said again.
    public static let reannouncement = Span.seconds(2)

    public let id: AgentID
    public internal(set) var settings = AgentSettings()
    public internal(set) var presence = Presence.offline
    public internal(set) var onQueue = false
    public internal(set) var notResponding = false
    public internal(set) var slots: [AgentSlot] = []
    public internal(set) var idleSince = Instant.zero
    /// When work last ended, its after-contact work included; going on queue does not count.
    public internal(set) var lastEnd = Instant.zero
    var lastReservation: UInt64 = 0

    public init(key: String) { id = AgentID(key) }

    public var isConfigured: Bool { settings.version > 0 }
    /// On queue and responding.
    public var isAvailable: Bool { isConfigured && onQueue && !notResponding }
    var capacity: Capacity { Capacity(slots, maximum: settings.maximum) }

    /// What may still be taken of each medium; nothing while not available.
    public var free: PerMedia { isAvailable ? capacity.free : .none }

    func snapshot(at now: Instant) -> AgentSnapshot {
        AgentSnapshot(
            agent: id, sequence: now, free: free, skills: settings.skills, idleSince: idleSince, lastEnd: lastEnd,
            load: capacity.count, maximum: settings.maximum)
    }

    func award(_ reservation: UInt64) -> AgentSlot? { slots.first { $0.reservation == reservation } }

    func slot(_ ticket: Ticket, attempt: UInt32) -> (AgentSlot, OfferedWork)? {
        for slot in slots where slot.ticket == ticket {
            if let work = slot.work(attempt: attempt) { return (slot, work) }
        }
        return nil
    }

    public func nextDue(soft: AgentSoft) -> Instant? {
        var due = slots.compactMap { slot -> Instant? in
            if case .wrapUp(_, let until) = slot.state { until } else { nil }
        }
        due += [soft.windowEnds].compactMap { $0 } + soft.patience.values
        if soft.announces(self) { due.append(soft.announceAt) }
        return due.min()
    }

    public mutating func apply(_ event: AgentEvent, at time: Instant) {
        switch event {
        case .configured(let settings): self.settings = settings
        case .presenceChanged(let presence, let onQueue):
            if onQueue && (!self.onQueue || notResponding) { idleSince = time }
            // Before the first interaction every clock counts from the first time on queue.
            if onQueue && lastEnd == .zero { lastEnd = time }
            self.presence = presence
            self.onQueue = onQueue
            if onQueue { notResponding = false }
        case .awarded(let bid, let reservation):
            lastReservation = reservation
            slots.append(AgentSlot(award: bid, reservation: reservation))
        case .awardDropped(let reservation): slots.removeAll { $0.reservation == reservation }
        case .reserved(let work, let replacing):
            if let replacing { slots.removeAll { $0.reservation == replacing } }
            slots.append(AgentSlot(reserved: work, since: time))
        case .connected(let ticket, let attempt):
            for index in slots.indices where slots[index].ticket == ticket {
                guard case .reserved(let work, _) = slots[index].state, work.attempt == attempt else { continue }
                slots[index].state = .connected(work, since: time)
            }
        case .freed(let ticket, let attempt, let reason, let wrapUp): free(ticket, attempt, reason, wrapUp, at: time)
        case .wrapUpEnded(let ticket, let attempt):
            slots.removeAll { slot in
                guard case .wrapUp(let work, _) = slot.state else { return false }
                return work.ticket == ticket && work.attempt == attempt
            }
            workEnded(at: time)
        case .wrapUpWaived(let ticket, let attempt):
            for index in slots.indices where slots[index].ticket == ticket { slots[index].waiveWrapUp(attempt) }
        }
    }

    private mutating func workEnded(at time: Instant) {
        idleSince = time
        lastEnd = time
    }

    private mutating func free(
        _ ticket: Ticket, _ attempt: UInt32, _ reason: FreeReason, _ wrapUp: AgentEvent.WrapUp?, at time: Instant
    ) {
        guard let index = slots.firstIndex(where: { $0.ticket == ticket && $0.work(attempt: attempt) != nil }) else {
            return
        }
        let slot = slots[index]
        if let wrapUp, let work = slot.work(attempt: attempt) {
            slots[index].state = .wrapUp(work, until: wrapUp.until)
        } else {
            slots.remove(at: index)
        }
        // An interaction ends with its after-contact work (routing-semantics 3).
        if slot.isConnected || reason == .end, wrapUp == nil { workEnded(at: time) }
        switch reason {
        case .rona: notResponding = true
        case .declined: if slot.declineAction == .notResponding { notResponding = true }
        case .off, .end: break
        }
    }
}

extension DecisionContext {
    /// How long bids are collected.
    var bidWindow: Span { wordsAreInstant ? .zero : AgentState.bidWindow }
    /// When to say again what may have been lost.
    var nextAnnouncement: Instant { wordsAreInstant ? .distantFuture : now + AgentState.reannouncement }
}
