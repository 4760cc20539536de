/// The cluster on one screen: its nodes, who leads how much, and what is being moved.
package enum WatchView {
    /// Operations shown.
    static let operationsShown = 8

    /// - Parameter operations: nil when the registry of the cluster did not answer.
    package static func lines(cluster: JSONValue, operations: JSONValue?) -> [String] {
        let nodes = cluster["nodes"]?.items ?? []
        let shards = Diagnosis.whole(cluster["shards"]?.number ?? 0)
        let led = Diagnosis.whole(nodes.compactMap { $0["shardsLed"]?.number }.reduce(0, +))
        let title =
            "\(cluster["cluster"]?.text ?? "?"): \(nodes.count) nodes, \(shards) shards, map "
            + "\(cluster["mapEpoch"]?.text ?? "–"), answered by \(cluster["answeredBy"]?.text ?? "?")"
        var lines = [TextTable.printable(title)]
        if led < shards { lines.append("\(shards - led) shards have no leader") }
        lines.append("")
        var table = TextTable("NODE", "STATE", "LINKED", "LEADS", "", "KEEPS", "LOAD", "ZONE", "VERSION")
        for node in nodes { table.add(row(node, of: shards)) }
        lines += table.lines
        lines.append("")
        return lines + moves(operations)
    }

    private static func row(_ node: JSONValue, of shards: Int) -> [String] {
        func text(_ name: String) -> String { node[name]?.text ?? "–" }
        let state = text("state") + (node["draining"] == .bool(true) ? ", draining" : "")
        let load = node["load"]?.number.map { "\(Int((min(max($0, 0), 1) * 100).rounded())) %" } ?? "–"
        return [
            text("id"), state, node["linked"] == .bool(true) ? "yes" : "no", text("shardsLed"),
            bar(node["shardsLed"]?.number ?? 0, of: shards), text("replicas"), load, text("zone"), text("version"),
        ]
    }

    /// A share of the shards as a bar of at most 20 marks.
    private static func bar(_ led: Double, of shards: Int) -> String {
        guard shards > 0, led > 0 else { return "" }
        return String(repeating: "#", count: max(1, Int((min(led / Double(shards), 1) * 20).rounded())))
    }

    private static func moves(_ operations: JSONValue?) -> [String] {
        guard let operations else { return ["The registry of the cluster does not answer: no operation is known."] }
        let items = operations["items"]?.items ?? []
        let running = items.filter { $0["state"]?.text == "running" || ($0["running"]?.number ?? 0) > 0 }
        guard !running.isEmpty else { return ["Nothing is being moved."] }
        var lines = running.prefix(operationsShown).map { operation in
            let words = [operation["id"], operation["kind"], operation["node"]].compactMap { $0?.text }
            return TextTable.printable(words.joined(separator: " ") + " " + OperationText.line(operation))
        }
        if running.count > operationsShown { lines.append("and \(running.count - operationsShown) more operations") }
        return lines
    }
}
