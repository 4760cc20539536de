import Cluster
import Primitives
import Testing

/// When a reply leaves a shard, and what a call is told that has none (architecture, sections 3 and 5).
@Suite struct ReplyTests {
    private let n1 = NodeID("n1")
    private let n2 = NodeID("n2")

    private func slowCluster(nodes: Int = 1) -> TestCluster {
        let cluster = TestCluster(nodes: nodes, shardCount: 1)
        cluster.log(n1).isImmediate = false
        return cluster
    }

    @Test func `a write is answered when it is durable and not before`() {
        let cluster = slowCluster()
        let counter = cluster.counter(on: n1)
        let answer = cluster.call(.add(3), counter)
        #expect(answer.isOpen)
        #expect(cluster.committed(counter) == nil)
        cluster.log(n1).commitAll()
        #expect(answer.reply == .total(3))
        #expect(cluster.committed(counter)?.taken == [3])
    }

    @Test func `later commands are decided on what is not yet durable`() {
        let cluster = slowCluster()
        let counter = cluster.counter(on: n1)
        let answers = (1...3).map { cluster.call(.add(UInt64($0)), counter) }
        cluster.log(n1).commitAll()
        #expect(answers.map(\.reply) == [.total(1), .total(3), .total(6)])
    }

    @Test(arguments: [CounterCommand.refuse, .view])
    func `a refusal or a read waits for the last index that existed when it was decided`(_ command: CounterCommand) {
        let cluster = slowCluster()
        let counter = cluster.counter(on: n1)
        let one = cluster.call(.add(1), counter)
        let two = cluster.call(.add(2), counter)
        let asked = cluster.call(command, counter)
        let three = cluster.call(.add(3), counter)
        let shard = cluster.map.shard(of: counter)
        cluster.log(n1).commit(1, on: shard)
        #expect(!one.isOpen && two.isOpen && asked.isOpen)
        cluster.log(n1).commit(1, on: shard)
        #expect(!two.isOpen && !asked.isOpen && three.isOpen)
        if command == .view { #expect(asked.reply == .view([1, 2], [], decisions: 3)) }
    }

    @Test func `a read waits for the shard's index, also when another entity wrote`() {
        let cluster = slowCluster()
        let write = cluster.call(.add(1), cluster.counter(on: n1))
        let read = cluster.call(.view, cluster.counter(on: n1, skip: 1))
        #expect(write.isOpen && read.isOpen)
        cluster.log(n1).commitAll()
        #expect(read.reply == .view([], [], decisions: 1))
    }

    @Test func `a read of a shard where nothing is under way is answered at once`() {
        let cluster = slowCluster()
        cluster.log(n1).commitAll()
        #expect(cluster.call(.view, cluster.counter(on: n1)).reply == .view([], [], decisions: 1))
    }

    @Test func `a reply that was held back until its caller's restart answers no other call`() {
        let cluster = TestCluster(nodes: 2)
        for _ in 1...10 { cluster.call(.add(1), cluster.counter(on: n1, skip: 2), from: n2) }
        cluster.settle()
        cluster.log(n1).isImmediate = false
        let asked = cluster.call(.add(1), cluster.counter(on: n1), from: n2)
        cluster.settle()
        #expect(asked.isOpen)
        cluster.crash(n2)
        cluster.start(n2)
        cluster.settle()
        // More calls to the same node than there were in the life before.
        let others = (1...50).map { _ in cluster.call(.add(20), cluster.counter(on: n1, skip: 1), from: n2) }
        cluster.settle()
        cluster.log(n1).commit(on: cluster.map.shard(of: cluster.counter(on: n1)))
        cluster.settle()
        cluster.log(n1).commitAll()
        cluster.settle()
        #expect(others.map(\.reply) == (1...50).map { .total(20 * $0) })
    }

    @Test func `messages to others leave only when their cause is durable`() {
        let cluster = TestCluster(nodes: 2)
        cluster.log(n1).isImmediate = false
        let target = cluster.counter(on: n2)
        let answer = cluster.call(.passOn(to: target.key, [5]), cluster.counter(on: n1))
        cluster.settle()
        #expect(answer.isOpen)
        #expect(cluster.committed(target)?.taken ?? [] == [])
        cluster.log(n1).commitAll()
        cluster.settle()
        #expect(answer.reply == .done)
        #expect(cluster.committed(target)?.taken == [5])
    }

    @Test func `what was not durable is forgotten by a crash and was never answered`() {
        let cluster = slowCluster()
        let counter = cluster.counter(on: n1)
        cluster.log(n1).commitAll()
        let kept = cluster.call(.add(1), counter)
        cluster.log(n1).commitAll()
        let lost = cluster.call(.add(2), counter)
        cluster.crash(n1)
        cluster.log(n1).isImmediate = true
        cluster.start(n1)
        cluster.settle()
        #expect(kept.reply == .total(1))
        #expect(lost.reply == nil)
        #expect(cluster.call(.view, counter).reply == .view([1], [], decisions: 1))
    }

    @Test func `a call to another node comes back with its reply`() {
        let cluster = TestCluster(nodes: 2)
        let counter = cluster.counter(on: n2)
        let answer = cluster.call(.add(4), counter, from: n1)
        #expect(answer.isOpen)
        cluster.settle()
        #expect(answer.reply == .total(4))
    }

    @Test func `without a link nothing is executed`() {
        let cluster = TestCluster(nodes: 2)
        cluster.cutOff(n2)
        let answer = cluster.call(.add(4), cluster.counter(on: n2), from: n1)
        #expect(answer.error == .notExecuted(.notConnected))
        cluster.heal(n2)
        cluster.settle()
        #expect(cluster.committed(cluster.counter(on: n2))?.taken ?? [] == [])
    }

    @Test func `the loss of a link ends the calls on it at once, with an unknown outcome`() {
        let cluster = TestCluster(nodes: 3)
        let lost = cluster.call(.add(4), cluster.counter(on: n2), from: n1)
        let other = cluster.call(.add(5), cluster.counter(on: NodeID("n3")), from: n1)
        cluster.cutOff(n2)
        guard case .outcomeUnknown = lost.error else {
            Issue.record("\(lost.results)")
            return
        }
        #expect(other.isOpen)
        cluster.settle()
        #expect(other.reply == .total(5))
    }

    @Test func `a reply that comes after its call has ended is passed over`() {
        let cluster = TestCluster(nodes: 2)
        let answer = cluster.call(.add(4), cluster.counter(on: n2), from: n1, patience: .milliseconds(100))
        let call = cluster.takePosts { $0.frame.type == .call }
        cluster.world.advance(.seconds(1))
        guard case .outcomeUnknown = answer.error else {
            Issue.record("\(answer.results)")
            return
        }
        // On the wire since before: it is not late where it arrives, but nobody waits for the reply.
        for post in call { cluster.deliver(post) }
        cluster.settle()
        #expect(answer.results.count == 1)
    }

    @Test func `a reply that comes twice is taken once`() {
        let cluster = TestCluster(nodes: 2)
        let answer = cluster.call(.add(4), cluster.counter(on: n2), from: n1)
        for post in cluster.takePosts() { cluster.deliver(post) }
        for post in cluster.takePosts() {
            cluster.deliver(post)
            cluster.deliver(post)
        }
        #expect(answer.results.count == 1)
    }

    @Test func `a call whose time is over when the loop gets to it is not executed`() {
        let cluster = TestCluster(nodes: 2)
        let counter = cluster.counter(on: n2)
        let answer = cluster.call(.add(4), counter, from: n1, patience: .milliseconds(50))
        let posts = cluster.takePosts { $0.frame.type == .call }
        #expect(posts.map(\.frame.remainingMilliseconds) == [50])
        cluster.world.isOnLoop = false
        for post in posts { cluster.node(n2).received([post.frame], from: n1, on: .calls) }
        cluster.world.stall(.milliseconds(60))
        cluster.settle()
        #expect(answer.error == .notExecuted(.expired))
        #expect(cluster.committed(counter)?.taken ?? [] == [])
    }

    @Test func `a call whose time is not over is executed`() {
        let cluster = TestCluster(nodes: 2)
        let answer = cluster.call(.add(4), cluster.counter(on: n2), from: n1, patience: .milliseconds(50))
        let posts = cluster.takePosts { $0.frame.type == .call }
        cluster.world.isOnLoop = false
        for post in posts { cluster.node(n2).received([post.frame], from: n1, on: .calls) }
        cluster.world.stall(.milliseconds(40))
        cluster.settle()
        #expect(answer.reply == .total(4))
    }

    @Test func `a node that does not lead the shard says so`() {
        let cluster = TestCluster(nodes: 2)
        let answer = cluster.call(.add(4), cluster.counter(on: n2), from: n1)
        for post in cluster.takePosts() {
            var frame = post.frame
            frame.shard = ShardID(0)
            cluster.deliver(.init(from: n1, to: n2, linkClass: .calls, frame: frame))
        }
        cluster.settle()
        #expect(answer.error == .notExecuted(.notHere))
    }

    @Test func `a command that does not decode is malformed and changes nothing`() {
        let cluster = TestCluster(nodes: 2)
        let counter = cluster.counter(on: n2)
        let answer = cluster.call(.add(4), counter, from: n1)
        for post in cluster.takePosts() {
            var frame = post.frame
            frame.payload.removeLast()
            cluster.deliver(.init(from: n1, to: n2, linkClass: .calls, frame: frame))
        }
        cluster.settle()
        guard case .malformed = answer.error else {
            Issue.record("\(answer.results)")
            return
        }
        #expect(cluster.committed(counter)?.taken ?? [] == [])
    }

    @Test func `too many calls to one peer are refused as overloaded and nothing is sent`() {
        let cluster = TestCluster(nodes: 2)
        let counter = cluster.counter(on: n2)
        var refused: Answer?
        var sent = 0
        while refused == nil, sent < 100_000 {
            let answer = cluster.call(.view, counter, from: n1)
            if answer.isOpen { sent += 1 } else { refused = answer }
        }
        #expect(refused?.error == .notExecuted(.overloaded))
        #expect(cluster.posts.count { $0.frame.type == .call } == sent)
    }

    @Test func `a shard whose log does not get on refuses as overloaded, and takes requests again afterwards`() {
        let cluster = slowCluster()
        let counter = cluster.counter(on: n1)
        let answers = (0..<10_500).map { _ in cluster.call(.add(1), counter) }
        // A refusal says nothing about the state, so it waits for nothing.
        let refused = answers.filter { $0.error == .notExecuted(.overloaded) }.count
        #expect(answers.count { $0.isOpen } == 10_500 - refused)
        cluster.log(n1).commitAll()
        #expect(refused > 0)
        #expect(cluster.committed(counter)?.taken.count == 10_500 - refused)
        #expect(answers.count { $0.reply != nil } == 10_500 - refused)
        let again = cluster.call(.add(1), counter)
        cluster.log(n1).commitAll()
        #expect(again.reply == .total(UInt64(10_500 - refused + 1)))
    }
}
