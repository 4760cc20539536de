import Cluster
import NIOCore
import Primitives
import SecureTransport
import Testing

/// What a node must not talk to: the connection is closed, the reason counted and logged once, and the node goes on.
@Suite struct RefusalTests {
    let authority: TestAuthority

    init() throws { authority = try TestAuthority() }

    private func nodeB(_ configure: (inout TLSTransport.Configuration) -> Void = { _ in }) throws -> TestNode {
        try TestNode("b", authority, peers: [("a", 1)], configure: configure)
    }

    /// The node still serves a good peer after everything that was tried on it.
    private func expectUnharmed(_ b: TestNode, port: Int) async throws {
        let a = try TestNode("a", authority, peers: [("b", port)])
        try await a.transport.start()
        try await a.waitUp("b")
        #expect(a.transport.send(Frame(.soft, payload: [1]), to: NodeID("b"), on: .calls))
        try await wait("a frame from the good peer") { b.delegate.record.frameCount == 1 }
        await a.transport.stop()
        await b.transport.stop()
    }

    private func authenticated(_ node: String, port: Int) async throws -> RawClient {
        let context = try authority.context(certificate: authority.issue(node))
        let client = try await RawClient.connect(port: port) {
            try context.makeClientHandler(expecting: NodeID("b"))
        }
        try await wait("TLS up") { client.isActive }
        return client
    }

    private func hello(
        _ node: String = "a", cluster: String = "test", linkClass: LinkClass = .calls, table: UInt64 = 42,
        shards: UInt32 = 64
    ) -> [UInt8] {
        let hello = Hello(
            cluster: cluster, node: NodeID(node), linkClass: linkClass, incarnation: 1, methodTable: table,
            shardCount: shards)
        return Frame(.hello, payload: hello.encoded).bytes
    }

    // MARK: Certificates

    private func expectRefused(
        tls: TLSContext, _ reason: RefusalReason, atA: RefusalReason = .refusedByPeer
    ) async throws {
        let b = try nodeB()
        let port = try await b.transport.start()
        let a = try TestNode("a", authority, peers: [("b", port)], tls: tls)
        try await a.transport.start()
        try await wait("\(reason) at b, \(atA) at a") { b.refusals(reason) >= 3 && a.refusals(atA) >= 3 }
        #expect(a.transport.figures.snapshot.linksUp == 0)
        #expect(b.transport.figures.snapshot.linksUp == 0)
        #expect(b.log.all.count == 1, "\(b.log.all)")
        #expect(b.log.all.first?.hasPrefix(reason.rawValue) == true)
        await a.transport.stop()
        try await expectUnharmed(b, port: port)
    }

    @Test func `a certificate of another authority is refused`() async throws {
        let other = try TestAuthority()
        let context = try other.context(certificate: other.issue("a"), trusting: authority)
        try await expectRefused(tls: context, .untrustedCertificate)
    }

    @Test func `a server of another authority is refused by the dialling side`() async throws {
        let other = try TestAuthority()
        let context = try authority.context(certificate: authority.issue("a"), trusting: other)
        try await expectRefused(tls: context, .refusedByPeer, atA: .untrustedCertificate)
    }

    @Test func `an expired certificate is refused`() async throws {
        let context = try authority.context(certificate: authority.issue("a", startDays: -10, validityDays: 2))
        try await expectRefused(tls: context, .expiredCertificate)
    }

    @Test func `a certificate that is not yet valid is refused`() async throws {
        let context = try authority.context(certificate: authority.issue("a", startDays: 2))
        try await expectRefused(tls: context, .expiredCertificate)
    }

    @Test func `a TLS 1.2 peer is refused`() async throws {
        let context = try authority.context(certificate: authority.issue("a"), version: 0x0303)
        try await expectRefused(tls: context, .protocolVersion, atA: .protocolVersion)
    }

    @Test(arguments: [
        (["URI:tandem://other/node/a"], "serverAuth,clientAuth", "another cluster"),
        (["URI:tandem://test/node/a", "URI:tandem://test/node/b"], "serverAuth,clientAuth", "2 URIs"),
        (["DNS:a"], "serverAuth,clientAuth", "0 URIs"),
        (["URI:tandem://test/node/"], "serverAuth,clientAuth", "names no node"),
        (["URI:https://test/node/a"], "serverAuth,clientAuth", "names no node"),
        (["URI:tandem://test/node/a/b"], "serverAuth,clientAuth", "names no node"),
    ])
    func `a certificate that names no node of this cluster is refused`(
        names: [String], usage: String, detail: String
    ) async throws {
        let certificate = try authority.issue(node: "a", names: names, usage: usage)
        let b = try nodeB()
        let port = try await b.transport.start()
        let context = TLSClient(authority: authority, certificate: certificate)
        let client = try await RawClient.connect(port: port) { try context.handler(expecting: "b") }
        try await wait("refusal") { b.refusals(.wrongIdentity) == 1 && client.isClosed }
        #expect(b.log.all.first?.contains(detail) == true, "\(b.log.all)")
        #expect(client.errors.contains { $0.contains("refused this side") }, "\(client.errors)")
        try await expectUnharmed(b, port: port)
    }

