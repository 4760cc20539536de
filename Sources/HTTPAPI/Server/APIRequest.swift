import Cluster
import HummingbirdCore
internal import JSONDocuments
import Primitives

/// A request that has passed its checks: who asks, for what, with which body.
struct APIRequest: Sendable {
    let method: String
    /// As it was sent, percent-encoding included.
    let path: String
    /// The values of the template's names, decoded.
    let parameters: [String: String]
    let query: [String: String]
    let principal: Principal
    let body: JSONValue
    let bodyHash: UInt64
    let idempotencyKey: String?
    let ifMatch: String?
    let ifNoneMatch: String?
    let lastEventID: String?
    /// What calls carry: nothing unless the caller wants the request to be traced.
    let trace: TraceContext
    /// The transport, for answers that go on for long.
    let connection: Connection

    /// What a long answer needs of the request's connection.
    struct Connection: Sendable {
        let requestBody: RequestBody
        let close: @Sendable () -> Void
        /// Calls back when the connection is closed; at once when it is already.
        let onClose: @Sendable (@escaping @Sendable () -> Void) -> Void
    }

    /// A name of the path's template; the route table makes sure that it is there.
    func parameter(_ name: String) -> String { parameters[name] ?? "" }

    /// The context of the call that this request amounts to.
    func context(keyed: Bool) -> CallContext {
        let key = idempotencyKey.map {
            RequestKey(scope: "\(principal.subject) \(method) \(path) \($0)", body: bodyHash)
        }
        return CallContext(key: keyed ? key : nil, trace: trace)
    }
}
