import NIOCore
import NIOHTTP1

/// One request on its way over a connection, and where its answer goes.
struct HTTPExchange: Sendable {
    struct Answer: Sendable {
        let response: APIResponse
        /// The connection stays open for another request.
        let isReusable: Bool
    }

    /// The connection was closed before any byte of the request was written: safe to send elsewhere.
    struct NotSent: Error {}

    let head: HTTPRequestHead
    let body: [UInt8]?
    let answer: EventLoopPromise<Answer>
}
