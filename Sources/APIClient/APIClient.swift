public import NIOCore
import NIOHTTP1
import Synchronization

/// A client of the HTTP API of a cluster: any of its servers answers any request.
///
/// HTTP/1.1, with kept-alive connections, at most ``ClientLimits/connectionsPerServer`` of them per server. Requests go to the
/// servers in turn. All methods may be called from any task; connections close when the client is released.
public final class APIClient: Sendable {
    private struct Server: Sendable {
        let dialer: Dialer
        let pool: ConnectionPool
    }

    private static let agent = "tandem-client/1"

    private let servers: [Server]
    /// Said instead of an attempt if there is no usable server at all.
    private let complaint: String?
    private let token: String?
    private let headers: [(String, String)]
    private let timeout: Duration
    private let turn = Atomic<Int>(0)

    /// - Parameters:
    ///   - servers: addresses as `http://host:port` or `https://host:port`; others are reported by the first call.
    ///   - token: sent as `Authorization: Bearer`.
    ///   - authorityFile: PEM file of the authority behind the servers' certificates; needed for `https`.
    ///   - headers: header fields of every request.
    ///   - group: the event loops that carry the connections; stays the caller's, who shuts it down after the client.
    ///   - timeout: for one call of ``send(_:_:body:headers:)``, waiting for a connection included; for ``events(_:lastEventID:)``
    ///     the time until connected.
    public init(
        servers: [String], token: String?, authorityFile: String? = nil, headers: [(String, String)] = [],
        group: any EventLoopGroup, timeout: Duration = .seconds(10)
    ) {
        let needsAuthority = servers.contains { $0.hasPrefix("https:") }
        let security = ConnectionSecurity(authorityFile: needsAuthority ? authorityFile : nil)
        var usable: [Server] = []
        var complaint = servers.isEmpty ? "no server address was given" : nil
        for text in servers {
            if let address = ServerAddress(text) {
                let dialer = Dialer(address: address, security: security, group: group)
                usable.append(Server(dialer: dialer, pool: ConnectionPool(dialer: dialer)))
            } else {
                complaint = "“\(text)” is not a server address; write it as http://host:port or https://host:port"
            }
        }
        self.servers = usable
        self.complaint = complaint
        self.token = token
        self.headers = headers
        self.timeout = timeout
    }

    deinit {
        for server in servers { server.pool.closeIdle() }
    }

    /// Sends one request and returns the answer, whatever its status.
    ///
    /// Goes to the next server only if a connection failed before anything was sent. Throws ``APIClientError``, or
    /// `CancellationError` if the task is cancelled; unless the error says that nothing was sent, the request may have been carried
    /// out, so repeat a POST with the same `Idempotency-Key`.
    /// - Parameters:
    ///   - path: path and query, percent-encoded, beginning with `/`.
    ///   - body: sent as `application/json` unless `headers` names another `Content-Type`.
    ///   - headers: further header fields.
    public func send(
        _ method: String, _ path: String, body: [UInt8]? = nil, headers: [(String, String)] = []
    ) async throws -> APIResponse {
        let deadline = NIODeadline.now() + TimeAmount(timeout)
        var failures: [String] = []
        for server in try serversInTurn() {
            do {
                let head = try head(method, path, of: server.dialer.address, headers, length: body?.count)
                if let response = try await send(head, body, to: server.pool, until: deadline) { return response }
                failures.append("\(server.dialer.address): it closed the new connection. Nothing was sent.")
            } catch Attempt.connectionFailed(let reason) {
                failures.append(reason)
            }
            if deadline <= .now() { break }
        }
        throw APIClientError.notReachable(failures.joined(separator: " "))
    }

    /// Opens one stream of server-sent events; it ends when the server ends it or the connection is lost.
    ///
    /// Stop reading (or cancel the reading task) to close it. It throws ``APIClientError``: `notReachable` if no server could be
    /// reached, `malformedResponse` with the status if the server refused, `timedOut` after a long silence, `tooLarge` if
    /// ``ClientLimits/unreadEvents`` were not read. To go on, call again with the identifier of the last event.
    /// - Parameters:
    ///   - path: path and query, percent-encoded, beginning with `/`.
    ///   - lastEventID: sent as `Last-Event-ID`.
    public func events(_ path: String, lastEventID: String? = nil) -> AsyncThrowingStream<ServerSentEvent, any Error> {
        AsyncThrowingStream(bufferingPolicy: .bufferingOldest(ClientLimits.unreadEvents)) { events in
            let task = Task {
                do {
                    try await self.stream(path, lastEventID, into: events)
                } catch {
                    events.finish(throwing: error)
                }
            }
            events.onTermination = { _ in task.cancel() }
        }
    }

