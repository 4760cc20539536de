import NIOCore
import NIOHTTP1

/// One open connection to a server; it carries one request at a time.
final class HTTPConnection: Sendable {
    let channel: any Channel

    init(_ channel: any Channel) {
        self.channel = channel
    }

    var isActive: Bool { channel.isActive }

    func close() {
        channel.close(promise: nil)
    }

    /// Sends one request and returns its answer.
    ///
    /// Throws `HTTPExchange.NotSent` if nothing was written, else ``APIClientError`` or `CancellationError`; the connection is
    /// closed then.
    func exchange(
        _ head: HTTPRequestHead, body: [UInt8]?, until deadline: NIODeadline
    ) async throws -> HTTPExchange.Answer {
        let channel = channel
        let answer = channel.eventLoop.makePromise(of: HTTPExchange.Answer.self)
        let end: @Sendable (any Error) -> Void = { error in
            answer.fail(error)
            channel.close(promise: nil)
        }
        let timer = channel.eventLoop.scheduleTask(deadline: deadline) { end(APIClientError.timedOut) }
        defer { timer.cancel() }
        channel.writeAndFlush(HTTPExchange(head: head, body: body, answer: answer))
            .whenFailure { _ in answer.fail(HTTPExchange.NotSent()) }
        return try await withTaskCancellationHandler {
            try await answer.futureResult.get()
        } onCancel: {
            end(CancellationError())
        }
    }
}
