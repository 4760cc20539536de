import Cluster
import ContactCentre
import Foundation
import Logging
import NIOPosix
import NodeIO
import NodeLog
import Primitives
import SecureTransport

/// How a node comes to know its cluster: from its disk, by founding it, or by being taken in.
struct ClusterEntry {
    /// Between two rounds of questions.
    private static let pause = Duration.seconds(2)

    let configuration: NodeConfiguration
    let credentials: Credentials
    let logger: Logger

    /// The map that the node starts with.
    /// - Throws: ``Failure`` when it has no part in the cluster; nothing was changed then.
    func map(_ storage: NodeStorage, group: MultiThreadedEventLoopGroup) async throws -> ShardMap {
        guard let join = configuration.join else { return try founded(storage) }
        guard let map = storage.map else { return try await ask(join, storage, group) }
        return try checked(map, storage)
    }

    /// The file says how the cluster begins; after that the map of its registry counts.
    private func founded(_ storage: NodeStorage) throws -> ShardMap {
        let directory = configuration.data.directory
        let founding = ShardMap(
            shardCount: configuration.shardCount, nodes: configuration.peers.map(\.node),
            replicationFactor: ShardMap.defaultReplicationFactor(nodes: configuration.peers.count))
        guard let map = storage.map else {
            let strange = storage.recovered.groups.contains { !founding.hosts(configuration.node, ShardID($0.group)) }
            guard !strange else {
                throw Failure(
                    "\(directory) holds shards that this node was given later, but not the file “placement” that says which; "
                        + "bring that file back, or replace the node (tandemctl node replace)\nThe node did not start; "
                        + "nothing was changed.", code: 1)
            }
            return founding
        }
        guard map.founding == founding.founding else {
            throw Failure(
                "\(directory) belongs to a cluster that was founded with other peers or another number of shards; set `peers` "
                    + "and `shards` as they were at the first start\nThe node did not start; nothing was changed.",
                code: 1)
        }
        return try checked(map, storage)
    }

    private func checked(_ map: ShardMap, _ storage: NodeStorage) throws -> ShardMap {
        guard let member = map.member(configuration.node), [0, storage.disk].contains(member.profile.disk) else {
            throw Failure(
                "node \(configuration.node) was removed from the cluster, and \(configuration.data.directory) is of no use any "
                    + "more; to use the machine again give it an empty directory and a join token\nThe node did not start; "
                    + "nothing was changed.", code: 1)
        }
        return try readable(map)
    }

    private func readable(_ map: ShardMap) throws -> ShardMap {
        guard FormatRange.ours.contains(map.floor) else {
            throw Failure(
                "the cluster writes forms up to \(map.floor) (tandemctl version-floor show), and this build reads "
                    + "\(FormatRange.ours); start a newer build\nThe node did not start; nothing was changed.", code: 1)
        }
        return map
    }

    // MARK: joining

    private func ask(
        _ join: NodeConfiguration.Join, _ storage: NodeStorage, _ group: MultiThreadedEventLoopGroup
    ) async throws -> ShardMap {
        let secret = (readText(join.tokenFile) ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        guard !secret.isEmpty else {
            throw Failure(
                "join.tokenFile: \(join.tokenFile) cannot be read or is empty; make a token with tandemctl join-token create\n"
                    + "The node did not start; nothing was changed.", code: 2)
        }
        guard storage.recovered.groups.isEmpty else {
            throw Failure(
                "\(configuration.data.directory) holds shards of another life of this node; to join, give it an empty "
                    + "directory\nThe node did not start; nothing was changed.", code: 1)
        }
        let client = JoinClient(tls: credentials.cluster, group: group)
        let request = JoinRequest(configuration, storage)
        while true {
            var refusals: [String] = []
            for seed in join.seeds {
                let answer = await client.ask(host: seed.host, port: seed.port, request, secret: secret)
                if let map = try take(answer, of: seed, storage, &refusals) { return try readable(map) }
            }
            // One of them may know the cluster as it was; all of them are right.
            guard refusals.count < join.seeds.count else {
                throw Failure(
                    "node \(configuration.node) may not join: \(refusals.joined(separator: "; "))\nThe node did not start; "
                        + "the cluster did not change.", code: 1)
            }
            try await Task.sleep(for: Self.pause)
        }
    }

    private func take(
        _ answer: JoinAnswer, of seed: NodeConfiguration.Endpoint, _ storage: NodeStorage, _ refusals: inout [String]
    ) throws -> ShardMap? {
        switch answer {
        case .accepted(let map):
            // Written down first: whoever is a member and forgets it could never come back.
            try storage.keep(map)
            logger.notice(
                "joined the cluster", metadata: ["tandem.by": "\(seed.text)", "tandem.epoch": "\(map.epoch)"])
            return map
        case .refused(let reason):
            refusals.append("\(seed.text) says: \(reason)")
            return nil
        case .notNow(let reason):
            logger.warning("cannot join yet", metadata: ["tandem.seed": "\(seed.text)", "tandem.reason": "\(reason)"])
            return nil
        }
    }
}

extension NodeConfiguration.Endpoint {
    /// `host:port`.
    var text: String { "\(host):\(port)" }
}

extension JoinRequest {
    /// What a node says of itself, to those whom it wants to join and to its fellow founders.
    init(_ configuration: NodeConfiguration, _ storage: NodeStorage) {
        self.init(
            cluster: configuration.cluster, node: configuration.node,
            profile: NodeProfile(
                zone: configuration.zone, address: configuration.advertised.text, disk: storage.disk),
            methodTable: MethodTable.contactCentre.hash)
    }
}
