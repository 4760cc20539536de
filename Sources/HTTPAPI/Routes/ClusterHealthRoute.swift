import Cluster
internal import JSONDocuments
import Primitives

/// How each node of the cluster is, by its own word.
enum ClusterHealthRoute {
    static let route = Route(
        method: "GET", template: "\(Route.base)/cluster/health", summary: "Show how each node is", roles: [.admin],
        answers: [
            .init(
                status: 200, note: "One item for each node of the map; a node that does not answer says nothing more.",
                schema: .clusterHealth)
        ], handler: health)

    private static func health(_ request: APIRequest, _ services: APIServices) async throws -> APIAnswer {
        let items = await items(services)
        return APIAnswer(
            200,
            [
                "answeredBy": .text(services.node.id.name), "asOf": .time(services.now), "items": .list(items),
            ])
    }

    /// All nodes are asked at once, each with its own time to answer.
    private static func items(_ services: APIServices) async -> [JSONValue] {
        let nodes = services.node.map.nodes
        let answers = await withTaskGroup(of: (NodeID, JSONValue).self) { group in
            for peer in nodes {
                group.addTask {
                    do { return (peer, item(try await services.figures(of: peer))) } catch {
                        return (peer, unreachable(peer, because: reason(error)))
                    }
                }
            }
            var all: [NodeID: JSONValue] = [:]
            for await (peer, answer) in group { all[peer] = answer }
            return all
        }
        return nodes.compactMap { answers[$0] }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case CallError.notExecuted(.notConnected): "no connection to it stands"
        case CallError.outcomeUnknown: "it gave no answer in time"
        default: "\(error)"
        }
    }

    private static func unreachable(_ node: NodeID, because reason: String) -> JSONValue {
        ["node": .text(node.name), "reachable": .flag(false), "reason": .text(reason)]
    }

    private static func item(_ figures: NodeFigures) -> JSONValue {
        let log = figures.log
        let offset = 0 - log.clockDistance.seconds * 1_000
        let syncTime = figures.disk.syncTime
        let why: String? = log.duty == .leads ? nil : "\(log.duty)"
        return .fields([
            "node": .text(figures.node.name), "reachable": .flag(true), "version": known(figures.version),
            "zone": known(figures.zone), "draining": .flag(figures.isDraining), "duty": .text(log.duty.word),
            "dutyText": why.map { .text($0) }, "clockOffsetMs": .number(offset), "fsyncP50Ms": bound(syncTime, 0.5),
            "fsyncP99Ms": bound(syncTime, 0.99), "commitP99Ms": bound(log.commitTime, 0.99),
            "tickLatenessP99Ms": bound(log.tickLateness, 0.99),
            "certificateDaysLeft": figures.certificateDaysLeft.map { .integer($0) }, "groupsLed": count(log.led),
            "groupsKept": count(log.groups.count), "groupsRepairing": count(log.repairing),
            "groupsLeaderless": count(log.leaderless),
            "healthScore": .integer(Int64(clamping: figures.membership.healthScore)),
            "diskIsFull": .flag(log.isDiskFull),
        ])
    }

    private static func count(_ number: Int) -> JSONValue { .integer(Int64(number)) }

    /// A text, unless it is empty.
    private static func known(_ text: String) -> JSONValue? { text.isEmpty ? nil : .text(text) }

    /// What so many of the durations do not exceed, in milliseconds; nil before there was one.
    private static func bound(_ buckets: LatencyBuckets, _ share: Double) -> JSONValue? {
        buckets.quantile(share).map { .number(Double($0) / 1_000) }
    }
}
