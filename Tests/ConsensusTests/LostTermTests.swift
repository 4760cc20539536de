import Consensus
import Testing

/// A replica that has lost its log and its term: nothing of a term in which it may have taken part makes it whole.
@Suite struct LostTermTests {
    private let founding = SnapshotMark(founding: GroupConfiguration(voters: [1, 2, 3].map { ReplicaID($0) }))

    private func lost(hardState: HardState = .initial) throws -> RaftGroup {
        try RaftGroup(
            id: ReplicaID(1),
            restored: Restored(
                hardState: hardState, snapshot: founding, condition: .repairing(through: nil), isTermLost: true),
            seed: 1)
    }

    private func say(_ from: UInt64, term: UInt64, _ body: RaftMessage.Body) -> RaftMessage {
        RaftMessage(from: ReplicaID(from), to: ReplicaID(1), term: term, body: body)
    }

    /// The entries behind `index`, of term 5 up to 3, of the message's term from 4 on.
    private func append(_ from: UInt64, term: UInt64, behind index: UInt64, _ count: UInt64) -> RaftMessage {
        let entries = (index + 1...index + count).map { LogEntry(index: $0, term: $0 <= 3 ? 5 : term) }
        let previous = index == 0 ? LogPosition.zero : LogPosition(index: index, term: index <= 3 ? 5 : term)
        return say(from, term: term, .append(previous: previous, entries: entries, commit: 0))
    }

    private func isWhole(_ group: RaftGroup) -> Bool { group.condition == .intact }

    @Test func `the first part of a leader's log ends no repair, and a term that began later does`() throws {
        var group = try lost()
        group.receive(append(2, term: 5, behind: 0, 1))
        #expect(!isWhole(group), "it may have acknowledged more of term 5")
        group.receive(append(2, term: 5, behind: 1, 2))
        #expect(!isWhole(group))
        let ask = RaftMessage.Body.requestVote(last: LogPosition(index: 3, term: 5), isForced: true)
        group.receive(say(3, term: 6, ask))
        group.receive(append(3, term: 6, behind: 3, 1))
        #expect(isWhole(group), "term 6 began in its presence")
    }

    @Test func `what a deposed leader says first is not taken for the last term`() throws {
        var group = try lost()
        group.receive(say(3, term: 4, .heartbeat(commit: 0, round: 0)))
        group.receive(append(2, term: 5, behind: 0, 1))
        #expect(!isWhole(group), "term 5 may have begun before the restart")
        group.receive(append(2, term: 7, behind: 1, 2))
        group.receive(append(2, term: 7, behind: 3, 1))
        #expect(isWhole(group), "its leader was heard in term 5 before")
    }

    @Test func `a term that another replica's answer names may be an old one`() throws {
        var group = try lost()
        group.receive(say(2, term: 5, .heartbeat(commit: 0, round: 0)))
        group.receive(say(3, term: 6, .heartbeatAnswer(commit: 0, round: 0)))
        group.receive(append(2, term: 6, behind: 0, 3))
        group.receive(append(2, term: 6, behind: 3, 1))
        #expect(!isWhole(group))
    }

    @Test func `what is said for idle groups counts as well`() throws {
        var group = try lost()
        group.vouch(leader: ReplicaID(2), term: 5)
        group.receive(append(2, term: 5, behind: 0, 3))
        #expect(!isWhole(group))
        group.vouch(leader: ReplicaID(2), term: 6)
        group.receive(append(2, term: 6, behind: 3, 1))
        #expect(isWhole(group))
    }

    @Test func `a snapshot that comes before any word of its leader ends no repair`() throws {
        var group = try lost()
        let mark = SnapshotMark(index: 3, term: 5, configuration: founding.configuration, configurationIndex: 0)
        let isInstalled = group.installSnapshot(mark)
        #expect(isInstalled && !isWhole(group))
        group.receive(append(2, term: 5, behind: 3, 1))
        #expect(!isWhole(group), "it may have acknowledged more of term 5")
    }

    @Test func `another restart within the repair begins anew`() throws {
        var group = try lost(hardState: HardState(term: 4, vote: nil, commit: 0))
        group.receive(append(2, term: 5, behind: 0, 3))
        #expect(!isWhole(group), "what was written in the life before says nothing of the term that was lost")
    }
}
