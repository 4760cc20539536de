import Cluster
import NIOCore
import Primitives

/// The three links to one peer, and whether it is alive.
final class PeerLinks: Sendable {
    let node: NodeID
    /// By raw value of the class.
    let slots: [LinkSlot]
    private let environment: LinkEnvironment
    private let pulse: PeerPulse

    init(peer: TLSTransport.Peer, loop: (LinkClass) -> any EventLoop, environment: LinkEnvironment) {
        node = peer.node
        self.environment = environment
        let pulse = PeerPulse()
        self.pulse = pulse
        slots = LinkClass.allCases.map { linkClass in
            LinkSlot(peer: peer, linkClass: linkClass, loop: loop(linkClass), pulse: pulse, environment: environment)
        }
    }

    /// Where the peer listens, and the disk that it has.
    var peer: TLSTransport.Peer {
        get { slots[0].peer }
        set { for slot in slots { slot.peer = newValue } }
    }

    func slot(_ linkClass: LinkClass) -> LinkSlot { slots[Int(linkClass.rawValue)] }

    /// Closes links over which the peer has named another disk.
    func dropUnless(disk: UInt64) {
        for slot in slots { slot.loop.execute { slot.dropUnless(disk: disk) } }
    }

    /// Dials, where that is this side's part.
    func start() {
        for slot in slots { slot.start() }
    }

    /// Pings the peer each interval, and gives all its links up when the control link has been silent for too long,
    /// also when that link is down and does not come back: the others may hang on a peer that is gone.
    func watch() -> RepeatedTask {
        let interval = TimeAmount.microseconds(environment.configuration.pingInterval.microseconds)
        let patience = TimeAmount.microseconds(environment.configuration.deadPeerTimeout.microseconds)
        return slot(.control).loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            guard self.slots.contains(where: \.isUp) else { return self.pulse.beat() }
            let silence = self.pulse.silence
            guard silence > patience else {
                if self.slot(.control).isUp { _ = self.slot(.control).send(Frame(.ping)) }
                return
            }
            let reason = "nothing heard on the control link for \(silence.nanoseconds / 1_000_000) ms"
            self.environment.refusals.note(.silentPeer, peer: self.node.name, detail: reason)
            for slot in self.slots { slot.loop.execute { slot.drop(reason: reason) } }
            self.pulse.beat()
        }
    }
}
