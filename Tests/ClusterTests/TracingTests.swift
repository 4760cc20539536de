import Cluster
import Primitives
import Synchronization
import Testing

/// What nodes tell of calls that they serve for traced requests.
@Suite struct TracingTests {
    private let n1 = NodeID("n1")
    private let n2 = NodeID("n2")
    private let trace = TraceContext(high: 0x4B, low: 7, span: 9)

    @Test func `a traced call carries its trace to the node that serves it, which tells of it`() throws {
        let cluster = TestCluster(nodes: 2)
        let counter = cluster.counter(on: n2)
        let answer = cluster.call(.add(4), counter, from: n1, trace: trace)
        let calls = cluster.posts.filter { $0.frame.type == .call && $0.frame.trace.isTraced }
        #expect(calls.map(\.frame.trace) == [trace] && calls.map(\.to) == [n2])
        #expect(cluster.traced.isEmpty)
        cluster.settle()
        #expect(answer.reply == .total(4))
        let told = try #require(cluster.traced.first)
        #expect(cluster.traced.count == 1 && told.node == n2)
        let call = told.call
        #expect(call.trace.high == trace.high && call.trace.low == trace.low && call.parent == trace.span)
        #expect(call.trace.span != 0 && call.trace.span != trace.span)
        #expect(call.entity == counter && call.shard == cluster.map.shard(of: counter))
        #expect(call.command == "add" && call.error == nil && call.leftOut == 0)
    }

    @Test func `a traced call that stays on its node is told of there, with the wait for its commit`() throws {
        let cluster = TestCluster(nodes: 1, shardCount: 1)
        cluster.log(n1).isImmediate = false
        let counter = cluster.counter(on: n1)
        let answer = cluster.call(.add(3), counter, trace: trace)
        cluster.world.advance(.milliseconds(3))
        #expect(answer.isOpen && cluster.traced.isEmpty)
        cluster.log(n1).commitAll()
        #expect(answer.reply == .total(3))
        let call = try #require(cluster.traced.first?.call)
        #expect(call.taken == .milliseconds(3) && call.command == "add" && call.parent == trace.span)
        #expect(cluster.traced.count == 1)
    }

    @Test func `a call that is not traced is not told of, here or there`() {
        let cluster = TestCluster(nodes: 2)
        let near = cluster.call(.add(1), cluster.counter(on: n1))
        let far = cluster.call(.add(2), cluster.counter(on: n2), from: n1)
        #expect(cluster.posts.allSatisfy { $0.frame.type != .call || !$0.frame.trace.isTraced })
        cluster.settle()
        #expect(near.reply == .total(1) && far.reply == .total(2))
        #expect(cluster.traced.isEmpty)
    }

    @Test func `a call that is not executed is told of as an error`() throws {
        let cluster = TestCluster(nodes: 2)
        let counter = cluster.counter(on: n2)
        let answer = cluster.call(.add(4), counter, from: n1, patience: .milliseconds(50), trace: trace)
        let posts = cluster.takePosts { $0.frame.type == .call && $0.frame.trace.isTraced }
        cluster.world.isOnLoop = false
        for post in posts { cluster.node(n2).received([post.frame], from: n1, on: .calls) }
        cluster.world.stall(.milliseconds(60))
        cluster.settle()
        #expect(answer.error == .notExecuted(.expired))
        let call = try #require(cluster.traced.first?.call)
        #expect(call.error == .notExecuted(.expired) && call.command == "add" && call.taken == .milliseconds(60))
        #expect(call.fields.contains { $0.name == "outcome" && $0.value == "error" })
    }

    @Test func `a command that does not decode is told of by the number of its method`() throws {
        let cluster = TestCluster(nodes: 2)
        let answer = cluster.call(.add(4), cluster.counter(on: n2), from: n1, trace: trace)
        for post in cluster.takePosts(where: { $0.frame.trace.isTraced }) {
            var frame = post.frame
            frame.payload.removeLast()
            cluster.deliver(.init(from: n1, to: n2, linkClass: .calls, frame: frame))
        }
        cluster.settle()
        #expect(answer.error != nil)
        let call = try #require(cluster.traced.first?.call)
        #expect(call.command == "77" && call.error == answer.error)
    }

    @Test func `a list is told of by each shard that it asks`() {
        let cluster = TestCluster(nodes: 2)
        for number in 0..<cluster.map.shardCount {
            cluster.node(n1).submitList(.queue, after: "", limit: 1, on: ShardID(number), trace: trace) { _ in }
        }
        cluster.settle()
        #expect(cluster.traced.map(\.call.shard).sorted() == (0..<cluster.map.shardCount).map { ShardID($0) })
        #expect(cluster.traced.allSatisfy { $0.call.command == "keys" && $0.call.entity.kind == .queue })
        #expect(Set(cluster.traced.map(\.node)) == [n1, n2])
        #expect(Set(cluster.traced.map(\.call.trace.span)).count == cluster.traced.count)
    }

    @Test func `messages from one entity to another carry no trace`() {
        let cluster = TestCluster(nodes: 2)
        let target = cluster.counter(on: n2)
        cluster.call(.passOn(to: target.key, [5]), cluster.counter(on: n1), trace: trace)
        cluster.settle()
        #expect(cluster.committed(target)?.taken == [5])
        #expect(cluster.traced.map(\.call.command) == ["passOn"] && cluster.traced.map(\.node) == [n1])
    }

    @Test func `beyond the limit of a second lines are left out and counted`() throws {
        let cluster = TestCluster(nodes: 1)
        let counter = cluster.counter(on: n1)
        let limit = TraceLimit.linesPerSecond
        for _ in 0..<(limit + 30) { cluster.call(.view, counter, trace: trace) }
        #expect(cluster.traced.count == limit)
        cluster.world.advance(.seconds(1))
        for _ in 0..<2 { cluster.call(.view, counter, trace: trace) }
        #expect(cluster.traced.suffix(2).map(\.call.leftOut) == [30, 0])
        #expect(Set(cluster.traced.map(\.call.trace.span)).count == limit + 2)
        let found = Mutex<UInt64?>(nil)
        cluster.node(n1).figures { figures in found.withLock { $0 = figures.calls.tracesLeftOut } }
        #expect(found.withLock(\.self) == 30)
    }

    @Test func `nothing in a line looks like another field or another line`() {
        #expect(TracedCall.printable("a b=c\nd\u{7F}\u{1B}[2J\u{E9}\u{2028}\u{85}") == "a?b=c?d??[2J\u{E9}??")
        #expect(TracedCall.printable(String(repeating: "\u{E9}", count: 500)).count == TracedCall.textLimit)
        #expect(TracedCall.printable("") == "")
    }

    @Test func `ids have all their digits`() {
        let context = TraceContext(high: 0xAB, low: 1, span: .max)
        #expect(context.traceText == "00000000000000ab0000000000000001" && context.spanText == "ffffffffffffffff")
        #expect(context.isTraced && TraceContext(high: 0, low: 1, span: 0).isTraced && !TraceContext.none.isTraced)
    }
}
