import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// Opens connections to one server and sets up their pipelines.
struct Dialer: Sendable {
    let address: ServerAddress
    let security: ConnectionSecurity
    let group: any EventLoopGroup

    /// Opens one connection; returns once data may flow, with TLS after the server has been verified.
    ///
    /// Throws ``APIClientError/notReachable(_:)``; nothing has been sent then.
    /// - Parameter addHandlers: adds what sits on top of HTTP; runs on the connection's loop.
    func open(
        until deadline: NIODeadline, addHandlers: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> any Channel {
        let loop = group.next()
        let ready = loop.makePromise(of: Void.self)
        let limit = min(deadline, .now() + TimeAmount(ClientLimits.connect))
        let address = address
        let security = security
        let connecting = ClientBootstrap(group: loop)
            .connectTimeout(max(.milliseconds(1), limit - .now()))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls = try security.handler(for: address) {
                        try channel.pipeline.syncOperations.addHandler(tls)
                    }
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try addHandlers(channel)
                    try channel.pipeline.syncOperations.addHandler(ReadyHandler(ready: ready))
                }
            }
            .connect(host: address.host, port: address.port)
        connecting.whenFailure { ready.fail($0) }
        let timer = loop.scheduleTask(deadline: limit) {
            ready.fail(ChannelError.connectTimeout(TimeAmount(ClientLimits.connect)))
        }
        defer { timer.cancel() }
        do {
            try await ready.futureResult.get()
            return try await connecting.get()
        } catch {
            connecting.whenSuccess { $0.close(promise: nil) }
            throw APIClientError.notReachable("\(address): \(Self.reason(of: error)). Nothing was sent.")
        }
    }

    private static func reason(of error: any Error) -> String {
        switch error {
        case ChannelError.connectTimeout: "no connection in time"
        case ChannelError.eof: "the server closed the connection at once"
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { reason(of: $0.error) } ?? "its name has no address"
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as APIClientError: error.description
        default: "\(error)"
        }
    }
}
