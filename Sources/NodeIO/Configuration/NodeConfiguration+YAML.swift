import Primitives
import Yams

extension NodeConfiguration {
    /// Longest text that is read, in bytes.
    public static let maximumBytes = 256 * 1024
    /// Most nodes of one cluster.
    public static let maximumPeers = 256

    /// Reads and checks a whole configuration.
    ///
    /// Throws all problems at once, each with its place. Unknown keys are problems too, so that a typing error is never ignored.
    public init(yaml text: String) throws(NodeConfigurationError) {
        let list = ProblemList()
        guard let configuration = Self.read(text, list), list.problems.isEmpty else {
            throw NodeConfigurationError(problems: list.problems)
        }
        self = configuration
    }

    private static func read(_ text: String, _ list: ProblemList) -> NodeConfiguration? {
        guard let document = document(text, list) else { return nil }
        let known = [
            "cluster", "node", "zone", "listen", "advertise", "http", "peers", "join", "tls", "tokens", "data",
            "shards",
            "loops", "log", "replaceAfterMinutes", "detection",
        ]
        guard let root = ConfigurationSection(document, path: "", known: known, list: list) else { return nil }
        let cluster = name(root, "cluster", "the name of the cluster in the certificates")
        let node = name(root, "node", "the name of this node in its certificate").map { NodeID($0) }
        let zone = root.field("zone") == nil ? "" : name(root, "zone", "what fails together with this node")
        let listen = root.section("listen", known: ["host", "port"], "where this node listens for the others")
            .flatMap(endpoint)
        let http = root.section("http", known: ["host", "port", "certificate", "key"], "where clients reach this node")
            .flatMap(http)
        let joins = root.field("join") != nil
        let join = join(root)
        let peers = joins ? [] : peers(root)
        let advertised = advertised(root, listen, node: node, among: peers ?? [])
        let tls = tls(root)
        let tokens = tokens(root)
        let data = root.section("data", known: ["directory", "snapshotKiB"], "where this node keeps its log")
            .flatMap(data)
        let shardCount = shardCount(root)
        let loops = root.field("loops") == nil ? 0 : root.number("loops", in: 0...256, "the number of entity loops")
        let logLevel = logLevel(root)
        let detection: Detection? =
            root.field("detection") == nil ? .usual : choice(root, "detection", "how soon silence counts as loss")
        let replaceAfter =
            root.field("replaceAfterMinutes") == nil
            ? 15
            : root.number("replaceAfterMinutes", in: 0...10_080, "minutes after which a lost node is replaced")
        checkPorts(root, listen, http)
        if let node, let listen, let peers, !joins { check(node, listen, among: peers, root) }
        guard let cluster, let node, let zone, let listen, let http, let peers, let tls, let tokens, let data,
            let shardCount, let loops, let logLevel, let advertised, let replaceAfter, let detection,
            joins == (join != nil)
        else { return nil }
        return NodeConfiguration(
            cluster: cluster, node: node, zone: zone, listen: listen, http: http,
            peers: peers.compactMap(\.self).sorted { $0.node < $1.node }, join: join, advertised: advertised, tls: tls,
            tokens: tokens, data: data, shardCount: shardCount, loops: loops, logLevel: logLevel,
            replaceAfter: .seconds(Int64(replaceAfter) * 60), detection: detection)
    }

    private static func data(_ section: ConfigurationSection) -> DataSettings? {
        let directory = section.text("directory", "the folder of this node's log")
        let snapshot =
            section.field("snapshotKiB") == nil
            ? 1_024
            : section.number("snapshotKiB", in: 4...1_048_576, "KiB of records between two snapshots of a shard")
        guard let directory, let snapshot else { return nil }
        return DataSettings(directory: directory, snapshotBytes: snapshot << 10)
    }

    private static func document(_ text: String, _ list: ProblemList) -> Node? {
        guard text.utf8.count <= maximumBytes else {
            list.add("", nil, "the text is longer than \(maximumBytes) bytes")
            return nil
        }
        do {
            if let document = try compose(yaml: text) { return document }
            list.add("", nil, "the text is empty; cluster-config/three-nodes holds examples")
        } catch {
            list.add("", nil, "is not YAML: \(error)")
        }
        return nil
    }

