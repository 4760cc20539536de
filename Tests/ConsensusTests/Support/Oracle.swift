import Consensus
import Primitives

/// Watches a run and notes what must never happen (Raft paper, figure 3; thesis, 6.4 for reads).
struct Oracle {
    private(set) var violations: [String] = []
    /// What some replica applied at each index.
    private(set) var applied: [UInt64: LogEntry] = [:]
    private var digests: [UInt64: UInt64] = [:]
    private var leaders: [UInt64: ReplicaID] = [:]
    private var votes: [[UInt64]: ReplicaID] = [:]
    private var configurations: [(index: UInt64, configuration: GroupConfiguration)] = []
    private var floors: [UInt64: UInt64] = [:]
    private var previous: [ReplicaID: (role: RaftRole, term: UInt64, commit: UInt64)] = [:]
    /// The largest index that any replica ever knew to be committed.
    private(set) var committed: UInt64 = 0
    private(set) var reads = 0
    private(set) var elections = 0
    private(set) var snapshots = 0
    private(set) var configurationsSeen = 0
    /// The end of a run asks for so many proposals.
    var proposalGoal: UInt64 = 0

    private(set) var damages = 0

    mutating func damaged() { damages += 1 }

    mutating func fail(_ text: String) { violations.append(text) }

    mutating func started(_ id: ReplicaID, _ group: RaftGroup) {
        previous[id] = (group.role, group.term, group.commit)
        if configurations.isEmpty { configurations.append((0, group.configuration)) }
    }

    mutating func crashed(_ id: ReplicaID) { previous[id] = nil }

    mutating func before(_ id: ReplicaID, _ group: RaftGroup) { previous[id] = (group.role, group.term, group.commit) }

    mutating func after(_ id: ReplicaID, _ group: RaftGroup) {
        if let earlier = previous[id] {
            if group.commit < earlier.commit { fail("\(id): commit falls from \(earlier.commit) to \(group.commit)") }
            if group.term < earlier.term { fail("\(id): term falls from \(earlier.term) to \(group.term)") }
        }
        committed = max(committed, group.commit)
        if group.role == .leader, group.hasSettled, group.pendingConfigurations > 1 {
            fail("\(id) changes the members \(group.pendingConfigurations) times at once")
        }
        checkConfiguration(id, group)
    }

    mutating func took(_ ready: Ready, of id: ReplicaID, _ group: RaftGroup) {
        for violation in ready.violations { fail("\(id): \(violation)") }
        if let state = ready.softState, state.role == .leader { elected(id, group) }
        if let earlier = previous[id], earlier.role == .leader, group.role == .leader, earlier.term == group.term,
            let from = ready.write?.truncateFrom
        {
            fail("leader append-only: \(id) cuts off its log from \(from) in term \(group.term)")
        }
        for read in ready.readIndexes {
            reads += 1
            let floor = floors[read.id] ?? 0
            if read.index < floor { fail("stale read \(read.id): \(read.index), but \(floor) was committed before") }
        }
    }

    private mutating func elected(_ id: ReplicaID, _ group: RaftGroup) {
        elections += 1
        if let other = leaders[group.term], other != id {
            fail("election safety: \(other) and \(id) lead in term \(group.term)")
        }
        leaders[group.term] = id
        // Leader completeness; what is compacted was applied and compared before.
        let first = group.status.firstIndex
        guard first <= committed else { return }
        for index in first...committed {
            guard let known = applied[index] else { continue }
            guard group.entry(at: index) == known else {
                fail("leader completeness: \(id) leads term \(group.term) without entry \(known.position)")
                return
            }
        }
    }

    /// Votes at most once in a term, and promises nothing that is not on the disk.
    mutating func sent(_ message: RaftMessage, disk: Disk, condition: ReplicaCondition) {
        switch message.body {
        case .preVote, .requestVote:
            if condition != .intact { fail("\(message.from) campaigns although its log is damaged") }
        case .voteAnswer(granted: true):
            let key = [message.from.raw, message.term]
            if let other = votes[key], other != message.to {
                fail("\(message.from) votes for \(other) and \(message.to) in term \(message.term)")
            }
            votes[key] = message.to
            if case .repairing = condition { fail("\(message.from) votes although its log has a hole") }
            let state = disk.hardState
            if state.term < message.term || (state.term == message.term && state.vote != message.to) {
                fail("\(message.from) grants a vote of term \(message.term) that is not durable")
            }
        case .appendAccepted(let match):
            if disk.hardState.term < message.term || (disk.hardState.term == message.term && disk.lastIndex < match) {
                fail("\(message.from) acknowledges \(match), its disk ends at \(disk.lastIndex)")
            }
        default: break
        }
    }

    mutating func applied(_ entry: LogEntry, _ application: Application, by id: ReplicaID) {
        if let known = applied[entry.index], known != entry {
            fail("state machine safety: \(id) applies \(entry.position), another \(known.position)")
        }
        if let digest = digests[entry.index], digest != application.digest {
            fail("state machine safety: \(id) has another state at \(entry.index)")
        }
        applied[entry.index] = entry
        digests[entry.index] = application.digest
        if entry.kind == .configuration, entry.index > (configurations.last?.index ?? 0),
            let configuration = try? GroupConfiguration(decoding: entry.payload)
        {
            if let last = configurations.last?.configuration, last.decision > configuration.decision {
                fail("decision \(configuration.decision) at \(entry.index) follows decision \(last.decision)")
            }
            configurations.append((entry.index, configuration))
            configurationsSeen += 1
        }
    }

    mutating func restored(_ mark: SnapshotMark, digest: UInt64, by id: ReplicaID) {
        snapshots += 1
        if let known = digests[mark.index], known != digest {
            fail("\(id) restores another state at \(mark.index)")
        }
    }

    /// The configuration in force is the last that the log up to its index brings.
    private mutating func checkConfiguration(_ id: ReplicaID, _ group: RaftGroup) {
        guard group.configuration != .nobody, group.configurationIndex <= group.commit else { return }
        guard let right = configurations.last(where: { $0.index <= group.commit }) else { return }
        // A configuration that this replica knows to be committed may not have been applied anywhere yet.
        guard right.index >= group.configurationIndex else { return }
        if right.index != group.configurationIndex || right.configuration != group.configuration {
            fail("\(id) holds \(group.configuration) of \(group.configurationIndex), committed is \(right)")
        }
    }

    mutating func asked(read id: UInt64) { floors[id] = committed }

    /// Log matching: logs that agree in index and term agree in everything before.
    mutating func compare(_ one: RaftGroup, _ other: RaftGroup) {
        let first = max(one.status.firstIndex, other.status.firstIndex)
        let last = min(one.last.index, other.last.index)
        guard first <= last else { return }
        var mustAgree = false
        for index in (first...last).reversed() {
            guard let left = one.entry(at: index), let right = other.entry(at: index) else { continue }
            mustAgree = mustAgree || left.term == right.term
            if mustAgree, left != right {
                fail("log matching: \(one.id) and \(other.id) differ at \(index) below an entry that they share")
                return
            }
        }
    }
}
