import Cluster
import Primitives

/// What this node tells monitoring. Like its health it needs no token: it holds counts, no word of a customer.
enum MetricsRoute {
    static let route = Route(
        method: "GET", template: "/metrics", summary: "Tell the figures of this node", roles: [],
        answers: [
            .init(
                status: 200, note: "Prometheus text format 0.0.4; docs/metrics.md has the meaning of each.",
                schema: nil, contentType: "text/plain")
        ], handler: metrics)

    private static func metrics(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let figures = try await services.figures(of: services.node.id)
        return APIAnswer(
            200, text: NodeMetrics.text(figures, started: services.started), type: PrometheusText.contentType)
    }
}

extension APIServices {
    /// The figures of a node, with the version of the program where it is this one.
    func figures(of peer: NodeID) async throws -> NodeFigures {
        var figures = try await node.figures(of: peer)
        if peer == node.id { figures.version = version }
        return figures
    }
}
