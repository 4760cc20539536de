import NIOCore
import NIOHTTP1

/// Turns one ``HTTPExchange`` after the other into HTTP parts, and the parts of the answer into an ``APIResponse``.
final class ExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = HTTPExchange
    typealias OutboundOut = HTTPClientRequestPart

    private enum State {
        case idle
        /// The request was written; no part of its answer has come.
        case waiting(HTTPExchange)
        case receiving(HTTPExchange, HTTPResponseHead, body: [UInt8])
        /// Nothing may be sent any more.
        case closed
    }

    private var state = State.idle

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        guard case .idle = state, context.channel.isActive else {
            exchange.answer.fail(HTTPExchange.NotSent())
            promise?.fail(HTTPExchange.NotSent())
            return
        }
        state = .waiting(exchange)
        context.write(wrapOutboundOut(.head(exchange.head)), promise: nil)
        if let body = exchange.body, !body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        }
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        promise?.succeed()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), state) {
        case (.head(let head), .waiting(let exchange)):
            state = .receiving(exchange, head, body: [])
        case (.body(let part), .receiving(let exchange, let head, var body)):
            guard body.count + part.readableBytes <= ClientLimits.bodyBytes else {
                return fail(context, .tooLarge)
            }
            state = .idle  // so that `body` is the only reference and grows in place
            body.append(contentsOf: part.readableBytesView)
            state = .receiving(exchange, head, body: body)
        case (.end, .receiving(let exchange, let head, let body)):
            let isReusable = head.isKeepAlive && context.channel.isActive
            state = isReusable ? .idle : .closed
            let headers = head.headers.map { (name: $0.name, value: $0.value) }
            let response = APIResponse(status: Int(head.status.code), headers: headers, body: body)
            if !isReusable { context.close(promise: nil) }
            exchange.answer.succeed(HTTPExchange.Answer(response: response, isReusable: isReusable))
        case (_, .closed):
            break
        default:
            fail(context, .malformedResponse("an answer came that belongs to no request"))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(context, .connectionLost("the connection ended before the answer was complete; the request had been sent"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case let error as HTTPParserError: fail(context, .malformedResponse("\(error)"))
        case let error as APIClientError: fail(context, error)
        default: fail(context, .connectionLost("\(error); the request had been sent"))
        }
        context.fireErrorCaught(error)
    }

    private func fail(_ context: ChannelHandlerContext, _ error: APIClientError) {
        let before = state
        state = .closed
        context.close(promise: nil)
        switch before {
        case .waiting(let exchange), .receiving(let exchange, _, _): exchange.answer.fail(error)
        case .idle, .closed: break
        }
    }
}
