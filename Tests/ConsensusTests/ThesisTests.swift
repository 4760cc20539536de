import Consensus
import Testing

/// Ongaro, "Consensus: Bridging Theory and Practice", 2014.
@Suite struct ThesisTests {
    @Test func `3.10 leadership goes to the replica named, without an election timeout`() throws {
        let cluster = try ScriptedCluster("members 1 2 3", "elect 1", "propose 1 a", "transfer 1 3")
        #expect(try cluster.status(3).role == .leader)
        #expect(try cluster.status(1).leader == ReplicaID(3))
        #expect(!cluster.heard("preVote t2"))
    }

    @Test func `4.1 one voter more or less takes effect at once, one change at a time`() throws {
        let cluster = try ScriptedCluster("members 1 2 3", "elect 1", "join 4", "hold 2", "hold 3", "change 1 +4")
        #expect(try cluster.status(1).configuration.voters.count == 4)
        #expect(try !cluster.status(1).configuration.isJoint)
        try cluster.play("change 1 -2")
        #expect(cluster.heard("pending(index: 2)"))
    }

    @Test func `4.1 a new leader changes nothing before it has committed in its term`() throws {
        let cluster = try ScriptedCluster(
            "members 1 2 3", "hold 2", "hold 3", "elect 1", "persist 2", "persist 3", "change 1 -3")
        #expect(try cluster.status(1).role == .leader)
        #expect(cluster.heard("notReady"))
    }

    @Test func `4.2 a learner receives the log and has no vote`() throws {
        let cluster = try ScriptedCluster("members 1 2 learners 3", "elect 1", "propose 1 a", "tick 1 2")
        #expect(try cluster.log(3) == cluster.log(1))
        try cluster.play("cut 1-2", "propose 1 b")
        #expect(try cluster.status(1).commit == 2)
        try cluster.play("elect 3")
        #expect(try cluster.status(3).role == .follower)
    }

    @Test func `4.2.2 a leader that is removed leads until then and hands over`() throws {
        let cluster = try ScriptedCluster("members 1 2 3", "elect 1", "cut 1-3", "hold 2", "change 1 -1")
        #expect(try cluster.status(1).role == .leader)
        // It does not count itself: 2 alone is no majority of (2 3).
        try cluster.play("free 2")
        #expect(try cluster.status(1).commit == 1)
        try cluster.play("heal", "tick 1 2")
        #expect(try cluster.status(1).role == .follower)
        #expect(try [cluster.status(2), cluster.status(3)].contains { $0.role == .leader })
    }

    @Test func `4.2.2 a replica outside its newest configuration campaigns while others need its log`() throws {
        // 1 appended its own removal, which reached nobody, and restarted.
        let cluster = try ScriptedCluster("members 1 2", "elect 1", "cut 1-2", "change 1 -1", "crash 1", "restart 1")
        try cluster.play("heal", "lost 2 1 only", "elect 2")
        #expect(try cluster.status(2).role != .leader)
        try cluster.play("elect 1", "tick 1 2")
        #expect(try cluster.status(2).role == .leader)
        #expect(try cluster.status(2).configuration.voters == [ReplicaID(2)])
    }

    @Test func `4.2.3 whoever hears a leader neither votes nor takes a later term from a candidate`() throws {
        let cluster = try ScriptedCluster("members 1 2 3", "elect 1")
        var group = try #require(cluster.nodes[ReplicaID(2)]).group
        let last = LogPosition(index: 9, term: 8)
        group.receive(message(.requestVote(last: last, isForced: false)))
        #expect(group.term == 1)
        #expect(group.takeReady().isEmpty)
        group.receive(message(.requestVote(last: last, isForced: true)))
        #expect(group.term == 9)
        #expect(group.takeReady().write?.hardState?.vote == ReplicaID(3))
    }

    @Test func `4.3 a change of several voters goes through a joint configuration and leaves it`() throws {
        let cluster = try ScriptedCluster("members 1 2 3", "elect 1", "join 4", "join 5", "change 1 +4 +5 -2 -3")
        #expect(cluster.heard("(1 4 5)&(1 2 3) autoleave"))
        #expect(try cluster.status(1).configuration == GroupConfiguration(voters: [1, 4, 5].map { ReplicaID($0) }))
        #expect(try cluster.status(1).commit == 3)
    }

    @Test func `6.2 a leader without a quorum steps down`() throws {
        let cluster = try ScriptedCluster("members 1 2 3", "elect 1", "cut 1-2 1-3", "read 1 5", "wake 1 20")
        #expect(try cluster.status(1).role == .follower)
        #expect(cluster.heard("1 read 5 failed"))
    }

    @Test func `6.4 a read is served after a round of heartbeats that a quorum answered`() throws {
        let cluster = try ScriptedCluster("members 1 2 3", "elect 1", "propose 1 a", "cut 1-2 1-3", "read 1 1")
        #expect(!cluster.heard("read 1 at"))
        try cluster.play("heal", "read 1 2")
        #expect(cluster.heard("1 read 1 at 2"))
        // A sole voter asks nobody.
        let sole = try ScriptedCluster("members 1", "elect 1", "read 1 1")
        #expect(sole.heard("1 read 1 at 1"))
        #expect(!sole.heard("heartbeat"))
    }

    @Test func `6.4 an answer to an earlier round does not confirm a later read`() throws {
        let cluster = try ScriptedCluster("members 1 2 3", "elect 1", "cut 2>1 3>1", "read 1 1")
        var group = try #require(cluster.nodes[ReplicaID(1)]).group
        let answer = RaftMessage(
            from: ReplicaID(2), to: ReplicaID(1), term: 1, body: .heartbeatAnswer(commit: 1, round: 1))
        group.requestRead(id: 2)
        _ = group.takeReady()
        group.receive(answer)
        group.receive(answer)
        #expect(group.takeReady().readIndexes.map(\.id) == [1])
    }

    @Test func `9.6 a replica that was cut off asks before it raises its term`() throws {
        let cluster = try ScriptedCluster("members 1 2 3", "elect 1", "cut 3-1 3-2", "tick 3 100", "heal")
        #expect(try cluster.status(3).term == 1)
        try cluster.play("tick 1 2")
        #expect(try cluster.status(3).leader == ReplicaID(1))
        #expect(try cluster.status(1).role == .leader)
    }

    private func message(_ body: RaftMessage.Body) -> RaftMessage {
        RaftMessage(from: ReplicaID(3), to: ReplicaID(2), term: 9, body: body)
    }
}