    /// Names stand in certificates (`tandem://<cluster>/node/<id>`) and in entity paths.
    private static func name(_ section: ConfigurationSection, _ key: String, _ meaning: String) -> String? {
        guard let text = section.text(key, meaning) else { return nil }
        let isAlphanumeric = { (byte: UInt8) in
            (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
        }
        let isGood =
            text.utf8.count <= 63 && text.utf8.first.map(isAlphanumeric) == true
            && text.utf8.allSatisfy { isAlphanumeric($0) || ".-_".utf8.contains($0) }
        guard isGood else {
            section.problem(
                key,
                "is “\(text.prefix(80))”; expected 1 to 63 letters, digits, . _ and -, beginning with one of the first two"
            )
            return nil
        }
        return text
    }

    static func endpoint(_ section: ConfigurationSection) -> Endpoint? {
        let host = section.text("host", "the host name or address")
        let port = section.number("port", in: 1...65_535, "the TCP port")
        guard let host, let port else { return nil }
        let isGood = host.utf8.count <= 253 && host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && !host.contains("/")
        guard isGood else {
            section.problem("host", "is “\(host.prefix(80))”; expected a host name or an address, without a scheme")
            return nil
        }
        return Endpoint(host: host, port: port)
    }

    private static func http(_ section: ConfigurationSection) -> HTTP? {
        let certificate = section.optionalText("certificate")
        let key = section.optionalText("key")
        let endpoint = endpoint(section)
        if certificate != nil && key == nil { section.problem("key", "is missing; HTTPS needs certificate and key") }
        if certificate == nil && key != nil {
            section.problem("certificate", "is missing; HTTPS needs certificate and key")
        }
        guard let endpoint, (certificate == nil) == (key == nil) else { return nil }
        guard certificate != nil || isLoopback(endpoint.host) else {
            section.problem(
                "host",
                "is \(endpoint.host), not a loopback address: give http.certificate and http.key for HTTPS, or listen on 127.0.0.1"
            )
            return nil
        }
        return HTTP(endpoint: endpoint, certificate: certificate, key: key)
    }

    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// Elements that are malformed are `nil`, so that the places of the others stay right.
    private static func peers(_ root: ConfigurationSection) -> [Peer?]? {
        let meaning = "all nodes of the cluster, this one included"
        guard let sections = root.sections("peers", known: ["node", "host", "port"], meaning) else { return nil }
        guard (1...maximumPeers).contains(sections.count) else {
            root.problem("peers", "has \(sections.count) entries; expected 1 to \(maximumPeers): \(meaning)")
            return nil
        }
        var nodes: [NodeID: Int] = [:]
        var endpoints: [Endpoint: Int] = [:]
        return sections.enumerated().map { index, section in
            guard let section else { return nil }
            let node = name(section, "node", "the name of a node").map { NodeID($0) }
            let endpoint = endpoint(section)
            if let node, let before = nodes.updateValue(index, forKey: node) {
                section.problem("node", "is \(node), as peers[\(before)].node is; each node stands here once")
            }
            if let endpoint, let before = endpoints.updateValue(index, forKey: endpoint) {
                section.problem(
                    "port", "is \(endpoint.host):\(endpoint.port), as peers[\(before)] is; expected another")
            }
            guard let node, let endpoint else { return nil }
            return Peer(node: node, endpoint: endpoint)
        }
    }

    private static func tls(_ root: ConfigurationSection) -> TLS? {
        let meaning = "the files for the links between nodes"
        guard let section = root.section("tls", known: ["authority", "certificate", "key"], meaning) else { return nil }
        let authority = section.text("authority", "the PEM file of the cluster's authority")
        let certificate = section.text("certificate", "the PEM file of this node's certificate")
        let key = section.text("key", "the PEM file of this node's private key")
        guard let authority, let certificate, let key else { return nil }
        return TLS(authority: authority, certificate: certificate, key: key)
    }

    private static func tokens(_ root: ConfigurationSection) -> Tokens? {
        let meaning = "whose bearer tokens are accepted"
        guard let section = root.section("tokens", known: ["jwks", "developmentKey"], meaning) else { return nil }
        let developmentKey = section.optionalText("developmentKey")
        guard let jwks = section.text("jwks", "the file with the public keys of tokens") else { return nil }
        return Tokens(jwks: jwks, developmentKey: developmentKey)
    }

    private static func shardCount(_ root: ConfigurationSection) -> UInt32? {
        guard root.field("shards") != nil else { return 64 }
        guard let section = root.optionalSection("shards", known: ["count"]) else { return nil }
        guard section.field("count") != nil else { return 64 }
        guard let count = section.number("count", in: 1...1_024, "the number of shards") else { return nil }
        guard count & (count - 1) == 0 else {
            section.problem("count", "is \(count); expected a power of two from 1 to 1024")
            return nil
        }
        return UInt32(count)
    }

    private static func logLevel(_ root: ConfigurationSection) -> LogLevel? {
        guard root.field("log") != nil else { return .info }
        guard let section = root.optionalSection("log", known: ["level"]) else { return nil }
        guard section.field("level") != nil else { return .info }
        return choice(section, "level", "the least severe messages that are written")
    }

    /// One of a few words.
    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ section: ConfigurationSection, _ key: String, _ meaning: String
    ) -> Choice? {
        guard let text = section.text(key, meaning) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            section.problem(key, "is “\(text.prefix(80))”; expected one of \(words)")
            return nil
        }
        return choice
    }

    private static func checkPorts(_ root: ConfigurationSection, _ listen: Endpoint?, _ http: HTTP?) {
        guard let listen, let http, listen.port == http.endpoint.port else { return }
        root.problem("http", "has port \(listen.port), as listen has; nodes and clients need ports of their own")
    }

    private static func check(_ node: NodeID, _ listen: Endpoint, among peers: [Peer?], _ root: ConfigurationSection) {
        guard let index = peers.firstIndex(where: { $0?.node == node }) else {
            // A malformed element may be the missing one: its own problem is enough.
            if !peers.contains(nil) {
                root.problem("peers", "does not name \(node), which node says is this one; add it or correct node")
            }
            return
        }
        guard let port = peers[index]?.endpoint.port, port != listen.port else { return }
        root.problem(
            "peers", "names port \(port) for \(node) (peers[\(index)].port), but listen.port is \(listen.port)")
    }
}
