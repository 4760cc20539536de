import Cluster
import Dispatch
import NIOCore
import Primitives
import SecureTransport
import Testing

@Suite struct LinkTests {
    let authority: TestAuthority

    init() throws { authority = try TestAuthority() }

    private func numbered(_ number: UInt64, size: Int = 32) -> Frame {
        Frame(.call, method: 9, request: number, shard: ShardID(3), payload: [UInt8](repeating: 7, count: size))
    }

    @Test(arguments: [false, true])
    func `frames pass both ways on all three classes`(oneLoop: Bool) async throws {
        let (a, b) = try await TestNode.pair(authority, oneLoop: oneLoop)
        for linkClass in LinkClass.allCases {
            let frame = Frame(
                .stream, method: 513, request: .max, shard: ShardID(63), remainingMilliseconds: 250,
                trace: TraceContext(high: 1, low: 2, span: 3), payload: [1, 2, 3, linkClass.rawValue])
            #expect(a.transport.send(frame, to: NodeID("b"), on: linkClass))
            #expect(b.transport.send(frame, to: NodeID("a"), on: linkClass))
            try await wait("the frame at both ends") {
                a.delegate.record.frames[linkClass] == [frame] && b.delegate.record.frames[linkClass] == [frame]
            }
        }
        #expect(a.refusals(.truncated) == 0)
        await a.transport.stop()
        await b.transport.stop()
        #expect(a.delegate.upClasses("b").isEmpty)
        #expect(b.transport.figures.snapshot.refusals.isEmpty)
    }

    @Test func `20,000 frames arrive in order each way`() async throws {
        let (a, b) = try await TestNode.pair(authority)
        for number in 0..<20_000 as Range<UInt64> {
            #expect(a.transport.send(numbered(number, size: Int(number % 300)), to: NodeID("b"), on: .calls))
            #expect(b.transport.send(numbered(number), to: NodeID("a"), on: .calls))
        }
        try await wait("all frames") {
            a.delegate.record.frameCount == 20_000 && b.delegate.record.frameCount == 20_000
        }
        for node in [a, b] {
            #expect(node.delegate.record.frames[.calls]?.map(\.request) == Array(0..<20_000))
        }
        await a.transport.stop()
        await b.transport.stop()
    }

    @Test func `a frame of 3 MiB passes, one beyond the limit is not sent`() async throws {
        let (a, b) = try await TestNode.pair(authority)
        var random = SeededRandom(seed: 5)
        let large = (0..<(3 << 20) / 8).flatMap { _ in withUnsafeBytes(of: random.next(), Array.init) }
        #expect(a.transport.send(Frame(.nodeReply, payload: large), to: NodeID("b"), on: .bulk))
        #expect(a.transport.send(numbered(1), to: NodeID("b"), on: .bulk))
        try await wait("both frames") { b.delegate.record.frameCount == 2 }
        #expect(b.delegate.record.frames[.bulk]?.first?.payload == large)
        let tooLarge = Frame(.nodeReply, payload: [UInt8](repeating: 0, count: Frame.maximumPayload + 1))
        #expect(!a.transport.send(tooLarge, to: NodeID("b"), on: .bulk))
        #expect(a.transport.figures.snapshot.sendsRefused == 1)
        await a.transport.stop()
        await b.transport.stop()
    }

    @Test func `send answers false beyond the buffer's limit, and all that was taken arrives`() async throws {
        let b = try TestNode("b", authority, peers: [("a", 1)])
        let port = try await b.transport.start()
        let a = try TestNode("a", authority, peers: [("b", port)]) { $0.outboundLimit = 1 << 20 }
        try await a.transport.start()
        try await a.waitUp("b")
        // While its loop is held up, the link cannot flush, so the limit is met.
        let gate = DispatchSemaphore(value: 0)
        TestNode.loops[1].execute { gate.wait() }
        let frame = Frame(.soft, payload: [UInt8](repeating: 1, count: 1_000))
        var taken = 0
        while a.transport.send(frame, to: NodeID("b"), on: .calls) { taken += 1 }
        gate.signal()
        #expect(taken == (1 << 20) / (1_000 + Frame.headerSize))
        let count = taken
        try await wait("all taken frames") { b.delegate.record.frameCount == count }
        #expect(a.transport.send(numbered(1), to: NodeID("b"), on: .calls))
        await a.transport.stop()
        await b.transport.stop()
    }

