import Cluster
import Consensus
import NodeLog
import Primitives
import Testing

/// Who leads, and who should not: over the replicated logs of three nodes.
@Suite struct LeadershipTests {
    private let home = ["n1", "n2", "n3", "n1"]

    @Test func `each shard is led by the first of its nodes`() throws {
        #expect(try LogCluster().leaders == home)
    }

    @Test func `leaders go home when a node that was away is back for a while`() throws {
        let cluster = try LogCluster()
        cluster.cut("n1", isUp: false)
        cluster.run(.seconds(5))
        #expect(!cluster.leaders.contains("n1"))
        cluster.cut("n1", isUp: true)
        cluster.run(.seconds(2))
        #expect(!cluster.leaders.contains("n1"), "a link that has just come up may go again")
        cluster.run(.seconds(10))
        #expect(cluster.leaders == home)
    }

    @Test func `a shard is handed to the node that is asked for, and to nobody who does not keep it`() throws {
        let cluster = try LogCluster()
        cluster["n1"].log?.transfer(ShardID(0), to: NodeID("n3"))
        cluster["n2"].log?.transfer(ShardID(2), to: NodeID("n1"))
        cluster["n1"].log?.transfer(ShardID(3), to: NodeID("n9"))
        cluster.run(.seconds(1))
        #expect(cluster.leaders == ["n3", "n2", "n3", "n1"], "only who leads hands over")
    }