    @Test func `a certificate for servers only is refused`() async throws {
        let certificate = try authority.issue(node: "a", names: ["URI:tandem://test/node/a"], usage: "serverAuth")
        let b = try nodeB()
        let port = try await b.transport.start()
        let context = TLSClient(authority: authority, certificate: certificate)
        let client = try await RawClient.connect(port: port) { try context.handler(expecting: "b") }
        try await wait("refusal") { b.refusals(.untrustedCertificate) == 1 && client.isClosed }
        try await expectUnharmed(b, port: port)
    }

    @Test func `a client without a certificate is refused`() async throws {
        let b = try nodeB()
        let port = try await b.transport.start()
        let context = try TLSContext.client(authorityFile: authority.authorityFile)
        let client = try await RawClient.connect(port: port) { try context.makeClientHandler(host: "127.0.0.1") }
        try await wait("refusal") { b.refusals(.noCertificate) == 1 && client.isClosed }
        #expect(client.errors.contains { $0.contains("certificate required") }, "\(client.errors)")
        try await expectUnharmed(b, port: port)
    }

    @Test func `another node than the dialled one is refused by the dialling side`() async throws {
        let c = try TestNode("c", authority, peers: [("a", 1)])
        let port = try await c.transport.start()
        let a = try TestNode("a", authority, peers: [("b", port)])
        try await a.transport.start()
        try await wait("refusals") { a.refusals(.wrongIdentity) >= 3 && c.refusals(.refusedByPeer) >= 3 }
        #expect(a.log.all.first?.contains("'tandem://test/node/c', expected node 'b'") == true, "\(a.log.all)")
        await a.transport.stop()
        await c.transport.stop()
    }

    @Test func `a node does not start with another node's certificate`() async throws {
        let context = try authority.context(certificate: authority.issue("c"))
        let node = try TestNode("b", authority, peers: [], tls: context)
        await #expect(throws: TLSError.self) { try await node.transport.start() }
    }

    // MARK: Hello

    @Test func `another method table is refused, and the dialling side learns why`() async throws {
        let b = try nodeB()
        let port = try await b.transport.start()
        let a = try TestNode("a", authority, peers: [("b", port)]) { $0.hello.methodTable = 43 }
        try await a.transport.start()
        try await wait("refusals") { b.refusals(.wrongMethodTable) >= 3 && a.refusals(.refusedByPeer) >= 3 }
        #expect(a.log.all.first?.contains("wrong_method_table") == true, "\(a.log.all)")
        await a.transport.stop()
        try await expectUnharmed(b, port: port)
    }

    @Test func `a hello that does not fit is refused by name`() async throws {
        let b = try nodeB { $0.peers.append(TLSTransport.Peer(NodeID("c"), host: "127.0.0.1", port: 1)) }
        let port = try await b.transport.start()
        let cases: [(String, [UInt8], RefusalReason)] = [
            ("a", hello(cluster: "other"), .wrongCluster),
            ("a", hello(shards: 32), .wrongShardCount),
            ("a", hello(table: 1), .wrongMethodTable),
            ("c", hello("a"), .wrongName),
            ("aa", hello("aa"), .unknownNode),
            ("c", hello("c"), .wrongDirection),
            ("a", Frame(.hello, payload: [1, 2, 3]).bytes, .malformedHello),
            ("a", Frame(.hello, payload: [UInt8](repeating: 0, count: 5_000)).bytes, .malformedHello),
            ("a", Frame(.call).bytes, .unexpectedFrame),
            ("a", hello(linkClass: .bulk) + Frame(.call).bytes, .unexpectedFrame),
        ]
        for (number, (node, bytes, reason)) in cases.enumerated() {
            let before = b.refusals(reason)
            let client = try await authenticated(node, port: port)
            client.send(bytes)
            try await wait("case \(number): \(reason), \(b.transport.figures.snapshot.refusals)") {
                b.refusals(reason) == before + 1 && client.isClosed
            }
            let answer = String(decoding: client.received.dropFirst(Frame.headerSize), as: UTF8.self)
            #expect(answer.hasPrefix(reason.rawValue), "case \(number): \(answer)")
        }
        #expect(b.transport.figures.snapshot.linksUp == 0)
        try await expectUnharmed(b, port: port)
    }