    private enum Attempt: Error {
        /// Nothing was sent: another server may be tried.
        case connectionFailed(String)
    }

    /// `nil` if the server closed even a new connection before anything could be written.
    private func send(
        _ head: HTTPRequestHead, _ body: [UInt8]?, to pool: ConnectionPool, until deadline: NIODeadline
    ) async throws -> APIResponse? {
        // Each round uses up one kept connection that the server had closed, so there are few.
        while true {
            let connection: HTTPConnection
            let isFresh: Bool
            do {
                (connection, isFresh) = try await pool.acquire(until: deadline)
            } catch APIClientError.notReachable(let reason) {
                throw Attempt.connectionFailed(reason)
            }
            do {
                let answer = try await connection.exchange(head, body: body, until: deadline)
                if answer.isReusable { pool.release(connection) }
                return answer.response
            } catch is HTTPExchange.NotSent {
                connection.close()
                if isFresh { return nil }
            }
        }
    }

    private func stream(
        _ path: String, _ lastEventID: String?,
        into events: AsyncThrowingStream<ServerSentEvent, any Error>.Continuation
    ) async throws {
        let deadline = NIODeadline.now() + TimeAmount(timeout)
        var failures: [String] = []
        for server in try serversInTurn() {
            var headers = [("Accept", "text/event-stream"), ("Cache-Control", "no-store")]
            if let lastEventID { headers.append(("Last-Event-ID", lastEventID)) }
            let head = try head("GET", path, of: server.dialer.address, headers, length: nil)
            let channel: any Channel
            do {
                channel = try await server.dialer.open(until: deadline) { channel in
                    let silence = TimeAmount(ClientLimits.streamSilence)
                    try channel.pipeline.syncOperations.addHandler(IdleStateHandler(readTimeout: silence))
                    try channel.pipeline.syncOperations.addHandler(EventStreamHandler(events: events))
                }
            } catch APIClientError.notReachable(let reason) {
                failures.append(reason)
                continue
            }
            channel.write(HTTPClientRequestPart.head(head), promise: nil)
            channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
            return try await withTaskCancellationHandler {
                try await channel.closeFuture.get()
            } onCancel: {
                channel.close(promise: nil)
            }
        }
        throw APIClientError.notReachable(failures.joined(separator: " "))
    }

    private func serversInTurn() throws -> [Server] {
        if let complaint { throw APIClientError.notReachable(complaint) }
        let count = UInt(servers.count)
        let first = UInt(bitPattern: turn.wrappingAdd(1, ordering: .relaxed).oldValue)
        return (0..<count).map { servers[Int((first &+ $0) % count)] }
    }

    private func head(
        _ method: String, _ path: String, of address: ServerAddress, _ headers: [(String, String)], length: Int?
    ) throws -> HTTPRequestHead {
        guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw APIClientError.malformedResponse(
                "the path “\(path)” cannot be asked for: it begins with / and is percent-encoded. Nothing was sent.")
        }
        var fields = HTTPHeaders([("Host", address.authority), ("User-Agent", Self.agent)])
        fields.add(contentsOf: self.headers)
        fields.add(contentsOf: headers)
        if !fields.contains(name: "Accept") { fields.add(name: "Accept", value: "application/json, */*;q=0.1") }
        if let token { fields.replaceOrAdd(name: "Authorization", value: "Bearer \(token)") }
        if let length {
            fields.replaceOrAdd(name: "Content-Length", value: "\(length)")
            if !fields.contains(name: "Content-Type") { fields.add(name: "Content-Type", value: "application/json") }
        } else if ["POST", "PUT", "PATCH"].contains(method) {
            fields.replaceOrAdd(name: "Content-Length", value: "0")
        }
        return HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: method), uri: path, headers: fields)
    }
}
