import Primitives

/// A node that founds its cluster together with others names them in `peers`; one that comes later names in `join` whom it
/// asks to take it in.
extension NodeConfiguration {
    /// How a node asks to become a member.
    public struct Join: Sendable, Equatable {
        /// Nodes of the cluster, asked one after the other.
        public var seeds: [Endpoint]
        /// The file with the join token; it is read at the first start only.
        public var tokenFile: String
    }

    /// Most seeds.
    static let maximumSeeds = 16

    static func join(_ root: ConfigurationSection) -> Join? {
        let known = ["seeds", "tokenFile"]
        guard let section = root.optionalSection("join", known: known) else { return nil }
        for key in ["peers", "shards"] where root.field(key) != nil {
            root.problem(
                key, "says how a cluster begins; a node with join is told so by the cluster: leave one of them out")
        }
        let meaning = "nodes of the cluster that are asked to take this one in"
        let file = section.text("tokenFile", "the file with the token of tandemctl join-token create")
        guard let seeds = section.sections("seeds", known: ["host", "port"], meaning) else { return nil }
        guard (1...maximumSeeds).contains(seeds.count) else {
            section.problem("seeds", "has \(seeds.count) entries; expected 1 to \(maximumSeeds): \(meaning)")
            return nil
        }
        let endpoints = seeds.compactMap { $0.flatMap(endpoint) }
        guard let file, endpoints.count == seeds.count else { return nil }
        return Join(seeds: endpoints, tokenFile: file)
    }

    /// Where the others reach this node: what is said so, what the peers say, or where it listens.
    static func advertised(
        _ root: ConfigurationSection, _ listen: Endpoint?, node: NodeID?, among peers: [Peer?]
    ) -> Endpoint? {
        if root.field("advertise") != nil {
            return root.section("advertise", known: ["host", "port"], "where the others reach this node")
                .flatMap(endpoint)
        }
        if let peer = peers.first(where: { $0?.node == node })??.endpoint { return peer }
        guard let listen else { return nil }
        if ["0.0.0.0", "::", "[::]"].contains(listen.host) {
            root.problem(
                "advertise",
                "is missing; listen.host is \(listen.host), which no other node can dial: say where they reach it")
            return nil
        }
        return listen
    }
}
