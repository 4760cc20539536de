import Consensus
import Testing

/// Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", extended version, 2014.
@Suite struct PaperTests {
    @Test func `5.1 a later term makes a follower, an earlier one is refused`() throws {
        let cluster = try ScriptedCluster("members 1 2 3", "elect 1")
        #expect(try cluster.status(1).role == .leader)
        #expect(try (1...3).map { try cluster.status($0).term } == [1, 1, 1])
        // A leader of an earlier term learns of the later one and steps down.
        try cluster.play("cut 1-2 1-3", "lost 2 1 only", "lost 3 1")
        #expect(try cluster.status(3).role == .leader)
        #expect(try cluster.status(1).role == .leader)
        try cluster.play("heal", "tick 1 2")
        #expect(try cluster.status(1).role == .follower)
        #expect(try cluster.status(1).term == 2)
    }

    @Test func `5.2 a majority elects one leader, and a replica votes once in a term`() throws {
        var group = try RaftGroup(
            id: ReplicaID(1), restored: Restored(snapshot: founding(1, 2, 3)), seed: 1)
        group.receive(request(from: 2, term: 1))
        let first = group.takeReady()
        #expect(first.write?.hardState == HardState(term: 1, vote: ReplicaID(2), commit: 0))
        // The vote leaves once it is durable.
        #expect(first.messages.isEmpty)
        group.persisted(try #require(first.write).token)
        #expect(group.takeReady().messages.map(\.body) == [.voteAnswer(granted: true)])
        group.receive(request(from: 3, term: 1))
        #expect(group.takeReady().messages.map(\.body) == [.voteAnswer(granted: false)])
        // A repeated request of the same candidate is granted again.
        group.receive(request(from: 2, term: 1))
        #expect(group.takeReady().messages.map(\.body) == [.voteAnswer(granted: true)])
    }

    @Test func `5.2 timeouts are random within their range`() throws {
        var waits: Set<Int> = []
        for seed in 1...200 as ClosedRange<UInt64> {
            var group = try RaftGroup(
                id: ReplicaID(1), restored: Restored(snapshot: founding(1, 2, 3)), seed: seed)
            var ticks = 0
            while group.role == .follower {
                group.tick()
                ticks += 1
            }
            waits.insert(ticks)
        }
        #expect(waits == Set(20...30))
    }

    @Test func `5.3 logs are made equal to the leader's`() throws {
        let cluster = try ScriptedCluster(
            "members 1 2 3", "boot 1 term=6 log=1,1,4,6", "boot 2 term=6 log=1,1,2,2,2,3,3", "boot 3 term=6 log=1",
            "elect 1")
        let expected = [1, 1, 4, 6, 7].enumerated().map { LogPosition(index: UInt64($0 + 1), term: $1) }
        for replica in 1...3 as ClosedRange<UInt64> { #expect(try cluster.log(replica) == expected) }
        #expect(try cluster.status(1).commit == 5)
    }

    @Test func `5.4.1 a candidate whose log lacks something is not elected`() throws {
        let cluster = try ScriptedCluster(
            "members 1 2 3", "boot 1 term=2 log=1,1,1", "boot 2 term=2 log=1,2", "boot 3 term=2 log=1,2", "elect 1")
        #expect(try cluster.status(1).role != .leader)
        try cluster.play("elect 3")
        #expect(try cluster.status(3).role == .leader)
    }

    @Test func `5.4.2 an entry of an earlier term is committed only with one of the leader's term`() throws {
        let cluster = try ScriptedCluster(
            "members 1 2 3", "set messageEntries=1", "boot 1 term=2 log=1,2", "boot 2 term=2 log=1",
            "boot 3 term=2 log=1", "hold 2", "cut 1-3", "elect 1", "persist 2", "persist 2")
        // Entry 2 of term 2 is durable on 1 and 2, the majority, but entry 3 of term 3 is not yet.
        let member = try #require(try cluster.status(1).members.first)
        #expect(member.match == 2)
        #expect(try cluster.status(1).commit == 0)
        try cluster.play("free 2")
        #expect(try cluster.status(1).commit == 3)
    }

    @Test func `5.5 a follower that was away gets what it missed, and repeated messages change nothing`() throws {
        let cluster = try ScriptedCluster("members 1 2 3", "elect 1", "crash 3", "propose 1 a b c")
        #expect(try cluster.status(1).commit == 4)
        try cluster.play("restart 3", "tick 1 2", "tick 1 2")
        #expect(try cluster.log(3) == cluster.log(1))
        var group = try #require(cluster.nodes[ReplicaID(3)]).group
        let entries = (2...4).compactMap { group.entry(at: $0) }
        for _ in 0..<3 {
            group.receive(
                RaftMessage(
                    from: ReplicaID(1), to: ReplicaID(3), term: 1,
                    body: .append(previous: LogPosition(index: 1, term: 1), entries: entries, commit: 1)))
        }
        let ready = group.takeReady()
        #expect(ready.write == nil && ready.committed.isEmpty)
        #expect(ready.messages.map(\.body).allSatisfy { $0 == .appendAccepted(match: 4) })
    }

    @Test func `6 a configuration is in force when appended and decides by both majorities while joint`() throws {
        let cluster = try ScriptedCluster("members 1 2 3", "elect 1", "join 4", "join 5", "cut 1-4 1-5")
        try cluster.play("change 1 +4 +5 -2 -3")
        let joint = try cluster.status(1)
        #expect(joint.configuration.outgoing.map(\.raw) == [1, 2, 3])
        #expect(joint.configuration.voters.map(\.raw) == [1, 4, 5])
        // The old majority alone does not commit.
        #expect(joint.commit == 1)
        try cluster.play("heal", "tick 1 2")
        #expect(try cluster.status(1).configuration == GroupConfiguration(voters: [1, 4, 5].map { ReplicaID($0) }))
    }

    @Test func `6 what was decided earlier cannot undo what was decided later`() throws {
        let cluster = try ScriptedCluster("members 1 2 3", "elect 1", "join 4", "change 1 #7 +4", "tick 1 2")
        let later = try cluster.status(1).configuration
        #expect(later.decision == 7)
        try cluster.play("change 1 #6 -4", "tick 1 2")
        #expect(try cluster.status(1).configuration == later)
        try cluster.play("change 1 #8 +4 -3 -2", "tick 1 3")
        #expect(
            try cluster.status(1).configuration
                == GroupConfiguration(voters: [1, 4].map { ReplicaID($0) }, decision: 8))
    }

    @Test func `7 a snapshot takes the place of the log`() throws {
        let cluster = try ScriptedCluster(
            "set trailing=0", "members 1 2 3", "elect 1", "crash 3", "propose 1 a b c", "compact 1")
        #expect(try cluster.status(1).firstIndex == 5)
        try cluster.play("restart 3", "tick 1 4")
        #expect(try cluster.status(3).snapshotIndex == 4)
        #expect(try cluster.status(3).commit == 4)
        try cluster.play("propose 1 d", "tick 1 2")
        let digests = cluster.nodes.values.map(\.application.digest)
        #expect(Set(digests).count == 1)
    }

    @Test func `8 a leader begins its term with an entry of its own and answers reads after it is committed`() throws {
        let cluster = try ScriptedCluster(
            "members 1 2 3", "hold 2", "hold 3", "elect 1", "persist 2", "persist 3", "read 1 1")
        #expect(try cluster.status(1).role == .leader)
        #expect(try cluster.log(1) == [LogPosition(index: 1, term: 1)])
        #expect(!cluster.heard("read 1 at"))
        try cluster.play("free 2", "free 3")
        #expect(cluster.heard("1 read 1 at 1"))
    }

    private func founding(_ raw: UInt64...) -> SnapshotMark {
        SnapshotMark(founding: GroupConfiguration(voters: raw.map { ReplicaID($0) }))
    }

    private func request(from raw: UInt64, term: UInt64) -> RaftMessage {
        RaftMessage(
            from: ReplicaID(raw), to: ReplicaID(1), term: term,
            body: .requestVote(last: .zero, isForced: false))
    }
}
