public import Linearizability

/// What a conversation is to its clients: the specification behind promise 5.
///
/// Rules and their reasons stand in `docs/history-format.md`, section “Linearizability”. What the centre does by itself
/// (offers, timers, its own ends) is not recorded, so the model lets it happen wherever the API does not exclude it.
public struct ConversationModel: SequentialModel {
    public enum Phase: Hashable, Sendable {
        case absent
        /// Nobody has it: new, waiting or ringing somewhere.
        case open
        case connected(agent: String, offer: String?)
        case ended(Ending)
    }

    /// Why it ended, as far as that is known.
    public enum Ending: Hashable, Sendable {
        case reason(String)
        /// By the centre itself, for a reason that needs no client; `wasConnected` where an agent had it.
        case byCentre(wasConnected: Bool)
        case unknown
    }

    public struct State: Hashable, Sendable {
        public var phase: Phase
        /// The first end that was asked for and has not come yet: the reason if nobody is connected then.
        public var wish: String?
        /// Offers that were declined, ascending.
        public var declined: [String] = []
        /// Agents that had it and do not have it any more, ascending.
        public var former: [String] = []

        public init(_ phase: Phase) { self.phase = phase }
    }

    public enum Release: String, Sendable {
        case end, abandon
    }

    public enum Input: Sendable, Equatable {
        case create
        case read
        case accept(agent: String, offer: String?)
        case decline(offer: String)
        /// `by` is the agent, where an agent asked with its own token.
        case release(Release, by: String?)
        case wrapUp(agent: String)
        /// Nobody's call: the agent was away for so long that its work may have been taken from it.
        case loss(agent: String)
    }

    public enum Output: Sendable, Equatable {
        /// Acknowledged.
        case done
        /// A creation found the conversation there (200 instead of 201).
        case existing
        /// A read, or the answer of a release that says that the conversation has ended.
        case shown(state: String, reason: String?, owner: String?)
        /// 404 to somebody who may see it.
        case missing
        /// 409 or 410: the state is against it, nothing was changed.
        case refused
    }

    /// The name of the state after which nothing comes.
    public static let endedName = "ended"
    static let ownedNames: Set<String> = ["connected", "held", "parked", "dialing"]
    static let openNames: Set<String> = ["new", "scheduled", "waiting", "alerting"]
    static let (completed, abandoned, cancelled) = ("completed", "abandoned", "cancelled")

    public var initial: State { State(.absent) }

    public init() {}

    public func step(_ state: State, _ input: Input, _ output: Output?) -> [State] {
        switch input {
        case .create: create(state, output)
        case .read: output.map { read(state, $0) } ?? [state]
        case .accept(let agent, let offer):
            output == .refused ? lateAccept(state, agent, offer) : accept(state, agent, offer)
        case .decline(let offer): decline(state, offer)
        case .release(let kind, let agent):
            output == .refused ? lateRelease(state, kind) : release(state, kind, agent)
        case .wrapUp(let agent): wrapUp(state, agent)
        case .loss(let agent): lose(state, agent)
        }
    }

    private func create(_ state: State, _ output: Output?) -> [State] {
        if output == .existing { return state.phase == .absent ? [] : [state] }
        guard state.phase == .absent else { return [] }
        return [with(state, .open)]
    }

    // MARK: answers to offers

    private func accept(_ state: State, _ agent: String, _ offer: String?) -> [State] {
        switch state.phase {
        case .open:
            if let offer, state.declined.contains(offer) { return [] }
            return [with(state, .connected(agent: agent, offer: offer))]
        case .connected(agent, offer): return [state]
        case .absent, .connected, .ended: return []
        }
    }

    /// The owner's repeated accept is answered 200 for as long as it is the owner.
    private func lateAccept(_ state: State, _ agent: String, _ offer: String?) -> [State] {
        if state.phase == .connected(agent: agent, offer: offer), state.wish == nil { return [] }
        return [state]
    }

    private func decline(_ state: State, _ offer: String) -> [State] {
        guard state.phase == .open else { return [] }
        guard !state.declined.contains(offer) else { return [state] }
        var next = state
        next.declined.append(offer)
        next.declined.sort()
        return [next]
    }

    // MARK: ends

    private func release(_ state: State, _ kind: Release, _ agent: String?) -> [State] {
        switch state.phase {
        case .absent, .ended: return []
        case .open:
            if agent != nil { return [] }
        case .connected(let owner, _):
            if let agent, agent != owner { return [] }
        }
        guard state.wish == nil else { return [state] }
        var next = state
        next.wish = kind == .abandon ? Self.abandoned : Self.cancelled
        return [next]
    }

    private func lateRelease(_ state: State, _ kind: Release) -> [State] {
        guard case .connected = state.phase, kind == .abandon else { return endings(state) }
        return [state] + endings(state)
    }

    /// The states in which it has ended, if it may have ended by now.
    private func endings(_ state: State) -> [State] {
        switch state.phase {
        case .absent: return []
        case .ended: return [state]
        case .open:
            let ending = state.wish.map(Ending.reason) ?? .byCentre(wasConnected: false)
            return [with(state, .ended(ending))]
        case .connected(let agent, _):
            let ending: Ending = state.wish == nil ? .byCentre(wasConnected: true) : .reason(Self.completed)
            return [with(leaving(state, agent), .ended(ending))]
        }
    }

    private func lose(_ state: State, _ agent: String) -> [State] {
        guard case .connected(agent, _) = state.phase else { return [] }
        let next = leaving(state, agent)
        return [with(next, .open), with(next, .ended(.unknown))]
    }

    private func wrapUp(_ state: State, _ agent: String) -> [State] {
        if state.former.contains(agent) { return [state] }
        guard case .connected(agent, _) = state.phase, state.wish != nil else { return [] }
        return endings(state)
    }

    // MARK: reads

    private func read(_ state: State, _ output: Output) -> [State] {
        guard case .shown(let name, let reason, let owner) = output else {
            return output == .missing && state.phase == .absent ? [state] : []
        }
        if name == Self.endedName {
            return endings(state).compactMap { ended in
                guard case .ended(let ending) = ended.phase, let refined = Self.refine(ending, reason) else {
                    return nil
                }
                return with(ended, .ended(refined))
            }
        }
        switch state.phase {
        case .absent, .ended: return []
        case .open: return Self.ownedNames.contains(name) ? [] : [state]
        case .connected(let agent, _):
            // On its way out a conversation is out of its line before it knows, and may not know yet who had it.
            if Self.openNames.contains(name) { return state.wish == nil ? [] : [state] }
            return owner == nil || owner == agent ? [state] : []
        }
    }

    /// What is known of the ending after `reason` was read; `nil` if it cannot be the reason.
    private static func refine(_ ending: Ending, _ reason: String?) -> Ending? {
        guard let reason else { return ending }
        switch ending {
        case .reason(let known): return known == reason ? ending : nil
        case .byCentre(let wasConnected):
            if [completed, abandoned].contains(reason) || (wasConnected && reason == cancelled) { return nil }
            return .reason(reason)
        case .unknown: return .reason(reason)
        }
    }

    private func with(_ state: State, _ phase: Phase) -> State {
        var next = state
        next.phase = phase
        return next
    }

    private func leaving(_ state: State, _ agent: String) -> State {
        guard !state.former.contains(agent) else { return state }
        var next = state
        next.former.append(agent)
        next.former.sort()
        return next
    }
}
