import Cluster
import NIOCore
import Primitives
import Synchronization

/// The peers that a node has links to, as the members of its cluster come, move and go.
final class PeerTable: Sendable {
    private struct State {
        var peers: [NodeID: PeerLinks] = [:]
        var watches: [NodeID: RepeatedTask] = [:]
        /// The address that each member was last told to have.
        var told: [NodeID: String] = [:]
        var isRunning = false
    }

    private let state: Mutex<State>
    private let environment: LinkEnvironment
    private let loop: @Sendable (LinkClass) -> any EventLoop

    init(environment: LinkEnvironment, loop: @escaping @Sendable (LinkClass) -> any EventLoop) {
        self.environment = environment
        self.loop = loop
        let configuration = environment.configuration
        var first = State()
        for var peer in configuration.peers where peer.node != configuration.hello.node && first.peers[peer.node] == nil
        {
            // The file may be older than what the cluster says, or newer.
            if let said = configuration.members.first(where: { $0.node == peer.node }).flatMap(TLSTransport.Peer.init),
                (said.host, said.port) != (peer.host, peer.port)
            {
                peer.alternate = .init(host: said.host, port: said.port)
            }
            first.peers[peer.node] = PeerLinks(peer: peer, loop: loop, environment: environment)
        }
        for member in configuration.members { first.told[member.node] = member.profile.address }
        state = Mutex(first)
    }

    subscript(node: NodeID) -> PeerLinks? { state.withLock { $0.peers[node] } }

    /// The number of a peer's disk, 0 when it is not known; nil when the node is no peer.
    func disk(of node: NodeID) -> UInt64? { self[node]?.peer.disk }

    func start() {
        let peers = state.withLock { state in
            state.isRunning = true
            state.watches = state.peers.mapValues { $0.watch() }
            return state.peers
        }
        for peer in peers.values { peer.start() }
    }

    /// Ends all links, each reported.
    func stop() async {
        let (peers, watches) = state.withLock { state in
            defer {
                state.isRunning = false
                state.watches = [:]
            }
            return (state.peers, state.watches)
        }
        for watch in watches.values { watch.cancel() }
        for peer in peers.values {
            for slot in peer.slots { try? await slot.stop(reason: "this node stops").get() }
        }
    }

    /// Links to whom is new, no more to whom is gone, and dials each where it says that it is now. Where the configuration
    /// says another address than the member did when the node started, both are tried until the member says a new one.
    func follow(_ members: [ClusterMember]) {
        let own = environment.configuration.hello.node
        var begun: [PeerLinks] = []
        var ended: [PeerLinks] = []
        state.withLock { state in
            for member in members where member.node != own {
                let isNew =
                    state.told.updateValue(member.profile.address, forKey: member.node) != member.profile.address
                if let links = state.peers[member.node] {
                    var peer = isNew ? TLSTransport.Peer(member) ?? links.peer : links.peer
                    peer.disk = member.profile.disk
                    if peer != links.peer { links.peer = peer }
                    if peer.disk != 0 { links.dropUnless(disk: peer.disk) }
                } else if let peer = TLSTransport.Peer(member) {
                    let links = PeerLinks(peer: peer, loop: loop, environment: environment)
                    state.peers[member.node] = links
                    guard state.isRunning else { continue }
                    state.watches[member.node] = links.watch()
                    begun.append(links)
                }
            }
            let known = Set(members.map(\.node))
            for node in state.peers.keys.filter({ !known.contains($0) }) {
                state.watches.removeValue(forKey: node)?.cancel()
                state.told[node] = nil
                if let links = state.peers.removeValue(forKey: node) { ended.append(links) }
            }
        }
        for links in begun { links.start() }
        for links in ended {
            for slot in links.slots { _ = slot.stop(reason: "the node is no member of the cluster any more") }
        }
    }
}
