import NIOCore
import NIOHTTP1

/// Hands the events of one `text/event-stream` answer to a stream, until either side ends it.
final class EventStreamHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private enum State {
        case waiting
        case streaming(ServerSentEventParser)
        /// An answer with another status or type: its body says why.
        case refused(HTTPResponseHead, body: [UInt8])
        case ended
    }

    /// As much of a refusal's body goes into the error's text.
    private static let refusalBytes = 4 * 1024

    private let events: AsyncThrowingStream<ServerSentEvent, any Error>.Continuation
    private var state = State.waiting

    init(events: AsyncThrowingStream<ServerSentEvent, any Error>.Continuation) {
        self.events = events
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), state) {
        case (.head(let head), .waiting):
            let type = head.headers.first(name: "content-type") ?? ""
            let isStream = head.status == .ok && type.lowercased().hasPrefix("text/event-stream")
            state = isStream ? .streaming(ServerSentEventParser()) : .refused(head, body: [])
        case (.body(let part), .streaming(var parser)):
            state = .waiting  // so that the parser's buffers grow in place
            do {
                let complete = try parser.consume(part.readableBytesView)
                state = .streaming(parser)
                for event in complete { deliver(event, context) }
            } catch {
                end(context, throwing: .tooLarge)
            }
        case (.body(let part), .refused(let head, var body)):
            body.append(contentsOf: part.readableBytesView.prefix(Self.refusalBytes - body.count))
            state = .refused(head, body: body)
        case (.end, .streaming):
            end(context, throwing: nil)
        case (.end, .refused(let head, let body)):
            end(context, throwing: Self.refusal(head, body))
        default:
            break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        switch state {
        case .waiting: end(context, throwing: .notReachable("the server closed the connection without an answer"))
        case .refused(let head, let body): end(context, throwing: Self.refusal(head, body))
        case .streaming, .ended: end(context, throwing: nil)
        }
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case IdleStateHandler.IdleStateEvent.read = event { end(context, throwing: .timedOut) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch (error, state) {
        case (let error as HTTPParserError, _): end(context, throwing: .malformedResponse("\(error)"))
        case (_, .streaming): end(context, throwing: nil)  // a disconnect, whatever its cause
        default: end(context, throwing: .notReachable("\(error)"))
        }
    }

    private func deliver(_ event: ServerSentEvent, _ context: ChannelHandlerContext) {
        guard case .streaming = state else { return }
        switch events.yield(event) {
        case .enqueued: break
        case .dropped: end(context, throwing: .tooLarge)
        case .terminated: end(context, throwing: nil)
        @unknown default: end(context, throwing: nil)
        }
    }

    private func end(_ context: ChannelHandlerContext, throwing error: APIClientError?) {
        if case .ended = state { return }
        state = .ended
        events.finish(throwing: error)
        context.close(promise: nil)
    }

    private static func refusal(_ head: HTTPResponseHead, _ body: [UInt8]) -> APIClientError {
        .malformedResponse("no event stream but status \(head.status.code): \(String(decoding: body, as: UTF8.self))")
    }
}
