import Cluster
import NIOCore
import NIOPosix
import Primitives
import Synchronization

/// The place of one link: one peer, one class, at most one connection at a time, always on the same loop.
///
/// `send` may be called from any thread. Everything else happens on `loop`, so the delegate hears of ups and downs in
/// order. A batch is one wake-up of the loop: the first frame schedules a flush, all before that runs join it. A burst
/// from the loop itself leaves in portions, so that the peer works on the first while the rest is still being made.
final class LinkSlot: Sendable {
    /// Frames of one portion.
    private static let portion = 12

    let node: NodeID
    let linkClass: LinkClass
    let loop: any EventLoop
    let pulse: PeerPulse
    /// Where it is dialled from the next time on.
    var peer: TLSTransport.Peer {
        get { place.withLock { $0 } }
        set { place.withLock { $0 = newValue } }
    }
    private let environment: LinkEnvironment
    private let place: Mutex<TLSTransport.Peer>
    private let shared = Mutex(Shared())
    private let local: NIOLoopBoundBox<Local>

    private struct Shared {
        var isUp = false
        var outbound = OutboundBuffer()
        /// A flush is scheduled, or waits for the channel to become writable.
        var isFlushScheduled = false
    }

    private struct Local {
        var channel: (any Channel)?
        /// The connection whose link is up.
        var current: UInt64?
        /// The connection that is being dialled.
        var dialled: UInt64?
        /// The disk that the peer of the current connection has named.
        var disk: UInt64 = 0
        /// The other address of the peer is the one to dial.
        var usesAlternate = false
        var backoff: Backoff
        var redial: Scheduled<Void>?
        var isStopped = false
    }

    init(
        peer: TLSTransport.Peer, linkClass: LinkClass, loop: any EventLoop, pulse: PeerPulse,
        environment: LinkEnvironment
    ) {
        node = peer.node
        place = Mutex(peer)
        self.linkClass = linkClass
        self.loop = loop
        self.pulse = pulse
        self.environment = environment
        let configuration = environment.configuration
        let name = StableHash.of("\(peer.node)/\(linkClass)")
        let backoff = Backoff(
            first: configuration.firstReconnectDelay, longest: configuration.longestReconnectDelay,
            seed: StableHash.combine(configuration.randomSeed, name))
        local = .makeBoxSendingValue(Local(backoff: backoff), eventLoop: loop)
    }

    var isUp: Bool { shared.withLock { $0.isUp } }
    private var dials: Bool { environment.configuration.hello.node < node }

    /// Whether this connection is the link now; asked on the loop.
    func carries(_ connection: UInt64) -> Bool { local.value.current == connection }

    // MARK: Sending

    func send(_ frame: Frame) -> Bool {
        let size = Frame.headerSize + frame.payload.count
        let limit = environment.configuration.outboundLimit
        let (isTaken, mustSchedule, isPortion) = shared.withLock { state -> (Bool, Bool, Bool) in
            guard state.isUp, frame.payload.count <= Frame.maximumPayload, state.outbound.count + size <= limit else {
                return (false, false, false)
            }
            state.outbound.append(frame)
            let isPortion = state.outbound.frames >= Self.portion
            if state.isFlushScheduled { return (true, false, isPortion) }
            state.isFlushScheduled = true
            return (true, true, isPortion)
        }
        if mustSchedule { loop.execute { self.flush() } }
        if isPortion, loop.inEventLoop { flush() }
        if !isTaken { environment.figures.countRefusedSend() }
        return isTaken
    }

    /// Gives what waits to the channel, as long as it is writable; goes on when it is again.
    func flush() {
        guard let channel = local.value.channel else { return }
        var bytesSent = 0
        while channel.isWritable {
            let chunk = shared.withLock { state -> [UInt8]? in
                guard let chunk = state.outbound.take() else {
                    state.isFlushScheduled = false
                    return nil
                }
                return chunk
            }
            guard let chunk else { break }
            bytesSent += chunk.count
            var buffer = channel.allocator.buffer(capacity: chunk.count)
            buffer.writeBytes(chunk)
            channel.writeAndFlush(buffer, promise: nil)
        }
        if bytesSent > 0 { environment.figures.countSent(bytes: bytesSent) }
    }