    @Test func `a lost peer is reported at once, and its return makes new links`() async throws {
        // Nobody else listens there, so that a port that was left is still free.
        let host = "127.0.0.2"
        var b = try TestNode("b", authority, peers: [("a", 1)], host: host)
        let port = try await b.transport.start()
        let a = try TestNode("a", authority, peers: [("b", port)], host: host)
        try await a.transport.start()
        try await a.waitUp("b")
        await b.transport.stop()
        try await wait("links down", seconds: 2) { a.delegate.upClasses("b").isEmpty }
        #expect(!a.transport.send(numbered(1), to: NodeID("b"), on: .calls))
        b = try TestNode("b", authority, peers: [("a", 1)], host: host, port: port)
        try await b.transport.start()
        try await a.waitUp("b")
        try await b.waitUp("a")
        #expect(a.transport.send(numbered(2), to: NodeID("b"), on: .calls))
        try await wait("a frame over the new link") { b.delegate.record.frameCount == 1 }
        for linkClass in LinkClass.allCases {
            let own = a.delegate.record.events.filter {
                $0 == .up(NodeID("b"), linkClass) || $0 == .down(NodeID("b"), linkClass)
            }
            #expect(own == [.up(NodeID("b"), linkClass), .down(NodeID("b"), linkClass), .up(NodeID("b"), linkClass)])
        }
        await a.transport.stop()
        await b.transport.stop()
    }

    @Test func `a newer connection replaces the older, down before up`() async throws {
        let b = try TestNode("b", authority, peers: [("a", 1)])
        let port = try await b.transport.start()
        let first = try TestNode("a", authority, peers: [("b", port)]) {
            $0.firstReconnectDelay = .seconds(600)
            $0.longestReconnectDelay = .seconds(600)
        }
        try await first.transport.start()
        try await b.waitUp("a")
        let second = try TestNode("a", authority, peers: [("b", port)])
        try await second.transport.start()
        try await second.waitUp("b")
        try await wait("the old links down") { first.delegate.upClasses("b").isEmpty }
        for linkClass in LinkClass.allCases {
            let up = RecordingDelegate.Event.up(NodeID("a"), linkClass)
            let down = RecordingDelegate.Event.down(NodeID("a"), linkClass)
            #expect(b.delegate.record.events.filter { $0 == up || $0 == down } == [up, down, up])
        }
        for node in [first, second, b] { await node.transport.stop() }
    }

    @Test func `a silent peer is given up after the dead-peer time`() async throws {
        let b = try TestNode("b", authority, peers: [("a", 1)]) {
            $0.pingInterval = .milliseconds(20)
            $0.deadPeerTimeout = .milliseconds(200)
        }
        let port = try await b.transport.start()
        let certificate = try authority.issue("a")
        let context = try authority.context(certificate: certificate)
        let client = try await RawClient.connect(port: port) {
            try context.makeClientHandler(expecting: NodeID("b"))
        }
        try await wait("TLS up") { client.isActive }
        let hello = Hello(
            cluster: "test", node: NodeID("a"), linkClass: .control, incarnation: 1, methodTable: 42, shardCount: 64)
        client.send(Frame(.hello, payload: hello.encoded).bytes)
        try await wait("link up") { b.transport.figures.snapshot.linksUp == 1 }
        try await wait("link down", seconds: 5) { b.transport.figures.snapshot.linksDown == 1 }
        #expect(b.refusals(.silentPeer) == 1)
        #expect(b.delegate.record.reasons.first?.contains("nothing heard") == true)
        await b.transport.stop()
    }

    @Test func `an idle pair keeps its links by pings`() async throws {
        let b = try TestNode("b", authority, peers: [("a", 1)])
        let port = try await b.transport.start()
        let a = try TestNode("a", authority, peers: [("b", port)]) {
            $0.pingInterval = .milliseconds(50)
            // Long enough for a busy machine.
            $0.deadPeerTimeout = .milliseconds(2_000)
        }
        try await a.transport.start()
        try await a.waitUp("b")
        let before = b.transport.figures.snapshot.bytesReceived
        // 80 pings take 4 s: twice the time after which an unanswered peer would be given up.
        try await wait("80 pings") { b.transport.figures.snapshot.bytesReceived >= before + 80 * Frame.headerSize }
        #expect(a.transport.figures.snapshot.linksDown == 0)
        await a.transport.stop()
        await b.transport.stop()
    }

    @Test func `the delays between attempts double and stay within their bounds`() {
        var backoff = Backoff(first: .milliseconds(100), longest: .seconds(5), seed: 3)
        for whole in [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000] as [Int64] {
            let delay = backoff.next()
            #expect(delay >= .milliseconds(whole / 2) && delay <= .milliseconds(whole))
        }
        backoff.reset()
        #expect(backoff.next() <= .milliseconds(100))
    }
}
