import APIClient
import Foundation
import NIOCore
import NIOPosix
import Primitives
import SecureTransport
import Testing

@Suite(.timeLimit(.minutes(1))) final class SecureClientTests {
    private let group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    private let folder = FileManager.default.temporaryDirectory.appending(path: "tandem-\(UUID().uuidString)").path

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in ["ours", "other"] {
            let authority = try CertificateAuthority.create(
                cluster: "dev", certificateFile: file("\(name).pem"), keyFile: file("\(name).key"),
                notBefore: .zero + .seconds(Int64(Date().timeIntervalSince1970) - 60))
            let identity = try #require(NodeIdentity(cluster: "dev", node: NodeID("n1")))
            for (kind, host) in [("address", "127.0.0.1"), ("name", "example.org")] {
                try authority.issue(
                    identity, hosts: [host], notBefore: .zero + .seconds(Int64(Date().timeIntervalSince1970) - 60),
                    validityDays: 1
                )
                .write(certificateFile: file("\(name)-\(kind).pem"), keyFile: file("\(name)-\(kind).key"))
            }
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func file(_ name: String) -> String { "\(folder)/\(name)" }

    /// A server that shows this certificate, and a client that trusts this authority.
    private func pair(_ certificate: String, trusting authority: String?) async throws -> (ScriptedServer, APIClient) {
        let context = try TLSContext.server(
            certificateFile: file("\(certificate).pem"), keyFile: file("\(certificate).key"))
        let server = try await ScriptedServer.start(on: group, security: context) { request in
            if request.path == "/events" {
                return [.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: x\n\n"), .close]
            }
            return [.send(answer("200 OK", String(repeating: "x", count: request.body.count)))]
        }
        let client = APIClient(
            servers: ["https://127.0.0.1:\(server.port)"], token: "t",
            authorityFile: authority.map { file("\($0).pem") },
            group: group)
        return (server, client)
    }

    @Test func `requests and events go over TLS to a server that our authority vouches for`() async throws {
        let (server, client) = try await pair("ours-address", trusting: "ours")
        for size in [0, 10, 300_000] {
            let response = try await client.send("POST", "/", body: [UInt8](repeating: 7, count: size))
            #expect(response.body.count == size)
        }
        #expect(server.connections == 1)
        #expect(try await client.events("/events").reduce(0) { count, _ in count + 1 } == 1)
    }

    @Test(arguments: [
        ("other-address", "ours"), ("ours-name", "ours"), ("ours-address", nil), ("ours-address", "missing"),
    ])
    func `a server that cannot prove who it is gets no request`(certificate: String, authority: String?) async throws {
        let (server, client) = try await pair(certificate, trusting: authority)
        do {
            _ = try await client.send("GET", "/secret")
            Issue.record("there was an answer")
        } catch APIClientError.notReachable(let text) {
            #expect(text.contains("Nothing was sent"), "\(text)")
        }
        #expect(server.requests.isEmpty)
    }

    @Test func `a server that speaks no TLS gets no request`() async throws {
        let server = try await ScriptedServer.start(on: group) { _ in [] }
        let client = APIClient(
            servers: ["https://127.0.0.1:\(server.port)"], token: "t", authorityFile: file("ours.pem"), group: group,
            timeout: .seconds(1))
        await #expect(throws: APIClientError.self) { try await client.send("GET", "/") }
        #expect(server.requests.isEmpty)
    }
}