    // MARK: Up and down

    /// Takes over a verified connection; an older one of the same link is closed and reported first.
    func up(_ connection: UInt64, channel: any Channel, hello: Hello) {
        loop.preconditionInEventLoop()
        guard !local.value.isStopped else { return channel.close(promise: nil) }
        if let old = local.value.channel {
            down(reason: "a newer connection took its place")
            old.close(promise: nil)
        }
        local.value.redial?.cancel()
        local.value.redial = nil
        local.value.channel = channel
        local.value.current = connection
        local.value.disk = hello.disk
        local.value.dialled = nil
        local.value.backoff.reset()
        shared.withLock {
            $0 = Shared()
            $0.isUp = true
        }
        environment.figures.countLinkUp()
        environment.delegate.linkUp(hello)
    }

    /// A connection ended or is about to; dials again where that is this side's part.
    func ended(_ connection: UInt64, reason: String) {
        loop.preconditionInEventLoop()
        if local.value.current == connection {
            down(reason: reason)
            dialLater()
        } else if local.value.dialled == connection {
            local.value.dialled = nil
            local.value.usesAlternate.toggle()
            dialLater()
        }
    }

    /// Closes the link if the peer came with another disk than the one that it is a member with.
    func dropUnless(disk: UInt64) {
        loop.preconditionInEventLoop()
        if local.value.current != nil, local.value.disk != disk { drop(reason: "the peer has another disk now") }
    }

    /// Closes the link if it is up.
    func drop(reason: String) {
        loop.preconditionInEventLoop()
        guard let channel = local.value.channel, let current = local.value.current else { return }
        ended(current, reason: reason)
        channel.close(promise: nil)
    }

    func stop(reason: String) -> EventLoopFuture<Void> {
        loop.flatSubmit {
            self.local.value.isStopped = true
            self.local.value.redial?.cancel()
            guard let channel = self.local.value.channel else { return self.loop.makeSucceededVoidFuture() }
            self.down(reason: reason)
            channel.close(promise: nil)
            return channel.closeFuture
        }
    }

    private func down(reason: String) {
        local.value.channel = nil
        local.value.current = nil
        shared.withLock { $0 = Shared() }
        environment.figures.countLinkDown()
        environment.delegate.linkDown(node, linkClass, reason: reason)
    }

    // MARK: Dialling

    func start() {
        if dials { loop.execute { self.dial() } }
    }

    private func dialLater() {
        guard dials, !local.value.isStopped else { return }
        let delay = local.value.backoff.next()
        local.value.redial = loop.scheduleTask(in: .microseconds(delay.microseconds)) { self.dial() }
    }

    private func dial() {
        guard !local.value.isStopped, local.value.current == nil, local.value.dialled == nil else { return }
        let connection = environment.nextConnection()
        local.value.dialled = connection
        let timeout = environment.configuration.handshakeTimeout
        let peer = self.peer
        let first = TLSTransport.Peer.Address(host: peer.host, port: peer.port)
        let address = local.value.usesAlternate ? peer.alternate ?? first : first
        ClientBootstrap(group: loop)
            .connectTimeout(.microseconds(timeout.microseconds))
            .linkOptions()
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = try self.environment.tls.makeClientHandler(
                        expecting: peer.node, handshakeTimeout: timeout)
                    let link = LinkHandler(
                        connection: connection, role: .dialling(self), tls: tls, environment: self.environment)
                    try channel.pipeline.syncOperations.addHandlers([tls, link])
                }
            }
            .connect(host: address.host, port: address.port)
            .hop(to: loop)
            .whenFailure { error in
                self.environment.refusals.note(.unreachable, peer: self.node.name, detail: "\(error)")
                self.ended(connection, reason: "unreachable")
            }
    }
}

extension ClientBootstrap {
    /// The socket options of a link, dialled or accepted.
    func linkOptions() -> ClientBootstrap {
        channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: .init(low: 256 << 10, high: 1 << 20))
    }
}
