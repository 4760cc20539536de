import Cluster
import Logging
import NIOPosix
import Primitives
import SecureTransport
import Synchronization
import Testing

/// A node that is no member asks one over TLS; and links come and go with the members.
@Suite(.serialized) struct JoinTests {
    private let authority: TestAuthority
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    init() throws { authority = try TestAuthority() }

    /// A node's registry, as far as joining goes.
    private final class Door: TransportDelegate {
        private let asked = Mutex<[(JoinRequest, [UInt8])]>([])
        let answer: JoinAnswer

        init(_ answer: JoinAnswer) { self.answer = answer }

        var requests: [(JoinRequest, [UInt8])] { asked.withLock { $0 } }

        func linkUp(_ peer: Hello) {}
        func linkDown(_ peer: NodeID, _ linkClass: LinkClass, reason: String) {}
        func received(_ frames: [Frame], from peer: NodeID, on linkClass: LinkClass) {}

        func join(_ request: JoinRequest, digest: [UInt8], answer: @escaping @Sendable (JoinAnswer) -> Void) {
            asked.withLock { $0.append((request, digest)) }
            answer(self.answer)
        }
    }

    private func listening(_ door: Door) async throws -> (TLSTransport, Int) {
        let hello = TLSTransport.HelloTemplate(
            cluster: TestAuthority.cluster, node: NodeID("b"), incarnation: 7, methodTable: 42, shardCount: 64)
        let configuration = TLSTransport.Configuration(
            listenHost: "127.0.0.1", listenPort: 0, tls: try authority.context(certificate: authority.issue("b")),
            hello: hello, peers: [], randomSeed: 1)
        let transport = TLSTransport(
            configuration: configuration, delegate: door, loop: { _ in TestNode.loops[0] }, logger: .init(label: "b"))
        return (transport, try await transport.start())
    }

    private func ask(_ port: Int, as name: String = "c", claiming claimed: String? = nil) async throws -> JoinAnswer {
        let client = JoinClient(
            tls: try authority.context(certificate: authority.issue(name)), group: Self.group)
        let request = JoinRequest(
            cluster: TestAuthority.cluster, node: NodeID(claimed ?? name),
            profile: NodeProfile(zone: "z", address: "c:1", disk: 5), methodTable: 42)
        return await client.ask(host: "127.0.0.1", port: port, request, secret: "secret")
    }

    @Test func `the question arrives with a digest of the secret, and the answer comes back`() async throws {
        let map = ShardMap(shardCount: 8, nodes: [NodeID("b")])
        for answer in [JoinAnswer.accepted(map), .refused("no such token"), .notNow("no leader")] {
            let door = Door(answer)
            let (transport, port) = try await listening(door)
            #expect(try await ask(port) == answer)
            let asked = try #require(door.requests.first)
            #expect(asked.0.node == NodeID("c") && asked.0.profile.disk == 5)
            let digest = try JoinSecret.digest("secret")
            #expect(asked.1 == digest && door.requests.count == 1)
            await transport.stop()
        }
    }

    @Test func `a name that the certificate does not carry is refused before anybody is asked`() async throws {
        let door = Door(.notNow("never said"))
        let (transport, port) = try await listening(door)
        guard case .refused(let reason) = try await ask(port, as: "c", claiming: "d") else {
            Issue.record("not refused")
            return
        }
        #expect(reason.contains("wrong_name") && door.requests.isEmpty)
        await transport.stop()
    }

    @Test func `nobody there, and another authority, are told apart`() async throws {
        let door = Door(.notNow("never said"))
        let (transport, port) = try await listening(door)
        let stranger = try TestAuthority()
        let client = JoinClient(
            tls: try stranger.context(certificate: stranger.issue("c")), group: Self.group)
        let request = JoinRequest(
            cluster: TestAuthority.cluster, node: NodeID("c"), profile: NodeProfile(disk: 5), methodTable: 42)
        guard case .refused = await client.ask(host: "127.0.0.1", port: port, request, secret: "s") else {
            Issue.record("another authority was not refused")
            return
        }
        let own = JoinClient(tls: try authority.context(certificate: authority.issue("c")), group: Self.group)
        guard
            case .notNow = await own.ask(
                host: "127.0.0.1", port: port, expecting: NodeID("d"), request, secret: "s")
        else {
            Issue.record("another node than the one that was to be asked is no answer")
            return
        }
        await transport.stop()
        // Nobody listens there, nor will: the port that was left may be another test's by now.
        guard case .notNow = await client.ask(host: "127.0.0.1", port: 1, request, secret: "s") else {
            Issue.record("a closed port is no refusal")
            return
        }
        #expect(door.requests.isEmpty)
    }