    // MARK: Bytes

    @Test func `a plain-text client is refused, logged once and counted each time`() async throws {
        let b = try nodeB()
        let port = try await b.transport.start()
        let zeros = String(repeating: "\u{0}", count: 8)
        let texts = ["GET / HTTP/1.1\r\nHost: b\r\n\r\n", "hello, is anybody there?\n", zeros]
        for text in texts {
            let client = try await RawClient.connect(port: port, tls: nil)
            client.send(Array(text.utf8))
            try await wait("closed") { client.isClosed }
        }
        try await wait("counted") { b.refusals(.plainText) == texts.count }
        #expect(b.log.all.count == 1, "\(b.log.all)")
        try await expectUnharmed(b, port: port)
    }

    @Test func `oversized and garbage frames close the link and are counted`() async throws {
        let b = try nodeB()
        let port = try await b.transport.start()
        var oversized = Frame(.call).bytes
        oversized.replaceSubrange(0..<4, with: [1, 0, 0x40, 0])
        var badVersion = Frame(.call).bytes
        badVersion[5] = 9
        let cases: [([UInt8], RefusalReason)] = [
            (oversized, .oversizedFrame),
            (badVersion, .garbageFrame),
            ([UInt8](repeating: 0xEE, count: 90), .garbageFrame),
            (hello(), .unexpectedFrame),
        ]
        for (number, (bytes, reason)) in cases.enumerated() {
            let before = b.refusals(reason)
            let client = try await authenticated("a", port: port)
            client.send(hello())
            try await wait("link up") { b.transport.figures.snapshot.linksUp == number + 1 }
            client.send(bytes)
            try await wait("case \(number): \(reason)") {
                b.refusals(reason) == before + 1 && b.transport.figures.snapshot.linksDown == number + 1
            }
            try await wait("closed") { client.isClosed }
        }
        try await expectUnharmed(b, port: port)
    }

    @Test func `random bytes behind the hello never harm the node`() async throws {
        let b = try nodeB()
        let port = try await b.transport.start()
        var random = SeededRandom(seed: 11)
        for round in 0..<30 {
            let client = try await authenticated("a", port: port)
            client.send(hello())
            try await wait("link up") { b.transport.figures.snapshot.linksUp == round + 1 }
            // The first bytes make it no frame, so that the link must end whatever follows.
            client.send([0, 0, 0, 0, 99, 1] + (0..<200).map { _ in UInt8(truncatingIfNeeded: random.next()) })
            try await wait("link down") { b.transport.figures.snapshot.linksDown == round + 1 }
        }
        try await expectUnharmed(b, port: port)
    }

    @Test func `a client that says nothing is closed in time, and too many of them at once`() async throws {
        let b = try nodeB {
            // Long enough for all six to connect on a busy machine before the first is closed.
            $0.handshakeTimeout = .seconds(6)
            $0.unverifiedLimit = 4
        }
        let port = try await b.transport.start()
        var clients: [RawClient] = []
        for _ in 0..<6 { clients.append(try await RawClient.connect(port: port, tls: nil)) }
        try await wait("two refused") { b.refusals(.tooManyConnections) == 2 }
        try await wait("four timed out") { b.refusals(.handshakeTimeout) == 4 }
        try await wait("all closed") { clients.allSatisfy(\.isClosed) }
        try await expectUnharmed(b, port: port)
    }

    @Test func `a connection that is cut counts as truncated`() async throws {
        let b = try nodeB()
        let port = try await b.transport.start()
        let context = try authority.context(certificate: authority.issue("a"))
        let knife = Knife()
        let client = try await RawClient.connect(
            port: port, tls: { try context.makeClientHandler(expecting: NodeID("b")) }, first: knife)
        try await wait("TLS up") { client.isActive }
        client.send(hello())
        try await wait("link up") { b.transport.figures.snapshot.linksUp == 1 }
        // With the welcome unread the socket would be reset; so it just ends, and only TLS can tell.
        try await wait("the welcome read") { client.received.count >= Frame.headerSize }
        client.cut()
        try await wait("link down") { b.refusals(.truncated) == 1 && b.transport.figures.snapshot.linksDown == 1 }
        #expect(b.delegate.record.reasons.first?.contains("without notice") == true)
        try await expectUnharmed(b, port: port)
    }
}
