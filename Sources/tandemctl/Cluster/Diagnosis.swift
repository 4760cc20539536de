import Foundation

/// What is wrong with a cluster, by its own words. A function of what was read alone.
package enum Diagnosis {
    /// Clocks may be so far from the median of all, in milliseconds; at 500 a node gives leadership up.
    static let clockLimit = 250.0
    /// Of 100 syncs 99 should take no longer, in milliseconds.
    static let syncLimit = 50.0
    /// Certificates should be valid for so many days, and must be for the second number.
    static let certificateDays = 30.0
    static let urgentCertificateDays = 7.0
    /// Copies of each shard that survive the loss of a node and go on deciding.
    static let wantedCopies = 3
    /// An operation of which nothing moved for so long waits, in seconds.
    static let waitLimit = 600.0
    /// Shards named in one finding.
    private static let shardsNamed = 8

    /// All findings, the most urgent first; empty when nothing is wrong.
    package static func findings(_ reading: ClusterReading) -> [Finding] {
        let members = reading.cluster["nodes"]?.items ?? []
        let nodes = reading.health["items"]?.items ?? []
        let shards = reading.shards["items"]?.items ?? []
        var findings = silent(nodes, members)
        for node in nodes where node["reachable"] == .bool(true) { findings += state(of: node) }
        findings += versions(nodes) + groups(shards) + copies(shards, nodes: nodes.count) + drained(members)
        findings += operations(reading.operations)
        return Finding.ordered(findings)
    }

    // MARK: nodes

    private static func name(_ node: JSONValue) -> String { (node["node"] ?? node["id"])?.text ?? "?" }

    private static func silent(_ nodes: [JSONValue], _ members: [JSONValue]) -> [Finding] {
        nodes.filter { $0["reachable"] != .bool(true) }.map { node in
            let member = members.first { $0["id"] == node["node"] }
            let reason = node["reason"]?.text ?? "no reason is known"
            let state = member?["state"]?.text ?? "unseen"
            return Finding(
                .critical, name(node), "cannot be reached (\(reason)); gossip takes it for \(state)",
                advice: "Start it, or look at its log and at the network. If it does not come back: "
                    + "tandemctl node replace \(name(node))")
        }
    }

    private static func state(of node: JSONValue) -> [Finding] {
        [disk(node), clock(node), certificate(node), sync(node), repair(node), leaderless(node)].compactMap(\.self)
    }

    private static func disk(_ node: JSONValue) -> Finding? {
        guard node["diskIsFull"] == .bool(true) else { return nil }
        return Finding(
            .critical, name(node), "its disk is full: its writes wait, and it hands over what it leads",
            advice: "Free space on the disk of its data directory; it goes on by itself.")
    }

    private static func clock(_ node: JSONValue) -> Finding? {
        guard let offset = node["clockOffsetMs"]?.number, offset.magnitude > clockLimit else { return nil }
        let isOff = node["duty"]?.text == "clockIsOff"
        return Finding(
            isOff ? .critical : .warning, name(node),
            "its clock is \(text(offset.magnitude)) ms \(offset > 0 ? "ahead of" : "behind") the median of all"
                + (isOff ? "; it leads nothing" : ""),
            advice: isOff
                ? "Set the clock (NTP) and start the node again."
                : "Look at its NTP; at 500 ms it gives up what it leads.")
    }

    private static func certificate(_ node: JSONValue) -> Finding? {
        guard let days = node["certificateDaysLeft"]?.number, days < certificateDays else { return nil }
        let text = days < 0 ? "its certificate has ended" : "its certificate ends in \(whole(days)) days"
        return Finding(
            days < urgentCertificateDays ? .critical : .warning, name(node), text,
            advice: "Issue a new one (tandemctl certs issue --node \(name(node))) and let the node use it.")
    }

    private static func sync(_ node: JSONValue) -> Finding? {
        guard let bound = node["fsyncP99Ms"]?.number, bound > syncLimit else { return nil }
        return Finding(
            .warning, name(node), "one of a hundred syncs of its disk takes up to \(text(bound)) ms or longer",
            advice: "Every commit waits for it. Give the data directory a faster disk, or one of its own.")
    }

    private static func repair(_ node: JSONValue) -> Finding? {
        guard let count = node["groupsRepairing"]?.number, count > 0 else { return nil }
        return Finding(
            .warning, name(node), "\(whole(count)) of its replicas are being repaired",
            advice: "Nothing, while the other copies are whole: they bring what is missing. Replace the disk soon.")
    }

    private static func leaderless(_ node: JSONValue) -> Finding? {
        guard let count = node["groupsLeaderless"]?.number, count > 0 else { return nil }
        return Finding(
            .warning, name(node), "knows no leader of \(whole(count)) of its groups",
            advice: "Some seconds after a failure that is normal. If it stays so, look at its links: "
                + "tandemctl cluster members.")
    }

    private static func versions(_ nodes: [JSONValue]) -> [Finding] {
        var nodesByVersion: [String: [String]] = [:]
        for node in nodes {
            guard case .string(let version)? = node["version"] else { continue }
            nodesByVersion[version, default: []].append(name(node))
        }
        guard nodesByVersion.count > 1 else { return [] }
        let list = nodesByVersion.sorted { $0.key < $1.key }
            .map { "\($0.key) on \($0.value.sorted().joined(separator: ", "))" }
        return [
            Finding(
                .warning, "versions", "nodes run different versions: \(list.joined(separator: "; "))",
                advice: "Fine for the time of a rolling upgrade; finish it.")
        ]
    }

    private static func drained(_ members: [JSONValue]) -> [Finding] {
        members.filter { $0["draining"] == .bool(true) }.map { node in
            let kept = whole(node["replicas"]?.number ?? 0)
            return Finding(
                .notice, name(node), kept == 0 ? "is drained" : "is being drained and still keeps \(kept) shards",
                advice: kept == 0
                    ? "Stop it, take it out (tandemctl node remove \(name(node))), or use it again (undrain)."
                    : "tandemctl operations list shows how far it is; tandemctl node undrain \(name(node)) ends it.")
        }
    }

    // MARK: shards

    private static func groups(_ shards: [JSONValue]) -> [Finding] {
        let forsaken = shards.filter { !hasQuorum($0) }
        let leaderless = shards.filter { $0["leader"] == nil && hasQuorum($0) }
        let repairing = shards.filter { hasQuorum($0) && $0["leader"] != nil && !isWhole($0) }
        return [
            about(
                forsaken, .critical, "less than a majority of the copies is there and whole: nothing is decided",
                advice: "Bring the nodes back that cannot be reached; nothing is lost while their disks are whole."),
            about(
                leaderless, .critical, "nobody leads: nothing is decided",
                advice: "Some seconds after a failure that is normal. If it stays so, look at the nodes' logs."),
            about(
                repairing, .warning, "copies are being repaired or do not answer",
                advice: "Wait until tandemctl shards list shows them whole, before another node is stopped."),
        ].compactMap(\.self)
    }

    /// One finding for all of these shards; nil when there is none.
    private static func about(
        _ shards: [JSONValue], _ severity: Finding.Severity, _ text: String, advice: String
    ) -> Finding? {
        shards.isEmpty ? nil : Finding(severity, named(shards), text, advice: advice)
    }

    private static func hasQuorum(_ shard: JSONValue) -> Bool {
        let replicas = (shard["replicas"]?.items ?? []).filter { $0["role"]?.text != "learner" }
        return replicas.count { $0["condition"]?.text == "intact" } * 2 > replicas.count
    }

    private static func isWhole(_ shard: JSONValue) -> Bool {
        (shard["replicas"]?.items ?? []).allSatisfy { $0["condition"]?.text == "intact" }
    }

    private static func copies(_ shards: [JSONValue], nodes: Int) -> [Finding] {
        guard nodes >= wantedCopies else { return [] }
        let few = shards.filter { ($0["replicas"]?.items ?? []).count < wantedCopies }
        let finding = about(
            few, .warning, "fewer than three copies, though there are \(nodes) nodes",
            advice: "The loss of one node stops them. Undrain what is drained, then tandemctl shards rebalance.")
        return finding.map { [$0] } ?? []
    }

    private static func named(_ shards: [JSONValue]) -> String {
        let numbers = shards.prefix(shardsNamed).map { $0["shard"]?.text ?? "?" }.joined(separator: ", ")
        let more = shards.count > shardsNamed ? " and \(shards.count - shardsNamed) more" : ""
        return (shards.count == 1 ? "shard " : "shards ") + numbers + more
    }

    // MARK: operations

    private static func operations(_ answer: JSONValue?) -> [Finding] {
        guard let answer else {
            return [
                Finding(
                    .critical, "registry", "the registry of the cluster does not answer: no shard can be moved",
                    advice: "Bring the nodes back that cannot be reached: it needs a majority of its copies.")
            ]
        }
        guard let now = answer["asOf"]?.time else { return [] }
        return (answer["items"]?.items ?? []).compactMap { operation in
            guard operation["state"]?.text == "running",
                let last = operation["movedAt"]?.time ?? operation["createdAt"]?.time
            else { return nil }
            let idle = now.timeIntervalSince(last)
            guard idle > waitLimit else { return nil }
            let id = operation["id"]?.text ?? "?"
            return Finding(
                .warning, id,
                "nothing of it has moved for \(whole(idle / 60)) minutes (\(OperationText.line(operation)))",
                advice: "A move waits while another copy of its shard is away, or its target is. "
                    + "See tandemctl operations show \(id); tandemctl operations cancel \(id) ends it.")
        }
    }

    private static func text(_ number: Double) -> String { String(format: "%.0f", number) }

    /// Without its fraction; no number of a server is too large for that.
    static func whole(_ number: Double) -> Int { Int(min(max(number, -1e15), 1e15)) }
}