    @Test func `secrets differ, and so do their digests`() throws {
        let secrets = try (0..<8).map { _ in try JoinSecret.make() }
        #expect(Set(secrets).count == 8 && secrets.allSatisfy { $0.hasPrefix("tandem-join-") && $0.count == 76 })
        #expect(try Set(secrets.map { try JoinSecret.digest($0) }).count == 8)
    }

    // MARK: links follow the members

    @Test func `links come with a member, move with its address, and go when it is removed`() async throws {
        let b = try TestNode("b", authority, peers: [("a", 1)])
        let port = try await b.transport.start()
        let a = try TestNode("a", authority, peers: [])
        try await a.transport.start()
        func member(_ name: String, _ port: Int, disk: UInt64 = 0) -> ClusterMember {
            ClusterMember(
                node: NodeID(name), number: 1, profile: NodeProfile(address: "127.0.0.1:\(port)", disk: disk))
        }
        #expect(!a.transport.send(Frame(.soft), to: NodeID("b"), on: .calls))
        a.transport.follow([member("a", 1), member("b", 1)])
        a.transport.follow([member("a", 1), member("b", port)])
        try await a.waitUp("b")
        a.transport.follow([member("a", 1)])
        try await wait("links down") { a.delegate.upClasses("b").isEmpty && b.delegate.upClasses("a").isEmpty }
        #expect(!a.transport.send(Frame(.soft), to: NodeID("b"), on: .calls))
        a.transport.follow([member("a", 1), member("b", port)])
        try await a.waitUp("b")
        await a.transport.stop()
        await b.transport.stop()
    }

    @Test func `a peer with another disk than it is a member with is refused, and hears it`() async throws {
        let b = try TestNode("b", authority, peers: []) {
            $0.peers = [TLSTransport.Peer(NodeID("a"), host: "127.0.0.1", port: 1, disk: 5)]
        }
        let port = try await b.transport.start()
        let a = try TestNode("a", authority, peers: [("b", port)]) {
            $0.hello.disk = 6
        }
        try await a.transport.start()
        try await wait("refusals") { b.refusals(.wrongDisk) >= 3 && a.refusals(.refusedByPeer) >= 3 }
        #expect(
            a.log.all.first?.contains("wrong_disk: node 'a' comes with another data directory") == true, "\(a.log.all)")
        await a.transport.stop()
        let right = try TestNode("a", authority, peers: [("b", port)]) { $0.hello.disk = 5 }
        try await right.transport.start()
        try await right.waitUp("b")
        await right.transport.stop()
        await b.transport.stop()
    }

    @Test func `a welcome is taken together with whatever comes behind it`() async throws {
        // One record of TLS holds both and is decrypted as a whole: the dialling side always has them in one read.
        let behind = Frame(.soft, payload: [UInt8](repeating: 7, count: 8_192))
        let context = try authority.context(certificate: authority.issue("b"))
        let server = try await HastyServer.start(NodeID("b"), tls: context, behind: behind.bytes)
        let a = try TestNode("a", authority, peers: [("b", server.port)])
        try await a.transport.start()
        try await wait("a frame on each link, or a refusal") {
            a.delegate.record.frameCount == 3 || !a.transport.figures.snapshot.refusals.isEmpty
        }
        #expect(a.transport.figures.snapshot.refusals.isEmpty, "\(a.log.all)")
        #expect(a.delegate.record.frames == [.control: [behind], .calls: [behind], .bulk: [behind]])
        await a.transport.stop()
        try await server.stop()
    }
}
