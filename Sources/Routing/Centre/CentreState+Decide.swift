public import Primitives

extension CentreState {
    public func decide(
        _ command: CentreCommand, soft: inout Soft, in context: inout DecisionContext
    ) -> Decision<CentreState> {
        switch command {
        case .put(let what, let expected): put(what, expected: expected, at: context.now)
        case .changes(let since): Decision(changes(since: since))
        case .due, .recovered: Decision(.done)
        }
    }

    private func put(_ what: CentreChange.What, expected: UInt64?, at now: Instant) -> Decision<CentreState> {
        let current = currentVersion(of: what)
        if let expected, expected != current ?? 0 { return Decision(.versionMismatch(current: current ?? 0)) }
        let removes = what.isRemoval
        if removes && current == nil { return Decision(.unknown) }
        let broken = brokenReferences(of: what)
        guard broken.isEmpty else { return Decision(.refused(broken)) }
        if let current, isUnchanged(what) { return Decision(.stored(version: current, created: false)) }
        // Time keeps versions growing even when a forced recovery forgot the last one.
        let change = CentreChange(version: max(version + 1, UInt64(max(0, now.milliseconds))), what: what)
        let reply: CentreReply = removes ? .removed : .stored(version: change.version, created: current == nil)
        return Decision(reply, events: [change], notices: [notice(change, at: now)])
    }

    private func notice(_ change: CentreChange, at now: Instant) -> Notice {
        Notice(
            "configuration.changed", of: EntityID(.centre, Self.key), at: now,
            [.init("version", .number(Double(change.version)))])
    }

    private func changes(since: UInt64) -> CentreReply {
        guard since < version else { return .changes([], upTo: version, origin: origin) }
        var answer: [CentreChange] = []
        var size = 0
        for change in changes(after: since) {
            size += change.encoded.count
            // Changes of one version stay together: the version is where the follower goes on.
            if size > Self.answerLimit, let last = answer.last, last.version < change.version {
                return .changes(answer, upTo: last.version, origin: origin)
            }
            answer.append(change)
        }
        return .changes(answer, upTo: version, origin: origin)
    }

    private func currentVersion(of what: CentreChange.What) -> UInt64? {
        switch what {
        case .skill(let id, _): skills[id]?.version
        case .queue(let id, _): queues[id]?.version
        case .agent(let id, _): agents[id]?.version
        case .members(let id, _): members[id]?.version
        }
    }

    private func isUnchanged(_ what: CentreChange.What) -> Bool {
        switch what {
        case .skill(let id, let document): skills[id]?.document == document
        case .queue(let id, let document): queues[id]?.document == document
        case .agent(let id, let document): agents[id]?.document == document
        case .members(let id, let list): members[id]?.document == list
        }
    }

    /// What a document names that is not there, or, on removal, what still names it.
    private func brokenReferences(of what: CentreChange.What) -> [CentreReply.Reference] {
        switch what {
        case .skill(let id, let document):
            guard document == nil else { return [] }
            return agents.filter { $0.value.document.skills.contains { $0.skill == id } }.map(\.key).sorted()
                .prefix(20).map { .init("", "agent \($0) holds this skill") }
        case .queue: return []
        case .agent(_, let document):
            return (document?.skills ?? []).enumerated().filter { skills[$0.element.skill] == nil }
                .map { .init("/skills/\($0.offset)/skill", "there is no skill \"\($0.element.skill)\"") }
        case .members(let queue, let list):
            guard queues[queue] != nil else { return [.init("", "there is no queue \"\(queue)\"")] }
            return list.enumerated().filter { agents[$0.element] == nil }
                .map { .init("/\($0.offset)/agent", "there is no agent \"\($0.element)\"") }
        }
    }
}