    @Test func `what is appended during a transfer is committed once or not at all`() throws {
        let cluster = try LogCluster()
        for number in UInt8(1)...20 {
            cluster.append([number], to: ShardID(0))
            if number == 10 { cluster["n1"].log?.transfer(ShardID(0), to: NodeID("n2")) }
        }
        cluster.run(.seconds(1))
        #expect(cluster.leaders[0] == "n2")
        let records = cluster["n1"].committed[ShardID(0)] ?? []
        #expect(Set(records).count == records.count && records.count >= 10)
        for id in ["n2", "n3"] { #expect(cluster[id].committed[ShardID(0)] ?? [] == records) }
    }

    @Test func `a node whose clock is off hands over what it leads, and takes it again when the clock is right`() throws
    {
        let cluster = try LogCluster()
        cluster["n1"].clock.error = .seconds(2)
        cluster.run(.seconds(30))
        #expect(!cluster.leaders.contains("n1") && !cluster.leaders.contains("-"))
        #expect(cluster["n1"].duties == [.clockIsOff(by: .seconds(-2))])
        #expect(cluster["n2"].duties.isEmpty && cluster["n3"].duties.isEmpty, "the median is with the others")
        cluster["n1"].clock.error = .milliseconds(300)
        cluster.run(.seconds(60))
        #expect(cluster.leaders == home)
        #expect(cluster["n1"].duties.last == .leads)
    }

    @Test func `a node whose clock is off leads all the same when nobody else can`() throws {
        let cluster = try LogCluster()
        for (id, seconds) in [("n1", Int64(-3)), ("n3", 3)] { cluster[id].clock.error = .seconds(seconds) }
        cluster.run(.seconds(40))
        #expect(cluster.leaders == ["n2", "n2", "n2", "n2"])
        cluster.cut("n2", isUp: false)
        // They know of each other that neither is fit, and do not wait for somebody who is.
        cluster.run(.seconds(4))
        #expect(!cluster.leaders.contains("n2") && !cluster.leaders.contains("-"))
    }

    @Test func `writes go on after a transfer to a node that does not take it`() throws {
        let cluster = try LogCluster()
        // Fit for its peers, since its beats do not come any more, and not in its own eyes.
        cluster["n2"].clock.error = .seconds(3)
        cluster.run(.seconds(12))
        cluster["n1"].log?.transfer(ShardID(0), to: NodeID("n2"))
        cluster.run(.milliseconds(100))
        for number in UInt8(1)...3 { cluster.append([number], to: ShardID(0)) }
        cluster.run(.seconds(3))
        #expect(cluster.leaders[0] == "n1")
        #expect(cluster["n3"].committed[ShardID(0)] == [[1], [2], [3]])
    }

    @Test func `a replica that differs from its leader does not lead while another can`() throws {
        let cluster = try LogCluster()
        cluster["n2"].log?.compared(ShardID(0), differs: true)
        cluster.run(.seconds(2))
        cluster.cut("n1", isUp: false)
        cluster.run(.seconds(4))
        #expect(cluster.leaders[0] == "n3")
        cluster.cut("n1", isUp: true)
        cluster.run(.seconds(20))
        #expect(cluster.leaders == home, "who does not differ goes home")
        cluster["n3"].log?.compared(ShardID(0), differs: true)
        cluster.run(.seconds(2))
        cluster.cut("n1", isUp: false)
        cluster.run(.seconds(30))
        #expect(["n2", "n3"].contains(cluster.leaders[0]), "there is nobody else")
    }

    @Test func `a leader on a full disk hands over, and writes what it could not in order once there is room`() throws {
        let cluster = try LogCluster()
        cluster["n1"].writer.isFull = true
        for number in UInt8(1)...5 { cluster.append([number], to: ShardID(0)) }
        cluster.run(.seconds(1))
        #expect(cluster["n2"].committed[ShardID(0)]?.count == 5, "the others commit")
        cluster.run(.seconds(8))
        #expect(!cluster.leaders.contains("n1") && !cluster.leaders.contains("-"))
        #expect(cluster["n1"].duties == [.diskIsFull])
        for number in UInt8(6)...9 { cluster.append([number], to: ShardID(0)) }
        cluster.run(.seconds(1))
        let refused = cluster["n1"].writer.indices(of: ShardID(0))
        cluster["n1"].writer.isFull = false
        cluster.run(.seconds(60))
        #expect(cluster.leaders == home && cluster["n1"].duties.last == .leads)
        let written = cluster["n1"].writer.indices(of: ShardID(0))
        #expect(written.count > refused.count && written == written.sorted())
        #expect(cluster["n1"].committed[ShardID(0)] == (UInt8(1)...9).map { [$0] })
    }
}

/// A replica that comes back with a hole in its log.
@Suite struct RepairedReplicaTests {
    @Test func `a repaired replica votes again, since the leader lets another one begin a term`() throws {
        let hard = StoredHardState(term: 1, vote: nil, commit: 0)
        let damaged = (0..<4).map {
            RecoveredGroup(group: $0, hardState: hard, entries: [], condition: .repairing(from: 1))
        }
        let cluster = try LogCluster(recovered: ["n2": .of(damaged)])
        cluster.run(.seconds(60))
        cluster["n2"].log?.status { groups in
            for group in groups.values { #expect(group.condition == .intact, "\(group)") }
        }
        cluster.run(.zero)
        #expect(cluster.leaders == ["n1", "n2", "n3", "n1"])
        // With one of the others away its vote is needed.
        cluster.cut("n3", isUp: false)
        cluster.run(.seconds(10))
        #expect(!cluster.leaders.contains("-") && !cluster.leaders.contains("n3"))
    }

    @Test func `a group that may have been lost does not vote before it knows a leader`() throws {
        let cluster = try LogCluster(recovered: [
            "n1": .of([], mayHideGroups: true), "n2": .of([], mayHideGroups: true),
        ])
        #expect(cluster.leaders == ["-", "-", "-", "-"], "two of three may have promised something")
        let one = try LogCluster(recovered: ["n1": .of([], mayHideGroups: true)])
        one.run(.seconds(60))
        #expect(one.leaders == ["n1", "n2", "n3", "n1"])
    }

    @Test func `that a group may have been lost is written before anything else of it, and until it is whole`() throws {
        let cluster = try LogCluster(recovered: ["n1": .of([], mayHideGroups: true)])
        cluster.run(.seconds(60))
        for shard in cluster.map.groups(on: NodeID("n1")) {
            let mark = LogItem.damaged(group: shard.number)
            let items = cluster["n1"].writer.written.filter { $0.group == shard.number }
            #expect(items.first == mark && items.count { $0 == mark } == 1)
            #expect(items.contains(LogItem.settled(group: shard.number)))
            let others = cluster["n2"].writer.written.filter { $0.group == shard.number }
            #expect(!others.isEmpty && !others.contains(mark))
        }
        let full = try LogCluster(recovered: ["n1": .of([], mayHideGroups: true)], full: ["n1"])
        let marks = full.map.groups(on: NodeID("n1")).map { LogItem.damaged(group: $0.number) }
        #expect(Array(full["n1"].writer.written.prefix(marks.count)) == marks)
        #expect(!full.leaders.contains("-"), "the two others lead")
    }
}
