import Consensus
import Testing

/// Asynchronous writes: what is promised, when, and on what ground.
@Suite struct StorageTests {
    private let founding = SnapshotMark(founding: GroupConfiguration(voters: [1, 2, 3].map { ReplicaID($0) }))

    private func append(
        _ from: UInt64, term: UInt64, behind previous: LogPosition, _ terms: [UInt64]
    ) -> RaftMessage {
        let entries = terms.enumerated().map { LogEntry(index: previous.index + 1 + UInt64($0), term: $1) }
        return RaftMessage(
            from: ReplicaID(from), to: ReplicaID(1), term: term,
            body: .append(previous: previous, entries: entries, commit: 0))
    }

    @Test func `the end of an old write says nothing about the same entries written again`() throws {
        var group = try RaftGroup(id: ReplicaID(1), restored: Restored(snapshot: founding), seed: 1)
        let start = LogPosition.zero
        group.receive(append(2, term: 1, behind: start, [1, 1]))
        let first = try #require(group.takeReady().write)
        // A leader of term 2 cuts entry 2 off, one of term 3 brings it back.
        let one = LogPosition(index: 1, term: 1)
        group.receive(append(3, term: 2, behind: one, [2]))
        let second = try #require(group.takeReady().write)
        #expect(second.truncateFrom == 2)
        group.receive(append(2, term: 3, behind: one, [1, 3]))
        let third = try #require(group.takeReady().write)
        #expect(third.truncateFrom == 2)
        group.persisted(first.token)
        #expect(group.status.durable == 1)
        group.persisted(second.token)
        #expect(group.status.durable == 1)
        group.persisted(third.token)
        #expect(group.status.durable == 3)
        #expect(group.takeReady().messages.last?.body == .appendAccepted(match: 3))
    }

    @Test func `an acknowledgement waits for every write before it, and leaves once`() throws {
        var group = try RaftGroup(id: ReplicaID(1), restored: Restored(snapshot: founding), seed: 1)
        group.receive(append(2, term: 1, behind: .zero, [1]))
        let first = try #require(group.takeReady().write)
        group.receive(append(2, term: 1, behind: LogPosition(index: 1, term: 1), [1]))
        let second = group.takeReady()
        #expect(second.messages.isEmpty)
        group.persisted(first.token)
        #expect(group.takeReady().messages.map(\.body) == [.appendAccepted(match: 1)])
        let token = try #require(second.write).token
        group.persisted(token)
        group.persisted(token)
        #expect(group.takeReady().messages.map(\.body) == [.appendAccepted(match: 2)])
        #expect(!group.hasReady)
    }

    @Test func `a candidate asks for votes when its own is durable`() throws {
        var group = try RaftGroup(id: ReplicaID(1), restored: Restored(snapshot: founding), seed: 1)
        group.campaign()
        _ = group.takeReady()
        group.receive(
            RaftMessage(
                from: ReplicaID(2), to: ReplicaID(1), term: 0, body: .preVoteAnswer(campaign: 1, granted: true)))
        let ready = group.takeReady()
        #expect(ready.messages.isEmpty)
        group.persisted(try #require(ready.write).token)
        #expect(group.takeReady().messages.count == 2)
    }

    @Test func `one replica alone commits what its own disk holds`() throws {
        let sole = SnapshotMark(founding: GroupConfiguration(voters: [ReplicaID(1)]))
        var group = try RaftGroup(id: ReplicaID(1), restored: Restored(snapshot: sole), seed: 1)
        group.campaign()
        group.persisted(try #require(group.takeReady().write).token)
        #expect(group.role == .leader)
        let index = try group.propose([1])
        let ready = group.takeReady()
        #expect(ready.committed.isEmpty)
        group.persisted(try #require(ready.write).token)
        #expect(group.takeReady().committed.map(\.index) == [1, index])
        #expect(throws: Never.self) { try group.propose([]) }
    }

    @Test func `what no replica can have written is refused at the start`() {
        let entries = [LogEntry(index: 1, term: 1), LogEntry(index: 3, term: 1)]
        let state = HardState(term: 1, vote: nil, commit: 0)
        let bad = [
            Restored(hardState: state, snapshot: founding, entries: entries),
            Restored(hardState: state, snapshot: founding, entries: [LogEntry(index: 1, term: 2)]),
            Restored(hardState: state, snapshot: founding, applied: 1),
            Restored(
                hardState: state, snapshot: founding,
                entries: [LogEntry(index: 1, term: 1, kind: .configuration, payload: [9])]),
        ]
        for restored in bad {
            #expect(throws: RestoreError.self) { _ = try RaftGroup(id: ReplicaID(1), restored: restored, seed: 1) }
        }
        var settings = RaftSettings()
        settings.heartbeatTicks = 0
        #expect(throws: RestoreError.settings("heartbeatTicks must be at least 1")) {
            _ = try RaftGroup(id: ReplicaID(1), settings: settings, restored: Restored(snapshot: founding), seed: 1)
        }
    }

    @Test func `a commit hint beyond the log makes the tail uncertain`() throws {
        let state = HardState(term: 1, vote: nil, commit: 5)
        let group = try RaftGroup(
            id: ReplicaID(1), restored: Restored(hardState: state, snapshot: founding), seed: 1)
        #expect(group.condition == .tailUncertain(lost: nil))
    }
}
