import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Primitives
import SecureTransport
import Synchronization
import Testing

/// The TLS handler below NIO's HTTP codec, at both ends.
@Suite struct HTTPSTests {
    let authority: TestAuthority

    init() throws { authority = try TestAuthority() }

    /// Answers each request with as many bytes as its path says, then closes.
    private final class Server: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private var size = 0

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): size = Int(head.uri.dropFirst()) ?? 0
            case .body: break
            case .end:
                var headers = HTTPHeaders()
                headers.add(name: "content-length", value: "\(size)")
                headers.add(name: "connection", value: "close")
                let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                let body = ByteBuffer(repeating: 0x61, count: size)
                context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
                let written = context.eventLoop.makePromise(of: Void.self)
                written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private struct Answer {
        var status: UInt?
        var bytes = 0
        var errors: [String] = []
        var isOver = false
    }

    private final class Client: ChannelInboundHandler {
        typealias InboundIn = HTTPClientResponsePart
        let report: @Sendable ((inout Answer) -> Void) -> Void
        init(_ report: @escaping @Sendable ((inout Answer) -> Void) -> Void) { self.report = report }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): report { $0.status = head.status.code }
            case .body(let buffer): report { $0.bytes += buffer.readableBytes }
            case .end: report { $0.isOver = true }
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            report {
                $0.errors.append("\(error)")
                $0.isOver = true
            }
        }
    }

    private func listen() async throws -> any Channel {
        let certificate = try authority.issue("web")
        let context = try TLSContext.server(
            certificateFile: authority.file("\(certificate).pem"), keyFile: authority.file("\(certificate)-key.pem"))
        return try await ServerBootstrap(group: TestNode.loops[1])
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(context.makeServerHandler())
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Server())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    private func get(_ path: String, port: Int, host: String, trusting: TestAuthority) async throws -> Answer {
        let context = try TLSContext.client(authorityFile: trusting.authorityFile)
        let answer = AnswerBox()
        let channel = try await ClientBootstrap(group: TestNode.loops[2])
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(context.makeClientHandler(host: host))
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(Client { answer.change($0) })
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        // Written before the handshake has ended: held back, then sent.
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: path, headers: ["host": host, "content-length": "0"])
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        try await wait("an answer for \(path)") { answer.value.isOver && !channel.isActive }
        return answer.value
    }

    private final class AnswerBox: Sendable {
        private let state = Mutex(Answer())
        var value: Answer { state.withLock { $0 } }
        func change(_ body: (inout Answer) -> Void) { state.withLock { body(&$0) } }
    }

    @Test(arguments: [0, 1, 16_384, 3_000_001])
    func `a response of any size arrives whole and the end is clean`(size: Int) async throws {
        let server = try await listen()
        let port = try #require(server.localAddress?.port)
        let answer = try await get("/\(size)", port: port, host: "localhost", trusting: authority)
        #expect(answer.status == 200)
        #expect(answer.bytes == size)
        #expect(answer.errors.isEmpty, "\(answer.errors)")
        try await server.close()
    }

    @Test func `the server's name or address is checked, and its authority`() async throws {
        let server = try await listen()
        let port = try #require(server.localAddress?.port)
        let byAddress = try await get("/5", port: port, host: "127.0.0.1", trusting: authority)
        #expect(byAddress.bytes == 5)
        for host in ["example.org", "127.0.0.2"] {
            let answer = try await get("/5", port: port, host: host, trusting: authority)
            #expect(answer.status == nil)
            #expect(answer.errors.first?.contains("names somebody else") == true, "\(answer.errors)")
        }
        let other = try await get("/5", port: port, host: "localhost", trusting: TestAuthority())
        #expect(other.status == nil)
        #expect(other.errors.first?.contains("not trusted") == true, "\(other.errors)")
        try await server.close()
    }
}
