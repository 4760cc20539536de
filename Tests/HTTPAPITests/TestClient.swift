import Foundation
import HTTPAPI
import JSONDocuments
import NIOCore
import NIOHTTP1
import NIOPosix
import SecureTransport
import Testing

/// The answer to one request.
struct TestAnswer: Sendable {
    var status = 0
    var headers = HTTPHeaders()
    var bytes: [UInt8] = []

    var body: JSONValue {
        get throws { try JSONParser.parse(bytes) }
    }

    func header(_ name: String) -> String? { headers.first(name: name) }

    func text(_ name: String) throws -> String { try #require(try body[name]?.text, "no text '\(name)' in \(self)") }
}

extension TestAnswer: CustomStringConvertible {
    var description: String { "\(status) \(String(decoding: bytes.prefix(2_000), as: UTF8.self))" }
}

/// Sends requests as they are, each on a connection of its own.
struct TestClient: Sendable {
    let port: Int
    let authorityFile: String?
    var token: String?

    init(port: Int, authorityFile: String?, token: String? = nil) {
        self.port = port
        self.authorityFile = authorityFile
        self.token = token
    }

    init(server: TestServer, token: String? = nil) {
        self.init(port: server.port, authorityFile: server.authorityFile, token: token)
    }

    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private func connect() async throws -> Connection {
        let tls = try authorityFile.map { try TLSContext.client(authorityFile: $0) }
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(tls.makeClientHandler(host: "127.0.0.1"))
                    }
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
    }

    private func head(
        _ method: String, _ path: String, _ headers: [(String, String)], _ body: [UInt8]?
    ) -> HTTPRequestHead {
        var fields = HTTPHeaders(headers)
        fields.add(name: "Host", value: "127.0.0.1")
        if let token, !fields.contains(name: "Authorization") {
            fields.add(name: "Authorization", value: "Bearer \(token)")
        }
        if let body {
            if !fields.contains(name: "Content-Type") { fields.add(name: "Content-Type", value: "application/json") }
            fields.add(name: "Content-Length", value: "\(body.count)")
        }
        return HTTPRequestHead(version: .http1_1, method: .init(rawValue: method), uri: path, headers: fields)
    }

    /// - Parameter headers: a `Content-Type` of `-` is left out.
    func send(
        _ method: String, _ path: String, _ body: [UInt8]? = nil, headers: [(String, String)] = []
    ) async throws -> TestAnswer {
        var head = head(method, path, headers, body)
        if head.headers.first(name: "Content-Type") == "-" { head.headers.remove(name: "Content-Type") }
        let request = head
        return try await connect().executeThenClose { inbound, outbound in
            try await outbound.write(.head(request))
            if let body { try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: body)))) }
            try await outbound.write(.end(nil))
            var answer = TestAnswer()
            for try await part in inbound {
                switch part {
                case .head(let head): (answer.status, answer.headers) = (Int(head.status.code), head.headers)
                case .body(let buffer): answer.bytes += buffer.readableBytesView
                case .end: return answer
                }
            }
            throw TestFailure("the connection ended before the answer to \(method) \(path)")
        }
    }

    func send(
        _ method: String, _ path: String, json: JSONValue, headers: [(String, String)] = []
    ) async throws -> TestAnswer {
        try await send(method, path, json.encoded, headers: headers)
    }

    /// Opens an event stream and hands its events to `body`, until that returns.
    func events<Result: Sendable>(
        _ path: String, headers: [(String, String)] = [],
        _ body: (inout EventReader) async throws -> Result
    ) async throws -> Result {
        let request = head("GET", path, headers, nil)
        return try await connect().executeThenClose { inbound, outbound in
            try await outbound.write(.head(request))
            try await outbound.write(.end(nil))
            var reader = EventReader(parts: inbound.makeAsyncIterator())
            try await reader.open()
            return try await body(&reader)
        }
    }
}

/// Reads server-sent events as they come.
struct EventReader {
    struct Event: Sendable {
        var id: String?
        var name: String?
        var data: JSONValue
    }

    var parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
    /// The id of the last event, or of the stream's opening.
    private(set) var lastID: String?
    private var text = ""

    init(parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator) { self.parts = parts }

    mutating func open() async throws {
        guard case .head(let head) = try await parts.next() else { throw TestFailure("no head") }
        #expect(head.status == .ok)
        #expect(head.headers.first(name: "Content-Type") == "text/event-stream")
    }

    /// The next event that has data; nil at the end of the stream.
    mutating func next() async throws -> Event? {
        while true {
            while let end = text.range(of: "\n\n") {
                let block = String(text[..<end.lowerBound])
                text = String(text[end.upperBound...])
                if let event = try event(block) { return event }
            }
            guard let part = try await parts.next() else { return nil }
            switch part {
            case .body(let buffer):
                text += String(decoding: buffer.readableBytesView, as: UTF8.self)
            case .end: return nil
            case .head: throw TestFailure("a second head")
            }
        }
    }

    /// The next event of this name.
    mutating func next(_ name: String) async throws -> Event {
        while let event = try await next() {
            if event.name == name { return event }
        }
        throw TestFailure("the stream ended before \(name)")
    }

    private mutating func event(_ block: String) throws -> Event? {
        var event = Event(id: nil, name: nil, data: .null)
        for line in block.split(separator: "\n") {
            let sides = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let value = sides.count > 1 ? String(sides[1].drop { $0 == " " }) : ""
            switch sides[0] {
            case "id": (event.id, lastID) = (value, value)
            case "event": event.name = value
            case "data": event.data = try JSONParser.parse(Array(value.utf8))
            default: break
            }
        }
        return event.data == .null ? nil : event
    }
}
