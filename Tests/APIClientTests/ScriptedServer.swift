import NIOCore
import NIOPosix
import SecureTransport
import Synchronization

/// A TCP server on loopback that reads HTTP requests and answers each with exactly the bytes that a test wants.
final class ScriptedServer: Sendable {
    struct Request: Sendable, Equatable {
        var method: String
        var path: String
        /// Names in lower case.
        var headers: [String: String]
        var body: [UInt8]
        /// Counts the server's connections from 1.
        var connection: Int
    }

    enum Step: Sendable {
        case send(String)
        /// Each byte in a write of its own.
        case trickle(String)
        case repeating(UInt8, count: Int)
        case pause(milliseconds: Int64)
        case close
    }

    private struct State {
        var connections = 0
        var open = 0
        var mostOpen = 0
        var requests: [Request] = []
    }

    private let state = Mutex(State())
    private let channel: Mutex<(any Channel)?> = Mutex(nil)
    let respond: @Sendable (Request) -> [Step]

    private init(respond: @escaping @Sendable (Request) -> [Step]) {
        self.respond = respond
    }

    static func start(
        on group: any EventLoopGroup, security: TLSContext? = nil, respond: @escaping @Sendable (Request) -> [Step]
    ) async throws -> ScriptedServer {
        let server = ScriptedServer(respond: respond)
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let number = server.opened()
                    channel.closeFuture.whenComplete { _ in server.closed() }
                    if let security {
                        try channel.pipeline.syncOperations.addHandler(try security.makeServerHandler())
                    }
                    try channel.pipeline.syncOperations.addHandler(Connection(server: server, number: number))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        server.channel.withLock { $0 = channel }
        return server
    }

    var port: Int { channel.withLock { $0?.localAddress?.port ?? 0 } }
    var url: String { "http://127.0.0.1:\(port)" }
    var requests: [Request] { state.withLock { $0.requests } }
    var connections: Int { state.withLock { $0.connections } }
    var openConnections: Int { state.withLock { $0.open } }
    var mostOpenConnections: Int { state.withLock { $0.mostOpen } }

    private func opened() -> Int {
        state.withLock { state in
            state.connections += 1
            state.open += 1
            state.mostOpen = max(state.mostOpen, state.open)
            return state.connections
        }
    }

    private func closed() { state.withLock { $0.open -= 1 } }

    fileprivate func record(_ request: Request) { state.withLock { $0.requests.append(request) } }

    /// Reads requests and writes what the script says.
    private final class Connection: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let server: ScriptedServer
        private let number: Int
        private var received: [UInt8] = []

        init(server: ScriptedServer, number: Int) {
            self.server = server
            self.number = number
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received.append(contentsOf: unwrapInboundIn(data).readableBytesView)
            while let request = takeRequest() {
                server.record(request)
                Self.perform(server.respond(request)[...], on: context.channel)
            }
        }

        private static func perform(_ steps: ArraySlice<Step>, on channel: any Channel) {
            var rest = steps
            while let step = rest.popFirst() {
                switch step {
                case .send(let text):
                    channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
                case .trickle(let text):
                    for byte in text.utf8 { channel.writeAndFlush(ByteBuffer(bytes: [byte]), promise: nil) }
                case .repeating(let byte, let count):
                    channel.writeAndFlush(ByteBuffer(repeating: byte, count: count), promise: nil)
                case .pause(let milliseconds):
                    let after = rest
                    channel.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) { perform(after, on: channel) }
                    return
                case .close:
                    channel.close(promise: nil)
                }
            }
        }

        private func takeRequest() -> Request? {
            let end = Array("\r\n\r\n".utf8)
            guard let headEnd = received.indices.first(where: { received[$0...].starts(with: end) }) else { return nil }
            let lines = String(decoding: received[..<headEnd], as: UTF8.self).split(separator: "\r\n")
            let first = lines[0].split(separator: " ")
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1)
                headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
            }
            let length = headers["content-length"].flatMap { Int($0) } ?? 0
            let bodyStart = headEnd + end.count
            guard received.count >= bodyStart + length else { return nil }
            let body = Array(received[bodyStart..<(bodyStart + length)])
            received.removeFirst(bodyStart + length)
            return Request(
                method: String(first[0]), path: String(first[1]), headers: headers, body: body, connection: number)
        }
    }
}

/// The bytes of an answer with a body of known length.
func answer(_ status: String, _ body: String, _ headers: String...) -> String {
    "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n" + headers.map { $0 + "\r\n" }.joined() + "\r\n"
        + body
}

/// Addresses where nobody listens. A port that somebody just left would not do: the system may give it to another test.
let deadURLs = ["http://127.0.0.1:1", "http://127.0.0.1:2"]

/// Waits until a state is reached, at most ten seconds; returns whether it was.
func eventually(_ condition: @Sendable () -> Bool) async throws -> Bool {
    let limit = ContinuousClock.now.advanced(by: .seconds(10))
    while !condition() {
        guard ContinuousClock.now < limit else { return false }
        try await Task.sleep(for: .milliseconds(2))
    }
    return true
}
